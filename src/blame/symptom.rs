//! *Symptoms*: what is wrong with the root now, where, and since when.
//!
//! Each file in `symptom/` recognises one kind of failure and says which step
//! failed; equal symptoms of several pods of one revision are one. A container
//! that is well again for long, a pod that is being deleted and a debug
//! container are no symptom.

mod abandoned;
mod absent;
mod config;
pub(super) mod conflict;
mod crash;
mod create;
pub(super) mod deleting;
pub(super) mod evicted;
mod gate;
mod gated;
pub(super) mod held;
pub(super) mod job;
pub(super) mod lost;
pub(super) mod node_fault;
mod not_ready;
pub(super) mod pull;
mod stalled;
mod starting;
mod unfinished;
mod unschedulable;
mod waiting;

use super::scene::{PodView, SLACK, Scene};
use super::step::Step;
use crate::observe::ContainerStatus;
use crate::report::ContainerType;
use jiff::Timestamp;
use std::sync::Arc;

pub(super) use absent::{NO_CLAIM, NO_NODE};
pub(super) use create::NO_SET;
pub(super) use gated::REASON as GATED;
pub(super) use waiting::REASON as WAITING;

/// The longest message of a symptom, in bytes.
pub(super) const MAX_MESSAGE: usize = 256;

/// What failed, or what took its place, is well when it has been up this long, in seconds …
const RECOVERED_SECONDS: i64 = 60;
/// … or longer than what failed before it had lasted, but never longer than the kubelet itself
/// remembers: its back-off starts anew after ten minutes of running (KEP-4603).
const BACK_OFF_RESET_SECONDS: i64 = 600;

/// How bad a symptom is for the verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Severity {
    /// A pod that counts fails.
    Failing,
    /// Nothing fails, but the desired state is out of reach.
    Stuck,
}

/// What more is known of a failure than its word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    /// Nothing more.
    Plain,
    /// Memory ran out.
    Oom,
    /// A liveness or startup probe had it killed.
    ProbeKill,
    /// It was killed (137 or 143), and nobody says why.
    Killed,
    /// An object, or a key of it, does not exist.
    Missing {
        /// Its kind: `ConfigMap`, Secret, `ServiceAccount` …
        kind: &'static str,
        /// Its name.
        name: String,
        /// The key that is missing from it.
        key: Option<String>,
    },
    /// A readiness gate that somebody else has to open.
    Gate(String),
    /// What the registry answered.
    Pull(PullError),
    /// The API server refused the pod.
    Denied(super::denial::Denial),
    /// The node or its runtime could not do its part: a full disk, a runtime that does not answer.
    NodeFault,
    /// The root itself is to go, and does not.
    RootHeld,
}

/// What a registry answers to a pull that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PullError {
    /// There is no such image.
    NotFound,
    /// There is none for the node's platform.
    NoPlatform,
    /// The credentials do not allow it, or there are none.
    Denied,
    /// Too many pulls.
    RateLimited,
    /// Its name is not known.
    NoSuchHost,
    /// No answer, or a failing server.
    Unreachable,
    /// A certificate that has run out.
    Certificate,
    /// A certificate that nobody vouches for, or none.
    Untrusted,
    /// Words we do not know.
    Other,
}

impl PullError {
    /// Whether it is about the very host that the image names: a stranger, or nobody at all.
    pub(super) const fn is_of_host(self) -> bool {
        matches!(self, Self::NoSuchHost | Self::Untrusted)
    }
}

/// What is wrong.
#[derive(Clone)]
pub(super) struct Symptom<'g> {
    /// The deepest and steadiest word for it.
    pub(super) reason: Arc<str>,
    /// The step that failed.
    pub(super) step: Step,
    /// What more is known.
    pub(super) detail: Detail,
    /// How bad it is.
    pub(super) severity: Severity,
    /// What Kubernetes says.
    pub(super) message: Option<String>,
    /// The container, its type, and its path in the template.
    pub(super) container: Option<Arc<str>>,
    pub(super) container_type: Option<ContainerType>,
    pub(super) container_path: Option<String>,
    /// The exit code of the first failed run.
    pub(super) exit_code: Option<i32>,
    /// Index of the revision whose pods show it.
    pub(super) revision: Option<usize>,
    /// The pods that show it, the first to fail first; empty when none could be made.
    pub(super) instances: Vec<Instance<'g>>,
    /// When it was first and last seen.
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
}

