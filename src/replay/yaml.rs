//! From YAML to JSON text, without a tree in between.

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt::{self, Write};

/// How deep a document may nest: the schemas of custom resources go past 64.
const MAX_DEPTH: usize = 200;
/// How many nodes aliases may repeat in all: many a dump has some, a bomb has millions.
const MAX_REPEATED: usize = 200_000;

/// Where a document is broken, and why.
#[derive(Debug)]
pub(super) struct Broken {
    /// The line within the text, from 1.
    pub(super) line: usize,
    /// What is wrong.
    pub(super) what: String,
}

/// The JSON text of one YAML document.
pub(super) fn to_json(text: &str) -> Result<String, Broken> {
    let mut out = String::with_capacity(text.len());
    let options = serde_saphyr::options! {
        // A dump of a whole cluster is large; what can explode, aliases, stays limited.
        budget: serde_saphyr::budget! {
            max_events: usize::MAX,
            max_nodes: usize::MAX,
            max_total_scalar_bytes: usize::MAX,
            max_documents: usize::MAX,
            max_depth: MAX_DEPTH,
        },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: MAX_REPEATED },
        emit_comments: false,
        // A namespace `n` or a key `on` is a word: whoever prints YAML for Kubernetes writes
        // truths as `true` and `false`.
        strict_booleans: true,
    };
    serde_saphyr::with_deserializer_from_str_with_options(text, options, |deserializer| {
        Json(&mut out).deserialize(deserializer)
    })
    .map_err(|error| broken(&error))?;
    Ok(out)
}

fn broken(error: &serde_saphyr::Error) -> Broken {
    let line = error.location().map_or(1, |at| usize::try_from(at.line()).unwrap_or(1));
    let text = error.without_snippet().to_string();
    let what = text.lines().next().unwrap_or_default();
    let what = what.strip_prefix("error: ").unwrap_or(what);
    // The place is given in the file's own lines.
    let what = match what.split_once(": ") {
        Some((place, what)) if place.starts_with("line ") => what,
        _ => what,
    };
    let what = what.split(" at line ").next().unwrap_or(what).to_owned();
    Broken { line, what }
}

/// Writes the value it is given as JSON.
struct Json<'o>(&'o mut String);

impl<'de> DeserializeSeed<'de> for Json<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// Scalars that are written as they print.
macro_rules! printed {
    ($($visit:ident: $type:ty),+) => {
        $(fn $visit<E: serde::de::Error>(self, value: $type) -> Result<(), E> {
            write!(self.0, "{value}").map_err(E::custom)
        })+
    };
}

impl<'de> Visitor<'de> for Json<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    printed!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_i128: i128, visit_u128: u128);

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        match serde_json::Number::from_f64(value) {
            Some(number) => write!(self.0, "{number}").map_err(E::custom),
            None => write!(self.0, "\"{value}\"").map_err(E::custom),
        }
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<(), E> {
        string(self.0, value);
        Ok(())
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.0.push_str("null");
        Ok(())
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let out = self.0;
        out.push('[');
        let empty = out.len();
        while seq.next_element_seed(Json(out))?.is_some() {
            out.push(',');
        }
        close(out, empty, ']');
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let out = self.0;
        out.push('{');
        let empty = out.len();
        while map.next_key_seed(Key(out))?.is_some() {
            out.push(':');
            map.next_value_seed(Json(out))?;
            out.push(',');
        }
        close(out, empty, '}');
        Ok(())
    }
}

/// Ends a list or a map: the comma after its last entry goes.
fn close(out: &mut String, empty: usize, with: char) {
    if out.len() > empty {
        out.pop();
    }
    out.push(with);
}

/// Writes a key: a string, whatever YAML takes it for (`on`, `1`, `null`).
struct Key<'o>(&'o mut String);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }
    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<(), E> {
        string(self.0, value);
        Ok(())
    }
}

/// Writes a JSON string; most texts of an object need no escape.
fn string(out: &mut String, value: &str) {
    out.push('"');
    let mut rest = value;
    while let Some(at) = rest.find(|c: char| c < ' ' || c == '"' || c == '\\') {
        out.push_str(&rest[..at]);
        let escaped = rest[at..].chars().next().unwrap_or(' ');
        match escaped {
            '"' | '\\' => out.extend(['\\', escaped]),
            '\n' => out.push_str("\\n"),
            control => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
        }
        rest = &rest[at + escaped.len_utf8()..];
    }
    out.push_str(rest);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::{MAX_REPEATED, to_json};

    #[test]
    fn yaml_becomes_the_json_that_kubectl_would_print() {
        let yaml = "a: {on: no, \"2\": x}\nb:\n- true\n- null\n- ~\n- -1.5\n- '1'\n- \"q\\\"\\n\\u0007\"\nc: |\n  two\n  lines\nd: 2026-01-01T00:00:00Z\ne: []\nf: {}\n";
        assert_eq!(
            to_json(yaml).expect("valid"),
            r#"{"a":{"on":"no","2":"x"},"b":[true,null,null,-1.5,"1","q\"\n\u0007"],"c":"two\nlines\n","d":"2026-01-01T00:00:00Z","e":[],"f":{}}"#
        );
    }

    #[test]
    fn nothing_is_null() {
        assert_eq!(to_json("# only a comment\n").expect("valid"), "null");
    }

    #[test]
    fn a_bomb_is_refused() {
        let mut yaml = String::from("a: &a [x, x, x, x, x, x, x, x, x, x]\n");
        for (name, of) in ('b'..='j').zip('a'..) {
            yaml.extend([format!("{name}: &{name} [{}]\n", vec![format!("*{of}"); 10].join(","))]);
        }
        let broken = to_json(&yaml).expect_err("a bomb");
        assert!(broken.what.contains(&format!("> {MAX_REPEATED}")), "{broken:?}");
    }

    #[test]
    fn a_broken_line_is_named() {
        let broken = to_json("a: 1\nb:\n  - [\nc: 2\n").expect_err("broken");
        assert!(broken.line >= 3, "{broken:?}");
        assert!(!broken.what.is_empty() && !broken.what.contains('\n'), "{broken:?}");
    }
}
