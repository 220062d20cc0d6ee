//! Taking in what the watches tell.

use super::Controller;
use super::dirty::Dirty;
use crate::graph::Freshness;
use crate::observe::{Detail, KINDS, KindInfo, Observed, State, TypeRef, Uid};
use crate::watch::{Change, Item, Origin, REPORT_KIND};
use tokio::time::Instant;

impl Controller {
    pub(super) fn take_in(&mut self, change: Change, now: Instant) {
        match change {
            Change::Begin(kind, origin) if kind == &REPORT_KIND => {
                self.publisher.begin_list(origin.namespace);
            }
            Change::End(kind, origin, _) if kind == &REPORT_KIND => {
                let touched = self.publisher.end_list(origin.namespace.as_ref(), now);
                self.touch(touched, now);
            }
            Change::Begin(kind, origin) => {
                self.graph.begin_list_in(kind, origin.namespace.as_ref());
            }
            Change::End(kind, origin, at) => {
                let touched = self.graph.end_list_in(kind, origin.namespace.as_ref(), at);
                self.touch(touched.0, now);
            }
            Change::Seen(Item::Object(observed), at) => self.see(*observed, at, now),
            Change::Gone(Item::Object(observed), at) => {
                let uid = observed.meta.uid.clone();
                let touched = self.graph.gone(*observed, at);
                self.touch(touched.0.into_iter().chain([uid]), now);
            }
            Change::Seen(Item::Report(report), _) => {
                let touched = self.publisher.report_seen(*report, now);
                self.touch(touched, now);
            }
            Change::Gone(Item::Report(report), _) => {
                let touched = self.publisher.report_gone(&report, now);
                self.touch(touched, now);
            }
            Change::Freshness(kind, origin, freshness) => {
                self.set_freshness(kind, origin, freshness, now);
            }
        }
    }

    fn see(&mut self, observed: Observed, at: jiff::Timestamp, now: Instant) {
        if let Some(owner) = observed.meta.controller() {
            self.find_owner_kind(&owner.type_ref.clone());
        }
        let uid = observed.meta.uid.clone();
        let looks_bad = looks_bad(&observed.detail);
        let touched = self.graph.see(observed, at);
        if looks_bad && self.started.is_some() {
            for root in &touched.0 {
                // Where the cause is known, more bad news can wait.
                if !self.roots.get(root).is_some_and(|followed| followed.is_blamed) {
                    self.dirty.hurry(root, now);
                }
            }
        }
        self.touch(touched.0, now);
        // A root that was adopted just now is touched as what it was, too.
        if self.roots.contains_key(&uid) {
            self.touch([uid], now);
        }
    }

    /// Has a kind followed that an owner reference names and that is not built in.
    fn find_owner_kind(&mut self, type_ref: &TypeRef) {
        let is_built_in = KINDS.iter().any(|k| k.type_ref() == *type_ref);
        let key = || (type_ref.group().to_owned(), type_ref.kind.to_string());
        if is_built_in || type_ref.kind.is_empty() || self.owner_kinds.contains(&key()) {
            return;
        }
        // A full channel only means that it is asked again at the next such object.
        if self.owners.try_send(type_ref.clone()).is_ok() {
            self.owner_kinds.insert(key());
        }
    }

    fn set_freshness(
        &mut self,
        kind: &'static KindInfo,
        origin: Origin,
        freshness: Freshness,
        now: Instant,
    ) {
        if freshness == Freshness::Absent {
            // The next object that names it is a reason to look for it again.
            self.owner_kinds.remove(&(kind.group.to_owned(), kind.kind.to_owned()));
        }
        let before = self.lists.of(&kind.list_name());
        let worst = self.lists.set(kind, origin, freshness);
        if before == worst {
            return;
        }
        tell(kind, &worst, self.lists.is_withheld(&kind.list_name()));
        self.tell_touch();
        if kind == &REPORT_KIND {
            match worst {
                Freshness::Absent | Freshness::Forbidden => self.publisher.close(),
                Freshness::Stale => self.publisher.lose(),
                Freshness::Synced => {
                    if before == Freshness::Stale {
                        self.publisher.regain(now);
                    }
                    if self.started.is_some() {
                        self.open(now);
                    }
                }
                Freshness::Unsynced => {}
            }
        } else if self.graph.set_freshness(kind, worst) {
            self.touch_all(now);
        }
    }

