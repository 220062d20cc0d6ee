//! A container whose configuration cannot be put together, or that cannot be made.
//!
//! *Sees*: the waiting reasons of `pkg/kubelet/kuberuntime/kuberuntime_container.go`.
//! *Step*: Config; Start where the runtime refused it.
//! *Near miss*: `ContainerCreating`.

use super::{Detail, Instance, Symptom, crash, node_fault};
use crate::blame::scene::{PodView, SLACK, Scene};
use crate::blame::step::Step;
use crate::observe::{ContainerStatus, Fields, State, Termination};

pub(super) fn see<'g>(
    scene: &Scene<'g>,
    view: &PodView<'g>,
    status: &'g ContainerStatus,
) -> Option<Symptom<'g>> {
    let State::Waiting { reason, message } = &status.state else { return None };
    let (step, word) = match &**reason {
        "CreateContainerConfigError" => (Step::Config, "CreateContainerConfigError"),
        "CreateContainerError" => (Step::Start, "CreateContainerError"),
        // What follows is Terminated StartError: the same failure, and the steadier word.
        "RunContainerError" => (Step::Start, "StartError"),
        word @ ("PostStartHookError" | "PreCreateHookError" | "PreStartHookError") => {
            (Step::Start, word)
        }
        _ => return None,
    };
    let said = message.as_deref().unwrap_or_default();
    let failed = scene
        .events(view.object)
        .iter()
        .filter(|e| &*e.reason == "Failed" && e.container.as_deref() == Some(&*status.name))
        .min_by_key(|e| e.first);
    let started = view.pod.started.unwrap_or_else(|| view.created());
    // An attempt that could not even start is no run before this one, but this one before.
    let events = scene.events(view.object);
    let hook = events.iter().find(|e| &*e.reason == "FailedPostStartHook").and_then(|e| e.first);
    // Neither is one that its hook ended.
    let is_hooks = |end: &Termination| {
        let ended = end.finished.map(|finished| finished + SLACK);
        word == "PostStartHookError" && hook.is_some_and(|first| ended.is_some_and(|e| first <= e))
    };
    let ran = |end: &&Termination| !crash::is_start_error(end) && !is_hooks(end);
    let earlier = status.last.as_deref().filter(ran).and_then(|end| end.finished);
    let first_bad = failed
        .and_then(|e| e.first)
        .filter(|first| earlier.is_none_or(|end| *first >= end))
        .or(earlier)
        .unwrap_or(started);
    let mut instance = Instance::at_start(
        view,
        first_bad,
        failed.and_then(|e| e.last).unwrap_or(first_bad).max(first_bad),
    );
    if let Some(end) = earlier {
        // It ran before: this attempt is a restart, and read its inputs then.
        instance = Instance { read_at: end, is_restart: true, ..instance };
    }
    let exit_code = status.last.as_ref().filter(|_| word == "StartError").map(|end| end.exit_code);
    let mut symptom =
        Symptom::of_container(view, status, step, word, instance).saying(message.as_deref());
    symptom.exit_code = exit_code;
    let is_nodes = node_fault::is_told_by(said) || node_fault::is_slow(said);
    let otherwise = if is_nodes { Detail::NodeFault } else { Detail::Plain };
    symptom.detail = missing(said).unwrap_or(otherwise);
    Some(symptom)
}

/// `configmap "x" not found`, `couldn't find key K in ConfigMap ns/x` and their Secret
/// twins (kubernetes `pkg/kubelet/kubelet_pods.go`).
pub(super) fn missing(message: &str) -> Option<Detail> {
    let quoted =
        |after: &str| message.split_once(after)?.1.split_once('"').map(|(name, _)| name.to_owned());
    for (kind, word) in [("ConfigMap", "configmap \""), ("Secret", "secret \"")] {
        if message.contains("not found")
            && let Some(name) = quoted(word)
        {
            return Some(Detail::Missing { kind, name, key: None });
        }
    }
    let (_, rest) = message.split_once("find key ")?;
    let (key, rest) = rest.split_once(" in ")?;
    let (kind, rest) = rest.split_once(' ')?;
    let name = rest.split_whitespace().next()?.rsplit('/').next()?;
    let kind = if kind.eq_ignore_ascii_case("configmap") { "ConfigMap" } else { "Secret" };
    Some(Detail::Missing { kind, name: name.to_owned(), key: Some(key.to_owned()) })
}

/// `MountVolume.SetUp failed for volume "v" : references non-existent config key: K`
/// (kubernetes `pkg/volume/configmap` and `secret`): the pod says which object that is.
pub(super) fn missing_in_volume(fields: &Fields, message: &str) -> Option<Detail> {
    let (_, rest) = message.split_once("references non-existent ")?;
    let (what, key) = rest.split_once(" key: ")?;
    let volume = message.split_once("volume \"")?.1.split('"').next()?;
    let (kind, field) = match what {
        "config" => ("ConfigMap", "configMap.name"),
        "secret" => ("Secret", "secret.secretName"),
        _ => return None,
    };
    let name = fields.text(&format!("volumes[{volume}].{field}"))?.to_owned();
    Some(Detail::Missing { kind, name, key: Some(key.trim().to_owned()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_read_from_the_kubelets_words() {
        let of = |kind, name: &str, key: Option<&str>| {
            Some(Detail::Missing { kind, name: name.into(), key: key.map(Into::into) })
        };
        assert_eq!(missing("configmap \"app-cfg\" not found"), of("ConfigMap", "app-cfg", None));
        assert_eq!(missing("secret \"tls\" not found"), of("Secret", "tls", None));
        assert_eq!(
            missing("couldn't find key URL in ConfigMap default/app-cfg"),
            of("ConfigMap", "app-cfg", Some("URL"))
        );
        assert_eq!(
            missing("couldn't find key K in Secret default/s"),
            of("Secret", "s", Some("K"))
        );
        assert_eq!(missing("container has runAsNonRoot and image will run as root"), None);
    }
}
