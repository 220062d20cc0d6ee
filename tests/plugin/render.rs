//! Every report of `reports/` in every way it can be drawn.

use kubeblame::plugin::render::{self, Look};
use kubeblame::report::BlameReport;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use unicode_width::UnicodeWidthStr as _;

fn look() -> Look {
    let now = "2026-11-21T07:03:44Z".parse().expect("a time");
    Look { now, width: None, colour: false, ascii: false }
}

fn read(path: &Path) -> BlameReport {
    let text = fs::read_to_string(path).expect("readable");
    serde_saphyr::from_str(&text).expect("a report")
}

fn drawn(draw: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    draw(&mut out).expect("memory takes all");
    String::from_utf8(out).expect("text")
}

/// The pods whose transcripts are worth a look: the first of each likeness.
fn pods(report: &BlameReport) -> Vec<String> {
    let revisions = report.status.iter().flat_map(|status| &status.revisions);
    revisions.flat_map(|r| &r.pod_details).map(|pod| pod.name.clone()).collect()
}

#[test]
fn transcripts() {
    insta::glob!("reports/*.yaml", |path| {
        let report = read(path);
        let mut all = String::new();
        let looks = [
            ("wide", look()),
            ("narrow", Look { width: Some(48), ..look() }),
            ("ascii", Look { ascii: true, width: Some(100), ..look() }),
        ];
        for (name, look) in &looks {
            let text = drawn(|out| render::root(out, &report, look));
            let _ = write!(all, "# root, {name}\n{text}\n");
        }
        for pod in pods(&report) {
            let text = drawn(|out| render::pod(out, &report, &pod, &look()));
            let _ = write!(all, "# pod {pod}\n{text}\n");
        }
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(all);
        });
    });
}

#[test]
fn colour_has_meaning() {
    let report = read(Path::new("tests/plugin/reports/crash.yaml"));
    let look = Look { colour: true, ..look() };
    let text = drawn(|out| render::root(out, &report, &look)).replace('\u{1b}', "␛");
    insta::assert_snapshot!(text);
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    insta::glob!("reports/*.yaml", |path| {
        let report = read(path);
        for width in 40..120 {
            let look = Look { width: Some(width), colour: false, ascii: true, ..look() };
            let text = drawn(|out| render::root(out, &report, &look));
            // What is copied stays one line.
            for line in text.lines().filter(|line| !line.starts_with("To fix: ")) {
                assert!(line.width() <= width, "{width}: {line}");
            }
        }
    });
}

#[test]
fn lists() {
    let mut reports = Vec::new();
    for file in fs::read_dir("tests/plugin/reports").expect("a folder") {
        reports.push(read(&file.expect("a file").path()));
    }
    reports.sort_by_key(|report| report.metadata.name.clone());
    let reports: Vec<&BlameReport> = reports.iter().collect();
    let here: Vec<&BlameReport> = reports
        .iter()
        .filter(|r| r.metadata.namespace.as_deref() == Some("default"))
        .copied()
        .collect();
    let mut all = drawn(|out| render::list(out, &reports, false, &look()));
    all += "\n";
    all += &drawn(|out| render::list(out, &here, true, &Look { width: Some(90), ..look() }));
    insta::assert_snapshot!(all);
}

#[test]
fn a_terminal_shows_the_worst_hundred_and_a_pipe_all() {
    let report = read(Path::new("tests/plugin/reports/crash.yaml"));
    let reports = vec![&report; 3_000];
    let on_terminal = Look { width: Some(90), ..look() };
    let text = drawn(|out| render::list(out, &reports, false, &on_terminal));
    assert!(text.lines().count() < 110, "{text}");
    assert!(text.contains("and 2900 more: choose with a kind, -n or -l"), "{text}");
    let text = drawn(|out| render::list(out, &reports, false, &look()));
    assert!(text.lines().count() > 3_000);
}

#[test]
fn a_pod_that_the_report_does_not_show() {
    let report = read(Path::new("tests/plugin/reports/quota.yaml"));
    insta::assert_snapshot!(drawn(|out| render::pod(out, &report, "web-1-z", &look())));
}
