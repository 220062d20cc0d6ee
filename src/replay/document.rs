//! Cutting a text into documents, and a document into objects and events.

use super::{Entry, Error, Input, Source, Verbatim, times, yaml};
use crate::observe::{self, Uid};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// How deep Lists may nest: `kubectl` never nests them, `jq` users do.
const MAX_LISTS: usize = 8;

/// Reads every document of a text.
pub(super) fn read(text: &str) -> Result<Input, Error> {
    Ok(read_into(text, None)?.input)
}

/// The objects of a text as they stand in it, and not as they are observed.
pub(super) fn verbatim(text: &str) -> Result<Vec<Verbatim>, Error> {
    Ok(read_into(text, Some(Vec::new()))?.verbatim.unwrap_or_default())
}

fn read_into(text: &str, verbatim: Option<Vec<Verbatim>>) -> Result<Reader, Error> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader { input: Input::default(), document: 0, verbatim };
    for (line, part) in parts(text) {
        match part.trim_start().as_bytes().first() {
            None => {}
            Some(b'{' | b'[') => reader.json(part, line)?,
            Some(_) => reader.yaml(part, line)?,
        }
    }
    Ok(reader)
}

/// The YAML documents of a text, each with the number of its first line, from 1.
///
/// A line that begins with `---` or `...` at the margin is always a marker in YAML,
/// and cannot occur in JSON.
fn parts(text: &str) -> Vec<(usize, &str)> {
    let (mut parts, mut start, mut first, mut at) = (Vec::new(), 0, 1, 0);
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let rest = line.strip_prefix("---").or_else(|| line.strip_prefix("..."));
        if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace)) {
            parts.push((first, &text[start..at]));
            // What stands behind the marker on its line belongs to the document.
            (start, first) = (at + 3, index + 1);
        }
        at += line.len();
    }
    parts.push((first, &text[start..]));
    parts
}

/// What a document can be: an event, a List or an object.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    #[serde(borrow, default, rename = "type")]
    type_: Option<&'a RawValue>,
    #[serde(borrow, default)]
    object: Option<&'a RawValue>,
    #[serde(borrow, default)]
    at: Option<&'a RawValue>,
    #[serde(borrow, default)]
    api_version: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    kind: Option<Cow<'a, str>>,
    /// An empty list of metadata has `null` here, which is a list all the same.
    #[serde(borrow, default, deserialize_with = "present")]
    items: Option<&'a RawValue>,
}

/// A value that is there, also where it is null.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// What a document says besides its text.
#[derive(Clone, Copy)]
struct Given<'a> {
    source: Source,
    deleted: bool,
    at: Option<Timestamp>,
    /// API version and kind that a typed List leaves out of its items.
    types: Option<(&'a str, &'a str)>,
}

const OF_A_DUMP: Given<'static> =
    Given { source: Source::Dump, deleted: false, at: None, types: None };

struct Reader {
    input: Input,
    document: usize,
    /// Every object as it stands, where that is asked for.
    verbatim: Option<Vec<Verbatim>>,
}

impl Reader {
    /// JSON values, one after the other, on one line or many.
    fn json(&mut self, text: &str, first_line: usize) -> Result<(), Error> {
        let mut stream = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
        let (mut line, mut counted, mut is_first) = (first_line, 0, true);
        while let Some(value) = stream.next() {
            self.document += 1;
            let value = match value {
                Ok(value) => value,
                Err(_) if is_first && self.is_flow_yaml(text, first_line) => return Ok(()),
                Err(error) => {
                    let line = first_line + error.line().max(1) - 1;
                    return Err(self.error(line, format!("not valid JSON: {}", plain(&error))));
                }
            };
            is_first = false;
            let start = stream.byte_offset() - value.get().len();
            line += text[counted..start].matches('\n').count();
            counted = start;
            self.value(value, OF_A_DUMP, 0).map_err(|what| self.error(line, what))?;
        }
        Ok(())
    }

    /// Whether a text that is not JSON is YAML in its flow style; if so it is read.
    fn is_flow_yaml(&mut self, text: &str, line: usize) -> bool {
        yaml::to_json(text).is_ok() && {
            self.document -= 1;
            self.yaml(text, line).is_ok()
        }
    }

    fn yaml(&mut self, text: &str, first_line: usize) -> Result<(), Error> {
        let json = yaml::to_json(text);
        if matches!(&json, Ok(json) if json == "null") {
            return Ok(());
        }
        self.document += 1;
        let json = json.map_err(|error| {
            self.error(
                first_line + error.line.max(1) - 1,
                format!("not valid YAML: {}", error.what),
            )
        })?;
        // Leading blank lines and comments are not where a reader looks for the object.
        let skipped =
            text.lines().take_while(|l| l.trim().is_empty() || l.starts_with('#')).count();
        let value: &RawValue =
            serde_json::from_str(&json).map_err(|error| self.error(first_line, plain(&error)))?;
        self.value(value, OF_A_DUMP, 0).map_err(|what| self.error(first_line + skipped, what))
    }

