//! One object that is waited for, and what was seen of it.

mod absence;

use super::judge::{self, Facts, Standing, State};
use super::options::{Flags, Options};
use crate::observe::{ContainerStatus, Detail, State as Run, Uid};
use crate::plugin::failure::Failure;
use crate::plugin::kinds::KindWord;
use crate::plugin::live::cluster::{Answer, Cluster};
use crate::plugin::live::compute::Computer;
use crate::plugin::live::logs::{self, Tail};
use crate::plugin::live::reported;
use crate::plugin::live::resource::{self, Resource};
use crate::plugin::verb::writers::writers;
use crate::report::{BlameReport, Status, Verdict};
use absence::Absence;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Notify;

/// How often it is looked whether an object of a custom kind makes pods, in seconds: that
/// takes three lists of the namespace.
const PODS_EVERY: i64 = 10;

/// How many containers' logs a failure shows.
const MAX_LOGS: usize = 3;

/// What is waited for, as far as it is known without asking.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Wanted {
    /// `deployment`, in the words of the kind.
    pub(super) kind: String,
    /// Group and version, where a manifest names them.
    pub(super) api_version: Option<String>,
    pub(super) namespace: String,
    pub(super) name: String,
}

impl Wanted {
    /// `deployment/web`.
    pub(super) fn shown(&self) -> String {
        format!("{}/{}", self.kind.to_lowercase(), self.name)
    }
}

/// When everything about an object was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Never,
    /// And what was seen since came from watches, or not at all.
    Before,
    /// For the last look.
    JustNow,
}

/// One object that is waited for.
pub(super) struct Track<'c> {
    cluster: &'c Cluster,
    flags: &'c Flags,
    pub(super) wanted: Wanted,
    /// Whether objects of several namespaces are waited for.
    pub(super) with_namespace: bool,
    resource: Option<Resource>,
    computer: Computer<'c>,
    began: Option<Timestamp>,
    looked_at_pods: Option<Timestamp>,
    absence: Absence,
    /// How often containers had ended when they were last seen well.
    ends_while_well: BTreeMap<(String, String), i32>,
    pub(super) options: Options,
    pub(super) standing: Standing,
    /// When its standing last changed, by the cluster's clock.
    pub(super) changed: Option<Timestamp>,
    pub(super) report: Option<BlameReport>,
    /// Whether the object is to go away instead.
    until_deleted: bool,
    asked: Asked,
}

impl<'c> Track<'c> {
    pub(super) fn new(
        cluster: &'c Cluster,
        wanted: Wanted,
        resource: Option<Resource>,
        flags: &'c Flags,
        until_deleted: bool,
        wake: &Arc<Notify>,
    ) -> Result<Self, Failure> {
        let options = flags.of(&names(&wanted, None), None).map_err(Failure::new)?;
        Ok(Self {
            cluster,
            flags,
            computer: Computer::following(cluster, &wanted.namespace, wake),
            wanted,
            with_namespace: false,
            resource,
            began: None,
            looked_at_pods: None,
            absence: Absence::default(),
            ends_while_well: BTreeMap::new(),
            options,
            standing: Standing::new(State::Absent, "not looked for yet"),
            changed: None,
            report: None,
            until_deleted,
            asked: Asked::Never,
        })
    }

    /// Whether each look costs requests.
    pub(super) fn is_asked(&self) -> bool {
        !self.computer.is_fed() && !self.is_left_alone()
    }

    /// Whether this is not the first question; what that does not settle is followed.
    fn was_asked(&mut self) -> bool {
        std::mem::replace(&mut self.asked, Asked::Before) != Asked::Never
    }

    /// What is judged by its own status and is well is not asked for again until the end.
    fn is_left_alone(&self) -> bool {
        let is_plain = self.until_deleted
            || self.resource.as_ref().is_some_and(|r| !judge::is_judged(&r.kind, &r.group));
        is_plain && self.asked != Asked::Never && self.standing.state == State::Healthy
    }

