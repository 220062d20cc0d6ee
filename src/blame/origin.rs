//! Where a container of a pod comes from.
//!
//! Compared with the template its pod was made from: what is in it is the
//! template's, whatever it is called; what is not, and is owned by nobody, was
//! added at admission (`managedFields` is computed before mutating admission,
//! kubernetes `apiserver/pkg/endpoints/handlers/create.go`).

use super::scene::{PodView, Scene};
use crate::observe::{ContainerStatus, Meta};
use crate::report::{Confidence, ContainerType, ObjectRef, Origin, OriginClass};

/// A known injector: its marks and its containers.
struct Injector {
    /// An annotation or label that the injector itself sets on the pod.
    mark: &'static str,
    /// The containers it adds, by prefix of their names.
    containers: &'static [&'static str],
    /// Its webhook configuration.
    configuration: &'static str,
}

/// Injectors by their own marks; each by what its own project documents.
const INJECTORS: &[Injector] = &[
    Injector {
        mark: "sidecar.istio.io/status",
        containers: &["istio-proxy", "istio-init", "istio-validation"],
        configuration: "istio-sidecar-injector",
    },
    Injector {
        mark: "linkerd.io/proxy-version",
        containers: &["linkerd-proxy", "linkerd-init"],
        configuration: "linkerd-proxy-injector-webhook-config",
    },
    Injector {
        mark: "vault.hashicorp.com/agent-inject-status",
        containers: &["vault-agent"],
        configuration: "vault-agent-injector-cfg",
    },
    Injector {
        mark: "dapr.io/sidecar-injected",
        containers: &["daprd"],
        configuration: "dapr-sidecar-injector",
    },
    Injector {
        mark: "sidecar.opentelemetry.io/injected",
        containers: &["otc-container"],
        configuration: "opentelemetry-operator-mutation",
    },
    Injector {
        mark: "consul.hashicorp.com/connect-inject-status",
        containers: &["consul-connect-inject-init", "consul-dataplane"],
        configuration: "consul-connect-injector",
    },
    Injector {
        mark: "kuma.io/sidecar-injected",
        containers: &["kuma-sidecar", "kuma-init"],
        configuration: "kuma-admission-mutating-webhook-configuration",
    },
];

/// Where a container of a pod comes from.
pub(super) fn of_container(
    scene: &Scene<'_>,
    view: &PodView<'_>,
    status: &ContainerStatus,
) -> Origin {
    let path = PodView::container_path(status);
    if view.container_type(status) == ContainerType::Ephemeral {
        return Origin { by: None, ..plain(OriginClass::Debug) };
    }
    let Some(revision) = view.revision.and_then(|at| scene.revisions.get(at)) else {
        return plain(OriginClass::Unknown);
    };
    if revision.template.is_empty() {
        return plain(OriginClass::Unknown);
    }
    let image = format!("{path}.image");
    if let Some(template) = revision.template.text(&image) {
        if revision.carrier.meta.uid != view.object.meta.uid
            && view.fields().text(&image) != Some(template)
        {
            let owner =
                view.object.ownership.of(&image).find(|o| &*o.manager != "kube-controller-manager");
            if let Some(owner) = owner {
                return Origin {
                    by: Some(super::author::author(owner)),
                    ..plain(OriginClass::DirectEdit)
                };
            }
        }
        return Origin { revision: revision.number, ..plain(OriginClass::Template) };
    }
    if view.object.ownership.owners.is_empty() || view.object.ownership.is_owned(&path) {
        return plain(OriginClass::Unknown);
    }
    let injector = known(&view.object.meta, &status.name);
    let named = injector
        .map(|i| configuration(&view.object.meta, i))
        .or_else(|| super::admit::only_injector(scene, view, &status.name));
    Origin {
        injector_revision: injector.and_then(|i| injector_revision(&view.object.meta, i)),
        confidence: Some(if named.is_some() { Confidence::Likely } else { Confidence::Possible }),
        injector: named,
        ..plain(OriginClass::Injected)
    }
}

fn plain(class: OriginClass) -> Origin {
    Origin {
        class,
        revision: None,
        injector: None,
        injector_revision: None,
        by: None,
        confidence: None,
    }
}

fn known(meta: &Meta, container: &str) -> Option<&'static Injector> {
    INJECTORS.iter().find(|i| {
        (meta.annotation(i.mark).is_some() || meta.label(i.mark).is_some())
            && i.containers.iter().any(|name| container.starts_with(name))
    })
}

/// The revision an injector stamps on what it injects.
fn injector_revision(meta: &Meta, injector: &Injector) -> Option<String> {
    match injector.mark {
        "sidecar.istio.io/status" => {
            let status: serde_json::Value =
                serde_json::from_str(meta.annotation(injector.mark)?).ok()?;
            status
                .get("revision")?
                .as_str()
                .map(str::to_owned)
                .or_else(|| meta.label("istio.io/rev").map(str::to_owned))
        }
        "linkerd.io/proxy-version" => meta.annotation(injector.mark).map(str::to_owned),
        _ => None,
    }
}

/// Istio names its configuration after its revision; the others have one.
fn configuration(meta: &Meta, injector: &Injector) -> ObjectRef {
    let name = match injector_revision(meta, injector)
        .filter(|_| injector.mark == "sidecar.istio.io/status")
    {
        Some(revision) if revision != "default" => format!("{}-{revision}", injector.configuration),
        _ => injector.configuration.to_owned(),
    };
    ObjectRef {
        api_version: Some("admissionregistration.k8s.io/v1".to_owned()),
        kind: "MutatingWebhookConfiguration".to_owned(),
        namespace: None,
        name: Some(name),
        uid: None,
    }
}