/// One pod that shows a symptom.
#[derive(Clone, Copy)]
pub(super) struct Instance<'g> {
    pub(super) view: PodView<'g>,
    /// The first failure of this episode.
    pub(super) first_bad: Timestamp,
    /// The newest failure.
    pub(super) last_bad: Timestamp,
    /// When the run, or attempt, that first failed read its inputs.
    pub(super) read_at: Timestamp,
    /// Whether that run was a restart in a pod that had run well before.
    pub(super) is_restart: bool,
    /// How it was before it failed, with all it now reads of its template.
    pub(super) before: Before,
    /// The earliest time at which the run that was well can have begun: what had been changed
    /// before, that run had, and bore.
    pub(super) good_from: Option<Timestamp>,
    /// When, after a run that was well, the first of the bad ones read its inputs anew.
    pub(super) reread_at: Option<Timestamp>,
    /// The latest time the failing can have begun, counting the runs that nobody saw.
    pub(super) bad_since: Timestamp,
    /// Whether part of the time before its first known failure is not accounted for.
    pub(super) is_vague: bool,
}

/// How a container was before it failed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Before {
    /// Nothing proves that it ever was well.
    Unproved,
    /// It passed its readiness probe, if only for a moment.
    Ready,
    /// It ran well.
    Well,
}

impl Before {
    /// Well, where that is proved.
    pub(super) fn well_if(is_proved: bool) -> Self {
        if is_proved { Self::Well } else { Self::Unproved }
    }
}

/// A detector: looks at one pod, or at one container of it, or at the root.
type OfContainer = for<'g> fn(&Scene<'g>, &PodView<'g>, &'g ContainerStatus) -> Option<Symptom<'g>>;
type OfPod = for<'g> fn(&Scene<'g>, &PodView<'g>) -> Option<Symptom<'g>>;
type OfRoot = for<'g> fn(&Scene<'g>, &[Symptom<'g>]) -> Vec<Symptom<'g>>;

/// What is asked of every container, in this order; the first answer counts.
const OF_CONTAINER: &[OfContainer] =
    &[pull::see, config::see, crash::see, unfinished::see, not_ready::see];
/// What is asked of every pod of which no container shows anything.
const OF_POD: &[OfPod] =
    &[absent::see, unschedulable::see, gated::see, waiting::see, starting::see, gate::see];
/// What is asked of the root, given what its pods show.
const OF_ROOT: &[OfRoot] =
    &[create::see, job::see, deleting::see, held::see, abandoned::see, conflict::see, stalled::see];

/// Everything that is wrong with the root, the worst and oldest first.
pub(super) fn all<'g>(scene: &Scene<'g>) -> Vec<Symptom<'g>> {
    let mut found: Vec<Symptom<'g>> = Vec::new();
    for view in scene.pods.iter().filter(|view| job::speaks(scene, view)) {
        for symptom in of_pod(scene, view) {
            join(&mut found, symptom);
        }
    }
    absorb_untold(scene, &mut found);
    for see in OF_ROOT {
        let of_root = see(scene, &found);
        found.extend(of_root);
    }
    for symptom in &mut found {
        symptom
            .instances
            .sort_by(|a, b| (a.first_bad, a.view.name()).cmp(&(b.first_bad, b.view.name())));
    }
    found.sort_by(|a, b| {
        let key = |s: &Symptom<'_>| {
            (s.severity, s.step, s.first, s.container.clone(), s.reason.clone(), s.revision)
        };
        key(a).cmp(&key(b))
    });
    found
}

fn of_pod<'g>(scene: &Scene<'g>, view: &PodView<'g>) -> Vec<Symptom<'g>> {
    if !view.lives() {
        return Vec::new();
    }
    if evicted::is_about(scene, view) {
        // Its containers were ended with it.
        return evicted::see(scene, view).into_iter().collect();
    }
    if let Some(lost) = lost::see(scene, view) {
        // What its status says else is of before the node fell silent.
        return vec![lost];
    }
    let mut found: Vec<_> = view
        .pod
        .containers
        .iter()
        .filter_map(|status| OF_CONTAINER.iter().find_map(|see| see(scene, view, status)))
        .collect();
    // A container that waits for an init container, or is unready beside a dead one, shows nothing of its own.
    if found.iter().any(|s| s.step != Step::Probe) {
        found.retain(|s| s.step != Step::Probe);
    }
    if found.is_empty() {
        found.extend(OF_POD.iter().find_map(|see| see(scene, view)));
    }
    found
}

