//! When nothing happens, nothing is asked and nothing is written.

use super::ensure;
use super::outage::good_and_bad;
use crate::Outcome;
use crate::stage::Stage;
use std::time::Duration;

/// How long nothing may happen. It cannot be polled for.
const QUIET: Duration = Duration::from_secs(25);

/// One Deployment is well, one cannot pull its image and retries for ever: neither is
/// written, and nothing is listed or read.
pub(super) fn run(stage: &Stage) -> Outcome {
    good_and_bad(stage)?;
    let audit = &stage.bed().audit;
    let before = audit.requests(0)?.len();
    let writes = |report: &str| audit.status_writes(stage.namespace(), report);
    let (good, bad) = (writes("good")?, writes("bad")?);
    std::thread::sleep(QUIET);
    let asked = audit.requests(before)?;
    let reads: Vec<_> = asked.iter().filter(|r| r.is_read()).collect();
    ensure(reads.is_empty(), || format!("it read in steady state: {reads:#?}"))?;
    for (report, before) in [("good", good), ("bad", bad)] {
        ensure(writes(report)? == before, || {
            format!("it wrote a report whose meaning stayed\n{}", stage.scenery(report))
        })?;
    }
    Ok(())
}
