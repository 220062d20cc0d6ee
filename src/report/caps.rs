//! Keeps a status within its size.

use super::{Omitted, Status};

/// The largest status ever written, in bytes of compact JSON.
pub const MAX_STATUS_BYTES: usize = 16 * 1024;

/// How many findings a status shows.
const MAX_FINDINGS: usize = 8;
/// How many revisions a status shows.
const MAX_REVISIONS: usize = 10;
/// How many episodes a status keeps.
const MAX_HISTORY: usize = 10;
/// How many outside inputs a status remembers.
const MAX_INPUTS: usize = 16;

/// Cuts a status to its caps, and counts what it cut.
///
/// Details of pods go first, then history, then revisions, then changes.
pub fn fit(status: &mut Status) {
    let mut omitted = status.omitted.unwrap_or_default();
    omitted.findings += cut(&mut status.findings, MAX_FINDINGS);
    omitted.revisions += cut(&mut status.revisions, MAX_REVISIONS);
    omitted.history += cut(&mut status.history, MAX_HISTORY);
    status.inputs.truncate(MAX_INPUTS);
    let steps: [fn(&mut Status, &mut Omitted) -> bool; 7] =
        [drop_pod, drop_episode, drop_revision, drop_change, drop_input, drop_beside, drop_finding];
    for step in steps {
        while size(status) > MAX_STATUS_BYTES - OMITTED_BYTES && step(status, &mut omitted) {}
    }
    status.omitted = (!omitted.is_empty()).then_some(omitted);
}

/// What the counts of the cut themselves may take.
const OMITTED_BYTES: usize = 128;

fn size(status: &Status) -> usize {
    serde_json::to_vec(status).map_or(usize::MAX, |json| json.len())
}

fn count(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

fn cut<T>(list: &mut Vec<T>, max: usize) -> i32 {
    let over = list.len().saturating_sub(max);
    list.truncate(max);
    count(over)
}

/// Drops the last detail of the revision that shows most pods, the oldest of equals.
fn drop_pod(status: &mut Status, omitted: &mut Omitted) -> bool {
    let longest = status.revisions.iter_mut().rev().max_by_key(|r| r.pod_details.len());
    let dropped = longest.and_then(|r| r.pod_details.pop()).is_some();
    omitted.pods += i32::from(dropped);
    dropped
}

fn drop_episode(status: &mut Status, omitted: &mut Omitted) -> bool {
    let dropped = status.history.pop().is_some();
    omitted.history += i32::from(dropped);
    dropped
}

fn drop_revision(status: &mut Status, omitted: &mut Omitted) -> bool {
    // The current one and its predecessor stay.
    let dropped = status.revisions.len() > 2 && status.revisions.pop().is_some();
    omitted.revisions += i32::from(dropped);
    dropped
}

/// Drops the last change of the longest list; the first, which explains most, stays.
fn drop_change(status: &mut Status, _: &mut Omitted) -> bool {
    let lists = status.revisions.iter_mut().map(|r| &mut r.changes);
    let lists = lists.chain(status.findings.iter_mut().map(|f| &mut f.cause.changes));
    lists.max_by_key(|l| l.len()).is_some_and(|l| l.len() > 1 && l.pop().is_some())
}

fn drop_input(status: &mut Status, _: &mut Omitted) -> bool {
    status.inputs.pop().is_some()
}

/// Drops what stands beside a cause, of the least important finding first.
fn drop_beside(status: &mut Status, _: &mut Omitted) -> bool {
    status.findings.iter_mut().rev().any(|f| {
        f.contributors.pop().is_some() || f.evidence.len() > 1 && f.evidence.pop().is_some()
    })
}

/// Drops the least important finding; the first, which is the answer, stays.
fn drop_finding(status: &mut Status, omitted: &mut Omitted) -> bool {
    let dropped = status.findings.len() > 1 && status.findings.pop().is_some();
    omitted.findings += i32::from(dropped);
    dropped
}
