//! The election itself: reading, taking, renewing and releasing the Lease.

use super::{LEASE_DURATION, Lead, RENEW_DEADLINE, RETRY_PERIOD, Standing, TRY, jittered};
use crate::clock::Clock;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::api::{ObjectMeta, PostParams};
use kube::{Api, Client};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// Where the Lease is.
#[derive(Clone, Debug)]
pub struct Place {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// One instance's election.
pub struct Election {
    leases: Api<Lease>,
    place: Place,
    identity: String,
    clock: Clock,
    lead: Lead,
    /// What was seen of another's Lease, and since when it stands unchanged.
    seen: Option<(LeaseSpec, Instant)>,
    /// The Lease as this instance wrote it last, and when that request began.
    held: Option<(Lease, Instant)>,
    terms: u64,
    told: Option<String>,
}

/// What came of one look at the Lease.
enum Look {
    Held,
    Standby,
    Refused(String),
    Failed(String),
}

impl Election {
    /// An election for `lead`, in which this instance is called `identity`.
    #[must_use]
    pub fn new(client: Client, place: Place, identity: String, clock: Clock, lead: Lead) -> Self {
        let leases = Api::namespaced(client, &place.namespace);
        let (seen, held, terms, told) = (None, None, 0, None);
        Self { leases, place, identity, clock, lead, seen, held, terms, told }
    }

    /// Takes part until [`Lead::resign`] is called, and then releases the Lease.
    pub async fn run(mut self) {
        let mut resigned = self.lead.follow();
        loop {
            let pause = tokio::select! {
                pause = self.step() => pause,
                _ = resigned.wait_for(|standing| *standing == Standing::Resigned) => break,
            };
            tokio::select! {
                () = sleep(pause) => {}
                _ = resigned.wait_for(|standing| *standing == Standing::Resigned) => break,
            }
        }
        self.release().await;
    }

    /// One look, and how long to wait for the next.
    async fn step(&mut self) -> Duration {
        let begun = Instant::now();
        let left = self.held.as_ref().map_or(TRY, |(_, at)| {
            (*at + RENEW_DEADLINE).saturating_duration_since(begun).max(RETRY_PERIOD / 2)
        });
        let patience = left.min(TRY);
        let look = timeout(patience, self.look(begun)).await;
        let look = look.unwrap_or_else(|_| Look::Failed("no answer in time".to_owned()));
        match look {
            Look::Held => self.lead(begun),
            Look::Standby => {
                self.step_down("another instance leads now");
                self.lead.set(Standing::Standby);
                self.told = None;
            }
            // A server that starts again refuses everybody for a moment.
            Look::Refused(why) if !self.is_past() => {
                self.tell(&why, "refused the Lease; trying again");
            }
            Look::Refused(why) => {
                self.step_down("the Lease is refused");
                self.tell(&why, "not allowed to lead, so nothing is written");
                self.lead.set(Standing::Refused(why));
            }
            Look::Failed(why) => {
                self.tell(&why, "cannot read or write the Lease; trying again");
                if self.held.is_some() && self.is_past() {
                    self.step_down("the Lease could not be renewed in time");
                    self.lead.set(Standing::Standby);
                }
            }
        }
        jittered(RETRY_PERIOD)
    }

    /// Whether it holds no Lease, or one that it could not renew in time.
    fn is_past(&self) -> bool {
        self.held.as_ref().is_none_or(|(_, at)| Instant::now() >= *at + RENEW_DEADLINE)
    }

    fn lead(&mut self, begun: Instant) {
        self.told = None;
        if !matches!(self.lead.standing(), Standing::Leading { .. }) {
            self.terms += 1;
            tracing::info!(identity = self.identity, lease = self.place.name, "leading");
        }
        let until = Some((begun + RENEW_DEADLINE, begun + LEASE_DURATION));
        self.lead.set(Standing::Leading { term: self.terms, until });
    }

    fn step_down(&mut self, why: &str) {
        self.held = None;
        if matches!(self.lead.standing(), Standing::Leading { .. }) {
            tracing::warn!(identity = self.identity, "no longer leading: {why}");
        }
    }

    /// Says a reason once, until another takes its place.
    fn tell(&mut self, why: &str, what: &str) {
        if self.told.as_deref() != Some(why) {
            let (namespace, lease) = (&self.place.namespace, &self.place.name);
            tracing::error!(namespace, lease, error = why, "{what}");
            self.told = Some(why.to_owned());
        }
    }

    async fn look(&mut self, begun: Instant) -> Look {
        if let Some((lease, _)) = self.held.clone() {
            match self.replace(lease, begun).await {
                // Somebody wrote it in between, or it was deleted: look who holds it.
                Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => {}
                answer => return failed(answer.map(|()| Look::Held)),
            }
        }
        failed(self.reach(begun).await)
    }