/// A pod of which no event is known dies as its siblings do, where theirs tell of a probe: who
/// asks without the controller hears the events of one pod.
fn absorb_untold(scene: &Scene<'_>, found: &mut Vec<Symptom<'_>>) {
    let is_told = |s: &Symptom<'_>| {
        s.instances.iter().any(|i| scene.events(i.view.object).iter().next().is_some())
    };
    for at in (0..found.len()).rev() {
        let one = &found[at];
        let is_open = matches!(one.detail, Detail::Plain | Detail::Killed);
        if !is_open || one.step != Step::Run || is_told(one) {
            continue;
        }
        let is_told_of_it = |s: &Symptom<'_>| {
            s.detail == Detail::ProbeKill
                && s.container == one.container
                && s.container_type == one.container_type
                && s.exit_code == one.exit_code
                && s.revision == one.revision
        };
        if let Some(told) = found.iter().position(is_told_of_it) {
            let untold = found.remove(at);
            // What stood behind it has moved up.
            let told = &mut found[if told > at { told - 1 } else { told }];
            told.instances.extend(untold.instances);
            told.first = told.first.min(untold.first);
            told.last = told.last.max(untold.last);
        }
    }
}

/// Adds a pod's symptom to the equal one of its siblings.
fn join<'g>(found: &mut Vec<Symptom<'g>>, symptom: Symptom<'g>) {
    let same = |s: &&mut Symptom<'g>| {
        s.reason == symptom.reason
            && s.container == symptom.container
            && s.container_type == symptom.container_type
            && s.exit_code == symptom.exit_code
            && s.revision == symptom.revision
            && s.detail == symptom.detail
    };
    match found.iter_mut().find(same) {
        Some(same) => {
            same.instances.extend(symptom.instances);
            if symptom.first < same.first {
                same.first = symptom.first;
                same.message = symptom.message;
            }
            same.last = same.last.max(symptom.last);
        }
        None => found.push(symptom),
    }
}

impl<'g> Symptom<'g> {
    /// Whether this very pod shows it.
    pub(super) fn is_shown_by(&self, view: &PodView<'_>) -> bool {
        self.instances.iter().any(|i| i.view.object.meta.uid == view.object.meta.uid)
    }

    /// A symptom of one container of one pod.
    pub(super) fn of_container(
        view: &PodView<'g>,
        status: &'g ContainerStatus,
        step: Step,
        reason: impl Into<Arc<str>>,
        instance: Instance<'g>,
    ) -> Self {
        Self {
            container: Some(Arc::clone(&status.name)),
            container_type: Some(view.container_type(status)),
            container_path: Some(PodView::container_path(status)),
            ..Self::of_view(view, step, reason, instance)
        }
    }

    /// A symptom of a pod as a whole.
    pub(super) fn of_view(
        view: &PodView<'g>,
        step: Step,
        reason: impl Into<Arc<str>>,
        instance: Instance<'g>,
    ) -> Self {
        Self {
            reason: reason.into(),
            step,
            detail: Detail::Plain,
            severity: Severity::Failing,
            message: None,
            container: None,
            container_type: None,
            container_path: None,
            exit_code: None,
            revision: view.revision,
            first: instance.first_bad,
            last: instance.last_bad,
            instances: vec![instance],
        }
    }

    /// A symptom of the root: no pod shows it.
    pub(super) fn of_root(
        step: Step,
        reason: impl Into<Arc<str>>,
        revision: Option<usize>,
        first: Timestamp,
        last: Timestamp,
    ) -> Self {
        Self {
            reason: reason.into(),
            step,
            detail: Detail::Plain,
            severity: Severity::Stuck,
            message: None,
            container: None,
            container_type: None,
            container_path: None,
            exit_code: None,
            revision,
            instances: Vec::new(),
            first,
            last,
        }
    }

    /// The first pod to show it.
    pub(super) fn first_instance(&self) -> Option<&Instance<'g>> {
        self.instances.first()
    }

    /// The same symptom with a message, cut to its cap.
    pub(super) fn saying(mut self, message: Option<&str>) -> Self {
        self.message =
            message.filter(|m| !m.is_empty()).map(|m| crate::observe::line(m, MAX_MESSAGE));
        self
    }
}

impl<'g> Instance<'g> {
    /// Whether it had run well before it failed.
    pub(super) fn ran_well(&self) -> bool {
        self.before == Before::Well
    }

    /// Whether it ran well with what had been changed by then.
    pub(super) fn bore(&self, changed: Timestamp) -> bool {
        self.good_from.is_some_and(|from| changed + SLACK < from)
    }

    /// Whether it ran well with all that its pod was made with.
    pub(super) fn bore_its_pod(&self) -> bool {
        self.good_from.is_some()
    }

    /// An instance that failed at its first attempt, made with the pod.
    pub(super) fn at_start(view: &PodView<'g>, first_bad: Timestamp, last_bad: Timestamp) -> Self {
        Self {
            view: *view,
            first_bad,
            last_bad,
            read_at: view.created(),
            is_restart: false,
            before: Before::Unproved,
            good_from: None,
            reread_at: None,
            bad_since: first_bad,
            is_vague: false,
        }
    }
}
