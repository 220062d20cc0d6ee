//! Audit records (`audit.k8s.io`): who asked the API server for what.
//!
//! They prove the user behind an edit, which `managedFields` cannot: a manager names itself.

use super::lenient;
use super::text::line;
use jiff::Timestamp;
use serde::Deserialize;
use std::sync::Arc;

/// A write that the API server carried out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Audit {
    /// When it was done.
    pub at: Timestamp,
    /// The user, as the API server authenticated it.
    pub user: Arc<str>,
    /// API group of what was written.
    pub group: Arc<str>,
    /// Its plural, e.g. `deployments`.
    pub resource: Arc<str>,
    /// Its namespace.
    pub namespace: Option<Arc<str>>,
    /// Its name.
    pub name: Arc<str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    #[serde(default, deserialize_with = "lenient::field")]
    api_version: String,
    #[serde(default, deserialize_with = "lenient::field")]
    kind: String,
    #[serde(default, deserialize_with = "lenient::field")]
    verb: String,
    #[serde(default, deserialize_with = "lenient::field")]
    stage: String,
    #[serde(default, deserialize_with = "lenient::field")]
    user: WireUser,
    #[serde(default, deserialize_with = "lenient::field")]
    object_ref: WireObject,
    #[serde(default, deserialize_with = "lenient::optional")]
    response_status: Option<WireStatus>,
    #[serde(default, deserialize_with = "lenient::optional")]
    stage_timestamp: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::optional")]
    request_received_timestamp: Option<Timestamp>,
}

#[derive(Default, Deserialize)]
struct WireUser {
    #[serde(default, deserialize_with = "lenient::field")]
    username: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireObject {
    #[serde(default, deserialize_with = "lenient::field")]
    api_group: String,
    #[serde(default, deserialize_with = "lenient::field")]
    resource: String,
    #[serde(default, deserialize_with = "lenient::field")]
    subresource: String,
    #[serde(default, deserialize_with = "lenient::field")]
    namespace: String,
    #[serde(default, deserialize_with = "lenient::field")]
    name: String,
}

#[derive(Deserialize)]
struct WireStatus {
    #[serde(default, deserialize_with = "lenient::field")]
    code: i64,
}

/// What an audit record tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// A write of an object itself that succeeded.
    Write(Audit),
    /// Anything else: a read, a refusal, a status, a stage before the end.
    Other,
}

/// Reads an audit record; `None` when the text is something else.
#[must_use]
pub fn read_audit(json: &str) -> Option<Record> {
    if !json.contains("audit.k8s.io/") {
        return None;
    }
    let wire: Wire = serde_json::from_str(json).ok()?;
    if !wire.api_version.starts_with("audit.k8s.io/") || wire.kind != "Event" {
        return None;
    }
    let is_done = wire.stage.is_empty() || wire.stage == "ResponseComplete";
    let is_write = matches!(&*wire.verb, "create" | "update" | "patch" | "apply");
    let succeeded = wire.response_status.is_none_or(|s| s.code == 0 || s.code / 100 == 2);
    let at = wire.stage_timestamp.or(wire.request_received_timestamp);
    let object = wire.object_ref;
    let text = |text: &str| Arc::<str>::from(line(text, 253));
    let (Some(at), true) = (
        at,
        is_done
            && is_write
            && succeeded
            && object.subresource.is_empty()
            && !object.name.is_empty()
            && !wire.user.username.is_empty(),
    ) else {
        return Some(Record::Other);
    };
    Some(Record::Write(Audit {
        at,
        user: text(&wire.user.username),
        group: text(&object.api_group),
        resource: text(&object.resource),
        namespace: (!object.namespace.is_empty()).then(|| text(&object.namespace)),
        name: text(&object.name),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(verb: &str, subresource: &str, code: i64) -> String {
        format!(
            r#"{{"kind":"Event","apiVersion":"audit.k8s.io/v1","stage":"ResponseComplete","verb":"{verb}","user":{{"username":"alice@corp"}},"objectRef":{{"resource":"deployments","apiGroup":"apps","namespace":"default","name":"web","subresource":"{subresource}"}},"responseStatus":{{"code":{code}}},"stageTimestamp":"2026-11-21T11:40:00.118000Z"}}"#
        )
    }

    #[test]
    fn only_a_write_that_was_carried_out_counts() {
        let is_write = |json: &str| matches!(read_audit(json), Some(Record::Write(_)));
        assert!(is_write(&record("patch", "", 200)));
        assert!(!is_write(&record("get", "", 200)));
        assert!(!is_write(&record("patch", "status", 200)));
        assert!(!is_write(&record("patch", "", 409)));
        assert_eq!(read_audit(r#"{"kind":"Event","apiVersion":"v1"}"#), None);
    }
}
