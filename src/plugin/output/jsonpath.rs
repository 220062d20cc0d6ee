//! `-o jsonpath=…`: kubectl's templates.
//!
//! Text stands for itself; `{.path}` is what a path finds, `{"\n"}` a text with
//! escapes, and `{range .items[*]}…{end}` is repeated for everything a path finds.

use super::super::failure::Failure;
use crate::observe::clean;
use jsonpath_rust::JsonPath;
use serde_json::Value;

/// How deep ranges may nest.
const MAX_DEPTH: usize = 8;

/// A template, filled from a value.
pub(super) fn filled(template: &str, value: &Value) -> Result<String, Failure> {
    let mut out = String::new();
    let rest = fill(template, value, value, 0, &mut out)?;
    if rest.is_some() {
        return Err(wrong(template, "{end} without {range}"));
    }
    Ok(out)
}

fn wrong(template: &str, why: &str) -> Failure {
    Failure::new(format!("jsonpath={template:?} cannot be used: {why}"))
}

/// Fills up to the end or to an `{end}`; gives what stands behind that.
fn fill<'t>(
    template: &'t str,
    root: &Value,
    here: &Value,
    depth: usize,
    out: &mut String,
) -> Result<Option<&'t str>, Failure> {
    let mut rest = template;
    while let Some((text, tail)) = rest.split_once('{') {
        out.push_str(text);
        let (inside, after) = braced(tail).ok_or_else(|| wrong(template, "a { is not closed"))?;
        let inside = inside.trim();
        rest = after;
        if inside == "end" {
            return Ok(Some(rest));
        }
        if let Some(path) = inside.strip_prefix("range ") {
            if depth >= MAX_DEPTH {
                return Err(wrong(template, "its ranges nest too deep"));
            }
            let mut behind = skipped(rest, root, depth)?;
            for item in found(path, root, here)? {
                behind = fill(rest, root, item, depth + 1, out)?;
            }
            rest = behind.ok_or_else(|| wrong(template, "{range} without {end}"))?;
        } else if inside.starts_with(['"', '\'']) {
            out.push_str(&quoted(inside).ok_or_else(|| wrong(template, "a text is not closed"))?);
        } else {
            let values: Vec<String> = found(inside, root, here)?.into_iter().map(shown).collect();
            out.push_str(&values.join(" "));
        }
    }
    out.push_str(rest);
    Ok(None)
}

/// What stands behind the `{end}` of a range that is repeated no time at all.
fn skipped<'t>(template: &'t str, root: &Value, depth: usize) -> Result<Option<&'t str>, Failure> {
    fill(template, root, &Value::Null, depth + 1, &mut String::new())
}

/// What stands in braces, and what follows; braces in quotes do not count.
fn braced(text: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '}') => return Some((&text[..at], &text[at + 1..])),
            _ => {}
        }
    }
    None
}

/// A quoted text without its quotes.
fn quoted(text: &str) -> Option<String> {
    let quote = text.chars().next()?;
    let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
    serde_json::from_str(&format!("\"{}\"", inner.replace("\\'", "'"))).ok()
}

/// What a path finds; what is not there is nothing.
fn found<'v>(path: &str, root: &'v Value, here: &'v Value) -> Result<Vec<&'v Value>, Failure> {
    let path = path.trim();
    let (from, path) = match path.strip_prefix('$') {
        Some(rest) => (root, rest),
        None => (here, path.strip_prefix('@').unwrap_or(path)),
    };
    // kubectl writes keys with dots as `.labels.app\.name`; the standard writes `['app.name']`.
    let path = keyed(path);
    let asked = if path.is_empty() || path.starts_with(['.', '[']) {
        format!("${path}")
    } else {
        format!("$.{path}")
    };
    from.query(&asked).map_err(|_| wrong(&path, "this is no JSON path"))
}

fn keyed(path: &str) -> String {
    if !path.contains("\\.") {
        return path.to_owned();
    }
    let marked = path.replace("\\.", "\u{0}");
    let key = |part: &str| {
        if !part.contains('\u{0}') {
            return format!(".{part}");
        }
        let (name, index) = part.split_at(part.find('[').unwrap_or(part.len()));
        format!("['{}']{index}", name.replace('\u{0}', "."))
    };
    marked.trim_start_matches('.').split('.').map(key).collect()
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => clean(text).into_owned(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(template: &str) -> String {
        let value = json!({
            "status": { "verdict": "Failing", "pods": 2, "conditions": [
                { "type": "Healthy", "status": "False" }, { "type": "Fresh", "status": "True" },
            ] },
            "metadata": { "labels": { "app.kubernetes.io/name": "web" } },
        });
        filled(template, &value).expect(template)
    }

    #[test]
    fn templates_are_those_of_kubectl() {
        for (template, expected) in [
            ("{.status.verdict}", "Failing"),
            ("{.status.pods} of {$.status.verdict}{\"\\n\"}", "2 of Failing\n"),
            ("{.status.conditions[*].type}", "Healthy Fresh"),
            ("{.status.conditions[?(@.type==\"Fresh\")].status}", "True"),
            ("{range .status.conditions[*]}{.type}={.status};{end}.", "Healthy=False;Fresh=True;."),
            ("{range .status.nothing[*]}{.type}{end}none", "none"),
            ("{.status.nothing}", ""),
            ("{.metadata.labels.app\\.kubernetes\\.io/name}", "web"),
            ("{status.verdict}", "Failing"),
            ("plain", "plain"),
        ] {
            assert_eq!(of(template), expected, "{template}");
        }
    }

    #[test]
    fn a_broken_template_is_said_to_be_one() {
        for template in ["{.a", "{range .a[*]}x", "x{end}", "{\"a}", "{.a[}"] {
            assert!(filled(template, &json!({})).is_err(), "{template}");
        }
    }
}
