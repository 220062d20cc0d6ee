//! Events: what controllers and kubelets say happened.
//!
//! Events are lossy by design (aggregation, rate limits, expiry after an hour):
//! they date and name things, and their absence proves nothing.

use super::meta::WireMeta;
use super::ownership::Ownership;
use super::text::line;
use super::uid::Uid;
use super::{Detail, KindInfo, Observed, Watched, lenient};
use jiff::Timestamp;
use serde::Deserialize;
use std::sync::Arc;

/// The longest message that is kept, in bytes.
const MAX_MESSAGE: usize = 1024;

/// One event, or one series of alike events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The object it is about.
    pub about: EventObject,
    /// The container it is about, from the reference's field path.
    pub container: Option<Arc<str>>,
    /// The other object involved, e.g. a preemptor.
    pub related: Option<EventObject>,
    /// Why, in one word.
    pub reason: Arc<str>,
    /// Whether its type is `Warning`.
    pub warning: bool,
    /// What happened.
    pub message: Arc<str>,
    /// The component that says so.
    pub source: Arc<str>,
    /// When it first happened.
    pub first: Option<Timestamp>,
    /// When it last happened.
    pub last: Option<Timestamp>,
    /// How often, at least.
    pub count: i32,
}

/// An object that an event names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventObject {
    /// Its kind.
    pub kind: Arc<str>,
    /// Its namespace.
    pub namespace: Option<Arc<str>>,
    /// Its name.
    pub name: Arc<str>,
    /// Its UID; `None` where the reporter left it out (kubelets' Node events).
    pub uid: Option<Uid>,
}

/// An event on the wire, in the core API.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WireEvent {
    #[serde(default)]
    metadata: WireMeta,
    #[serde(default, deserialize_with = "lenient::field")]
    involved_object: WireObject,
    #[serde(default, deserialize_with = "lenient::optional")]
    related: Option<WireObject>,
    #[serde(default, deserialize_with = "lenient::field")]
    reason: String,
    #[serde(default, rename = "type", deserialize_with = "lenient::field")]
    type_: String,
    #[serde(default, deserialize_with = "lenient::field")]
    message: String,
    #[serde(default, deserialize_with = "lenient::field")]
    source: WireSource,
    #[serde(default, deserialize_with = "lenient::field")]
    reporting_component: String,
    #[serde(default, deserialize_with = "lenient::optional")]
    event_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::optional")]
    first_timestamp: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::optional")]
    last_timestamp: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::field")]
    count: i32,
    #[serde(default, deserialize_with = "lenient::optional")]
    series: Option<WireSeries>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireObject {
    #[serde(default, deserialize_with = "lenient::field")]
    kind: String,
    #[serde(default, deserialize_with = "lenient::field")]
    namespace: String,
    #[serde(default, deserialize_with = "lenient::field")]
    name: String,
    #[serde(default, deserialize_with = "lenient::field")]
    uid: String,
    #[serde(default, deserialize_with = "lenient::field")]
    field_path: String,
}

#[derive(Debug, Default, Deserialize)]
struct WireSource {
    #[serde(default, deserialize_with = "lenient::field")]
    component: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireSeries {
    #[serde(default, deserialize_with = "lenient::field")]
    count: i32,
    #[serde(default, deserialize_with = "lenient::optional")]
    last_observed_time: Option<Timestamp>,
}

impl Watched for Event {
    const KIND: KindInfo = KindInfo::input("", "v1", "Event", "events");
    type Wire = WireEvent;

    fn meta(wire: &WireEvent) -> &WireMeta {
        &wire.metadata
    }

    fn trim(wire: WireEvent) -> Observed {
        let container = container_of(&wire.involved_object.field_path);
        let source = if wire.source.component.is_empty() {
            &wire.reporting_component
        } else {
            &wire.source.component
        };
        let source = line(source, 128).into();
        let meta = wire.metadata.trim("v1", "Event");
        let series_last = wire.series.as_ref().and_then(|s| s.last_observed_time);
        let event = Self {
            about: wire.involved_object.trim(),
            container,
            related: wire.related.map(WireObject::trim),
            reason: line(&wire.reason, 128).into(),
            warning: wire.type_ == "Warning",
            message: line(&wire.message, MAX_MESSAGE).into(),
            source,
            first: wire.event_time.or(wire.first_timestamp).or(meta.created),
            last: series_last
                .or(wire.last_timestamp)
                .or(wire.event_time)
                .or(wire.first_timestamp)
                .or(meta.created),
            count: wire.series.map_or(wire.count, |s| s.count).max(1),
        };
        Observed { meta, ownership: Ownership::default(), detail: Detail::Event(Box::new(event)) }
    }
}

impl WireObject {
    fn trim(self) -> EventObject {
        EventObject {
            kind: line(&self.kind, 63).into(),
            namespace: (!self.namespace.is_empty()).then(|| line(&self.namespace, 63).into()),
            name: line(&self.name, 253).into(),
            uid: (!self.uid.is_empty()).then(|| Uid::new(&self.uid)),
        }
    }
}

/// `spec.containers{main}` → `main` (kubernetes `pkg/kubelet/container/ref.go`).
fn container_of(field_path: &str) -> Option<Arc<str>> {
    let name = field_path.split_once('{')?.1.strip_suffix('}')?;
    Some(line(name, 253).into())
}
