//! Situations of a cluster with known truth, and what a user reads of them.

use crate::story::{self, Story, check, render};
use serde_json::Value;

fn status(story: &Story, mode: story::Mode) -> Value {
    serde_json::to_value(story.ask(mode).status).expect("a value")
}

/// Every way in which a story is answered otherwise than it is true.
fn faults(story: &Story) -> Vec<String> {
    let of = |mode: story::Mode| {
        let faults = check::faults(story, mode, &status(story, mode));
        faults.into_iter().map(move |fault| format!("{} ({mode:?}): {fault}", story.name))
    };
    story.modes().iter().copied().flat_map(of).collect()
}

#[test]
fn every_story_is_answered_truly() {
    let only = std::env::var("STORY").unwrap_or_default();
    let stories = story::all();
    for story in stories.iter().filter(|s| !only.is_empty() && s.name.contains(&only)) {
        for mode in story.modes() {
            println!("--- {} {mode:?}\n{}", story.name, render::report(&story.ask(*mode)));
        }
    }
    let faults: Vec<String> =
        stories.iter().filter(|s| s.name.contains(&only)).flat_map(faults).collect();
    assert!(
        faults.is_empty(),
        "{} faults in {} stories:\n{}",
        faults.len(),
        stories.len(),
        faults.join("\n")
    );
}

#[test]
fn what_a_user_reads() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories/read");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for story in story::all() {
        // What is not true yet is said by the other test, and is no example.
        if !faults(story).is_empty() {
            continue;
        }
        settings.set_description(story.title.clone());
        let text = render::report(&story.ask(story.modes()[0]));
        settings.bind(|| insta::assert_snapshot!(story.name.as_str(), text));
    }
}
