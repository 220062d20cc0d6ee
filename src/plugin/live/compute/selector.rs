//! A workload's selector, as a list takes it.

use serde_json::Value;

/// The label selector of a workload, as a list takes it; `None` where it has none.
pub(in crate::plugin) fn of_workload(text: &str) -> Option<String> {
    let object: Value = serde_json::from_str(text).ok()?;
    let selector = object.pointer("/spec/selector")?.as_object()?;
    let has_parts =
        selector.contains_key("matchLabels") || selector.contains_key("matchExpressions");
    let labels = if has_parts { selector.get("matchLabels")?.as_object() } else { Some(selector) };
    let mut parts: Vec<String> = labels
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?)))
        .collect();
    for expression in
        selector.get("matchExpressions").and_then(Value::as_array).into_iter().flatten()
    {
        parts.push(requirement(expression)?);
    }
    (!parts.is_empty()).then(|| parts.join(","))
}

fn requirement(expression: &Value) -> Option<String> {
    let key = expression.get("key")?.as_str()?;
    let values = expression.get("values").and_then(Value::as_array);
    let values: Vec<&str> = values.into_iter().flatten().filter_map(Value::as_str).collect();
    let values = values.join(",");
    Some(match expression.get("operator")?.as_str()? {
        "In" => format!("{key} in ({values})"),
        "NotIn" => format!("{key} notin ({values})"),
        "Exists" => key.to_owned(),
        "DoesNotExist" => format!("!{key}"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::of_workload;

    #[test]
    fn selectors_are_those_of_the_workload() {
        for (spec, expected) in [
            (r#"{"matchLabels":{"app":"web","tier":"x"}}"#, Some("app=web,tier=x")),
            (
                r#"{"matchLabels":{"a":"b"},"matchExpressions":[{"key":"k","operator":"In","values":["x","y"]},{"key":"z","operator":"DoesNotExist"}]}"#,
                Some("a=b,k in (x,y),!z"),
            ),
            (r#"{"app":"old"}"#, Some("app=old")),
            ("{}", None),
        ] {
            let text = format!(r#"{{"spec":{{"selector":{spec}}}}}"#);
            assert_eq!(of_workload(&text).as_deref(), expected, "{spec}");
        }
    }
}
