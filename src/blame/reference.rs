//! What a pod reads besides its own spec: `ConfigMaps`, Secrets, its service account.

use crate::observe::Fields;

/// One object a container reads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reference {
    /// `ConfigMap` or Secret.
    pub(super) kind: &'static str,
    /// Its name.
    pub(super) name: String,
    /// The one key that is read; `None` for all of them.
    pub(super) key: Option<String>,
    /// Whether it is read at each start of the container (environment), or
    /// continuously (a mounted volume).
    pub(super) at_start: bool,
}

/// What one container reads, by its path in the template.
pub(super) fn of_container(fields: &Fields, container: &str) -> Vec<Reference> {
    let mut found = of_environment(fields, container);
    let mounted: Vec<&str> = fields
        .under(&format!("{container}.volumeMounts["))
        .filter(|(path, _)| path.ends_with("].name"))
        .filter_map(|(_, leaf)| leaf.shown())
        .collect();
    for volume in mounted {
        found.extend(of_volume(fields, volume));
    }
    found.sort();
    found.dedup();
    found
}

fn of_environment(fields: &Fields, container: &str) -> Vec<Reference> {
    const KINDS: [(&str, &str); 4] = [
        (".configMapKeyRef.name", "ConfigMap"),
        (".secretKeyRef.name", "Secret"),
        (".configMapRef.name", "ConfigMap"),
        (".secretRef.name", "Secret"),
    ];
    fields
        .under(&format!("{container}.env"))
        .filter_map(|(path, leaf)| {
            let (suffix, kind) = KINDS.iter().find(|(suffix, _)| path.ends_with(suffix))?;
            let key = suffix
                .contains("KeyRef")
                .then(|| format!("{}.key", path.strip_suffix(".name").unwrap_or(path)));
            Some(Reference {
                kind,
                name: leaf.shown()?.to_owned(),
                key: key.and_then(|path| fields.text(&path)).map(str::to_owned),
                at_start: true,
            })
        })
        .collect()
}

fn of_volume(fields: &Fields, volume: &str) -> Vec<Reference> {
    let root = format!("volumes[{volume}].");
    fields
        .under(&root)
        .filter_map(|(path, leaf)| {
            let kind = if path.ends_with("configMap.name") {
                "ConfigMap"
            } else if path.ends_with("secret.secretName") || path.ends_with("secret.name") {
                "Secret"
            } else {
                return None;
            };
            Some(Reference { kind, name: leaf.shown()?.to_owned(), key: None, at_start: false })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn environment_and_volumes_are_followed() {
        let fields = Fields::of_template(&json!({"spec": {
            "containers": [
                {"name": "main", "envFrom": [{"configMapRef": {"name": "all"}}],
                 "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
                 "volumeMounts": [{"name": "v", "mountPath": "/v"}]},
                {"name": "other", "envFrom": [{"configMapRef": {"name": "unrelated"}}]}],
            "volumes": [{"name": "v", "configMap": {"name": "files"}}, {"name": "w", "secret": {"secretName": "unread"}}]}}));
        let read: Vec<_> = of_container(&fields, "containers[main]")
            .into_iter()
            .map(|r| (r.kind, r.name, r.key, r.at_start))
            .collect();
        assert_eq!(
            read,
            [
                ("ConfigMap", "all".into(), None, true),
                ("ConfigMap", "files".into(), None, false),
                ("Secret", "s".into(), Some("k".into()), true),
            ]
        );
    }
}
