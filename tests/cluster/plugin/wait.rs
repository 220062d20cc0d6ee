//! `kubectl blame wait` beside `kubectl rollout status` on the same rollouts: what each
//! says, and how long it takes to say it.

use super::kubectl;
use crate::manifest::{Manifest, deployment, object, template};
use crate::stage::Stage;
use crate::{Failure, Outcome};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

/// How many cases run at a time.
const AT_A_TIME: usize = 3;
/// How long a wait may take whose case sets no other time …
const TIMEOUT: &str = "--timeout=60s";
/// … and how long `kubectl rollout status` may: it learns nothing more later.
const ROLLOUT_TIMEOUT: &str = "--timeout=30s";

/// What is rolled out, and what is to be said of it.
struct Case {
    name: &'static str,
    /// What is there, and well, before.
    before: Option<fn() -> Manifest>,
    /// What is rolled out.
    rollout: fn() -> Vec<Manifest>,
    /// When it is applied: after the waiting began, for some.
    after: Duration,
    /// The object, and whatever else is given to `wait`.
    wait: &'static [&'static str],
    exit: i32,
    /// Within how many seconds; generous, since other trials take the machine too.
    within: u64,
    /// What has to be in the answer.
    says: &'static [&'static str],
}

const CASE: Case = Case {
    name: "",
    before: Some(web),
    rollout: Vec::new,
    after: Duration::ZERO,
    wait: &["deploy/web", TIMEOUT],
    exit: 2,
    within: 45,
    says: &[],
};

fn web() -> Manifest {
    deployment("web", &["serve"])
}

fn next(words: &[&str]) -> Vec<Manifest> {
    vec![web().tag("v2").words(words)]
}

/// A probe that the container passes once it serves.
fn serves() -> Value {
    json!({"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1, "failureThreshold": 60})
}

/// A probe that never passes, and a long time in which it may not.
fn never() -> Value {
    let command = ["workload", "check-file", "/absent"];
    json!({"exec": {"command": command}, "periodSeconds": 1, "failureThreshold": 60})
}

fn job(words: &[&str]) -> Manifest {
    let mut template = template("once", words);
    template["spec"]["restartPolicy"] = json!("Never");
    object(json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "once"},
        "spec": {"backoffLimit": 0, "template": template},
    }))
}

fn set(kind: &str, words: &[&str]) -> Manifest {
    let mut spec = json!({
        "selector": {"matchLabels": {"app": "web"}}, "template": template("web", words),
    });
    if kind == "StatefulSet" {
        spec["serviceName"] = json!("web");
    }
    object(
        json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "web"}, "spec": spec}),
    )
}

const CASES: &[Case] = &[
    Case { name: "the new pods are well", rollout: || next(&["serve"]), exit: 0, ..CASE },
    Case {
        name: "ready after 8 s, by its startup probe",
        rollout: || {
            let web = web().tag("v2").words(&["sleep", "8s", "--", "serve"]);
            vec![web.main("/startupProbe", serves())]
        },
        exit: 0,
        within: 60,
        ..CASE
    },
    Case {
        name: "crashes at its start, no probe",
        rollout: || next(&["log", "no database", "--", "exit", "3"]),
        says: &["image localhost/busybox:v1", "container main exits with code 3", "no database"],
        within: 25,
        ..CASE
    },
    Case {
        name: "ready for 4 s, then crashes",
        rollout: || next(&["exit", "3", "--after", "4s"]),
        says: &["exits with code 3"],
        ..CASE
    },
    Case {
        name: "a tag that does not exist",
        rollout: || vec![web().tag("v9")],
        says: &["busybox:v9"],
        ..CASE
    },
    Case {
        name: "a ConfigMap that does not exist",
        rollout: || vec![web().main("/envFrom", json!([{"configMapRef": {"name": "absent"}}]))],
        says: &["absent"],
        ..CASE
    },
    Case {
        name: "refused: the ServiceAccount is missing",
        rollout: || vec![web().tag("v2").pod("/serviceAccountName", "nobody")],
        says: &["nobody"],
        ..CASE
    },
    Case {
        name: "never ready",
        rollout: || vec![web().tag("v2").main("/readinessProbe", never())],
        wait: &["deploy/web", "--timeout=20s"],
        exit: 3,
        ..CASE
    },
    Case {
        name: "no node fits",
        rollout: || vec![web().tag("v2").pod("/nodeSelector", json!({"disk": "none"}))],
        wait: &["deploy/web", "--timeout=20s"],
        exit: 3,
        ..CASE
    },
    Case {
        name: "does not exist until 5 s later",
        before: None,
        rollout: || vec![web()],
        after: Duration::from_secs(5),
        exit: 0,
        within: 60,
        ..CASE
    },
    Case {
        name: "a crash loop is mended",
        before: Some(|| web().words(&["exit", "3"])),
        rollout: || vec![web().tag("v2")],
        exit: 0,
        within: 60,
        ..CASE
    },
    Case {
        name: "a failure that does not count",
        rollout: || next(&["exit", "3"]),
        wait: &["deploy/web", "--fail-mode=ignore", TIMEOUT],
        exit: 0,
        ..CASE
    },
    Case {
        name: "a StatefulSet crashes",
        before: Some(|| set("StatefulSet", &["serve"])),
        rollout: || vec![set("StatefulSet", &["exit", "3"])],
        wait: &["sts/web", TIMEOUT],
        says: &["exits with code 3"],
        ..CASE
    },
    Case {
        name: "a DaemonSet is well",
        before: None,
        rollout: || vec![set("DaemonSet", &["serve"])],
        wait: &["ds/web", TIMEOUT],
        exit: 0,
        ..CASE
    },
    Case {
        name: "a Job completes",
        before: None,
        rollout: || vec![job(&["sleep", "2s"])],
        wait: &["job/once", TIMEOUT],
        exit: 0,
        ..CASE
    },
    Case {
        name: "a Job fails",
        before: None,
        rollout: || vec![job(&["log", "out of ideas", "--", "exit", "4"])],
        wait: &["job/once", TIMEOUT],
        says: &["out of ideas"],
        ..CASE
    },
];

