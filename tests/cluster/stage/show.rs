//! What a user reads, as a snapshot without what differs from run to run.

use super::Stage;
use crate::{Failure, Outcome};
use std::fmt::Write as _;
use std::process::Command;

/// What differs from run to run, and what stands for it: patterns in order.
const STEADY: &[(&str, &str)] = &[
    // Names that Kubernetes makes, as RS-POD, then RS.
    (r"-[bcdfghjklmnpqrstvwxz2456789]{5,10}-[bcdfghjklmnpqrstvwxz2456789]{5}\b", "-[set]-[pod]"),
    // (A hash is as long as its number has digits: mostly ten, now and then fewer.)
    (r"-[bcdfghjklmnpqrstvwxz2456789]{6,10}\b", "-[set]"),
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "[uid]"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "[time]"),
    (r"sha256:[0-9a-f]{64}", "sha256:[digest]"),
    // Of a Job or a DaemonSet: only the pod's own.
    (r"-[bcdfghjklmnpqrstvwxz2456789]{5}\b", "-[pod]"),
    (r"\b(\d+[smh](\d+[smh])?|just) (ago|before)", "[age] $3"),
    (r"\bfor \d+[smh](\d+[smh])?", "for [age]"),
    // Without a readiness probe a pod of a loop is ready now and then.
    (r"(Failing .*?)\b\d/(\d)\b", "$1[n]/$2"),
    (r"((Ready|Available): +)(\d|true|false)\b", "$1[ready]"),
    (r"\(\d+ restarts?, last", "(last"),
    (r"\b\d+/(\d+) ready", "[n]/$1 ready"),
    (r"(Restarts|Resource Version|Generation|Root Generation):( +)\d+", "$1:$2[n]"),
    (r"back-off \S+ restarting", "back-off [age] restarting"),
    // The kubelet says one thing in its Event, its status and its back-off. Which of them the
    // report was written with depends on which came first.
    (r#"(Failed to pull image|Back-off pulling image) "[^"]+": (ErrImagePull: )?"#, ""),
    (r" {3,}\d+[smh](\d+[smh])?\b", "   [age]"),
    // How many had failed when an episode ended, and whether a surviving pod is told to
    // be older than its set's return, depends on how fast all this went.
    (r"(?m)^(Earlier: .*? broke )\d+ of", "$1[n] of"),
    (r" under revision \d+", ""),
    // A loop's pod may count as well for a moment before it first ends.
    (r"(?m)^ +Last Healthy:.*\n", ""),
    (r"(\S)  +", "$1  "),
    (r"(?m) +$", ""),
];

impl Stage {
    /// Compares what `kubectl get` and the plugin show of a report with the snapshot.
    pub(crate) fn shows(&self, report: &str) -> Outcome {
        self.compare(report, &[])
    }

    /// The same with `kubectl describe`, where nothing of it flaps.
    pub(crate) fn shows_all(&self, report: &str) -> Outcome {
        self.compare(report, &["describe", "blame", report])
    }

    fn compare(&self, report: &str, more: &[&str]) -> Outcome {
        let (name, kind) = report.split_once('.').unwrap_or((report, "deployment"));
        let status = self.report(report)?.status;
        let finding = status.as_ref().and_then(|s| s.findings.first());
        let pod = finding.and_then(|f| f.symptom.examples.first());
        let mut commands =
            vec![vec!["get", "blame", report, "-o", "wide"], vec!["blame", kind, name]];
        commands.extend(pod.map(|pod| vec!["blame", "pod", pod]));
        commands.extend((!more.is_empty()).then(|| more.to_vec()));
        let mut text = String::new();
        for arguments in &commands {
            let answer = self.user(arguments)?;
            // Writing to a String cannot fail.
            _ = writeln!(text, "$ kubectl {}\n{answer}", arguments.join(" "));
        }
        let text = text.replace(self.namespace(), "[namespace]");
        let name = self.namespace().trim_start_matches("test-");
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("../snapshots");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        for (pattern, steady) in STEADY {
            settings.add_filter(pattern, *steady);
        }
        settings.bind(|| insta::assert_snapshot!(name, text));
        Ok(())
    }

    /// Runs kubectl as a user would, with the plugin beside it.
    pub(crate) fn user(&self, arguments: &[&str]) -> Result<String, Failure> {
        let mut kubectl = Command::new(self.bed.path.join("kubectl"));
        kubectl
            .env("PATH", &self.bed.path)
            .env("KUBECONFIG", self.bed.cluster.kubeconfig())
            .env("NO_COLOR", "1")
            .args(arguments)
            .args(["--namespace", &self.namespace]);
        let output = kubectl.output()?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let reason = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(format!("kubectl {} failed: {reason}", arguments.join(" ")).into())
    }
}
