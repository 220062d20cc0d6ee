//! What every command answers about one failing rollout, as people see it in a pipe.

use super::server::Server;
use super::shop::{PODS, cluster, crashing};
use serde_json::json;
use std::fmt::Write as _;

#[test]
fn every_command() {
    let server = Server::new("answers");
    cluster(&server, &crashing());
    server.put(&format!("{PODS}/web-2-a/log"), json!("connecting\nno database"));
    let mut all = String::new();
    for arguments in [
        &["deploy/web"][..],
        &["pod/web-2-a"],
        &["pod/web-2-a", "-c", "main"],
        &["deploy", "-o", "wide"],
        &["deploy/web", "-o", "name"],
        &["tree", "deploy/web"],
        &["tree", "deploy/web", "--charset", "unicode"],
        &["history", "deploy/web"],
        &["diff", "deploy/web"],
        &["logs", "deploy/web"],
        &["fields", "deploy/web", "--path", "spec.template"],
    ] {
        let output = server.blame(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        let answer = String::from_utf8_lossy(&output.stdout);
        // Writing to a String cannot fail.
        _ = writeln!(all, "$ kubectl blame {}\n{answer}", arguments.join(" "));
    }
    insta::assert_snapshot!(all);
}