    /// Whether it is well when everything is asked for anew: a watch may be late, and what is
    /// well was left alone.
    pub(super) async fn is_proved(&self) -> Result<bool, Failure> {
        if self.asked == Asked::JustNow {
            return Ok(true);
        }
        let mut anew = Self {
            computer: Computer::new(self.cluster, &self.wanted.namespace),
            wanted: self.wanted.clone(),
            resource: self.resource.clone(),
            looked_at_pods: None,
            absence: Absence::default(),
            ends_while_well: self.ends_while_well.clone(),
            options: self.options.clone(),
            standing: self.standing.clone(),
            report: None,
            asked: Asked::Never,
            ..*self
        };
        anew.look().await?;
        Ok(anew.standing.state == State::Healthy)
    }

    /// `deployment/web`, and where, if that is not plain.
    pub(super) fn name(&self) -> String {
        let shown = self.wanted.shown();
        match self.namespace().filter(|_| self.with_namespace) {
            Some(namespace) => format!("{namespace}/{shown}"),
            None => shown,
        }
    }

    /// Where it is; `None` where its kind is known to have no namespaces.
    pub(super) fn namespace(&self) -> Option<&str> {
        let has_one = self.resource.as_ref().is_none_or(|resource| resource.namespaced);
        has_one.then_some(&*self.wanted.namespace)
    }

    /// Looks once.
    pub(super) async fn look(&mut self) -> Result<(), Failure> {
        let standing = self.see().await?;
        let now = self.cluster.now();
        let is_same =
            standing.state == self.standing.state && standing.ready == self.standing.ready;
        if !is_same || self.changed.is_none() {
            self.changed = Some(now);
        }
        self.standing = standing;
        Ok(())
    }

    /// Whether nothing has happened for longer than is allowed.
    pub(super) fn is_idle(&self) -> bool {
        let is_over = matches!(self.standing.state, State::Healthy | State::Settling);
        self.options.no_activity.is_some_and(|most| {
            !is_over && self.changed.is_some_and(|at| self.cluster.now().duration_since(at) > most)
        })
    }

    async fn see(&mut self) -> Result<Standing, Failure> {
        let Some(resource) = self.resource().await? else {
            let kind = &self.wanted.kind;
            return Ok(Standing::new(State::Absent, format!("the server has no kind {kind} yet")));
        };
        if self.is_left_alone() && !self.computer.is_fed() {
            self.asked = Asked::Before;
            return Ok(self.standing.clone());
        }
        let is_judged = judge::is_judged(&resource.kind, &resource.group);
        let mut report = None;
        let object = if is_judged && !self.until_deleted {
            let found = if self.was_asked() {
                self.computer.find(&resource, &self.wanted.name).await
            } else {
                self.computer.find_unfollowed(&resource, &self.wanted.name).await
            };
            let found = match found {
                // What it belongs to was deleted at this moment.
                Err(Failure::NotFound(_)) => None,
                found => found?,
            };
            self.unreadable()?;
            report = found.map(|found| found.report);
            report.as_ref().and_then(|_| serde_json::from_str(&self.computer.text).ok())
        } else {
            self.plain(&resource).await?
        };
        let Some(object): Option<Value> = object else {
            return self.not_there(&resource).await;
        };
        self.absence = Absence::default();
        if self.until_deleted {
            return Ok(Standing::new(State::Progressing, "still exists"));
        }
        self.read_options(&resource, &object);
        let now = self.cluster.now();
        let began = *self.began.get_or_insert(now);
        let mut standing = self.judge(&object, report.as_ref(), now, began);
        if !is_judged && self.is_time_for_pods(standing.state, now) {
            self.looked_at_pods = Some(now);
            // A kind that makes no pods has no judgement, and needs none.
            if let Ok(Some(found)) = self.computer.find(&resource, &self.wanted.name).await {
                report = Some(found.report).filter(has_pods);
                standing = self.judge(&object, report.as_ref(), now, began);
            }
        }
        self.report = report;
        self.asked = if self.computer.is_fed() { Asked::Before } else { Asked::JustNow };
        Ok(standing)
    }

