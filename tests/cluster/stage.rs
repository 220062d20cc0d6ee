//! A situation's stage: a namespace of its own, what is done there, and what is
//! expected of its reports.

mod blame;
mod show;

pub(crate) use blame::Blame;

use crate::bed::{Bed, Recording, Version, bed};
use crate::manifest::Manifest;
use crate::{Failure, Outcome};
use kubeblame::report::{BlameReport, Status, Verdict};
use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What a rollout, a crash, a report may take on two small cores that also compile.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);
/// How long after a write the next one may come without any news: the refresh of counts.
pub(crate) const SETTLING: Duration = Duration::from_secs(35);
/// Status writes that a healthy rollout, and a failing one, may cost (docs/faq.md).
const HEALTHY_WRITES: usize = 2;
const FAILING_WRITES: usize = 4;
/// The first status belongs to the report's creation.
const CREATION_WRITES: usize = 1;

/// A namespace and its reports.
pub(crate) struct Stage {
    bed: &'static Bed,
    namespace: String,
    scripts: Mutex<BTreeMap<String, Script>>,
    /// Ends with the stage.
    _recording: Option<Recording>,
}

/// What was expected of one report so far.
#[derive(Debug, Default)]
struct Script {
    /// The blames that may appear in any version of it.
    allowed: Vec<Blame>,
    /// How many status writes it may have had.
    budget: usize,
}

impl Stage {
    /// Makes the namespace.
    pub(crate) fn new(namespace: &str) -> Result<Self, Failure> {
        let bed = bed()?;
        let recording = bed.recorder.as_ref().map(|r| r.begin(namespace)).transpose()?;
        bed.cluster.kubectl_run(&["create", "namespace", namespace])?;
        let (namespace, scripts) = (namespace.to_owned(), Mutex::default());
        Ok(Self { bed, namespace, scripts, _recording: recording })
    }

