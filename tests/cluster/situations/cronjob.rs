//! A `CronJob` is judged by its newest Job that has an outcome: well by the first manual run,
//! and failing by the one after its template changed.

use crate::Outcome;
use crate::manifest::object;
use crate::stage::{Blame, Stage};
use kubeblame::report::{CauseClass, TriggerClass, Verdict};
use serde_json::json;

pub(super) fn run(stage: &Stage) -> Outcome {
    let nightly = |code: &str| {
        let template = json!({
            "spec": {
                "restartPolicy": "Never",
                "containers": [{"name": "main", "image": "localhost/busybox:v1", "args": ["exit", code]}],
            },
        });
        object(json!({
            "apiVersion": "batch/v1",
            "kind": "CronJob",
            "metadata": {"name": "nightly"},
            "spec": {
                "schedule": "0 0 1 1 *",
                "jobTemplate": {"spec": {"backoffLimit": 0, "template": template}},
            },
        }))
    };
    let run_now = |name: &str| stage.kubectl(&["create", "job", "--from=cronjob/nightly", name]);
    stage.apply(&nightly("0"))?;
    run_now("first")?;
    stage.wait("job/first", "condition=Complete")?;
    stage.grant("nightly.cronjob", 2);
    stage.until("nightly.cronjob", "Healthy", |status| {
        if status.verdict == Verdict::Healthy { Ok(()) } else { Err(status.summary.clone()) }
    })?;
    stage.apply(&nightly("8"))?;
    run_now("second")?;
    stage.grant("nightly.cronjob", 4);
    stage.allow(
        "nightly.cronjob",
        Blame::new("", CauseClass::Revision).object("CronJob", "nightly"),
    );
    stage.until("nightly.cronjob", "Failing with code 8 by a manual run", |status| {
        let finding = status.findings.first().ok_or_else(|| status.summary.clone())?;
        let trigger = finding.trigger.as_ref().map(|t| t.class);
        let what = (status.verdict, finding.symptom.exit_code, trigger);
        if what == (Verdict::Failing, Some(8), Some(TriggerClass::ManualRun)) {
            return Ok(());
        }
        Err(format!("it says {what:?}"))
    })?;
    stage.shows("nightly.cronjob")
}
