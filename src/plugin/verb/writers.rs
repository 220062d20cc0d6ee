//! Whose logs tell why something fails.

use crate::graph::Graph;
use crate::observe::{Detail, State as Run, Uid};
use crate::plugin::live::logs::Writer;
use crate::report::BlameReport;
use std::collections::BTreeSet;

/// The containers that are blamed, one of each likeness.
pub(in crate::plugin) fn writers(report: &BlameReport, graph: &Graph) -> Vec<Writer> {
    let Some(status) = &report.status else { return Vec::new() };
    let mut seen = BTreeSet::new();
    let mut writers = Vec::new();
    for finding in &status.findings {
        let symptom = &finding.symptom;
        let (Some(container), Some(pod)) = (&symptom.container, symptom.examples.first()) else {
            continue;
        };
        // What never ran wrote nothing.
        let never_ran = matches!(
            &*symptom.reason,
            "ErrImagePull"
                | "InvalidImageName"
                | "ErrImageNeverPull"
                | "CreateContainerConfigError"
        );
        if never_ran || !seen.insert((pod, container)) {
            continue;
        }
        let details = status.revisions.iter().flat_map(|r| &r.pod_details);
        let detail = details.into_iter().find(|detail| detail.name == *pod);
        let runs_again = detail.is_some_and(|detail| {
            let known = graph.object(&Uid::new(&detail.uid)).map(|object| &object.detail);
            match known {
                Some(Detail::Pod(pod)) => pod.containers.iter().any(|c| {
                    *c.name == **container
                        && c.restarts > 0
                        && matches!(c.state, Run::Running { .. })
                }),
                _ => detail.containers.iter().any(|c| c.name == *container && c.restarts > 0),
            }
        });
        writers.push(Writer { pod: pod.clone(), container: container.clone(), runs_again });
    }
    writers
}
