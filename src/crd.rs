//! The CRD: the report's types as the API server serves them.

#![expect(unreachable_pub, reason = "the derive copies the struct into a function")]

use crate::report::{RootRef, Status};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceColumnDefinition, CustomResourceDefinition, JSONSchemaProps,
    JSONSchemaPropsOrArray,
};
use kube::{CustomResource, CustomResourceExt as _, KubeSchema};
use serde::{Deserialize, Serialize};

/// What a report is about.
#[derive(CustomResource, KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "kubeblame.dev",
    version = "v1alpha1",
    kind = "BlameReport",
    plural = "blamereports",
    shortname = "blame",
    namespaced,
    status = "Status",
    doc = "Which change, by whom, broke which container of one workload. Written by kubeblame alone.",
    selectable = ".status.verdict",
    selectable = ".spec.root.kind",
    selectable = ".spec.root.name",
    selectable = ".spec.root.uid"
)]
pub struct BlameReportSpec {
    /// The root: the topmost workload above the pods. It never changes.
    #[x_kube(validation = Rule::new("self == oldSelf").message("spec.root is immutable: another root is another report"))]
    pub root: RootRef,
}

/// The columns of `kubectl get blame` after NAME: name, type, path, priority, description.
/// Those of priority 1 are shown with `-o wide`.
const COLUMNS: &[(&str, &str, &str, i32, &str)] = &[
    ("Kind", "string", ".spec.root.kind", 0, "Kind of the root"),
    ("Verdict", "string", ".status.verdict", 0, "How the root is doing"),
    ("Revision", "string", ".status.display.revision", 0, "The current revision"),
    ("Ready", "string", ".status.display.ready", 0, "Ready of desired pods"),
    ("Cause", "string", ".status.display.cause", 0, "The change that broke it"),
    ("Since", "date", ".status.since", 0, "Since when the verdict holds"),
    ("By", "string", ".status.display.by", 1, "Who made the change"),
    ("Trigger", "string", ".status.display.trigger", 1, "What made it visible"),
    ("Summary", "string", ".status.summary", 1, "The whole answer in one sentence"),
];

/// The CRD, as it is installed.
#[must_use]
pub fn crd() -> CustomResourceDefinition {
    let mut crd = BlameReport::crd();
    for version in &mut crd.spec.versions {
        version.additional_printer_columns = Some(COLUMNS.iter().map(column).collect());
        let schema = version.schema.as_mut().and_then(|s| s.open_api_v3_schema.as_mut());
        if let Some(schema) = schema {
            mark_lists(schema);
        }
    }
    crd
}

fn column(
    &(name, type_, path, priority, description): &(&str, &str, &str, i32, &str),
) -> CustomResourceColumnDefinition {
    CustomResourceColumnDefinition {
        name: name.to_owned(),
        type_: type_.to_owned(),
        json_path: path.to_owned(),
        description: Some(description.to_owned()),
        priority: (priority > 0).then_some(priority),
        format: None,
    }
}

/// Tells server-side apply how lists merge: `conditions` by type, every other list as a whole.
fn mark_lists(schema: &mut JSONSchemaProps) {
    for (name, property) in schema.properties.iter_mut().flatten() {
        if name == "conditions" {
            property.x_kubernetes_list_type = Some("map".to_owned());
            property.x_kubernetes_list_map_keys = Some(vec!["type".to_owned()]);
        } else if property.type_.as_deref() == Some("array") {
            property.x_kubernetes_list_type = Some("atomic".to_owned());
        }
        mark_lists(property);
    }
    if let Some(JSONSchemaPropsOrArray::Schema(items)) = &mut schema.items {
        mark_lists(items);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn walk(path: &str, schema: &Value, check: &mut impl FnMut(&str, &Value)) {
        check(path, schema);
        for (name, below) in schema["properties"].as_object().into_iter().flatten() {
            walk(&format!("{path}.{name}"), below, check);
        }
        if schema["items"].is_object() {
            walk(&format!("{path}[]"), &schema["items"], check);
        }
    }

    fn schema() -> Value {
        let crd = serde_json::to_value(crd()).expect("a CRD is JSON");
        crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"].clone()
    }

    #[test]
    fn every_field_is_described_and_every_list_says_how_it_merges() {
        walk("", &schema(), &mut |path, schema| {
            let is_item = path.ends_with("[]");
            assert!(is_item || schema["description"].is_string(), "{path} has no description");
            if schema["type"] == "array" {
                let expected = if path == ".status.conditions" { "map" } else { "atomic" };
                assert_eq!(schema["x-kubernetes-list-type"], expected, "{path}");
                assert!(schema["maxItems"].is_u64(), "{path} has no cap");
            }
        });
    }

    #[test]
    fn integers_say_how_wide_they_are() {
        walk("", &schema(), &mut |path, schema| {
            if schema["type"] == "integer" {
                let name = path.rsplit('.').next().unwrap_or_default();
                let wide = matches!(
                    name,
                    "revision"
                        | "generation"
                        | "rootGeneration"
                        | "observedGeneration"
                        | "createdUnder"
                );
                assert_eq!(schema["format"], if wide { "int64" } else { "int32" }, "{path}");
            }
        });
    }
}