    /// Tells once when the server is lost, and once when it is back.
    fn tell_touch(&mut self) {
        let stale = self.lists.stale();
        if (stale > 0) != self.is_out_of_touch {
            self.is_out_of_touch = stale > 0;
            if self.is_out_of_touch {
                tracing::warn!(
                    "out of touch with the API server; reports stay as they are for now"
                );
            } else {
                tracing::info!("in touch with the API server again");
            }
        }
    }

    pub(super) fn touch(&mut self, roots: impl IntoIterator<Item = Uid>, now: Instant) {
        if self.started.is_some() {
            for uid in roots {
                self.dirty.touch(&uid, now);
            }
        }
    }

    fn touch_all(&mut self, now: Instant) {
        let roots: Vec<Uid> = self.roots.keys().cloned().collect();
        self.touch(roots, now);
    }

    fn open(&mut self, now: Instant) {
        self.publisher.open(now);
        self.touch_all(now);
    }

    /// Stops judging when another term began, or none holds. What comes next begins as
    /// after a restart, but with a graph that is warm: what stands is taken from the
    /// reports, which another instance may have written meanwhile.
    pub(super) fn follow_the_lead(&mut self, now: Instant) {
        if self.started.is_none() || self.started == self.lead.term() {
            return;
        }
        self.started = None;
        self.dirty = Dirty::default();
        self.roots.clear();
        self.publisher.stand_by(now);
        tracing::info!("standing by");
    }

    /// Judges nothing before the first picture is complete, so that a restart writes nothing.
    pub(super) fn start_when_complete(&mut self, now: Instant) {
        if self.started.is_some() || !self.lists.is_complete(now) {
            return;
        }
        if !self.ready.is_set() {
            self.ready.set();
            tracing::info!(objects = self.graph.len(), "read the cluster");
        }
        let Some(term) = self.lead.term() else { return };
        self.started = Some(term);
        let roots: Vec<Uid> = self.graph.roots().iter().map(|o| o.meta.uid.clone()).collect();
        for root in self.graph.roots() {
            self.publisher.admit(&root.meta, now);
        }
        tracing::info!(roots = roots.len(), "judging");
        self.tidy();
        if self.lists.of(REPORT_KIND.kind) == Freshness::Synced {
            self.publisher.open(now);
        }
        self.touch(roots, now);
    }
}

/// Whether a pod shows what no pod of a good rollout shows.
fn looks_bad(detail: &Detail) -> bool {
    let Detail::Pod(pod) = detail else { return false };
    pod.containers.iter().any(|container| match &container.state {
        State::Waiting { reason, .. } => {
            !matches!(&**reason, "" | "ContainerCreating" | "PodInitializing")
        }
        State::Terminated(end) => end.exit_code != 0,
        State::Running { .. } => false,
    })
}

fn tell(kind: &KindInfo, freshness: &Freshness, is_withheld: bool) {
    let (verb, plural, group) = ("list and watch", kind.plural, kind.group);
    match freshness {
        // Whoever names namespaces grants no more as a rule, and knows it.
        Freshness::Forbidden if is_withheld => {
            tracing::info!(group, "{plural} are in no namespace, so out of reach here");
        }
        Freshness::Forbidden => {
            tracing::warn!(
                group,
                "not allowed to {verb} {plural}; what rests on them is less sure"
            );
        }
        Freshness::Absent if kind == &REPORT_KIND => {
            tracing::warn!("the CRD blamereports.kubeblame.dev is not installed; waiting for it");
        }
        Freshness::Absent => tracing::info!(group, "the cluster has no {plural}"),
        _ => tracing::debug!(kind = kind.kind, ?freshness, "freshness"),
    }
}
