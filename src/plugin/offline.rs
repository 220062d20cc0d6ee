//! `-f`: the answer without a cluster.

mod files;

pub(super) use files::{Folders, unreadable};

use super::args::Args;
use super::failure::Failure;
use super::find::{self, Found};
use super::kinds::{self, KindWord, Target};
use super::live::note;
use super::output;
use super::render::Look;
use crate::blame;
use crate::replay::{self, Input, Replay};
use files::{name, texts};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

/// Answers from files.
pub(super) fn answer(args: &Args, look: &Look, out: &mut impl Write) -> Result<(), Failure> {
    let targets = kinds::targets(&args.resources)?;
    let replay = replayed(&args.filename, args.now)?;
    let look = Look { now: replay.now, ..look.clone() };
    let common = &args.common;
    let namespace = common.namespace.as_deref();
    if let [_, ..] = &*targets
        && targets.iter().all(|target| target.name.is_some())
    {
        let mut found = by_name(&replay, &targets, namespace)?;
        find::narrow(&mut found, args.container.as_deref())?;
        return output::found(out, &found, &common.output, &look);
    }
    let reports: Vec<_> = if targets.is_empty() {
        find::all(&replay.graph, replay.now, None, namespace)
    } else {
        let kinds = targets.iter().map(|target| &target.kind);
        kinds.flat_map(|kind| find::all(&replay.graph, replay.now, Some(kind), namespace)).collect()
    }
    .into_iter()
    .map(|judgement| judgement.report)
    .collect();
    output::list(out, &reports, targets.is_empty(), output::NOTHING, &common.output, &look)
}

/// Reads and replays what holds objects of a cluster.
pub(super) fn replayed(paths: &[PathBuf], now: Option<Timestamp>) -> Result<Replay, Failure> {
    let input = objects(paths)?;
    say_what_lacks(&input, paths);
    let mut replay = input.replay(now);
    blame::share(&mut replay.graph, replay.now);
    Ok(replay)
}

/// What files hold, both as it is judged and as it stands.
pub(super) struct Stored {
    pub(super) replay: Replay,
    /// The newest version of each object that is still there.
    pub(super) objects: Vec<Value>,
}

impl Stored {
    /// Reads what holds objects of a cluster.
    pub(super) fn read(paths: &[PathBuf], now: Option<Timestamp>) -> Result<Self, Failure> {
        let (mut input, mut objects) = (Input::default(), BTreeMap::new());
        for (name, text) in texts(paths, Folders::Deep)? {
            let garbled = |error| Failure::new(format!("{name}: {error}"));
            input.extend(replay::read(&text).map_err(garbled)?);
            for one in replay::verbatim(&text).map_err(garbled)? {
                let object: Value = serde_json::from_str(&one.json).map_err(Failure::new)?;
                if one.deleted {
                    objects.remove(&identity(&object));
                } else {
                    objects.insert(identity(&object), object);
                }
            }
        }
        let mut replay = checked(input, paths)?.replay(now);
        blame::share(&mut replay.graph, replay.now);
        Ok(Self { replay, objects: objects.into_values().collect() })
    }

    /// One object as it stands.
    pub(super) fn named(
        &self,
        kind: &KindWord,
        name: &str,
        namespace: Option<&str>,
    ) -> Result<&Value, Failure> {
        let found = find::object(&self.replay.graph, kind, name, namespace)?;
        let namespace = found.meta.namespace.as_deref();
        self.get(found.kind(), namespace, name)
            .ok_or_else(|| Failure::new(format!("{} {name} was deleted", found.kind())))
    }

    /// One object of a kind, where it is there.
    pub(super) fn get(&self, kind: &str, namespace: Option<&str>, name: &str) -> Option<&Value> {
        let key = (kind, namespace.unwrap_or_default(), name);
        self.objects.iter().find(|object| {
            let (kind, namespace, name) = identity(object);
            (&*kind, &*namespace, &*name) == key
        })
    }
}

/// Kind, namespace and name.
fn identity(object: &Value) -> (String, String, String) {
    let text = |pointer: &str| {
        object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    (text("/kind"), text("/metadata/namespace"), text("/metadata/name"))
}

/// Reads what holds objects of a cluster.
pub(super) fn objects(paths: &[PathBuf]) -> Result<Input, Failure> {
    checked(read(paths, Folders::Deep)?, paths)
}

/// Says of what kinds the files hold too little for an answer.
fn say_what_lacks(input: &Input, paths: &[PathBuf]) {
    let lacks: Vec<String> = input.lacks().iter().map(|kind| format!("{kind}s")).collect();
    if !lacks.is_empty() {
        note(&format!(
            "{} holds no {}: dump all with kubectl get deploy,rs,sts,ds,jobs,pods,events -o yaml --show-managed-fields",
            shown(paths),
            lacks.join(" and no ")
        ));
    }
}

/// Files as a sentence names them.
pub(super) fn shown(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| name(path)).collect::<Vec<_>>().join(", ")
}

/// Files as they are typed behind `-f`.
pub(super) fn typed(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" -f ")
}

/// What was read, if it holds objects of a cluster.
fn checked(input: Input, paths: &[PathBuf]) -> Result<Input, Failure> {
    if input.is_empty() {
        return Err(Failure::new(format!("{} holds no Kubernetes objects", shown(paths))));
    }
    if input.is_manifests() {
        return Err(Failure::new(format!(
            "{} holds manifests, no objects of a cluster: dump them with kubectl get -o yaml --show-managed-fields, or wait for them with kubectl blame wait -f {}",
            shown(paths),
            typed(paths)
        )));
    }
    Ok(input)
}

fn by_name(
    replay: &Replay,
    targets: &[Target],
    namespace: Option<&str>,
) -> Result<Vec<Found>, Failure> {
    targets
        .iter()
        .filter_map(|target| Some((&target.kind, target.name.as_deref()?)))
        .map(|(kind, name)| find::named(&replay.graph, replay.now, kind, name, namespace))
        .collect()
}

/// Reads every file, and the files of every folder in order of their names.
pub(super) fn read(paths: &[PathBuf], folders: Folders) -> Result<Input, Failure> {
    let mut input = Input::default();
    for (name, text) in texts(paths, folders)? {
        let read = replay::read(&text).map_err(|error| Failure::new(format!("{name}: {error}")))?;
        input.extend(read);
    }
    Ok(input)
}
