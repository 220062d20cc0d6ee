//! The last lines that a container wrote.

use super::super::failure::Failure;
use super::cluster::{Answer, Cluster};
use crate::observe::line;
use futures::{AsyncBufReadExt as _, StreamExt as _};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::LogParams;
use std::time::Duration;
use tokio::sync::mpsc;

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

/// How long until the log of a container that does not run is asked for again.
const AGAIN: Duration = Duration::from_secs(1);

/// What a log that is followed tells.
#[derive(Debug)]
pub(in crate::plugin) enum Heard {
    /// A line, made safe to show.
    Line(String),
    /// There will be no more, and why.
    End(String),
    /// The server is away, and why; it is tried again.
    Away(String),
    /// It is back.
    Back,
}

/// Follows the log of one container from run to run, until its pod is gone or nobody listens.
/// `from` is how many lines of the present run come first.
pub(in crate::plugin) async fn follow(
    api: Api<Pod>,
    writer: Writer,
    from: u32,
    heard: mpsc::Sender<(Writer, Heard)>,
) {
    let tell = |words: Heard| heard.send((writer.clone(), words));
    let (mut last, mut is_away) = (None::<Timestamp>, false);
    loop {
        let params = LogParams {
            container: Some(writer.container.clone()),
            follow: true,
            timestamps: true,
            // Where one was read before, all since then; the second it is of comes again.
            tail_lines: last.is_none().then_some(from.into()),
            since_time: last,
            ..LogParams::default()
        };
        match api.log_stream(&writer.pod, &params).await {
            Ok(stream) => {
                if std::mem::take(&mut is_away) && tell(Heard::Back).await.is_err() {
                    return;
                }
                let mut lines = stream.lines();
                while let Some(Ok(text)) = lines.next().await {
                    let Some((at, text)) = stamped(&text) else { continue };
                    if last.is_some_and(|last| at <= last) || text.starts_with(REMOVED) {
                        continue;
                    }
                    last = Some(at);
                    if tell(Heard::Line(line(text, MAX_LINE))).await.is_err() {
                        return;
                    }
                }
            }
            Err(kube::Error::Api(status)) if status.code == 404 => {
                let words = format!("pod {} is gone, and its log with it", writer.pod);
                _ = tell(Heard::End(words)).await;
                return;
            }
            Err(kube::Error::Api(status)) if matches!(status.code, 401 | 403) => {
                let words = format!("you may not get pods/log: {}", line(&status.message, 300));
                _ = tell(Heard::End(words)).await;
                return;
            }
            // It does not run yet, or not again.
            Err(kube::Error::Api(status)) if status.code == 400 => {}
            Err(error) => {
                if !std::mem::replace(&mut is_away, true) {
                    let words = Heard::Away(line(&error.to_string(), 300));
                    if tell(words).await.is_err() {
                        return;
                    }
                }
            }
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// A line and its time, where the line bears one.
fn stamped(text: &str) -> Option<(Timestamp, &str)> {
    let (at, text) = text.split_once(' ').unwrap_or((text, ""));
    Some((at.parse().ok()?, text))
}

#[cfg(test)]
mod tests {
    use super::stamped;

    #[test]
    fn the_time_is_taken_off_a_line() {
        let (at, text) = stamped("2026-11-21T07:00:00.5Z no database").expect("a time");
        assert_eq!((at.to_string().as_str(), text), ("2026-11-21T07:00:00.5Z", "no database"));
        assert_eq!(stamped("2026-11-21T07:00:00Z ").map(|(_, text)| text), Some(""));
        assert_eq!(stamped("failed to watch file"), None);
    }
}
