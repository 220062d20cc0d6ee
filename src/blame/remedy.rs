//! What to do: the command that takes a change back, or lets its controller go on.

use super::scene::Scene;
use super::step::Step;
use super::symptom::Symptom;

/// How a way back begins.
const UNDO: &str = "kubectl rollout undo";
/// How many pods a command names.
const MAX_NAMED: usize = 8;

/// The way back to a revision.
pub(super) fn undo(scene: &Scene<'_>, number: i64) -> Option<String> {
    let kind = match scene.root.kind() {
        "Deployment" => "deployment",
        "StatefulSet" => "statefulset",
        "DaemonSet" => "daemonset",
        _ => return None,
    };
    let (name, namespace) = (&scene.root.meta.name, namespace(scene));
    Some(format!("{UNDO} {kind}/{name}{namespace} --to-revision={number}"))
}

/// Whether a command is a way back.
pub(super) fn is_undo(command: &str) -> bool {
    command.starts_with(UNDO)
}

/// How the pods of an older template are got rid of that a `StatefulSet` keeps.
///
/// With `OrderedReady` it does nothing while a pod is not ready, so that one of a bad template
/// stays also when the template is put right (Kubernetes' "forced rollback"). *Near miss*:
/// `Parallel` replaces it, `OnDelete` and a partition leave it on purpose, and a pod of the newest
/// template would only come back the same.
pub(super) fn delete_held(scene: &Scene<'_>, symptom: &Symptom<'_>) -> Option<String> {
    let work = scene.workload().filter(|_| scene.root.kind() == "StatefulSet")?;
    let goes_on = &*work.pod_management == "Parallel";
    let is_on_purpose = &*work.strategy == "OnDelete" || work.partition > 0;
    let is_older = symptom.revision.is_some_and(|at| !scene.revisions[at].current);
    let is_of_others = matches!(symptom.step, Step::Create | Step::Stay);
    if goes_on || is_on_purpose || !is_older || is_of_others || scene.current().is_none() {
        return None;
    }
    let mut pods: Vec<&str> = symptom.instances.iter().map(|i| i.view.name()).collect();
    pods.sort_unstable();
    pods.dedup();
    pods.truncate(MAX_NAMED);
    let pods = (!pods.is_empty()).then(|| pods.join(" "))?;
    let namespace = namespace(scene);
    Some(format!("kubectl delete pod {pods}{namespace} # OrderedReady waits for them for ever"))
}

/// The flag that names the root's namespace.
fn namespace(scene: &Scene<'_>) -> String {
    let namespace = scene.root.meta.namespace.as_deref().filter(|n| *n != "default");
    namespace.map(|n| format!(" -n {n}")).unwrap_or_default()
}