    /// Where its kind is; `None` while the server does not have it.
    async fn resource(&mut self) -> Result<Option<Resource>, Failure> {
        if self.resource.is_none() {
            self.resource = match &self.wanted.api_version {
                Some(version) => {
                    resource::of_owner(self.cluster, version, &self.wanted.kind).await?
                }
                None => {
                    Some(resource::resolve(self.cluster, &KindWord::new(&self.wanted.kind)).await?)
                }
            };
        }
        Ok(self.resource.clone())
    }

    /// An object that is judged by its own status: most are well when they are asked for, and
    /// only the others are worth a watch.
    async fn plain(&mut self, resource: &Resource) -> Result<Option<Value>, Failure> {
        if self.was_asked() {
            let text = self.computer.object_followed(resource, &self.wanted.name).await?;
            return text.map(|text| serde_json::from_str(&text).map_err(Failure::new)).transpose();
        }
        match self.cluster.get(resource, Some(&self.wanted.namespace), &self.wanted.name).await? {
            Answer::Found(text) => serde_json::from_str(&text).map(Some).map_err(Failure::new),
            Answer::NoObject | Answer::NoKind => Ok(None),
            Answer::Forbidden(why) => Err(Failure::new(why)),
        }
    }

    /// Without its pods nobody can say that a rollout is well.
    fn unreadable(&self) -> Result<(), Failure> {
        let chain = ["Pod", "ReplicaSet", "ControllerRevision", "Job"];
        let missing = chain.iter().find_map(|kind| self.computer.forbidden.get(*kind));
        match missing {
            Some(why) => Err(Failure::new(format!(
                "{why}: whether {} is well cannot be known",
                self.wanted.shown()
            ))),
            None => Ok(()),
        }
    }

    /// A custom kind's pods: from time to time, and always once they are followed.
    fn is_time_for_pods(&self, state: State, now: Timestamp) -> bool {
        let is_owner = self.resource.as_ref().is_some_and(|r| {
            r.namespaced && r.group.contains('.') && !r.group.ends_with(".k8s.io")
        });
        let is_due =
            self.looked_at_pods.is_none_or(|at| now.duration_since(at).as_secs() >= PODS_EVERY);
        is_owner && state != State::Failed && (is_due || self.computer.is_fed_below())
    }

    /// Options may stand on the object; a wrong one there is ignored rather than fatal.
    fn read_options(&mut self, resource: &Resource, object: &Value) {
        if let Ok(options) = self.flags.of(&names(&self.wanted, Some(resource)), Some(object)) {
            self.options = options;
        }
    }

    /// Why its annotations cannot be used, where they cannot.
    pub(super) fn wrong_options(&self) -> Option<String> {
        let object: Value = serde_json::from_str(&self.computer.text).ok()?;
        let names = names(&self.wanted, self.resource.as_ref());
        let why = self.flags.of(&names, Some(&object)).err()?;
        Some(format!("{}: {why}: it is not used", self.wanted.shown()))
    }

    fn judge(
        &mut self,
        object: &Value,
        report: Option<&BlameReport>,
        now: Timestamp,
        began: Timestamp,
    ) -> Standing {
        let status = report.and_then(|report| report.status.as_ref());
        let ends = status.map_or(0, |status| self.ends(status));
        let is_old = |pod: &str| status.is_some_and(|status| self.is_old(status, pod));
        let options = &self.options;
        judge::standing(&Facts { object, report, ends, is_old: &is_old, now, began, options })
    }

    /// Whether a pod is of an older revision than the one that is wanted.
    fn is_old(&self, status: &Status, pod: &str) -> bool {
        let current = status.revisions.iter().find(|revision| revision.current);
        let Some(current) = current.and_then(|r| r.controller.as_ref()) else { return false };
        let graph = &self.computer.graph;
        let Some(pod) = graph.named("Pod", Some(&self.wanted.namespace), pod) else { return false };
        match &*current.kind {
            "ReplicaSet" | "Job" => {
                let owner = pod.meta.controller();
                owner.is_some_and(|o| Some(o.uid.to_string()) != current.uid)
            }
            // A StatefulSet's mark is the revision's name, a DaemonSet's the end of it.
            "ControllerRevision" => {
                let mark = pod.meta.labels.get("controller-revision-hash");
                let name = current.name.as_deref().unwrap_or_default();
                mark.is_some_and(|mark| !name.ends_with(&**mark))
            }
            _ => false,
        }
    }

