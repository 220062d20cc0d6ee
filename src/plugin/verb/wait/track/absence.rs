//! An object that is not there: not yet, not any more, or because it has ended.

use super::super::ended::{self, Ended};
use super::super::judge::{Standing, State};
use super::Track;
use crate::plugin::failure::Failure;
use crate::plugin::live::absent;
use crate::plugin::live::cluster::{Answer, Selection};
use crate::plugin::live::resource::Resource;
use crate::report::Verdict;
use jiff::Timestamp;

/// How often it is looked for the Events of a Job that is not there, in seconds.
const EVENTS_EVERY: i64 = 5;

/// What is known of an object that is not there.
#[derive(Default)]
pub(super) struct Absence {
    since: Option<Timestamp>,
    /// How it ended, where it is a Job and that is known.
    ended: Option<Ended>,
    /// When its Events were asked for.
    asked: Option<Timestamp>,
}

impl Track<'_> {
    /// It does not exist, or not any more.
    pub(super) async fn not_there(&mut self, resource: &Resource) -> Result<Standing, Failure> {
        if self.until_deleted {
            return Ok(Standing::new(State::Healthy, "does not exist"));
        }
        // What has run to its end may be removed for that.
        let ends = matches!(&*resource.kind, "Job" | "Pod");
        if ends && self.standing.state == State::Healthy {
            return Ok(Standing::new(State::Healthy, "has ended well, and is gone"));
        }
        // What was seen of it tells why it failed, after it is gone, too.
        let last = self.report.take().filter(|report| {
            report.status.as_ref().is_some_and(|status| status.verdict == Verdict::Failing)
        });
        let now = self.cluster.now();
        let since = *self.absence.since.get_or_insert(now);
        if (&*resource.kind, &*resource.group) == ("Job", "batch") {
            self.find_out_how_it_ended(resource, now, since).await?;
        }
        let Some(Ended { state, what, is_hearsay }) = &self.absence.ended else {
            let words = if self.began.is_some() { "was deleted" } else { "does not exist yet" };
            return Ok(Standing::new(State::Absent, words));
        };
        let until = since + self.options.settle;
        // Who waits first and applies then means the next Job of the name, which is still to come.
        if *is_hearsay && self.began.is_none() && now < until {
            let left = until.duration_since(now).as_secs().max(0) + 1;
            let words = format!("{what}, as its Events say; watched for {left}s more");
            let is_well = *state == State::Healthy;
            let state = if is_well { State::Settling } else { State::Troubled };
            return Ok(Standing::new(state, words));
        }
        self.report = last.filter(|_| *state == State::Failed);
        Ok(Standing::new(*state, &**what))
    }

    /// By its last version, or else by its Events, which are asked for from time to time.
    async fn find_out_how_it_ended(
        &mut self,
        resource: &Resource,
        now: Timestamp,
        since: Timestamp,
    ) -> Result<(), Failure> {
        let last = self.computer.last_version(&resource.kind, &self.wanted.name);
        let absence = &mut self.absence;
        absence.ended = last.and_then(ended::by_version).or_else(|| absence.ended.take());
        let is_due =
            absence.asked.is_none_or(|at| now.duration_since(at).as_secs() >= EVENTS_EVERY);
        let events = Resource::built_in("Event").filter(|_| absence.ended.is_none() && is_due);
        let Some(events) = events else { return Ok(()) };
        absence.asked = Some(now);
        let (namespace, name) = (&self.wanted.namespace, &self.wanted.name);
        let fields = Some(format!("involvedObject.kind=Job,involvedObject.name={name}"));
        let selection = Selection { fields, ..Selection::default() };
        // Who may not read Events waits on, as for anything else that is not there.
        if let Answer::Found(list) = self.cluster.list(&events, Some(namespace), &selection).await?
        {
            self.absence.ended = ended::by_events(&list, self.began.unwrap_or(since));
        }
        Ok(())
    }

    /// What is like its name, where it was typed and is not there.
    pub(in crate::plugin::verb::wait) async fn hint(&self) -> Option<String> {
        let was_typed = self.wanted.api_version.is_none() && !self.until_deleted;
        let resource = self.resource.as_ref().filter(|_| was_typed)?;
        if self.standing.state != State::Absent || self.began.is_some() {
            return None;
        }
        let (namespace, name) = (&self.wanted.namespace, &self.wanted.name);
        match absent::not_found(self.cluster, resource, namespace, name).await {
            Failure::NotFound(why) => Some(format!("{why} (waiting for it)")),
            _ => None,
        }
    }
}
