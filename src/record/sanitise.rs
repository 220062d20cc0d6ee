//! What a recording must not show: values. Equal values stay equal, so that a change of
//! one remains visible.

use serde_json::{Map, Value};
use std::collections::HashMap;

/// Holds every written object, values and all, in one text.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Replaces values by placeholders, the same one for the same value.
#[derive(Debug, Default)]
pub struct Sanitiser {
    placeholders: HashMap<String, usize>,
}

impl Sanitiser {
    /// Takes the values out of an object. Of a kind that nobody here knows only the
    /// metadata stays.
    pub fn clean(&mut self, object: &mut Value, is_known: bool) {
        let kind = object["kind"].as_str().unwrap_or_default().to_owned();
        self.clean_annotations(object, kind == "Secret");
        match kind.as_str() {
            "Secret" => remove(object, &["data", "stringData"]),
            "ConfigMap" => self.clean_data(object),
            "Node" => {
                if let Some(status) = object.get_mut("status") {
                    remove(status, &["images"]);
                }
            }
            "Event" => {}
            _ if is_known => self.walk(object),
            _ => keep_metadata(object),
        }
    }

    fn clean_annotations(&mut self, object: &mut Value, is_secret: bool) {
        let Some(annotations) = object
            .pointer_mut("/metadata/annotations")
            .and_then(Value::as_object_mut)
            .filter(|a| a.contains_key(LAST_APPLIED))
        else {
            return;
        };
        if is_secret {
            annotations.remove(LAST_APPLIED);
        } else if let Some(text) = annotations.get_mut(LAST_APPLIED) {
            self.replace(text);
        }
    }

    fn clean_data(&mut self, object: &mut Value) {
        for field in ["data", "binaryData"] {
            let values = object.get_mut(field).and_then(Value::as_object_mut);
            for value in values.into_iter().flat_map(Map::values_mut) {
                self.replace(value);
            }
        }
    }

    /// Environment values, headers of probes, commands, arguments and what drivers of volumes
    /// are told, wherever a template stands.
    fn walk(&mut self, value: &mut Value) {
        match value {
            Value::Array(items) => {
                for item in items {
                    self.walk(item);
                }
            }
            Value::Object(fields) => {
                for (key, value) in fields {
                    match (key.as_str(), value) {
                        ("managedFields", _) => {}
                        ("env" | "httpHeaders", Value::Array(pairs)) => self.clean_pairs(pairs),
                        ("volumeAttributes" | "options", Value::Object(attributes)) => {
                            attributes.values_mut().for_each(|value| self.replace(value));
                        }
                        ("args" | "command", Value::Array(words)) => {
                            for word in words {
                                self.replace(word);
                            }
                        }
                        (_, value) => self.walk(value),
                    }
                }
            }
            _ => {}
        }
    }

    /// What has a name and a value.
    fn clean_pairs(&mut self, pairs: &mut [Value]) {
        for pair in pairs {
            if let Some(value) = pair.get_mut("value") {
                self.replace(value);
            }
        }
    }

    fn replace(&mut self, value: &mut Value) {
        let Some(text) = value.as_str().filter(|text| !text.is_empty()) else { return };
        let next = self.placeholders.len() + 1;
        let number = *self.placeholders.entry(text.to_owned()).or_insert(next);
        *value = format!("value-{number}").into();
    }
}

fn remove(object: &mut Value, fields: &[&str]) {
    if let Some(object) = object.as_object_mut() {
        object.retain(|key, _| !fields.contains(&key.as_str()));
    }
}

fn keep_metadata(object: &mut Value) {
    if let Some(object) = object.as_object_mut() {
        object.retain(|key, _| matches!(key.as_str(), "apiVersion" | "kind" | "metadata"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn cleaned(sanitiser: &mut Sanitiser, mut object: Value) -> Value {
        sanitiser.clean(&mut object, true);
        object
    }

    #[test]
    fn a_secret_keeps_no_value() {
        let secret = json!({
            "kind": "Secret",
            "metadata": {"name": "s", "annotations": {LAST_APPLIED: "{\"data\":\"hidden\"}", "a": "b"}},
            "data": {"password": "hidden"},
            "stringData": {"password": "hidden"},
        });
        let cleaned = cleaned(&mut Sanitiser::default(), secret);
        assert!(!cleaned.to_string().contains("hidden"), "{cleaned}");
        assert_eq!(cleaned["metadata"]["annotations"]["a"], "b");
    }

    #[test]
    fn equal_values_stay_equal_and_changed_ones_differ() {
        let mut sanitiser = Sanitiser::default();
        let map = |value: &str| json!({"kind": "ConfigMap", "data": {"KEY": value}});
        let (first, second) =
            (cleaned(&mut sanitiser, map("one")), cleaned(&mut sanitiser, map("two")));
        assert_ne!(first, second);
        assert_eq!(cleaned(&mut sanitiser, map("one")), first);
    }

    #[test]
    fn templates_show_which_words_changed_and_not_which_they_were() {
        let pod = json!({"kind": "Pod", "spec": {"containers": [{
            "name": "main", "image": "busybox:v1", "args": ["--password", "hidden"],
            "env": [{"name": "PASSWORD", "value": "hidden"},
                {"name": "URL", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "k"}}}],
            "livenessProbe": {"exec": {"command": ["check", "hidden"]}},
            "readinessProbe": {"httpGet": {"port": 80, "httpHeaders": [
                {"name": "Authorization", "value": "hidden"}]}},
        }], "volumes": [
            {"name": "a", "csi": {"driver": "d", "volumeAttributes": {"token": "hidden"}}},
            {"name": "b", "flexVolume": {"driver": "d", "options": {"token": "hidden"}}},
        ]}});
        let cleaned = cleaned(&mut Sanitiser::default(), pod);
        let container = &cleaned["spec"]["containers"][0];
        assert!(!cleaned.to_string().contains("hidden"), "{cleaned}");
        assert_eq!(container["image"], "busybox:v1");
        assert_eq!(container["env"][0]["value"], container["args"][1]);
        assert_eq!(container["env"][1]["valueFrom"]["configMapKeyRef"]["key"], "k");
        let header = &container["readinessProbe"]["httpGet"]["httpHeaders"][0];
        assert_eq!(
            (&header["name"], &header["value"]),
            (&json!("Authorization"), &container["args"][1])
        );
    }

    #[test]
    fn of_a_foreign_kind_only_the_metadata_stays() {
        let mut object = json!({"apiVersion": "a/v1", "kind": "Widget", "metadata": {"name": "w"},
            "spec": {"password": "hidden"}});
        Sanitiser::default().clean(&mut object, false);
        assert_eq!(
            object,
            json!({"apiVersion": "a/v1", "kind": "Widget", "metadata": {"name": "w"}})
        );
    }
}
