//! The judgement: from the graph to what a report says of one root.
//!
//! A step failed; the step reads inputs; an input changed; something made the step
//! run again. The *cause* is the change, the *trigger* is what made it run, and the
//! proof is a peer that lacks the change and is well. `symptom` recognises what
//! failed (one kind of failure, one file), `cause` gathers what changed (one source
//! of changes, one file), `decide` weighs them; none of them edits another.
//! Nothing here fails, reads a clock or logs: what cannot be known is `Unknown`.

mod admit;
mod assemble;
mod author;
mod budget;
mod cause;
mod chain;
mod change;
mod decide;
mod denial;
mod gone;
mod image;
mod impact;
mod latent;
mod lineage;
mod notable;
mod origin;
mod past;
mod peer;
mod pending;
mod quantity;
mod reference;
mod remedy;
mod remember;
mod revision;
mod scene;
mod shared;
mod step;
mod symptom;
mod trigger;
mod verdict;
mod words;

pub use past::{between, revisions};

use crate::graph::{Graph, Lookup};
use crate::observe::Uid;
use crate::report::{API_VERSION, BlameReport, KIND, ReportMeta, RootRef, Spec, Status, Verdict};
use jiff::Timestamp;
use scene::Scene;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a judgement found, and what it needs from its caller.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The report, complete but for the report's own `observedGeneration`.
    pub report: BlameReport,
    /// When time alone may change the answer: judge again then.
    pub wake: Option<Timestamp>,
    /// What it looked up besides the root's chain: to be given to [`Graph::set_reads`].
    pub reads: BTreeSet<Lookup>,
    /// The causes it blames that other roots may have too: to be given to
    /// [`Graph::set_causes`].
    pub causes: BTreeSet<Arc<str>>,
    /// Whether this root is to have a report in the cluster: always for workloads,
    /// for a Job or bare Pod only while something is or was wrong.
    pub wanted: bool,
}

/// Judges one root at `now`. `memory` is what an earlier report of this very root
/// (same UID) said: what Kubernetes forgot may stand only there.
///
/// `None` when there is no such root.
#[must_use]
pub fn judge(
    graph: &Graph,
    root: &Uid,
    now: Timestamp,
    memory: Option<&Status>,
) -> Option<Judgement> {
    let scene = Scene::gather(graph, root, now, memory)?;
    let symptoms = symptom::all(&scene);
    let (status, causes) = assemble::status(&scene, &symptoms);
    let object = scene.root;
    let wanted = !matches!(object.kind(), "Job" | "Pod")
        || !status.findings.is_empty()
        || !status.history.is_empty();
    let report = BlameReport {
        api_version: API_VERSION.to_owned(),
        kind: KIND.to_owned(),
        metadata: ReportMeta {
            name: report_name(object),
            namespace: object.meta.namespace.as_deref().map(str::to_owned),
        },
        spec: Spec {
            root: RootRef {
                api_version: object.meta.type_ref.api_version.to_string(),
                kind: object.kind().to_owned(),
                name: object.meta.name.to_string(),
                uid: object.meta.uid.to_string(),
            },
        },
        status: Some(status),
    };
    let (reads, wake) = scene.into_needs();
    Some(Judgement {
        report,
        wake,
        reads,
        causes,
        wanted: wanted || matches!(verdict_of(memory), Some(Verdict::Failing | Verdict::Stuck)),
    })
}

/// Judges every root once, so that the graph knows which causes they share.
pub fn share(graph: &mut Graph, now: Timestamp) {
    let roots: Vec<Uid> = graph.roots().iter().map(|root| root.meta.uid.clone()).collect();
    for root in roots {
        if let Some(judgement) = judge(graph, &root, now, None) {
            graph.set_causes(&root, judgement.causes);
        }
    }
}

fn verdict_of(memory: Option<&Status>) -> Option<Verdict> {
    memory.map(|memory| memory.verdict)
}

/// A Deployment's report bears its bare name, any other kind's the kind as well.
fn report_name(root: &crate::graph::Object) -> String {
    if root.kind() == "Deployment" {
        root.meta.name.to_string()
    } else {
        format!("{}.{}", root.meta.name, root.kind().to_lowercase())
    }
}