    /// How often the worst container that is in trouble ended badly since it was well: what
    /// it did a week ago does not count against it.
    fn ends(&mut self, status: &Status) -> i32 {
        let mut worst = 0;
        let pods = status.revisions.iter().filter(|r| r.current).flat_map(|r| &r.pod_details);
        for detail in pods {
            let uid = Uid::new(&detail.uid);
            let object = self.computer.graph.object(&uid).map(|object| &object.detail);
            let Some(Detail::Pod(pod)) = object else { continue };
            for container in &pod.containers {
                let ends = ends_of(container);
                let is_in_trouble = detail
                    .containers
                    .iter()
                    .any(|known| *known.name == *container.name && known.reason.is_some());
                let key = (detail.uid.clone(), container.name.to_string());
                if is_in_trouble {
                    worst = worst.max(ends - self.ends_while_well.get(&key).unwrap_or(&0));
                } else {
                    self.ends_while_well.insert(key, ends);
                }
            }
        }
        worst
    }

    /// The blame for its failure: the controller's, where it says more.
    pub(super) async fn blame(&self) -> Option<BlameReport> {
        let own = self.report.clone()?;
        let resource = self.resource.as_ref()?;
        let (namespace, name) = (&self.wanted.namespace, &self.wanted.name);
        let Ok(Ok(found)) = reported::one(self.cluster, resource, namespace, name).await else {
            return Some(own);
        };
        let is_bad = |status: &Status| matches!(status.verdict, Verdict::Failing | Verdict::Stuck);
        let speaks_of_now = found.report.status.as_ref().is_some_and(|theirs| {
            is_bad(theirs)
                && !theirs.findings.is_empty()
                && own.spec.root.uid == found.report.spec.root.uid
                && own
                    .status
                    .as_ref()
                    .is_none_or(|own| theirs.root_generation >= own.root_generation)
        });
        Some(if speaks_of_now { found.report } else { own })
    }

    /// The last lines of the containers that fail.
    pub(super) async fn logs(&self) -> Vec<Result<Tail, String>> {
        let mut tails = Vec::new();
        let Some(report) = &self.report else { return tails };
        if self.options.log_lines == 0 {
            return tails;
        }
        let wanted =
            |line: &str| self.options.log_regex.as_ref().is_none_or(|regex| regex.is_match(line));
        for writer in writers(report, &self.computer.graph).iter().take(MAX_LOGS) {
            let lines = self.options.log_lines;
            let namespace = &self.wanted.namespace;
            match logs::of_failed_run(self.cluster, namespace, writer, lines, wanted).await {
                Ok(tail) => tails.push(tail),
                Err(_) => tails.push(Err("the API server did not send the log".to_owned())),
            }
        }
        tails
    }
}

fn has_pods(report: &BlameReport) -> bool {
    report.status.as_ref().is_some_and(|s| s.revisions.iter().any(|r| r.pods.current > 0))
}

/// The names under which a flag may mean it.
fn names(wanted: &Wanted, resource: Option<&Resource>) -> Vec<String> {
    let mut kinds = vec![wanted.kind.to_lowercase()];
    kinds.extend(KindWord::new(&wanted.kind).aliases());
    if let Some(resource) = resource {
        kinds.extend([resource.kind.to_lowercase(), resource.plural.clone(), resource.full_name()]);
    }
    kinds.iter().map(|kind| format!("{kind}/{}", wanted.name)).collect()
}

/// How often a container ended badly in all.
fn ends_of(container: &ContainerStatus) -> i32 {
    container.restarts
        + match &container.state {
            Run::Running { .. } => 0,
            Run::Terminated(end) => i32::from(end.exit_code != 0),
            // Between two runs: the one that ended last is not counted as a restart yet.
            Run::Waiting { .. } => i32::from(container.last.is_some()),
        }
}
