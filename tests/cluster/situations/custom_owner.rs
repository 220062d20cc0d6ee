//! A kind of somebody's own: one that owns a Deployment stands above the root, one that makes
//! pods itself is the root.

use crate::manifest::{deployment, object, template};
use crate::stage::{PATIENCE, Stage};
use crate::{Failure, Outcome};
use kubeblame::report::Verdict;
use serde_json::{Value, json};

const KIND: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  names: {kind: Widget, plural: widgets, singular: widget}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: widgets-for-kubeblame
  labels: {kubeblame.dev/aggregate-to-controller: 'true'}
rules:
- {apiGroups: [example.com], resources: [widgets], verbs: [get, list, watch]}
";

pub(super) fn run(stage: &Stage) -> Outcome {
    stage.bed().cluster.apply(KIND)?;
    stage.bed().cluster.wait_served("widgets.example.com", PATIENCE)?;
    let owner = |name: &str| -> Result<Value, Failure> {
        stage.apply(&object(
            json!({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": name}}),
        ))?;
        let uid = stage.kubectl(&["get", "widget", name, "-o", "jsonpath={.metadata.uid}"])?;
        Ok(json!([{"apiVersion": "example.com/v1", "kind": "Widget", "name": name, "uid": uid,
            "controller": true}]))
    };
    let above = owner("above")?;
    let web = deployment("web", &["sleep"]).set("/metadata/ownerReferences", above);
    stage.begin_well(&[("web", &web)])?;
    stage.until("web", "owned by the Widget", |status| {
        let owners: Vec<_> = status.owners.iter().map(|o| (&*o.kind, o.name.as_deref())).collect();
        if owners == [("Widget", Some("above"))] { Ok(()) } else { Err(format!("{owners:?}")) }
    })?;
    let pod = object(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one"}}))
        .set("/spec", template("one", &["exit", "5"])["spec"].clone())
        .set("/metadata/ownerReferences", owner("root")?);
    stage.apply(&pod)?;
    stage.grant("root.widget", 4);
    stage.until("root.widget", "Failing with code 5", |status| {
        let code = status.findings.first().and_then(|f| f.symptom.exit_code);
        match (status.verdict, code) {
            (Verdict::Failing, Some(5)) => Ok(()),
            what => Err(format!("it says {what:?}")),
        }
    })?;
    stage.stayed_silent("web")
}
