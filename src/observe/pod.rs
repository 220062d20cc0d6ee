//! Pods: what they are made of, and how their containers are.

use super::condition::Condition;
use super::fields::Fields;
use super::meta::{Meta, WireMeta, read_ownership};
use super::ownership::{Layout, Ownership};
use super::text::line;
use super::{Detail, KindInfo, Observed, Watched, WireCondition, condition, lenient};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::ops::Deref;
use std::sync::Arc;

/// The longest message that is kept, in bytes.
const MAX_MESSAGE: usize = 512;

/// A pod, as last seen.
#[derive(Clone, Debug)]
pub struct Pod {
    /// Its spec, not yet flattened: most events change only the status.
    pub spec: RawSpec,
    /// The node it is bound to.
    pub node: Option<Arc<str>>,
    /// `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`.
    pub phase: Arc<str>,
    /// Why, e.g. `Evicted`.
    pub reason: Option<Arc<str>>,
    /// Why, in the kubelet's words.
    pub message: Option<Arc<str>>,
    /// When the kubelet accepted it.
    pub started: Option<Timestamp>,
    /// Its conditions.
    pub conditions: Vec<Condition>,
    /// Its containers' statuses; init containers first.
    pub containers: Vec<ContainerStatus>,
}

impl Pod {
    /// Whether it is ready: by its condition, and where it has none by its containers.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        if let Some(ready) = super::find_condition(&self.conditions, "Ready") {
            return ready.is_true();
        }
        let mut main = self.containers.iter().filter(|c| c.list == ContainerList::Main).peekable();
        &*self.phase == "Running" && main.peek().is_some() && main.all(|c| c.ready)
    }
}

/// Which list of the status a container stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContainerList {
    /// `initContainerStatuses`: init containers and native sidecars.
    Init,
    /// `containerStatuses`.
    Main,
    /// `ephemeralContainerStatuses`.
    Ephemeral,
}

/// Which container it is, and what it runs: the same in every pod of a revision.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Container {
    /// Its name.
    pub name: Arc<str>,
    /// The list it stands in.
    pub list: ContainerList,
    /// The digest that runs; empty before it was pulled.
    pub image_id: Arc<str>,
}

/// One container's status. It reads as the container, too: `status.name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerStatus {
    /// Which container.
    pub container: Arc<Container>,
    /// Whether it is ready.
    pub ready: bool,
    /// Whether its startup probe has passed.
    pub started: Option<bool>,
    /// How often it was restarted.
    pub restarts: i32,
    /// What it does now.
    pub state: State,
    /// How its previous run ended.
    pub last: Option<Box<Termination>>,
}

impl Deref for ContainerStatus {
    type Target = Container;

    fn deref(&self) -> &Container {
        &self.container
    }
}

/// What a container does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It is not running yet, or not again.
    Waiting {
        /// Why, in one word; empty where nothing is said.
        reason: Arc<str>,
        /// Why.
        message: Option<Arc<str>>,
    },
    /// It runs.
    Running {
        /// Since when.
        since: Option<Timestamp>,
    },
    /// It has ended.
    Terminated(Box<Termination>),
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Termination {
    /// The exit code.
    pub exit_code: i32,
    /// `Error`, `Completed`, `OOMKilled` …
    pub reason: Arc<str>,
    /// What the runtime or the container says.
    pub message: Option<Arc<str>>,
    /// When the run began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub finished: Option<Timestamp>,
}

/// A pod's spec and `managedFields` as text, and a hash to see whether they changed.
#[derive(Clone, Debug)]
pub struct RawSpec {
    text: Option<Box<RawText>>,
    /// Equal for equal text, in this process.
    pub hash: u64,
}

/// The text, held only until the graph has read it.
#[derive(Clone, Debug)]
struct RawText {
    spec: Option<Box<RawValue>>,
    managed_fields: Option<Box<RawValue>>,
}

impl RawSpec {
    fn new(spec: Option<Box<RawValue>>, managed_fields: Option<Box<RawValue>>) -> Self {
        let hash = BuildHasherDefault::<DefaultHasher>::default()
            .hash_one(spec.as_deref().map(RawValue::get));
        Self { text: Some(Box::new(RawText { spec, managed_fields })), hash }
    }

    /// The spec as a flat list of fields.
    #[must_use]
    pub fn fields(&self) -> Fields {
        let spec = self.text.as_deref().and_then(|text| text.spec.as_deref());
        let spec = spec.and_then(|raw| serde_json::from_str(raw.get()).ok());
        spec.map_or_else(Fields::default, |spec| Fields::of_pod_spec(&spec))
    }

    /// Drops the text; the hash stays.
    pub fn forget_text(&mut self) {
        self.text = None;
    }

    /// Who wrote which field of the pod.
    #[must_use]
    pub fn ownership(&self) -> Ownership {
        let raw = self.text.as_deref().and_then(|text| text.managed_fields.as_deref());
        read_ownership(raw, Layout::Pod)
    }
}

