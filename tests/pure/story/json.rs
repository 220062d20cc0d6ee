//! Small helpers on JSON values.

use serde_json::{Map, Value};

/// The string at a dotted path.
pub(crate) fn text<'v>(value: &'v Value, path: &str) -> Option<&'v str> {
    at(value, path)?.as_str()
}

/// The integer at a dotted path.
pub(crate) fn number(value: &Value, path: &str) -> Option<i64> {
    at(value, path)?.as_i64()
}

/// The value at a dotted path.
pub(crate) fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(value, |value, key| value.get(key))
}

/// The items of the list at a key; none when absent.
pub(crate) fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The pairs of the map at a key; none when absent.
pub(crate) fn pairs<'v>(
    value: &'v Value,
    key: &str,
) -> impl Iterator<Item = (&'v String, &'v Value)> {
    value.get(key).and_then(Value::as_object).into_iter().flatten()
}

/// A value as the list of its alternatives.
pub(crate) fn any_of(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        one => vec![one],
    }
}

/// Whether a value is one of the alternatives; numbers and their text are alike.
pub(crate) fn is_one_of(expected: &Value, actual: Option<&Value>) -> bool {
    let plain = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
    any_of(expected).into_iter().any(|want| match actual {
        None => want.is_null(),
        Some(actual) => plain(want) == plain(actual),
    })
}

/// Lays a patch over a value: maps are merged, null removes, lists of named items are
/// merged by name, everything else is replaced.
pub(crate) fn merge(target: &mut Value, patch: &Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (key, value) in patch {
                if value.is_null() {
                    target.remove(key);
                } else {
                    merge(target.entry(key).or_insert(Value::Null), value);
                }
            }
        }
        (Value::Array(target), Value::Array(patch)) if is_named(target) && is_named(patch) => {
            for item in patch {
                match target.iter_mut().find(|old| old["name"] == item["name"]) {
                    Some(old) => merge(old, item),
                    None => target.push(item.clone()),
                }
            }
        }
        (target, patch) => *target = patch.clone(),
    }
}

fn is_named(list: &[Value]) -> bool {
    !list.is_empty() && list.iter().all(|item| item.get("name").is_some())
}

/// Sets a key unless it is there.
pub(crate) fn default(map: &mut Map<String, Value>, key: &str, value: impl Into<Value>) {
    map.entry(key).or_insert_with(|| value.into());
}

/// A stable number from a text, for made-up identities.
pub(crate) fn hash(text: &str) -> u64 {
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, fold)
}