    /// Takes in an event, a List, an array of such, or an object.
    fn value(&mut self, value: &RawValue, given: Given<'_>, depth: usize) -> Result<(), String> {
        let text = value.get();
        if depth > MAX_LISTS {
            return Err(format!("Lists in Lists, more than {MAX_LISTS} deep"));
        }
        match text.as_bytes().first() {
            Some(b'[') => return self.items(value, given, depth),
            Some(b'n') => return Ok(()),
            Some(b'{') => {}
            _ => return Err("not a Kubernetes object".into()),
        }
        let envelope: Envelope<'_> = serde_json::from_str(text).map_err(|e| plain(&e))?;
        match (&envelope.kind, envelope.object, envelope.items) {
            (None, Some(object), _) if envelope.type_.is_some() => {
                self.event(&envelope, object, depth)
            }
            (Some(kind), _, Some(items)) if kind.ends_with("List") => {
                let item = kind.strip_suffix("List").filter(|item| !item.is_empty());
                let types = item.map(|item| (envelope.api_version.as_deref().unwrap_or(""), item));
                self.items(items, Given { types, ..given }, depth)
            }
            (None, ..) if given.types.is_some() => {
                let (api_version, kind) = given.types.unwrap_or_default();
                self.object(&with_type(text, api_version, kind), given)
            }
            // kubectl writes the kind of a List behind its items.
            (None, None, Some(_)) => Err("a List without its end: it has items and no kind".into()),
            _ => self.object(text, given),
        }
    }

    fn items(&mut self, items: &RawValue, given: Given<'_>, depth: usize) -> Result<(), String> {
        let items: Option<Vec<&RawValue>> =
            serde_json::from_str(items.get()).map_err(|e| plain(&e))?;
        for (index, item) in items.unwrap_or_default().into_iter().enumerate() {
            self.value(item, given, depth + 1)
                .map_err(|what| format!("item {}: {what}", index + 1))?;
        }
        Ok(())
    }

    fn event(
        &mut self,
        envelope: &Envelope<'_>,
        object: &RawValue,
        depth: usize,
    ) -> Result<(), String> {
        let word = |raw: Option<&RawValue>| {
            raw.and_then(|raw| serde_json::from_str::<String>(raw.get()).ok()).unwrap_or_default()
        };
        let at = match envelope.at.map(RawValue::get) {
            None | Some("null") => None,
            Some(_) => {
                let text = word(envelope.at);
                Some(text.parse::<Timestamp>().map_err(|_| format!("no time: at {text:?}"))?)
            }
        };
        let type_ = word(envelope.type_);
        let given = Given { source: Source::Recording, at, ..OF_A_DUMP };
        match &*type_ {
            "ADDED" | "MODIFIED" => self.value(object, given, depth + 1),
            "DELETED" => self.value(object, Given { deleted: true, ..given }, depth + 1),
            // A bookmark holds no object, an error none of the cluster's.
            "BOOKMARK" | "ERROR" => {
                self.input.bookmark = self.input.bookmark.max(at);
                Ok(())
            }
            other => Err(format!("no watch event: type {other:?}")),
        }
    }

    fn object(&mut self, json: &str, given: Given<'_>) -> Result<(), String> {
        match observe::read_audit(json) {
            Some(observe::Record::Write(audit)) => {
                self.input.audits.push(audit);
                return Ok(());
            }
            Some(observe::Record::Other) => return Ok(()),
            None => {}
        }
        if let Some(verbatim) = &mut self.verbatim {
            verbatim.push(Verbatim { json: json.to_owned(), deleted: given.deleted });
        }
        let mut observed = observe::read(json).map_err(|error| error.to_string())?;
        let meta = &mut observed.meta;
        if meta.uid == Uid::Other(meta.name.clone()) && !has_uid(json) {
            // Objects of two kinds share names; without a UID the name alone is not enough.
            let namespace = meta.namespace.as_deref().unwrap_or_default();
            let text = format!("{}/{namespace}/{}", meta.type_ref.kind, meta.name);
            meta.uid = Uid::Other(text.into());
        }
        let at = given.at.or_else(|| times::newest(json));
        self.input.entries.push(Entry {
            observed,
            deleted: given.deleted,
            source: given.source,
            at,
        });
        Ok(())
    }

    fn error(&self, line: usize, what: String) -> Error {
        Error { document: self.document, line, what }
    }
}

/// Whether an object names a UID of its own.
fn has_uid(json: &str) -> bool {
    #[derive(Default, Deserialize)]
    struct Metadata {
        #[serde(default)]
        uid: String,
    }
    #[derive(Deserialize)]
    struct Object {
        #[serde(default)]
        metadata: Metadata,
    }
    serde_json::from_str::<Object>(json).is_ok_and(|object| !object.metadata.uid.is_empty())
}

/// A JSON object with its type put in front.
fn with_type(object: &str, api_version: &str, kind: &str) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let rest = object.trim_start().strip_prefix('{').unwrap_or_default();
    let comma = if rest.trim_start().starts_with('}') { "" } else { "," };
    format!(r#"{{"apiVersion":{},"kind":{}{comma}{rest}"#, quoted(api_version), quoted(kind))
}

/// A JSON error without the place, which is given in the file's own lines.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
}
