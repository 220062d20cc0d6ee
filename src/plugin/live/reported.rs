//! What the controller has already reported.

use super::super::failure::Failure;
use super::super::find::Found;
use super::cluster::{Answer, Cluster, Selection};
use super::feed::{Feed, Told};
use super::resource::Resource;
use crate::observe::{self, OwnerRef};
use crate::report::BlameReport;
use serde::Deserialize;
use std::sync::Arc;
use tokio::sync::Notify;

/// A report, or why there is none: half a sentence.
type Reported<T> = Result<T, String>;

/// How many owners above an object are asked for: with the object itself and the report, four
/// requests.
const MAX_OWNERS: usize = 2;

/// The report on one object's root.
pub(in crate::plugin) async fn one(
    cluster: &Cluster,
    resource: &Resource,
    namespace: &str,
    name: &str,
) -> Result<Reported<Found>, Failure> {
    let mut root = Root { kind: resource.kind.clone(), name: name.to_owned(), uid: None };
    // A Deployment, StatefulSet … is the root itself, or very nearly always: one request.
    let is_below = matches!(&*resource.kind, "Pod" | "ReplicaSet" | "Job" | "ControllerRevision");
    if is_below {
        let mut at = (resource.clone(), name.to_owned());
        for _ in 0..=MAX_OWNERS {
            let Some(owner) = owner_of(cluster, &at.0, namespace, &at.1).await? else { break };
            let kind = owner.type_ref.kind.to_string();
            root = Root { kind, name: owner.name.to_string(), uid: Some(owner.uid.to_string()) };
            // Only these have a workload above them.
            if !matches!(&*root.kind, "ReplicaSet" | "Job") {
                break;
            }
            let Some(next) = Resource::built_in(&root.kind) else { break };
            at = (next, root.name.clone());
        }
    }
    let report = match read(cluster, namespace, &root).await? {
        Ok(report) => report,
        Err(why) => return Ok(Err(why)),
    };
    let pod = (resource.kind == "Pod" && root.kind != "Pod").then(|| name.to_owned());
    Ok(Ok(Found { report, pod }))
}

/// The report of a name, as `kubectl get blame` and `-o name` print it.
pub(in crate::plugin) async fn by_name(
    cluster: &Cluster,
    namespace: &str,
    name: &str,
) -> Result<Found, Failure> {
    let resource = Resource::reports();
    match cluster.get(&resource, Some(namespace), name).await? {
        Answer::Found(text) => match serde_json::from_str::<BlameReport>(&text) {
            Ok(report) => Ok(Found { report, pod: None }),
            Err(_) => Err(Failure::new(UNKNOWN_FORM)),
        },
        Answer::Forbidden(why) => Err(Failure::new(why)),
        Answer::NoObject | Answer::NoKind => {
            Err(super::absent::not_found(cluster, &resource, namespace, name).await)
        }
    }
}

/// A root as far as it is known.
struct Root {
    kind: String,
    name: String,
    uid: Option<String>,
}

impl Root {
    /// Whether a report is about it.
    fn is_of(&self, report: &BlameReport) -> bool {
        let of = &report.spec.root;
        of.kind == self.kind
            && of.name == self.name
            && self.uid.as_ref().is_none_or(|uid| *uid == of.uid)
    }

    /// The name its report bears, where no other root's report has taken it.
    fn report_name(&self) -> String {
        if self.kind == "Deployment" {
            self.name.clone()
        } else {
            format!("{}.{}", self.name, self.kind.to_lowercase())
        }
    }
}

/// The longest name of an object: a report whose plain name would be longer has another.
const MAX_NAME: usize = 253;

async fn read(
    cluster: &Cluster,
    namespace: &str,
    root: &Root,
) -> Result<Reported<BlameReport>, Failure> {
    let shown = format!("{} {}", root.kind, root.name);
    let name = root.report_name();
    if name.len() > MAX_NAME {
        return search(cluster, namespace, root, &shown).await;
    }
    let text = match cluster.get(&Resource::reports(), Some(namespace), &name).await? {
        Answer::Found(text) => text,
        Answer::NoKind => return Ok(Err(NO_REPORTS.into())),
        Answer::NoObject => return Ok(Err(format!("there is no report on {shown}"))),
        Answer::Forbidden(why) => return Ok(Err(why)),
    };
    let Ok(report) = serde_json::from_str::<BlameReport>(&text) else {
        return Ok(Err(format!("the report on {shown} has a form this plugin does not know")));
    };
    if !root.is_of(&report) {
        // Another root has taken the name; this one's report bears a hash behind it.
        return search(cluster, namespace, root, &shown).await;
    }
    Ok(judged(report, &shown))
}

/// Looks for the report by what it is about.
async fn search(
    cluster: &Cluster,
    namespace: &str,
    root: &Root,
    shown: &str,
) -> Result<Reported<BlameReport>, Failure> {
    let selection = selection(&root.kind, &root.name);
    Ok(match listed(cluster, Some(namespace), &selection).await? {
        Ok(reports) => match reports.into_iter().find(|report| root.is_of(report)) {
            Some(report) => judged(report, shown),
            None => Err(format!("there is no report on {shown}")),
        },
        Err(why) => Err(why),
    })
}

