//! `kubectl blame wait` beside `kubectl rollout status` on the same rollouts: what each
//! says, and how long it takes to say it.

mod cases;

use super::kubectl;
use crate::stage::Stage;
use crate::{Failure, Outcome};
use cases::{CASES, Case};
use std::fmt::Write as _;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

/// How many cases run at a time.
const AT_A_TIME: usize = 3;
/// How long `kubectl rollout status` may take: it learns nothing more later.
const ROLLOUT_TIMEOUT: &str = "--timeout=30s";

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
        if case.wait[0].starts_with("job") {
            stage.wait(case.wait[0], "delete")?;
        } else if case.name != "a crash loop is mended" {
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
