//! Times written as offsets from now: `-2m`, `-1h30m`, `now`.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// Replaces every offset in a story by the time it stands for.
pub(crate) fn resolve(value: &mut Value, now: Timestamp) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| resolve(item, now)),
        Value::Object(map) => map.values_mut().for_each(|item| resolve(item, now)),
        Value::String(text) => {
            if let Some(offset) = offset(text) {
                *text = (now - offset).to_string();
            }
        }
        _ => {}
    }
}

/// How long ago an offset is; `None` for any other text.
fn offset(text: &str) -> Option<SignedDuration> {
    if text == "now" {
        return Some(SignedDuration::ZERO);
    }
    let mut rest = text.strip_prefix('-')?;
    let mut total = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let count: f64 = rest[..end].parse().ok()?;
        let unit = match &rest[end..=end] {
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            _ => return None,
        };
        total += count * unit;
        rest = &rest[end + 1..];
    }
    (total > 0.0).then(|| SignedDuration::from_secs_f64(total))
}