/// A pod on the wire.
#[derive(Debug, Deserialize)]
pub struct WirePod {
    #[serde(default)]
    metadata: WireMeta,
    #[serde(default)]
    spec: Option<Box<RawValue>>,
    #[serde(default, deserialize_with = "lenient::field")]
    status: WireStatus,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireStatus {
    #[serde(default, deserialize_with = "lenient::field")]
    phase: String,
    #[serde(default, deserialize_with = "lenient::optional")]
    reason: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional")]
    message: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional")]
    start_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::list")]
    conditions: Vec<WireCondition>,
    #[serde(default, deserialize_with = "lenient::list")]
    init_container_statuses: Vec<WireContainer>,
    #[serde(default, deserialize_with = "lenient::list")]
    container_statuses: Vec<WireContainer>,
    #[serde(default, deserialize_with = "lenient::list")]
    ephemeral_container_statuses: Vec<WireContainer>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireContainer {
    #[serde(default, deserialize_with = "lenient::field")]
    name: String,
    #[serde(default, rename = "imageID", deserialize_with = "lenient::field")]
    image_id: String,
    #[serde(default, deserialize_with = "lenient::field")]
    ready: bool,
    #[serde(default, deserialize_with = "lenient::optional")]
    started: Option<bool>,
    #[serde(default, deserialize_with = "lenient::field")]
    restart_count: i32,
    #[serde(default, deserialize_with = "lenient::field")]
    state: WireState,
    #[serde(default, deserialize_with = "lenient::field")]
    last_state: WireState,
}

#[derive(Debug, Default, Deserialize)]
struct WireState {
    #[serde(default, deserialize_with = "lenient::optional")]
    waiting: Option<WireWaiting>,
    #[serde(default, deserialize_with = "lenient::optional")]
    running: Option<WireRunning>,
    #[serde(default, deserialize_with = "lenient::optional")]
    terminated: Option<WireTerminated>,
}

#[derive(Debug, Deserialize)]
struct WireWaiting {
    #[serde(default, deserialize_with = "lenient::field")]
    reason: String,
    #[serde(default, deserialize_with = "lenient::optional")]
    message: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireRunning {
    #[serde(default, deserialize_with = "lenient::optional")]
    started_at: Option<Timestamp>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireTerminated {
    #[serde(default, deserialize_with = "lenient::field")]
    exit_code: i32,
    #[serde(default, deserialize_with = "lenient::field")]
    reason: String,
    #[serde(default, deserialize_with = "lenient::optional")]
    message: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional")]
    started_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::optional")]
    finished_at: Option<Timestamp>,
}

impl Watched for Pod {
    const KIND: KindInfo = KindInfo::chain("", "v1", "Pod", "pods");
    type Wire = WirePod;

    fn meta(wire: &WirePod) -> &WireMeta {
        &wire.metadata
    }

    fn trim(mut wire: WirePod) -> Observed {
        let managed_fields = wire.metadata.take_managed_fields();
        let node = wire.spec.as_deref().and_then(node_name);
        let status = wire.status;
        let mut containers: Vec<_> = [
            (ContainerList::Init, status.init_container_statuses),
            (ContainerList::Main, status.container_statuses),
            (ContainerList::Ephemeral, status.ephemeral_container_statuses),
        ]
        .into_iter()
        .flat_map(|(list, statuses)| statuses.into_iter().map(move |s| s.trim(list)))
        .collect();
        containers.shrink_to_fit();
        let meta: Meta = wire.metadata.trim("v1", "Pod");
        let pod = Self {
            spec: RawSpec::new(wire.spec, managed_fields),
            node,
            phase: line(&status.phase, 32).into(),
            reason: status.reason.map(|r| line(&r, 128).into()),
            message: status.message.map(|m| line(&m, MAX_MESSAGE).into()),
            started: status.start_time,
            conditions: condition::trim(status.conditions),
            containers,
        };
        Observed { meta, ownership: Ownership::default(), detail: Detail::Pod(Box::new(pod)) }
    }
}

/// The node's name, without reading the rest of the spec into memory.
fn node_name(spec: &RawValue) -> Option<Arc<str>> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Bound {
        #[serde(default, deserialize_with = "lenient::optional")]
        node_name: Option<String>,
    }
    let bound: Bound = serde_json::from_str(spec.get()).ok()?;
    bound.node_name.map(|name| line(&name, 253).into())
}

impl WireContainer {
    fn trim(self, list: ContainerList) -> ContainerStatus {
        let container = Container {
            name: line(&self.name, 253).into(),
            list,
            image_id: line(&self.image_id, 256).into(),
        };
        ContainerStatus {
            container: Arc::new(container),
            ready: self.ready,
            started: self.started,
            restarts: self.restart_count,
            last: self.last_state.terminated.map(|t| Box::new(t.trim())),
            state: self.state.trim(),
        }
    }
}

impl WireState {
    fn trim(self) -> State {
        match (self.terminated, self.running, self.waiting) {
            (Some(terminated), _, _) => State::Terminated(Box::new(terminated.trim())),
            (None, Some(running), _) => State::Running { since: running.started_at },
            (None, None, Some(waiting)) => State::Waiting {
                reason: line(&waiting.reason, 128).into(),
                message: waiting.message.map(|m| line(&m, MAX_MESSAGE).into()),
            },
            (None, None, None) => State::Waiting { reason: "".into(), message: None },
        }
    }
}

impl WireTerminated {
    fn trim(self) -> Termination {
        Termination {
            exit_code: self.exit_code,
            reason: line(&self.reason, 128).into(),
            message: self.message.map(|m| line(&m, MAX_MESSAGE).into()),
            started: self.started_at.filter(|t| t.as_second() > 0),
            finished: self.finished_at.filter(|t| t.as_second() > 0),
        }
    }
}