/// What two tools said of one rollout.
struct Row {
    name: &'static str,
    ours: (Option<i32>, Duration),
    theirs: Option<(Option<i32>, Duration)>,
    wrong: Option<String>,
}

/// Runs every case; prints the table.
pub(super) fn run() -> Outcome {
    let (next, rows) = (Mutex::new(0), Mutex::new(Vec::new()));
    let lock = |error: &dyn std::fmt::Display| Failure::from(error.to_string());
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let Ok(at) = next.lock().map(|mut next| {
                        *next += 1;
                        *next - 1
                    }) else {
                        return;
                    };
                    let Some(case) = CASES.get(at) else { return };
                    let row = play(at, case).unwrap_or_else(|error| Row {
                        name: case.name,
                        ours: (None, Duration::ZERO),
                        theirs: None,
                        wrong: Some(error.to_string()),
                    });
                    if let Ok(mut rows) = rows.lock() {
                        rows.push((at, row));
                    }
                }
            });
        }
    });
    let mut rows = rows.into_inner().map_err(|error| lock(&error))?;
    rows.sort_by_key(|(at, _)| *at);
    println!("{}", table(&rows));
    let wrong: Vec<String> = rows
        .into_iter()
        .filter_map(|(_, row)| Some(format!("{}: {}", row.name, row.wrong?)))
        .collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n\n").into()) }
}

fn table(rows: &[(usize, Row)]) -> String {
    let mut table =
        String::from("| rollout | `blame wait` | | `rollout status` | |\n|---|---|---|---|---|\n");
    let cells = |(exit, took): (Option<i32>, Duration)| {
        let exit = exit.map_or_else(|| "-".to_owned(), |exit| exit.to_string());
        format!("{exit} | {:.1} s", took.as_secs_f64())
    };
    for (_, row) in rows {
        let theirs = row.theirs.map_or_else(|| "- | -".to_owned(), cells);
        // Writing to a String cannot fail.
        _ = writeln!(table, "| {} | {} | {theirs} |", row.name, cells(row.ours));
    }
    table
}

fn play(at: usize, case: &Case) -> Result<Row, Failure> {
    let stage = Stage::new(&format!("test-wait-{at}"))?;
    if let Some(before) = case.before {
        stage.apply(&before())?;
        if case.name != "a crash loop is mended" {
            stage.rolled_out(case.wait[0])?;
        }
    }
    let late = !case.after.is_zero();
    let roll_out = || (case.rollout)().iter().try_for_each(|manifest| stage.apply(manifest));
    if !late {
        roll_out()?;
    }
    let mut arguments = vec!["blame", "wait"];
    arguments.extend(case.wait);
    let has_rollout = !case.wait[0].starts_with("job");
    let (ours, theirs) = thread::scope(|scope| {
        let ours = scope.spawn(|| timed(&stage, &arguments));
        let theirs = has_rollout.then(|| {
            scope.spawn(|| timed(&stage, &["rollout", "status", case.wait[0], ROLLOUT_TIMEOUT]))
        });
        if late {
            thread::sleep(case.after);
            roll_out()?;
        }
        let gone = || Failure::from("a thread was lost");
        let ours = ours.join().map_err(|_| gone())?;
        let theirs = theirs.map(|t| t.join().map_err(|_| gone())).transpose()?.transpose();
        Ok::<_, Failure>((ours?, theirs?))
    })?;
    let (exit, took, said) = ours;
    let wrong = if exit != Some(case.exit) {
        Some(format!("exit {exit:?} instead of {}:\n{said}", case.exit))
    } else if took > Duration::from_secs(case.within) {
        Some(format!("took {took:?}, may take {} s:\n{said}", case.within))
    } else {
        case.says
            .iter()
            .find(|words| !said.contains(*words))
            .map(|words| format!("did not say {words:?}:\n{said}"))
    };
    let theirs = theirs.map(|(exit, took, _)| (exit, took));
    Ok(Row { name: case.name, ours: (exit, took), theirs, wrong })
}

/// Exit code, time, and everything that was said.
fn timed(stage: &Stage, arguments: &[&str]) -> Result<(Option<i32>, Duration, String), Failure> {
    let began = Instant::now();
    let output = kubectl(stage, arguments)?;
    let said = [output.stdout, output.stderr].concat();
    Ok((output.status.code(), began.elapsed(), String::from_utf8_lossy(&said).into_owned()))
}