    async fn reach(&mut self, begun: Instant) -> Result<Look, kube::Error> {
        let lease = match self.leases.get(&self.place.name).await {
            Ok(lease) => lease,
            // Whoever held a Lease that was deleted may not know yet.
            Err(kube::Error::Api(status)) if status.code == 404 && self.may_be_held() => {
                return Ok(Look::Standby);
            }
            Err(kube::Error::Api(status)) if status.code == 404 => {
                let spec = self.spec(None);
                let name = Some(self.place.name.clone());
                let metadata = ObjectMeta { name, ..ObjectMeta::default() };
                let lease = Lease { metadata, spec: Some(spec) };
                let made = self.leases.create(&PostParams::default(), &lease).await;
                return self.took(made, begun);
            }
            Err(error) => return Err(error),
        };
        let spec = lease.spec.clone().unwrap_or_default();
        if self.is_free(&spec) {
            let mut lease = lease;
            lease.spec = Some(self.spec(Some(&spec)));
            let taken = self.leases.replace(&self.place.name, &PostParams::default(), &lease).await;
            return self.took(taken, begun);
        }
        Ok(Look::Standby)
    }

    fn took(
        &mut self,
        answer: Result<Lease, kube::Error>,
        begun: Instant,
    ) -> Result<Look, kube::Error> {
        match answer {
            Ok(lease) => {
                (self.seen, self.held) = (None, Some((lease, begun)));
                Ok(Look::Held)
            }
            // Another was faster.
            Err(kube::Error::Api(status)) if status.code == 409 => Ok(Look::Standby),
            Err(error) => Err(error),
        }
    }

    /// Whether the Lease is nobody's, ours, or was not renewed for its whole duration.
    fn is_free(&mut self, spec: &LeaseSpec) -> bool {
        let holder = spec.holder_identity.as_deref().unwrap_or_default();
        if holder.is_empty() || holder == self.identity {
            return true;
        }
        if self.seen.as_ref().is_none_or(|(seen, _)| seen != spec) {
            self.seen = Some((spec.clone(), Instant::now()));
        }
        !self.may_be_held()
    }

    /// Whether another's Lease, as it was seen last, has not run out yet.
    fn may_be_held(&self) -> bool {
        self.seen.as_ref().is_some_and(|(spec, since)| {
            let seconds = spec.lease_duration_seconds.unwrap_or(0).max(1);
            since.elapsed() < Duration::from_secs(u64::from(seconds.unsigned_abs()))
        })
    }

    async fn replace(&mut self, mut lease: Lease, begun: Instant) -> Result<(), kube::Error> {
        let spec = self.spec(lease.spec.as_ref());
        lease.spec = Some(spec);
        let lease = self.leases.replace(&self.place.name, &PostParams::default(), &lease).await?;
        self.held = Some((lease, begun));
        Ok(())
    }

    /// What the Lease says when this instance holds it.
    fn spec(&self, before: Option<&LeaseSpec>) -> LeaseSpec {
        let now = Some(MicroTime(self.clock.now()));
        let was = before.filter(|b| b.holder_identity.as_deref() == Some(&self.identity));
        let transitions = before.and_then(|b| b.lease_transitions).unwrap_or(0);
        LeaseSpec {
            holder_identity: Some(self.identity.clone()),
            lease_duration_seconds: i32::try_from(LEASE_DURATION.as_secs()).ok(),
            acquire_time: was.map_or_else(|| now.clone(), |b| b.acquire_time.clone()),
            renew_time: now,
            lease_transitions: Some(transitions + i32::from(before.is_some() && was.is_none())),
            ..LeaseSpec::default()
        }
    }

    /// Lets the next instance take over at once, after the last write has ended.
    async fn release(&mut self) {
        let Some((mut lease, _)) = self.held.take() else { return };
        if !self.lead.drained().await {
            return tracing::warn!("a write is still under way, so the Lease is left to expire");
        }
        let now = Some(MicroTime(self.clock.now()));
        lease.spec = lease.spec.map(|spec| LeaseSpec {
            holder_identity: Some(String::new()),
            lease_duration_seconds: Some(1),
            renew_time: now,
            ..spec
        });
        let params = PostParams::default();
        let released = self.leases.replace(&self.place.name, &params, &lease);
        match timeout(RETRY_PERIOD, released).await {
            Ok(Ok(_)) => tracing::info!(lease = self.place.name, "released the Lease"),
            Ok(Err(error)) => tracing::warn!(%error, "could not release the Lease"),
            Err(_) => tracing::warn!("could not release the Lease in time"),
        }
    }
}

fn failed(answer: Result<Look, kube::Error>) -> Look {
    match answer {
        Ok(look) => look,
        Err(kube::Error::Api(status)) if status.code == 403 => {
            Look::Refused(crate::observe::line(&status.message, 512))
        }
        Err(kube::Error::Api(status)) => Look::Failed(crate::observe::line(&status.message, 512)),
        Err(error) => Look::Failed(crate::observe::line(&error.to_string(), 512)),
    }
}
