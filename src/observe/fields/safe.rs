//! Which values may be shown.

/// The allow-list of rule 6: whether the value at this path may be shown.
pub(super) fn is_value_safe(path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or(path);
    if path.starts_with("metadata.") || path.contains(".httpHeaders[") {
        return false;
    }
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
    if path.contains(".exec.") || matches!(last, "command" | "args") {
        return false;
    }
    matches!(
        last,
        "image"
            | "imagePullPolicy"
            | "restartPolicy"
            | "serviceAccountName"
            | "priorityClassName"
            | "runtimeClassName"
            | "schedulerName"
            | "dnsPolicy"
            | "hostNetwork"
            | "hostPID"
            | "hostIPC"
            | "nodeName"
            | "terminationGracePeriodSeconds"
            | "activeDeadlineSeconds"
            | "automountServiceAccountToken"
            | "initialDelaySeconds"
            | "periodSeconds"
            | "timeoutSeconds"
            | "failureThreshold"
            | "successThreshold"
            | "path"
            | "port"
            | "scheme"
            | "containerPort"
            | "hostPort"
            | "protocol"
            | "name"
            | "secretName"
            | "claimName"
            | "key"
            | "optional"
            | "mountPath"
            | "subPath"
            | "readOnly"
            | "sizeLimit"
            | "medium"
            | "storageClassName"
            | "driver"
            | "effect"
            | "operator"
            | "tolerationSeconds"
            | "topologyKey"
            | "maxSkew"
            | "whenUnsatisfiable"
            | "runAsUser"
            | "runAsGroup"
            | "runAsNonRoot"
            | "privileged"
            | "fsGroup"
            | "allowPrivilegeEscalation"
            | "readOnlyRootFilesystem"
            | "seconds"
            | "conditionType"
            | "defaultMode"
            | "imagePullSecrets"
            | "type"
            | "emptyDir"
            | "resizePolicy"
            | "configMap"
            | "secret"
    ) || path.contains("resources.")
        || path.contains("nodeSelector[")
        || path.contains("envFrom[")
        || path.contains("tolerations[")
        || path.contains("imagePullSecrets[")
}
