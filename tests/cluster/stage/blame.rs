//! What is expected of a report that blames.

use kubeblame::report::{Cause, CauseClass, Finding, Status, TriggerClass, Verdict};
use std::fmt;

/// A blame: one symptom, the change that made it, and what made the change visible.
#[derive(Clone, Debug)]
pub(crate) struct Blame {
    verdict: Verdict,
    reason: &'static str,
    container: Option<&'static str>,
    exit_code: Option<i32>,
    pods: Option<i32>,
    class: CauseClass,
    object: Option<(&'static str, &'static str)>,
    revision: Option<i64>,
    path: Option<&'static str>,
    manager: Option<&'static str>,
    trigger: TriggerClass,
}

impl Blame {
    /// A symptom for which a change of this class is to blame.
    pub(crate) fn new(reason: &'static str, class: CauseClass) -> Self {
        Self {
            verdict: Verdict::Failing,
            reason,
            container: None,
            exit_code: None,
            pods: None,
            class,
            object: None,
            revision: None,
            path: None,
            manager: None,
            trigger: TriggerClass::Rollout,
        }
    }

    /// A symptom that a revision of the root brought.
    pub(crate) fn revision(reason: &'static str, revision: i64) -> Self {
        Self { revision: Some(revision), ..Self::new(reason, CauseClass::Revision) }
    }

    pub(crate) fn verdict(self, verdict: Verdict) -> Self {
        Self { verdict, ..self }
    }

    pub(crate) fn container(self, container: &'static str) -> Self {
        Self { container: Some(container), ..self }
    }

    pub(crate) fn exit_code(self, code: i32) -> Self {
        Self { exit_code: Some(code), ..self }
    }

    pub(crate) fn pods(self, pods: i32) -> Self {
        Self { pods: Some(pods), ..self }
    }

    pub(crate) fn number(self, revision: i64) -> Self {
        Self { revision: Some(revision), ..self }
    }

    pub(crate) fn object(self, kind: &'static str, name: &'static str) -> Self {
        Self { object: Some((kind, name)), ..self }
    }

    pub(crate) fn path(self, path: &'static str) -> Self {
        Self { path: Some(path), ..self }
    }

    pub(crate) fn by(self, manager: &'static str) -> Self {
        Self { manager: Some(manager), ..self }
    }

    pub(crate) fn trigger(self, trigger: TriggerClass) -> Self {
        Self { trigger, ..self }
    }

    /// Whether a cause is the one expected, as far as blame goes.
    pub(crate) fn is_cause(&self, cause: &Cause) -> bool {
        let object = cause.object.as_ref();
        let is_object = self.object.is_none_or(|(kind, name)| {
            object.is_some_and(|o| o.kind == kind && o.name.as_deref() == Some(name))
        });
        cause.class == self.class && cause.revision == self.revision && is_object
    }

    /// Whether a status says this first.
    pub(crate) fn check(&self, status: &Status) -> Result<(), String> {
        let finding = first(status, self.verdict, self.reason, self.container)?;
        let (symptom, cause) = (&finding.symptom, &finding.cause);
        same("the exit code", &self.exit_code, &symptom.exit_code)?;
        if let Some(pods) = self.pods {
            same("the number of pods", &pods, &symptom.pods)?;
        }
        if !self.is_cause(cause) {
            return Err(format!("the cause is {cause:?}"));
        }
        if !cause.is_blame() {
            return Err(format!("the cause is only {:?}", cause.confidence));
        }
        if let Some(path) = self.path {
            let paths: Vec<&str> = cause.changes.iter().map(|c| c.path.as_str()).collect();
            if !paths.contains(&path) {
                return Err(format!("the changes are {paths:?}"));
            }
        }
        let manager = cause.by.as_ref().and_then(|by| by.manager.as_deref());
        same("the manager", &self.manager, &manager)?;
        same("the trigger", &Some(self.trigger), &finding.trigger.as_ref().map(|t| t.class))
    }
}

fn first<'s>(
    status: &'s Status,
    verdict: Verdict,
    reason: &str,
    container: Option<&str>,
) -> Result<&'s Finding, String> {
    same("the verdict", &verdict, &status.verdict)?;
    let finding = status.findings.first().ok_or("there is no finding")?;
    same("the reason", &reason, &finding.symptom.reason.as_str())?;
    same("the container", &container, &finding.symptom.container.as_deref())?;
    Ok(finding)
}

fn same<T: PartialEq + fmt::Debug>(what: &str, expected: &T, found: &T) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    Err(format!("{what} is {found:?}, but should be {expected:?}"))
}

impl fmt::Display for Blame {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} with {} because of {:?}", self.verdict, self.reason, self.class)?;
        self.revision.map_or(Ok(()), |revision| write!(out, " {revision}"))
    }
}
