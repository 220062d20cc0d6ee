//! `--watch`: the answer as it changes, until Ctrl-C.
//!
//! The answer is asked for again at a steady pace instead of being pushed, so
//! that nothing has to survive a closed watch, a 410 or a restart of the API
//! server: the next question finds whatever is there. What was seen before is
//! remembered between questions.

use super::super::failure::Failure;
use super::super::find::{self, Found};
use super::super::kinds::Target;
use super::super::render::Look;
use super::super::view::View;
use super::compute::Computer;
use super::resource::Resource;
use super::{Asker, computed_here, reported, resource};
use std::io::Write;
use std::time::Duration;

/// How often a report is read again: one GET.
const REPORT_SECONDS: u64 = 1;
/// How often an answer is computed again: up to six lists.
const COMPUTE_SECONDS: u64 = 3;

/// Follows what is named.
pub(in crate::plugin) async fn follow(
    asker: &Asker<'_>,
    targets: &[Target],
    look: &Look,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let mut computers: Vec<Computer<'_>> =
        targets.iter().map(|_| Computer::new(asker.cluster, &asker.namespace)).collect();
    let mut view = View::default();
    let mut is_local = asker.args.local;
    let mut resources: Vec<Option<Resource>> = targets.iter().map(|_| None).collect();
    loop {
        let mut found = Vec::new();
        let mut missing = Vec::new();
        let each = targets.iter().zip(&mut computers).zip(&mut resources);
        for ((target, computer), resource) in each {
            match once(asker, target, resource, computer, &mut is_local).await {
                Ok(one) => found.push(one),
                Err(Failure::NotFound(why)) => missing.push(format!("{why}: waiting for it")),
                Err(Failure::Unreached(why)) => missing.push(format!("{why}: trying again")),
                Err(other) => return Err(other),
            }
        }
        view.say(&missing.join("\n"));
        find::narrow(&mut found, asker.args.container.as_deref())?;
        if !found.is_empty() {
            let look = Look { now: asker.cluster.now(), ..look.clone() };
            view.show(&asker.args.common, &found, &look, out)?;
        }
        let seconds = if is_local { COMPUTE_SECONDS } else { REPORT_SECONDS };
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }
}

/// Asks once: the report, or else the computer, which then stays in charge.
async fn once(
    asker: &Asker<'_>,
    target: &Target,
    known: &mut Option<Resource>,
    computer: &mut Computer<'_>,
    is_local: &mut bool,
) -> Result<Found, Failure> {
    let name = target.name.as_deref().unwrap_or_default();
    // A kind that is not built in is looked up once.
    let resource = match known {
        Some(resource) => resource.clone(),
        None => known.insert(resource::resolve(asker.cluster, &target.kind).await?).clone(),
    };
    if !*is_local {
        match reported::one(asker.cluster, &resource, &asker.namespace, name).await? {
            Ok(found) => return Ok(found),
            Err(why) => {
                // A report that is only not there yet may still come.
                if why.contains("no BlameReports") {
                    computed_here(&why);
                    *is_local = true;
                }
            }
        }
    }
    // Names like it are not looked for: that would be a list every time.
    computer.find(&resource, name).await?.ok_or_else(|| {
        let kind = resource.kind.to_lowercase();
        let namespace = &asker.namespace;
        Failure::NotFound(format!("{kind}/{name} not found in namespace {namespace}"))
    })
}
