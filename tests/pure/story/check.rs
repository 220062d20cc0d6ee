//! Is an answer the truth? The same questions as are asked of the recorded cases.

use super::json::{any_of, at, is_one_of, list, text};
use super::{Mode, Story};
use serde_json::{Value, json};

/// What is wrong with an answer; empty when it is true.
pub(crate) fn faults(story: &Story, mode: Mode, status: &Value) -> Vec<String> {
    let Some(truth) = truth(story, mode) else { return of_innocents(&story.expect, status) };
    let mut faults = of_innocents(&story.expect, status);
    if let Some(verdict) = truth.get("verdict")
        && !is_one_of(verdict, status.get("verdict"))
    {
        faults.push(format!("verdict {}, true is {verdict}", status["verdict"]));
    }
    let expected = list(truth, "findings");
    for finding in expected {
        faults.extend(of_finding(finding, list(status, "findings")));
    }
    faults.extend(of_surplus(expected, list(status, "findings")));
    faults.extend(of_pods(truth, status));
    faults.extend(of_pending(truth, status));
    faults
}

/// The truth of one mode: `fromWatch`, `fromDump`, or what stands at the top. A recording
/// without `fromDump` is asked by its end only for false blame.
fn truth(story: &Story, mode: Mode) -> Option<&Value> {
    let expect = &story.expect;
    match mode {
        Mode::Dump if story.is_stream => {
            expect.get("fromDump").map(|dump| if dump == "same" { top(expect) } else { dump })
        }
        _ => Some(top(expect)),
    }
}

fn top(expect: &Value) -> &Value {
    expect.get("fromWatch").unwrap_or(expect)
}

fn is_blame(cause: &Value) -> bool {
    matches!(text(cause, "confidence"), Some("Certain" | "Likely"))
}

/// No blame may fall on an innocent, and a contributor is never Certain.
pub(crate) fn of_innocents(expect: &Value, status: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for finding in list(status, "findings") {
        let beside = list(finding, "contributors")
            .iter()
            .filter(|c| text(c, "confidence") == Some("Certain"));
        for cause in Some(&finding["cause"]).filter(|c| is_blame(c)).into_iter().chain(beside) {
            for innocent in list(expect, "innocent") {
                if hits(innocent, cause, &finding["symptom"]) {
                    faults.push(format!("FALSE BLAME {} for {innocent}", brief(cause)));
                }
            }
        }
    }
    faults
}

fn hits(innocent: &Value, cause: &Value, symptom: &Value) -> bool {
    let has = |key: &str, actual: Option<&Value>| {
        innocent.get(key).is_none_or(|want| is_one_of(want, actual))
    };
    innocent.get("any").is_some()
        || has("class", cause.get("class"))
            && has("revision", cause.get("revision"))
            && has("manager", at(cause, "by.manager"))
            && has("container", symptom.get("container"))
            && has("kind", at(cause, "object.kind"))
            && has("name", at(cause, "object.name"))
            && innocent.get("object").is_none_or(|want| is_object(want, cause.get("object")))
            && innocent.get("path").is_none_or(|path| shows_path(cause, path))
}

fn is_object(want: &Value, actual: Option<&Value>) -> bool {
    let actual = actual.unwrap_or(&Value::Null);
    if let Some(want) = want.as_str() {
        return format!(
            "{}/{}",
            text(actual, "kind").unwrap_or_default(),
            text(actual, "name").unwrap_or_default()
        ) == want;
    }
    ["kind", "name", "namespace"]
        .iter()
        .all(|key| want.get(key).is_none_or(|want| is_one_of(want, actual.get(key))))
}

fn shows_path(cause: &Value, wanted: &Value) -> bool {
    any_of(wanted).iter().filter_map(|p| p.as_str()).any(|wanted| {
        list(cause, "changes")
            .iter()
            .any(|change| text(change, "path").is_some_and(|path| path.contains(wanted)))
    })
}

/// What is wrong with the answer nearest to an expected finding.
fn of_finding(expected: &Value, findings: &[Value]) -> Vec<String> {
    let of = |actual: &Value| differences(expected, actual);
    let near = findings
        .iter()
        .map(of)
        .min_by_key(|faults| (faults.iter().any(|f| f.starts_with("cause.class")), faults.len()));
    match near {
        Some(faults) if expected.get("optional").is_none() => faults,
        None if expected.get("optional").is_none() => {
            vec![format!("no finding like {}", expected["symptom"])]
        }
        _ => Vec::new(),
    }
}

