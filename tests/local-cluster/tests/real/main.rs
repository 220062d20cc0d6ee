//! Tests with real clusters: real containers that crash, and nothing left behind.
//!
//! `KUBEBLAME_TEST_CLUSTER=full|kwok|none` says how much may be started (default full).

mod containers;
mod identities;
mod leftovers;
mod parts;

use std::sync::OnceLock;
use std::time::Duration;

use local_cluster::{Cluster, Error, Options, poll};

/// What a pod may take on two small cores that also compile: seconds on a quiet machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// The full cluster that most tests share. It is never dropped: the end of this
/// process is its end.
fn shared() -> Result<&'static Cluster, Error> {
    static SHARED: OnceLock<Result<Cluster, String>> = OnceLock::new();
    SHARED
        .get_or_init(|| Cluster::start(&Options::full()).map_err(|error| error.to_string()))
        .as_ref()
        .map_err(Error::new)
}

/// A pod with one container `c` that runs these words of the program `workload`.
fn pod(name: &str, image: &str, words: &[&str]) -> String {
    format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}}}, spec: {{terminationGracePeriodSeconds: 0, \
         containers: [{{name: c, image: '{image}', args: {words:?}, resources: {{limits: {{memory: 32Mi}}}}}}]}}}}"
    )
}

/// Waits until a field of a pod, in jsonpath's words, has this value.
fn becomes(cluster: &Cluster, pod: &str, field: &str, wanted: &str) -> Result<(), Error> {
    poll(&format!("{field} of pod {pod} being {wanted:?}"), PATIENCE, || {
        (field_of(cluster, pod, field).ok()? == wanted).then_some(())
    })
    .map_err(|error| {
        let pod = cluster.kubectl_run(&["describe", "pod", pod]).unwrap_or_default();
        Error::new(format!("{error}\n{pod}"))
    })
}

fn field_of(cluster: &Cluster, pod: &str, field: &str) -> Result<String, Error> {
    cluster.kubectl_run(&["get", "pod", pod, "-o", &format!("jsonpath={{{field}}}")])
}
