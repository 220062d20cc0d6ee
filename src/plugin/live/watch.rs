//! `--watch`: the answer as it changes, until Ctrl-C.
//!
//! The report is watched where there is one, and otherwise what it would be computed from.
//! What was seen before is remembered, whatever becomes of the watches.

use super::super::failure::Failure;
use super::super::find::{self, Found};
use super::super::kinds::Target;
use super::super::render::Look;
use super::super::view::View;
use super::compute::Computer;
use super::reported::Followed;
use super::resource::Resource;
use super::{Asker, computed_here, reported, resource};
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// How often the answer is drawn again though nothing was told: ages grow.
const EVERY: Duration = Duration::from_secs(1);
/// How long changes are gathered before they are shown.
const GATHERED: Duration = Duration::from_millis(100);

/// What is said when the server is back.
pub(in crate::plugin) const AGAIN: &str = "the API server answers again";

/// Follows what is named.
pub(in crate::plugin) async fn follow(
    asker: &Asker<'_>,
    targets: &[Target],
    look: &Look,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let wake = Arc::new(Notify::new());
    let mut subjects: Vec<Subject<'_>> =
        targets.iter().map(|target| Subject::new(asker, target, &wake)).collect();
    let mut view = View::default();
    let mut is_away = false;
    let mut is_local = asker.args.local;
    loop {
        let mut found = Vec::new();
        let mut missing = Vec::new();
        let was_away = std::mem::take(&mut is_away);
        for subject in &mut subjects {
            match subject.look(&mut is_local).await {
                Ok(one) => found.push(one),
                Err(Failure::NotFound(why)) => missing.push(format!("{why}: waiting for it")),
                Err(Failure::Unreached(why)) => {
                    is_away = true;
                    missing.push(format!("{why}: trying again"));
                }
                Err(other) => return Err(other),
            }
        }
        missing.dedup();
        match (was_away, is_away) {
            // It was said; another reason for the same is no news.
            (true, true) => {}
            (true, false) => view.say(AGAIN),
            (false, _) => view.say(&missing.join("\n")),
        }
        find::narrow(&mut found, asker.args.container.as_deref())?;
        if !found.is_empty() {
            let look = Look { now: asker.cluster.now(), ..look.clone() };
            view.show(&asker.args.common, &found, &look, out)?;
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = wake.notified() => tokio::time::sleep(GATHERED).await,
        }
    }
}

/// One object that is followed.
struct Subject<'a> {
    asker: &'a Asker<'a>,
    target: &'a Target,
    wake: &'a Arc<Notify>,
    /// A kind that is not built in is looked up once.
    resource: Option<Resource>,
    computer: Computer<'a>,
    /// The report, once its root is known.
    report: Option<Followed>,
    was_asked: bool,
}

impl<'a> Subject<'a> {
    fn new(asker: &'a Asker<'a>, target: &'a Target, wake: &'a Arc<Notify>) -> Self {
        let computer = Computer::following(asker.cluster, &asker.namespace, wake);
        Self { asker, target, wake, resource: None, computer, report: None, was_asked: false }
    }

    /// The report, or else what is computed until there is one.
    async fn look(&mut self, is_local: &mut bool) -> Result<Found, Failure> {
        let (cluster, namespace) = (self.asker.cluster, &self.asker.namespace);
        let name = self.target.name.as_deref().unwrap_or_default();
        if self.resource.is_none() {
            self.resource = Some(resource::resolve(cluster, &self.target.kind).await?);
        }
        let Some(resource) = self.resource.clone() else { return Err(self.absent()) };
        if !*is_local && !self.was_asked {
            match reported::one(cluster, &resource, namespace, name).await {
                Ok(Ok(found)) => self.report = Some(self.follow_report(found, true)),
                Ok(Err(why)) if why.contains("no BlameReports") => {
                    computed_here(&why);
                    *is_local = true;
                }
                // It may still come.
                Ok(Err(_)) | Err(Failure::NotFound(_)) => {}
                Err(failure) => return Err(failure),
            }
            self.was_asked = true;
        }
        if let Some(report) = &mut self.report {
            match report.read(cluster)? {
                Ok(Some(found)) => {
                    if self.computer.is_fed() {
                        self.computer = Computer::following(cluster, namespace, self.wake);
                    }
                    return Ok(found);
                }
                Ok(None) => {}
                Err(why) => {
                    computed_here(&why);
                    *is_local = true;
                    self.report = None;
                }
            }
        }
        // Names like it are not looked for: that would be a list every time.
        let found = self.computer.find(&resource, name).await?.ok_or_else(|| self.absent())?;
        if !*is_local && self.report.is_none() {
            self.report = Some(self.follow_report(found.clone(), false));
        }
        Ok(found)
    }

    fn absent(&self) -> Failure {
        let kind = self.resource.as_ref().map_or_else(String::new, |r| r.kind.to_lowercase());
        let name = self.target.name.as_deref().unwrap_or_default();
        let namespace = &self.asker.namespace;
        Failure::NotFound(format!("{kind}/{name} not found in namespace {namespace}"))
    }

    fn follow_report(&self, found: Found, is_reported: bool) -> Followed {
        let (cluster, namespace) = (self.asker.cluster, &self.asker.namespace);
        Followed::new(cluster, namespace, found, is_reported, self.wake)
    }
}
