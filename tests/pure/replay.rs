//! Dumps and recordings are read as they are, whatever order they come in.

use jiff::Timestamp;
use kubeblame::graph::{Freshness, Graph};
use kubeblame::observe::Uid;
use kubeblame::replay::{self, Replay};

const CONFIG: &str = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","namespace":"n","uid":"c1","resourceVersion":"RV","creationTimestamp":"2026-01-01T00:00:00Z"},"data":{"KEY":"VALUE"}}"#;

fn config(version: &str, value: &str) -> String {
    CONFIG.replace("RV", version).replace("VALUE", value)
}

fn pod(name: &str) -> String {
    format!(
        r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"{name}","namespace":"n","uid":"{name}","resourceVersion":"1"}},"status":{{"startTime":"2026-01-01T00:00:07Z"}}}}"#
    )
}

fn event(type_: &str, object: &str, at: &str) -> String {
    let at = if at.is_empty() { String::new() } else { format!(r#","at":"{at}""#) };
    format!(r#"{{"type":"{type_}","object":{object}{at}}}"#)
}

fn replayed(text: &str) -> Replay {
    replay::read(text).expect("readable").replay(None)
}

fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// What the order of arrival could change.
fn picture(graph: &Graph) -> Vec<String> {
    let mut lines: Vec<String> = graph
        .objects()
        .map(|o| format!("{:?} {:?} {:?} {:?}", o.meta, o.detail, o.memory, o.gone))
        .collect();
    lines.sort();
    lines
}

#[test]
fn every_form_of_one_dump_reads_alike() {
    let (one, two) = (pod("a"), config("5", "x"));
    let typed = pod("a").replace(r#""apiVersion":"v1","kind":"Pod","#, "");
    let forms = [
        format!("{one}\n{two}\n"),
        format!("\u{feff}---\n{one}\n---\n{two}\n..."),
        format!("[{one},{two},null]"),
        format!(r#"{{"kind":"List","apiVersion":"v1","items":[{one},{two}]}}"#),
        format!(r#"{{"apiVersion":"v1","kind":"PodList","items":[{typed}]}} {two}"#),
        "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: a, namespace: n, uid: a, resourceVersion: '1'}\n  status: {startTime: '2026-01-01T00:00:07Z'}\nkind: List\n--- # next\n\n"
            .to_owned()
            + &two,
    ];
    let expected = picture(&replayed(&forms[0]).graph);
    assert_eq!(expected.len(), 2);
    for form in forms {
        let replay = replayed(&form);
        assert_eq!(picture(&replay.graph), expected, "{form}");
        assert_eq!(replay.now, time("2026-01-01T00:00:07Z"), "{form}");
    }
}

#[test]
fn a_recording_as_kubectl_prints_it_is_no_lines() {
    let compact = event("ADDED", &config("1", "x"), "");
    let value: serde_json::Value = serde_json::from_str(&compact).expect("json");
    let pretty = serde_json::to_string_pretty(&value).expect("json");
    let both = format!("{pretty}\n{}", event("MODIFIED", &config("2", "y"), ""));
    let replay = replayed(&both);
    let object = replay.graph.object(&Uid::new("c1")).expect("the config");
    assert_eq!(object.memory.edits.len(), 1);
}

#[test]
fn the_interleaving_of_watches_does_not_show() {
    for stamped in [true, false] {
        let at = |s: u32| if stamped { format!("2026-01-01T00:00:{s:02}Z") } else { String::new() };
        let configs = [
            event("ADDED", &config("1", "x"), &at(1)),
            event("MODIFIED", &config("2", "y"), &at(3)),
            event("DELETED", &config("3", "y"), &at(9)),
        ];
        let pods = [event("ADDED", &pod("a"), &at(2)), event("ADDED", &pod("b"), &at(4))];
        let orders = [
            [&configs[..], &pods[..]].concat(),
            [&pods[..], &configs[..]].concat(),
            vec![&configs[0], &pods[0], &configs[1], &pods[1], &configs[2]]
                .into_iter()
                .cloned()
                .collect(),
        ];
        let expected = picture(&replayed(&orders[0].join("\n")).graph);
        for order in orders {
            assert_eq!(picture(&replayed(&order.join("\n")).graph), expected);
        }
    }
}

#[test]
fn a_clock_that_steps_back_does_not_reorder_one_object() {
    let text = [
        event("ADDED", &config("1", "x"), "2026-01-01T00:00:09Z"),
        event("MODIFIED", &config("2", "y"), "2026-01-01T00:00:05Z"),
    ]
    .join("\n");
    let replay = replayed(&text);
    let object = replay.graph.object(&Uid::new("c1")).expect("the config");
    assert_eq!(&*object.meta.resource_version, "2");
    assert_eq!(replay.now, time("2026-01-01T00:00:09Z"));
}

#[test]
fn only_a_recording_proves_a_deletion() {
    let text = [
        event("ADDED", &config("1", "x"), "2026-01-01T00:00:01Z"),
        event("DELETED", &config("2", "x"), "2026-01-01T00:00:05Z"),
        event("BOOKMARK", r#"{"kind":"Pod"}"#, "2026-01-01T00:01:00Z"),
    ]
    .join("\n");
    let replay = replayed(&text);
    let object = replay.graph.object(&Uid::new("c1")).expect("remembered");
    assert_eq!(object.gone, Some(time("2026-01-01T00:00:05Z")));
    assert_eq!(replay.now, time("2026-01-01T00:01:00Z"));
}

#[test]
fn the_file_is_what_it_is() {
    let graph = replayed(&pod("a")).graph;
    assert_eq!(*graph.freshness("ReplicaSet"), Freshness::Synced);
    assert_eq!(*graph.freshness("ConfigMap"), Freshness::Absent);
    let graph = replayed(&config("1", "x")).graph;
    assert_eq!(*graph.freshness("ConfigMap"), Freshness::Synced);
}

#[test]
fn several_files_are_one_input() {
    let mut input =
        replay::read(&event("ADDED", &config("1", "x"), "2026-01-01T00:00:01Z")).expect("readable");
    input.extend(replay::read(&config("2", "y")).expect("readable"));
    let now = time("2026-02-01T00:00:00Z");
    let replay = input.replay(Some(now));
    let object = replay.graph.object(&Uid::new("c1")).expect("the config");
    assert_eq!((object.memory.edits.len(), object.memory.at, replay.now), (1, now, now));
}

#[test]
fn objects_without_a_uid_are_told_apart_by_kind() {
    let text = r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"web"}}
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"}}"#;
    let input = replay::read(text).expect("readable");
    assert!(input.is_manifests());
    assert_eq!(input.replay(None).graph.len(), 2);
}

#[test]
fn a_broken_document_is_named_by_its_place() {
    let good = config("1", "x");
    for (text, document, line, says) in [
        (format!("{good}\n{good}\n{{\"kind\": oops}}\n"), 3, 3, "not valid JSON"),
        (format!("{good}\n\n{{\"type\":\"ADDED\",\"obj"), 2, 3, "not valid JSON"),
        (format!("{good}\n{{\"metadata\":{{}}}}"), 2, 2, "no kind"),
        (format!("{good}\n\n{}", event("BLESSED", &good, "")), 2, 3, "BLESSED"),
        (event("ADDED", &good, "yesterday"), 1, 1, "yesterday"),
        (format!("---\n{good}\n---\na: 1\nb: [\nc: 2\n"), 2, 5, "not valid YAML"),
        ("# note\n\nkind: Pod\nmetadata: {}\n".into(), 1, 3, "no metadata.name"),
        (format!("{{\"kind\":\"List\",\"items\":[{good},7]}}"), 1, 1, "item 2: not a Kubernetes"),
        ("apiVersion: v1\nitems:\n- kind: Pod\n".into(), 1, 1, "a List without its end"),
    ] {
        let error = replay::read(&text).expect_err(says);
        assert_eq!((error.document, error.line), (document, line), "{text}: {error}");
        assert!(error.to_string().contains(says), "{text}: {error}");
    }
}

#[test]
fn nothing_is_no_error() {
    // As the API server sends metadata of which there is none.
    let empty =
        r#"{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","items":null}"#;
    for text in ["", "\n", "---\n# nothing\n---\n", "null", empty] {
        assert!(replay::read(text).expect("readable").is_empty(), "{text:?}");
    }
}

#[test]
fn a_recording_that_is_played_heeds_audit_records_too() {
    let audit = r#"{"apiVersion":"audit.k8s.io/v1","kind":"Event","auditID":"a1","stage":"ResponseComplete","verb":"update","user":{"username":"jane"},"objectRef":{"resource":"configmaps","namespace":"n","name":"c","apiVersion":"v1"},"responseStatus":{"code":200},"stageTimestamp":"2026-01-01T00:00:05Z"}"#;
    let text = event("ADDED", &config("1", "x"), "2026-01-01T00:00:01Z")
        + &event("MODIFIED", &config("2", "y"), "2026-01-01T00:00:05Z")
        + audit;
    let mut play = replay::read(&text).expect("readable").play();
    while play.next().is_some() {
        play.step();
    }
    let object = play.graph.object(&Uid::new("c1")).expect("the config");
    let (from, to) = (time("2026-01-01T00:00:04Z"), time("2026-01-01T00:00:06Z"));
    let writers = play.graph.writers(object, from, to);
    assert_eq!(writers.iter().map(|audit| &*audit.user).collect::<Vec<_>>(), ["jane"]);
    assert!(play.graph.writers(object, to, to).is_empty());
}
