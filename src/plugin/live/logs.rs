//! The last lines that a container wrote.

use super::super::failure::Failure;
use super::cluster::{Answer, Cluster};
use crate::observe::line;

/// The longest line shown, in bytes.
const MAX_LINE: usize = 2_000;

/// The end of one container's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::plugin) struct Tail {
    pub(in crate::plugin) pod: String,
    pub(in crate::plugin) container: String,
    /// Whether it is of the run before the one that runs now.
    pub(in crate::plugin) previous: bool,
    /// Oldest first, made safe to show.
    pub(in crate::plugin) lines: Vec<String>,
}

/// Whose log is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::plugin) struct Writer {
    pub(in crate::plugin) pod: String,
    pub(in crate::plugin) container: String,
    /// Whether its failed run is over and another one runs: then the one before tells more.
    pub(in crate::plugin) runs_again: bool,
}

/// What the kubelet sends as a log where the runtime has removed it.
const REMOVED: &str = "unable to retrieve container logs for ";

/// The end of the log of the run that failed, where there were several; else of the other.
/// `Err` in the answer is why there is none: half a sentence.
pub(in crate::plugin) async fn of_failed_run(
    cluster: &Cluster,
    namespace: &str,
    writer: &Writer,
    lines: u32,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<Result<Tail, String>, Failure> {
    // A run that ended at this moment is the one before only in a second.
    let first = of_run(cluster, namespace, writer, writer.runs_again, lines, &is_wanted).await?;
    if first.is_ok() {
        return Ok(first);
    }
    of_run(cluster, namespace, writer, !writer.runs_again, lines, &is_wanted).await
}

/// The end of the log of one run: the one before, or the present one.
pub(in crate::plugin) async fn of_run(
    cluster: &Cluster,
    namespace: &str,
    writer: &Writer,
    previous: bool,
    lines: u32,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<Result<Tail, String>, Failure> {
    let (pod, container) = (writer.pod.clone(), writer.container.clone());
    Ok(match cluster.log(namespace, &pod, &container, previous, lines).await? {
        Answer::Found(text) => {
            let lines: Vec<String> = text
                .lines()
                .filter(|text| !text.starts_with(REMOVED))
                .map(|text| line(text, MAX_LINE))
                .filter(|line| is_wanted(line))
                .collect();
            if lines.is_empty() {
                Err(format!("container {container} of pod {pod} wrote nothing that is kept"))
            } else {
                Ok(Tail { pod, container, previous, lines })
            }
        }
        Answer::Forbidden(words) => Err(words),
        Answer::NoObject | Answer::NoKind => Err(format!("pod {pod} is gone, and its log with it")),
    })
}
