//! What the API server says the controller asked of it.

use super::CONTROLLER;
use local_cluster::Cluster;
use serde::Deserialize;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// One request, as the audit log has it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Request {
    verb: String,
    #[serde(rename = "requestURI")]
    #[expect(dead_code, reason = "read by whoever reads a failure")]
    pub(crate) uri: String,
    user: User,
    #[serde(default)]
    object_ref: ObjectRef,
    #[serde(default)]
    response_status: Response,
}

#[derive(Clone, Debug, Deserialize)]
struct User {
    username: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct ObjectRef {
    resource: String,
    subresource: String,
    namespace: String,
    name: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Response {
    code: u16,
}

impl Request {
    /// Whether it read objects. Discovery of an owner's kind does not: it happens once
    /// a kind after a start, and another fault may have started the controller just before.
    pub(crate) fn is_read(&self) -> bool {
        matches!(self.verb.as_str(), "get" | "list") && !self.object_ref.resource.is_empty()
    }

    /// Whether it wrote the status of this report.
    fn is_status_write(&self, namespace: &str, name: &str) -> bool {
        let object = &self.object_ref;
        matches!(self.verb.as_str(), "patch" | "update")
            && (object.resource.as_str(), object.subresource.as_str()) == ("blamereports", "status")
            && (object.namespace.as_str(), object.name.as_str()) == (namespace, name)
            && (200..300).contains(&self.response_status.code)
    }
}

#[derive(Debug, Default)]
struct Tail {
    offset: u64,
    rest: String,
    requests: Vec<Request>,
}

/// The audit log of the cluster, read as it grows.
#[derive(Debug)]
pub(crate) struct Audit {
    file: PathBuf,
    tail: Mutex<Tail>,
}

impl Audit {
    /// The log of a cluster.
    pub(crate) fn of(cluster: &Cluster) -> Self {
        Self { file: cluster.audit_log(), tail: Mutex::default() }
    }

    /// How many times the controller wrote the status of this report.
    pub(crate) fn status_writes(&self, namespace: &str, name: &str) -> std::io::Result<usize> {
        let requests = self.requests(0)?;
        Ok(requests.iter().filter(|r| r.is_status_write(namespace, name)).count())
    }

    /// What the controller asked, but for the first `skip` requests.
    pub(crate) fn requests(&self, skip: usize) -> std::io::Result<Vec<Request>> {
        let mut tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        tail.read(&self.file)?;
        Ok(tail.requests.iter().skip(skip).cloned().collect())
    }
}

impl Tail {
    fn read(&mut self, file: &PathBuf) -> std::io::Result<()> {
        let mut file = File::open(file)?;
        file.seek(SeekFrom::Start(self.offset))?;
        let mut bytes = Vec::new();
        self.offset += file.read_to_end(&mut bytes)? as u64;
        let text = std::mem::take(&mut self.rest) + &String::from_utf8_lossy(&bytes);
        let (whole, rest) = text.rsplit_once('\n').unwrap_or(("", &text));
        rest.clone_into(&mut self.rest);
        for line in whole.lines().filter(|line| line.contains(CONTROLLER)) {
            let request = serde_json::from_str::<Request>(line);
            self.requests.extend(request.ok().filter(|r| r.user.username == CONTROLLER));
        }
        Ok(())
    }
}