/// The reports on roots of a kind and name: one, or none.
fn selection(kind: &str, name: &str) -> Selection {
    let fields = Some(format!("spec.root.kind={kind},spec.root.name={name}"));
    Selection { fields, ..Selection::default() }
}

/// The report on a root, as it changes.
pub(in crate::plugin) struct Followed {
    feed: Feed,
    kind: String,
    name: String,
    pod: Option<String>,
    report: Option<BlameReport>,
}

impl Followed {
    /// Follows the report on the root of what was found; that is a report, or was computed.
    pub(in crate::plugin) fn new(
        cluster: &Cluster,
        namespace: &str,
        found: Found,
        is_reported: bool,
        wake: &Arc<Notify>,
    ) -> Self {
        let Found { report, pod } = found;
        let (kind, name) = (report.spec.root.kind.clone(), report.spec.root.name.clone());
        let selection = selection(&kind, &name);
        let feed = Feed::new(cluster, &Resource::reports(), Some(namespace), &selection, wake);
        Self { feed, kind, name, pod, report: is_reported.then_some(report) }
    }

    /// The report as it is now; `None` while there is none, and why where there will be none.
    pub(in crate::plugin) fn read(
        &mut self,
        cluster: &Cluster,
    ) -> Result<Reported<Option<Found>>, Failure> {
        loop {
            let told = match self.feed.read(cluster) {
                Ok(Some(told)) => told,
                Ok(None) => break,
                // An older CRD does not know these fields.
                Err(Failure::Said(why)) => return Ok(Err(why)),
                Err(other) => return Err(other),
            };
            match told {
                Told::List(text) => match serde_json::from_str::<List>(&text) {
                    Ok(list) => {
                        let mut reports = list.items.into_iter().flatten();
                        self.report = reports.find(|report| self.is_meant(report)).map(typed);
                    }
                    Err(_) => return Ok(Err(UNKNOWN_FORM.into())),
                },
                Told::Seen(text) => match serde_json::from_str::<BlameReport>(&text) {
                    Ok(report) if self.is_meant(&report) => self.report = Some(typed(report)),
                    Ok(_) => {}
                    Err(_) => return Ok(Err(UNKNOWN_FORM.into())),
                },
                Told::Gone(_) => self.report = None,
                Told::Refused(Answer::Forbidden(why)) => return Ok(Err(why)),
                Told::Refused(_) => return Ok(Err(NO_REPORTS.into())),
            }
        }
        self.feed.stands(cluster)?;
        let report = self.report.clone().filter(|report| report.status.is_some());
        Ok(Ok(report.map(|report| Found { report, pod: self.pod.clone() })))
    }

    fn is_meant(&self, report: &BlameReport) -> bool {
        let root = &report.spec.root;
        root.kind == self.kind && root.name == self.name
    }
}

/// A list of reports.
#[derive(Deserialize)]
struct List {
    // An empty list may be null.
    items: Option<Vec<BlameReport>>,
}

const NO_REPORTS: &str = "this cluster has no BlameReports";
const UNKNOWN_FORM: &str = "the reports have a form this plugin does not know";

fn judged(report: BlameReport, shown: &str) -> Reported<BlameReport> {
    if report.status.is_none() {
        return Err(format!("the controller has not judged {shown} yet"));
    }
    Ok(report)
}

/// The controller of an object; an object that is not there is an error.
async fn owner_of(
    cluster: &Cluster,
    resource: &Resource,
    namespace: &str,
    name: &str,
) -> Result<Option<OwnerRef>, Failure> {
    match cluster.get(resource, Some(namespace), name).await? {
        Answer::Found(text) => {
            let observed = observe::read(&text).map_err(Failure::new)?;
            Ok(observed.meta.controller().cloned())
        }
        Answer::Forbidden(why) => Err(Failure::new(why)),
        Answer::NoObject | Answer::NoKind => {
            Err(super::absent::not_found(cluster, resource, namespace, name).await)
        }
    }
}

/// Every report of a namespace, or of all.
pub(in crate::plugin) async fn all(
    cluster: &Cluster,
    namespace: Option<&str>,
) -> Result<Reported<Vec<BlameReport>>, Failure> {
    listed(cluster, namespace, &Selection::default()).await
}

async fn listed(
    cluster: &Cluster,
    namespace: Option<&str>,
    selection: &Selection,
) -> Result<Reported<Vec<BlameReport>>, Failure> {
    Ok(match cluster.list(&Resource::reports(), namespace, selection).await? {
        Answer::Found(text) => match serde_json::from_str::<List>(&text) {
            Ok(list) => Ok(list.items.into_iter().flatten().map(typed).collect()),
            Err(_) => Err(UNKNOWN_FORM.into()),
        },
        Answer::NoKind | Answer::NoObject => Err(NO_REPORTS.into()),
        Answer::Forbidden(why) => Err(why),
    })
}

fn typed(mut report: BlameReport) -> BlameReport {
    crate::report::KIND.clone_into(&mut report.kind);
    crate::report::API_VERSION.clone_into(&mut report.api_version);
    report
}
