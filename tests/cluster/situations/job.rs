//! A Job that fails for good has a report; one that completes has none.

use crate::Outcome;
use crate::manifest::{object, template};
use crate::stage::{Blame, Stage};
use kubeblame::report::{CauseClass, Verdict};
use serde_json::json;

pub(super) fn run(stage: &Stage) -> Outcome {
    let job = |name: &str, code: &str| {
        object(json!({
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": name},
            "spec": {"backoffLimit": 1, "template": template(name, &["exit", code])},
        }))
        .pod("/restartPolicy", "Never")
    };
    stage.apply(&job("good", "0"))?;
    stage.apply(&job("migrate", "9"))?;
    stage.grant("migrate.job", 4);
    stage.allow("migrate.job", Blame::new("", CauseClass::Revision).object("Job", "migrate"));
    stage.wait("job/migrate", "condition=Failed")?;
    stage.until("migrate.job", "Failing with code 9 in both pods", |status| {
        let finding = status.findings.first().ok_or_else(|| status.summary.clone())?;
        let symptom = &finding.symptom;
        let what = (status.verdict, symptom.exit_code, symptom.container.as_deref(), symptom.pods);
        if what == (Verdict::Failing, Some(9), Some("main"), 2) {
            return Ok(());
        }
        Err(format!("it says {what:?}"))
    })?;
    stage.wait("job/good", "condition=Complete")?;
    match stage.bed().reports.names(stage.namespace()).as_slice() {
        [only] if only == "migrate.job" => stage.shows("migrate.job"),
        names => Err(format!("there are reports {names:?}").into()),
    }
}
