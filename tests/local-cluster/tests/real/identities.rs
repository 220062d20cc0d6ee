//! Who may do what, and who was seen doing it.

use std::collections::BTreeSet;

use local_cluster::{Error, TestCluster};

use crate::shared;

#[test]
fn any_user_in_any_groups_gets_a_kubeconfig() -> Result<(), Error> {
    if !TestCluster::Full.allows("any_user_in_any_groups_gets_a_kubeconfig")? {
        return Ok(());
    }
    let cluster = shared()?;
    let user = "system:serviceaccount:kubeblame:kubeblame";
    let groups = ["system:serviceaccounts", "system:serviceaccounts:kubeblame", "a third"];
    let kubeconfig = cluster.kubeconfig_for(user, &groups)?.display().to_string();
    let whoami = |field: &str| {
        let field = format!("jsonpath={field}");
        cluster.kubectl_run(&["--kubeconfig", &kubeconfig, "auth", "whoami", "-o", &field])
    };
    assert_eq!(whoami("{.status.userInfo.username}")?, user);
    let seen = whoami("{range .status.userInfo.groups[*]}{@}{'\\n'}{end}")?;
    let seen: BTreeSet<&str> = seen.lines().collect();
    let wanted: BTreeSet<&str> = groups.into_iter().chain(["system:authenticated"]).collect();
    assert_eq!(seen, wanted);
    Ok(())
}

#[test]
fn a_viewer_without_rights_is_refused_and_audited() -> Result<(), Error> {
    if !TestCluster::Full.allows("a_viewer_without_rights_is_refused_and_audited")? {
        return Ok(());
    }
    let cluster = shared()?;
    let kubeconfig = cluster.kubeconfig_for("viewer", &[])?.display().to_string();
    let refused = cluster.kubectl_run(&["--kubeconfig", &kubeconfig, "get", "secrets"]);
    let sentence = refused.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(sentence.contains("User \"viewer\" cannot list"), "{sentence}");

    let audit = std::fs::read_to_string(cluster.audit_log())
        .map_err(|error| Error::new(error.to_string()))?;
    let seen = audit.lines().any(|line| {
        line.contains("\"username\":\"viewer\"")
            && line.contains("\"resource\":\"secrets\"")
            && line.contains("\"code\":403")
            && line.contains("\"userAgent\":\"kubectl")
    });
    assert!(seen, "the audit log does not show the refused request");
    Ok(())
}
