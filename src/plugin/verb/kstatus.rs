//! How an object of any kind is doing, by the conventions that its status follows.
//!
//! The rules are those that `kstatus` made common: a status that speaks of the newest
//! generation, the conditions `Ready`, `Reconciling` and `Stalled`, and of a few kinds
//! of Kubernetes itself their own words. Pure.

use serde_json::Value;

/// The conditions that say how an object is as a whole, the most telling first.
const TELLING: &[&str] = &["Ready", "Healthy", "Available"];

/// How an object is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::plugin) enum Doing {
    /// It is as it is to be.
    Well(String),
    /// It is on its way there.
    Going(String),
    /// It will not get there.
    Failed(String),
    /// It exists, and nobody says anything of it.
    Silent,
}

/// A condition of an object: its status, and its words.
pub(in crate::plugin) fn condition<'o>(
    object: &'o Value,
    type_: &str,
) -> Option<(&'o str, String)> {
    let conditions = object.pointer("/status/conditions")?.as_array()?;
    let of = |c: &&Value| c.get("type").and_then(Value::as_str) == Some(type_);
    let it = conditions.iter().find(of)?;
    let text = |key: &str| it.get(key).and_then(Value::as_str).unwrap_or_default();
    let words = match (text("reason"), text("message")) {
        ("", "") => type_.to_owned(),
        ("", message) => message.to_owned(),
        (reason, "") => reason.to_owned(),
        (reason, message) => format!("{reason}: {message}"),
    };
    Some((text("status"), words))
}

/// Whether its status speaks of the newest generation; a status that names none is taken at
/// its word.
pub(in crate::plugin) fn is_seen(object: &Value) -> bool {
    let number = |pointer: &str| object.pointer(pointer).and_then(Value::as_i64);
    match (number("/metadata/generation"), number("/status/observedGeneration")) {
        (Some(generation), Some(observed)) => observed >= generation,
        _ => true,
    }
}

/// Whether it is being deleted.
pub(in crate::plugin) fn is_going(object: &Value) -> bool {
    object.pointer("/metadata/deletionTimestamp").is_some()
}

/// How an object is doing.
pub(in crate::plugin) fn of(object: &Value) -> Doing {
    if is_going(object) {
        return Doing::Going("is being deleted".to_owned());
    }
    if !is_seen(object) {
        return Doing::Going("its controller has not seen the newest edit yet".to_owned());
    }
    if let Some(("True", words)) = condition(object, "Stalled") {
        return Doing::Failed(words);
    }
    if let Some(("True", words)) = condition(object, "Reconciling") {
        return Doing::Going(words);
    }
    if let Some(doing) = of_kind(object) {
        return doing;
    }
    for type_ in TELLING {
        match condition(object, type_) {
            Some(("True", words)) => return Doing::Well(words),
            Some((_, words)) => return Doing::Going(words),
            None => {}
        }
    }
    let group = object.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
    let is_custom = group.split_once('/').is_some_and(|(group, _)| {
        group.contains('.') && !group.ends_with(".k8s.io") && !group.ends_with("kubernetes.io")
    });
    if is_custom && object.pointer("/status").is_none() {
        return Doing::Silent;
    }
    Doing::Well("exists".to_owned())
}

/// The kinds of Kubernetes that have words of their own.
fn of_kind(object: &Value) -> Option<Doing> {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let number = |pointer: &str| object.pointer(pointer).and_then(Value::as_i64).unwrap_or(0);
    let phase = |well: &str| match text("/status/phase") {
        "" => Doing::Going("has no phase yet".to_owned()),
        "Lost" | "Failed" => Doing::Failed(format!("is {}", text("/status/phase"))),
        phase if phase == well => Doing::Well(format!("is {phase}")),
        phase => Doing::Going(format!("is {phase}")),
    };
    Some(match text("/kind") {
        "PersistentVolumeClaim" => phase("Bound"),
        "Namespace" => phase("Active"),
        "Service" if text("/spec/type") == "LoadBalancer" => {
            let has_address = object
                .pointer("/status/loadBalancer/ingress")
                .and_then(Value::as_array)
                .is_some_and(|all| !all.is_empty());
            if has_address {
                Doing::Well("has an address".to_owned())
            } else {
                Doing::Going("has no address of a load balancer yet".to_owned())
            }
        }
        "CustomResourceDefinition" => {
            match (condition(object, "NamesAccepted"), condition(object, "Established")) {
                (Some(("False", words)), _) => Doing::Failed(words),
                (_, Some(("True", words))) => Doing::Well(words),
                _ => Doing::Going("is not established yet".to_owned()),
            }
        }
        "PodDisruptionBudget" => {
            let (has, wants) = (number("/status/currentHealthy"), number("/status/desiredHealthy"));
            if has >= wants {
                Doing::Well(format!("{has} of {wants} pods well"))
            } else {
                Doing::Going(format!("{has} of {wants} pods well"))
            }
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn custom(status: &Value) -> Value {
        json!({ "apiVersion": "example.com/v1", "kind": "Database",
            "metadata": { "generation": 2 }, "status": status })
    }

    #[test]
    fn conditions_are_believed_of_the_newest_generation_only() {
        let ready = |status: &str, observed: i64| {
            custom(&json!({ "observedGeneration": observed,
                "conditions": [{ "type": "Ready", "status": status, "reason": "R", "message": "m" }] }))
        };
        assert_eq!(of(&ready("True", 2)), Doing::Well("R: m".into()));
        assert_eq!(of(&ready("False", 2)), Doing::Going("R: m".into()));
        assert!(matches!(of(&ready("True", 1)), Doing::Going(_)), "an edit nobody has seen");
    }

    #[test]
    fn what_is_stalled_has_failed_and_what_reconciles_is_under_way() {
        let with = |type_: &str| {
            custom(&json!({ "conditions": [
                { "type": "Ready", "status": "True" }, { "type": type_, "status": "True", "reason": "X" },
            ] }))
        };
        assert_eq!(of(&with("Stalled")), Doing::Failed("X".into()));
        assert_eq!(of(&with("Reconciling")), Doing::Going("X".into()));
        assert!(matches!(of(&with("Other")), Doing::Well(_)));
    }

    #[test]
    fn a_custom_object_without_a_status_is_not_taken_to_be_well() {
        let new = json!({ "apiVersion": "example.com/v1", "kind": "Database", "metadata": {} });
        assert_eq!(of(&new), Doing::Silent);
        let map = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": {} });
        assert!(matches!(of(&map), Doing::Well(_)));
    }

    #[test]
    fn kinds_of_kubernetes_have_their_own_words() {
        let of = |kind: &str, rest: &Value| {
            let mut object = rest.clone();
            object["kind"] = json!(kind);
            of(&object)
        };
        let claim = |phase: &str| json!({ "status": { "phase": phase } });
        assert!(matches!(of("PersistentVolumeClaim", &claim("Bound")), Doing::Well(_)));
        assert!(matches!(of("PersistentVolumeClaim", &claim("Pending")), Doing::Going(_)));
        assert!(matches!(of("PersistentVolumeClaim", &claim("Lost")), Doing::Failed(_)));
        assert!(matches!(of("PersistentVolumeClaim", &json!({})), Doing::Going(_)));
        let service = |type_: &str| json!({ "spec": { "type": type_ } });
        assert!(matches!(of("Service", &service("ClusterIP")), Doing::Well(_)));
        assert!(matches!(of("Service", &service("LoadBalancer")), Doing::Going(_)));
        assert!(matches!(of("CustomResourceDefinition", &json!({})), Doing::Going(_)));
    }
}