fn differences(expected: &Value, actual: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let mut same = |what: &str, want: Option<&Value>, is: Option<&Value>| {
        if let Some(want) = want
            && !is_one_of(want, is)
        {
            faults.push(format!("{what} {}, true is {want}", is.unwrap_or(&Value::Null)));
        }
    };
    let (symptom, cause) = (&actual["symptom"], &actual["cause"]);
    for key in ["reason", "container", "containerType", "exitCode", "pods", "examples"] {
        same(&format!("symptom.{key}"), at(expected, &format!("symptom.{key}")), symptom.get(key));
    }
    let want = &expected["cause"];
    same("cause.class", want.get("class"), cause.get("class"));
    let trigger = expected.get("trigger").map(|t| t.get("class").unwrap_or(t).clone());
    same("trigger", trigger.as_ref(), at(actual, "trigger.class"));
    if cause["class"] == "Unknown" {
        // An honest Unknown owes no details.
        return faults;
    }
    for key in ["revision", "generation", "confidence", "shared"] {
        same(&format!("cause.{key}"), want.get(key), cause.get(key));
    }
    same("cause.by", want.get("manager"), at(cause, "by.manager"));
    same("cause.by.user", want.get("user"), at(cause, "by.user"));
    for wanted in list(expected, "contributors") {
        let is_it = |c: &&Value| {
            is_one_of(&wanted["class"], c.get("class"))
                && wanted.get("object").is_none_or(|o| is_object(o, c.get("object")))
                && wanted.get("revision").is_none_or(|r| is_one_of(r, c.get("revision")))
        };
        if !list(actual, "contributors").iter().any(|c| is_it(&c)) {
            faults.push(format!("contributors {}, true is {wanted}", actual["contributors"]));
        }
    }
    if let Some(none) = expected.get("contributors")
        && none.is_null()
        && !list(actual, "contributors").is_empty()
    {
        faults.push(format!("contributors {}, true is none", actual["contributors"]));
    }
    if let Some(object) = want.get("object")
        && !is_object(object, cause.get("object"))
    {
        faults.push(format!("cause.object {}, true is {object}", cause["object"]));
    }
    if let Some(path) = want.get("path")
        && !shows_path(cause, path)
    {
        faults.push(format!("cause.changes {}, true is {path}", cause["changes"]));
    }
    if let Some(time) = text(want, "time")
        && !is_near(time, text(cause, "time"))
    {
        faults.push(format!("cause.time {}, true is {time}", cause["time"]));
    }
    if let Some(object) = at(expected, "trigger.object")
        && !is_object(object, at(actual, "trigger.object"))
    {
        faults.push(format!(
            "trigger.object {}, true is {object}",
            json!(at(actual, "trigger.object"))
        ));
    }
    faults
}

fn is_near(want: &str, actual: Option<&str>) -> bool {
    let parse = |t: &str| t.parse::<jiff::Timestamp>().ok();
    parse(want)
        .zip(actual.and_then(parse))
        .is_some_and(|(a, b)| (a.as_second() - b.as_second()).abs() <= 3)
}

/// Whatever is blamed beyond the truth is a false blame.
fn of_surplus(expected: &[Value], findings: &[Value]) -> Vec<String> {
    let known = |cause: &Value| {
        expected.iter().any(|e| {
            e["cause"].get("class").is_none_or(|class| is_one_of(class, cause.get("class")))
        })
    };
    findings
        .iter()
        .map(|finding| &finding["cause"])
        .filter(|cause| is_blame(cause) && !known(cause))
        .map(|cause| format!("FALSE BLAME {}: nothing of it is true", brief(cause)))
        .collect()
}

fn of_pods(truth: &Value, status: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let pods = |name: Option<&str>| {
        let revisions = list(status, "revisions").iter();
        let of = move |r| list(r, "podDetails").iter().map(move |p| (r, p));
        revisions.flat_map(of).find(|(_, pod)| text(pod, "name") == name)
    };
    for want in list(truth, "origins") {
        let found = pods(text(want, "pod"));
        let container = found.and_then(|(_, p)| {
            list(p, "containers").iter().find(|c| c["name"] == want["container"])
        });
        let origin = container.map_or(&Value::Null, |c| &c["origin"]);
        let by = at(origin, "injector.name").or(at(origin, "by.manager"));
        if !is_one_of(&want["class"], origin.get("class"))
            || want.get("by").is_some_and(|w| !is_one_of(w, by))
        {
            faults.push(format!("origin {origin}, true is {want}"));
        }
    }
    for want in list(truth, "revisions") {
        let found = pods(text(want, "pod"));
        let number = found.and_then(|(r, _)| r.get("revision"));
        let under = found.and_then(|(_, p)| p.get("createdUnder"));
        if found.is_none()
            || !is_one_of(&want["revision"], number)
            || want.get("createdUnder").is_some_and(|w| !is_one_of(w, under))
        {
            faults.push(format!(
                "pod of revision {} made under {}, true is {want}",
                json!(number),
                json!(under)
            ));
        }
    }
    let everything = status.to_string();
    for text in list(truth, "somewhere").iter().filter_map(Value::as_str) {
        if !everything.contains(text) {
            faults.push(format!("nowhere says {text}"));
        }
    }
    for name in
        list(truth, "notPods").iter().chain(list(truth, "notAnywhere")).filter_map(Value::as_str)
    {
        if everything.contains(name) {
            faults.push(format!("shows {name}"));
        }
    }
    faults
}

fn of_pending(truth: &Value, status: &Value) -> Vec<String> {
    let Some(want) = truth.get("pendingEdit") else { return Vec::new() };
    let pending = status.get("pendingEdit");
    let is_true = match want.as_str() {
        None => pending.is_none(),
        Some(_) => pending.is_some_and(|p| p["heldBy"] == *want),
    };
    if is_true {
        Vec::new()
    } else {
        vec![format!("pendingEdit {}, true is {want}", json!(pending))]
    }
}

/// A cause in a few words.
fn brief(cause: &Value) -> String {
    let by = at(cause, "by.manager")
        .and_then(Value::as_str)
        .map(|m| format!(" by {m}"))
        .unwrap_or_default();
    let revision = cause.get("revision").map(|r| format!(" {r}")).unwrap_or_default();
    format!(
        "{} {}{revision}{by}",
        text(cause, "confidence").unwrap_or("-"),
        text(cause, "class").unwrap_or("-")
    )
}