    /// The shared bed.
    pub(crate) fn bed(&self) -> &'static Bed {
        self.bed
    }

    /// The namespace.
    pub(crate) fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Runs kubectl in the namespace.
    pub(crate) fn kubectl(&self, arguments: &[&str]) -> Result<String, Failure> {
        let mut all = vec!["--namespace", &self.namespace];
        all.extend(arguments);
        Ok(self.bed.cluster.kubectl_run(&all)?)
    }

    /// Applies a manifest as a user does: the manager is `kubectl-client-side-apply`.
    pub(crate) fn apply(&self, manifest: &Manifest) -> Outcome {
        let arguments = ["--namespace", &self.namespace, "apply", "-f", "-"];
        self.bed.cluster.kubectl_stdin(&arguments, &manifest.to_string())?;
        Ok(())
    }

    /// Waits until a rollout is complete, in the eyes of Kubernetes.
    pub(crate) fn rolled_out(&self, root: &str) -> Outcome {
        let timeout = format!("--timeout={}s", PATIENCE.as_secs());
        self.kubectl(&["rollout", "status", root, &timeout])?;
        Ok(())
    }

    /// Waits with `kubectl wait`.
    pub(crate) fn wait(&self, object: &str, condition: &str) -> Outcome {
        let timeout = format!("--timeout={}s", PATIENCE.as_secs());
        self.kubectl(&["wait", object, &format!("--for={condition}"), &timeout])?;
        Ok(())
    }

    /// Applies manifests, and waits until their reports are Healthy: how most stories begin.
    pub(crate) fn begin_well(&self, roots: &[(&str, &Manifest)]) -> Outcome {
        for (_, manifest) in roots {
            self.apply(manifest)?;
        }
        roots.iter().try_for_each(|(report, _)| self.healthy(report, 1))
    }

    /// Waits until the report says Healthy of this revision, and nothing else.
    pub(crate) fn healthy(&self, report: &str, revision: i64) -> Outcome {
        self.grant(report, HEALTHY_WRITES);
        self.until(report, &format!("Healthy at revision {revision}"), |status| {
            let current = status.revisions.iter().find(|r| r.current).and_then(|r| r.revision);
            if status.verdict != Verdict::Healthy {
                return Err(format!("the verdict is {}", status.verdict));
            }
            if current.is_some_and(|r| r != revision) {
                return Err(format!("the current revision is {current:?}"));
            }
            match status.findings.first() {
                Some(finding) => Err(format!("Healthy with a finding: {finding:?}")),
                None => Ok(()),
            }
        })
    }

    /// Waits until the report's first finding is this blame; no version of it may
    /// ever have blamed anything else.
    pub(crate) fn blamed(&self, report: &str, blame: &Blame) -> Outcome {
        self.grant(report, FAILING_WRITES);
        self.allow(report, blame.clone());
        self.until(report, &blame.to_string(), |status| blame.check(status))
    }

    /// Waits until the report shows no pod of an older revision any more.
    pub(crate) fn alone(&self, report: &str) -> Outcome {
        self.until(report, "without pods of older revisions", |status| {
            match status.revisions.iter().find(|r| !r.current && r.pods.current > 0) {
                Some(older) => Err(format!("revision {:?} has pods", older.revision)),
                None => Ok(()),
            }
        })
    }

    /// Says that a report may blame this at any time, besides what it is waited for.
    pub(crate) fn allow(&self, report: &str, blame: Blame) {
        self.scripts().entry(report.to_owned()).or_default().allowed.push(blame);
    }

    /// Says that a report that was blamed before may go through this many further writes.
    pub(crate) fn grant(&self, report: &str, writes: usize) {
        self.scripts().entry(report.to_owned()).or_default().budget += writes;
    }

    /// Waits until a condition on the status holds.
    pub(crate) fn until(
        &self,
        report: &str,
        what: &str,
        check: impl Fn(&Status) -> Result<(), String>,
    ) -> Outcome {
        let outcome = self.bed.reports.until(&self.namespace, report, PATIENCE, |versions| {
            let status = versions.last().and_then(|v| v.report.status.as_ref());
            check(status.ok_or("there is no report with a status")?)
        });
        outcome.map_err(|refusal| {
            format!("{report} was not {what}: {refusal}\n{}", self.scenery(report)).into()
        })
    }

    /// Checks that a report never had a finding and is Healthy: the near miss.
    pub(crate) fn stayed_silent(&self, report: &str) -> Outcome {
        let versions = self.versions(report);
        let spoke = versions.iter().find(|status| !status.findings.is_empty());
        if let Some(status) = spoke {
            return Err(format!("{report} was to stay silent, but said: {}", status.summary).into());
        }
        match versions.last() {
            Some(status) if status.verdict == Verdict::Healthy => Ok(()),
            Some(status) => {
                Err(format!("{report} is {}: {}", status.verdict, status.summary).into())
            }
            None => Err(format!("there is no report {report}").into()),
        }
    }

    /// Waits until no report is written any more: until the counts that go with a blame
    /// were refreshed, and written once more as they settled.
    pub(crate) fn settled(&self, reports: &[&str]) -> Outcome {
        let writes = || -> Result<Vec<usize>, Failure> {
            let of = |report: &&str| self.bed.audit.status_writes(&self.namespace, report);
            Ok(reports.iter().map(of).collect::<Result<_, _>>()?)
        };
        let begin = Instant::now();
        let mut before = writes()?;
        while begin.elapsed() < PATIENCE {
            std::thread::sleep(SETTLING);
            let now = writes()?;
            if now == before {
                return Ok(());
            }
            before = now;
        }
        let scenery: Vec<String> = reports.iter().map(|report| self.scenery(report)).collect();
        Err(format!("{reports:?} are written again and again\n{}", scenery.join("\n")).into())
    }

    /// Waits until a report is gone.
    pub(crate) fn gone(&self, report: &str) -> Outcome {
        let gone = self.bed.reports.until(&self.namespace, report, PATIENCE, |versions| {
            if versions.is_empty() { Ok(()) } else { Err("it is still there".to_owned()) }
        });
        gone.map_err(|refusal| format!("{report} was to go: {refusal}").into())
    }

    /// Every status that a report ever had.
    pub(crate) fn versions(&self, report: &str) -> Vec<Status> {
        let versions = self.bed.reports.versions(&self.namespace, report);
        versions.into_iter().filter_map(|v| v.report.status).collect()
    }

    /// The report as it stands.
    pub(crate) fn report(&self, report: &str) -> Result<BlameReport, Failure> {
        let versions: Vec<Version> = self.bed.reports.versions(&self.namespace, report);
        let last = versions.into_iter().next_back().map(|v| v.report);
        last.ok_or_else(|| format!("there is no report {report}").into())
    }

    /// What must hold at the end of every situation: nothing else was ever blamed, and
    /// every report cost no more writes than it may.
    pub(crate) fn finish(&self) -> Outcome {
        for (report, script) in &*self.scripts() {
            for status in self.versions(report) {
                let causes = status
                    .findings
                    .iter()
                    .flat_map(|f| [&f.cause].into_iter().chain(&f.contributors));
                let stranger = causes.into_iter().find(|cause| {
                    cause.is_blame() && !script.allowed.iter().any(|b| b.is_cause(cause))
                });
                if let Some(cause) = stranger {
                    let scenery = self.scenery(report);
                    return Err(format!("FALSE BLAME in {report}: {cause:?}\n{scenery}").into());
                }
            }
            let writes = self.bed.audit.status_writes(&self.namespace, report)?;
            let budget = script.budget + CREATION_WRITES;
            if writes > budget {
                let said: Vec<String> = self.versions(report).iter().map(digest).collect();
                let said = said.join("\n  ");
                return Err(format!(
                    "{report} took {writes} status writes, but may take {budget}:\n  {said}"
                )
                .into());
            }
        }
        Ok(())
    }

    fn scripts(&self) -> MutexGuard<'_, BTreeMap<String, Script>> {
        self.scripts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What somebody needs to see to understand a failure.
    pub(crate) fn scenery(&self, report: &str) -> String {
        let see = |arguments: &[&str]| {
            self.kubectl(arguments).unwrap_or_else(|error| format!("{error}\n"))
        };
        let said: Vec<String> = self.versions(report).iter().map(digest).collect();
        format!(
            "--- what it said, oldest first\n  {}\n--- the report\n{}--- pods\n{}--- events\n{}",
            said.join("\n  "),
            see(&["get", "blamereport", report, "-o", "yaml"]),
            see(&["get", "pods", "-o", "wide"]),
            see(&["events", "--types=Warning"]),
        )
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // What crashes for ever costs the others time. Nobody waits for its end.
        let mut kubectl = self.bed.cluster.kubectl();
        kubectl.args(["delete", "namespace", &self.namespace, "--wait=false"]);
        _ = kubectl.stdout(Stdio::null()).status();
    }
}

/// One version in one line.
fn digest(status: &Status) -> String {
    let ready = status.display.as_ref().map_or("", |d| d.ready.as_str());
    let pods: Vec<String> = status
        .findings
        .iter()
        .map(|f| format!("{} x{} {}", f.symptom.reason, f.symptom.pods, f.cause.class))
        .collect();
    let conditions: Vec<&str> = status.conditions.iter().map(|c| c.reason.as_str()).collect();
    let (pods, conditions) = (pods.join(", "), conditions.join(", "));
    format!("{} ({conditions}) ready {ready} [{pods}] {}", status.verdict, status.summary)
}
