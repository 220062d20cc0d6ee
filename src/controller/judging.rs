//! Judging the roots that are due.

use super::{
    Controller, Followed, JUDGE_BATCH, OWNER_PATIENCE, OWNER_RETRY, UNKNOWN_OWNER_PATIENCE,
};
use crate::blame::{self, Judgement};
use crate::graph::{Freshness, Object};
use crate::metrics::Judged;
use crate::observe::{Meta, Uid};
use crate::report::IGNORE_ANNOTATION;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;
use tokio::time::Instant;

impl Controller {
    pub(super) fn judge_due(&mut self, now: Instant) {
        for _ in 0..JUDGE_BATCH {
            let Some(uid) = self.dirty.pop(now) else { return };
            self.judge(&uid, now);
        }
    }

    fn judge(&mut self, uid: &Uid, now: Instant) {
        let Some(root) = self.living_root(uid) else { return self.retire(uid, now) };
        let meta = root.meta.clone();
        let patience = self.owner_patience(root);
        let followed =
            self.roots.entry(uid.clone()).or_insert(Followed { since: now, is_blamed: false });
        if patience.is_some_and(|patience| now - followed.since < patience) {
            return self.dirty.wake(uid, OWNER_RETRY, now);
        }
        if meta.annotation(IGNORE_ANNOTATION) == Some("true") {
            return self.publisher.decline(&meta, now);
        }
        let time = self.clock.now();
        let memory = self.publisher.memory(uid);
        let begun = std::time::Instant::now();
        let judged =
            catch_unwind(AssertUnwindSafe(|| blame::judge(&self.graph, uid, time, memory)));
        let Ok(judged) = judged else {
            self.metrics.judged(Judged::Panicked, begun.elapsed());
            let (namespace, kind) = (meta.namespace.as_deref(), &*meta.type_ref.kind);
            tracing::error!(
                namespace,
                kind,
                name = &*meta.name,
                "the judgement of this root panicked"
            );
            return;
        };
        self.metrics.judged(Judged::Done, begun.elapsed());
        let Some(Judgement { report, wake, reads, causes, wanted }) = judged else { return };
        self.graph.set_reads(uid, reads);
        let touched = self.graph.set_causes(uid, causes);
        self.touch(touched.0, now);
        if let Some(wake) = wake {
            let wait = wake.duration_since(time).try_into().unwrap_or_default();
            self.dirty.wake(uid, wait, now);
        }
        let Some(status) = report.status else { return };
        if let Some(followed) = self.roots.get_mut(uid) {
            followed.is_blamed = status.findings.iter().any(|finding| finding.cause.is_blame());
        }
        // Once made, a report stays until its root is gone.
        let has_report = self.publisher.memory(uid).is_some();
        if self.report_roots.wants(&meta.type_ref.kind, wanted || has_report) {
            let is_ending = self.is_ending(&meta);
            self.publisher.offer(&meta, status, is_ending, now);
        } else {
            self.publisher.decline(&meta, now);
        }
    }

    /// Whether a root is being deleted, by itself or with its namespace.
    fn is_ending(&self, root: &Meta) -> bool {
        let namespace =
            root.namespace.as_deref().and_then(|name| self.graph.named("Namespace", None, name));
        root.deleting.is_some() || namespace.is_some_and(|n| n.meta.deleting.is_some())
    }

    /// The object, if it is a root and lives.
    fn living_root(&self, uid: &Uid) -> Option<&Object> {
        let object = self.graph.object(uid).filter(|object| object.gone.is_none())?;
        (self.graph.root_of(uid).as_ref() == Some(uid)).then_some(object)
    }

    /// How long a root may wait for the controller it names, where that is not known yet.
    fn owner_patience(&self, root: &Object) -> Option<Duration> {
        let owner = root.meta.controller()?;
        if self.graph.object(&owner.uid).is_some() {
            return None;
        }
        match self.lists.of(&owner.type_ref.kind) {
            Freshness::Forbidden => None,
            Freshness::Absent => self
                .owner_kinds
                .contains(&(owner.type_ref.group().to_owned(), owner.type_ref.kind.to_string()))
                .then_some(UNKNOWN_OWNER_PATIENCE),
            _ => Some(OWNER_PATIENCE),
        }
    }

    fn retire(&mut self, uid: &Uid, now: Instant) {
        self.dirty.forget(uid);
        if self.roots.remove(uid).is_some() {
            self.graph.set_reads(uid, BTreeSet::new());
            self.graph.set_causes(uid, BTreeSet::new());
            self.publisher.retire(uid, now);
        }
    }
}
