//! Which values may be shown.

use serde_json::Value;

/// Fields of which the API says what stands in them, by the last part of their paths.
const DEFINED: &[&str] = &[
    "image",
    "imagePullPolicy",
    "restartPolicy",
    "serviceAccountName",
    "priorityClassName",
    "runtimeClassName",
    "schedulerName",
    "dnsPolicy",
    "hostNetwork",
    "hostPID",
    "hostIPC",
    "nodeName",
    "terminationGracePeriodSeconds",
    "activeDeadlineSeconds",
    "automountServiceAccountToken",
    "initialDelaySeconds",
    "periodSeconds",
    "timeoutSeconds",
    "failureThreshold",
    "successThreshold",
    "path",
    "port",
    "scheme",
    "containerPort",
    "hostPort",
    "protocol",
    "name",
    "secretName",
    "claimName",
    "reference",
    "resourceClaimName",
    "resourceClaimTemplateName",
    "key",
    "optional",
    "mountPath",
    "subPath",
    "readOnly",
    "sizeLimit",
    "medium",
    "storageClassName",
    "driver",
    "effect",
    "operator",
    "tolerationSeconds",
    "topologyKey",
    "maxSkew",
    "whenUnsatisfiable",
    "runAsUser",
    "runAsGroup",
    "runAsNonRoot",
    "privileged",
    "fsGroup",
    "allowPrivilegeEscalation",
    "readOnlyRootFilesystem",
    "seconds",
    "conditionType",
    "defaultMode",
    "imagePullSecrets",
    "type",
    "emptyDir",
    "resizePolicy",
    "configMap",
    "secret",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "preemptionPolicy",
    "procMount",
    "mountPropagation",
    "recursiveReadOnly",
    "workingDir",
    "hostname",
    "subdomain",
    "restartPolicyRules",
    "fsGroupChangePolicy",
    "supplementalGroups",
    "supplementalGroupsPolicy",
    "localhostProfile",
    "nodeAffinityPolicy",
    "nodeTaintsPolicy",
];

/// Whether the value at this path may be shown: by its path, or because it is a number or a
/// truth value, which no API makes a secret of. An environment, a command, an annotation or a
/// header says whatever its author put there, whatever it looks like.
pub(super) fn may_show(path: &str, value: &Value) -> bool {
    is_value_safe(path) || !is_free_text(path) && matches!(value, Value::Bool(_) | Value::Number(_))
}

/// Where people put values of their own.
fn is_free_text(path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or(path);
    path.starts_with("metadata.")
        || path.contains(".httpHeaders[")
        || path.contains(".env[")
        || path.contains(".exec.")
        || matches!(last, "command" | "args")
}

/// The allow-list: whether the value at this path may be shown.
fn is_value_safe(path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or(path);
    if path.contains(".env[") {
        // An environment variable shows only which object and key it refers to.
        return path.contains(".valueFrom.")
            && matches!(
                last,
                "name"
                    | "key"
                    | "optional"
                    | "fieldPath"
                    | "resource"
                    | "apiVersion"
                    | "containerName"
            );
    }
    if is_free_text(path) {
        return false;
    }
    DEFINED.contains(&last)
        || path.contains("resources.")
        || path.contains("nodeSelector[")
        || path.contains("envFrom[")
        || path.contains("tolerations[")
        || path.contains("imagePullSecrets[")
        || path.contains("securityContext.capabilities.")
        || path.starts_with("affinity.nodeAffinity.")
}

#[cfg(test)]
mod tests {
    use super::may_show;
    use serde_json::json;

    #[test]
    fn what_people_write_themselves_is_never_shown() {
        for path in [
            "containers[main].env[TOKEN].value",
            "containers[main].args",
            "containers[main].livenessProbe.exec.command",
            "containers[main].livenessProbe.httpGet.httpHeaders[Authorization].value",
            "containers[main].lifecycle.preStop.httpGet.httpHeaders[X].value",
            "metadata.annotations[token]",
            "metadata.annotations[vault.example.com/path]",
            "volumes[x].csi.volumeAttributes.password",
            "containers[main].somethingNew",
        ] {
            assert!(!may_show(path, &json!("s3cret")), "{path}");
        }
        // A password may be a number.
        for path in ["containers[main].env[PIN].value", "containers[main].args", "metadata.x"] {
            assert!(!may_show(path, &json!(1234)), "{path}");
        }
    }

    #[test]
    fn what_the_api_defines_is_shown() {
        for (path, value) in [
            ("containers[main].image", json!("web:v2")),
            ("containers[main].terminationMessagePolicy", json!("FallbackToLogsOnError")),
            ("containers[main].workingDir", json!("/srv")),
            ("containers[main].securityContext.capabilities.drop", json!("ALL")),
            ("containers[main].stdin", json!(true)),
            ("shareProcessNamespace", json!(true)),
            ("enableServiceLinks", json!(false)),
            ("containers[main].somethingNew", json!(7)),
            ("containers[main].env[URL].valueFrom.secretKeyRef.key", json!("url")),
        ] {
            assert!(may_show(path, &value), "{path}");
        }
    }
}
