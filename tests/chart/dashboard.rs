//! The dashboard: the shape that Grafana loads (schema version 39), and metrics that there are.

use crate::alerts::speaks_of_known_metrics;
use crate::read;
use serde_json::Value;
use std::collections::BTreeSet;

/// Panels that every Grafana since 10 has.
const TYPES: [&str; 5] = ["stat", "table", "timeseries", "state-timeline", "text"];

/// What a variable and a panel may have: the names in Grafana's own types
/// (`VariableModel` and `Panel` of the npm package `@grafana/schema`, 13.2), as far as we use them.
const OF_VARIABLE: &[&str] = &[
    "name",
    "label",
    "type",
    "query",
    "hide",
    "refresh",
    "regex",
    "options",
    "datasource",
    "includeAll",
    "allValue",
    "multi",
    "current",
    "sort",
];
const OF_PANEL: &[&str] = &[
    "id",
    "title",
    "type",
    "description",
    "datasource",
    "gridPos",
    "targets",
    "fieldConfig",
    "options",
    "transformations",
];

/// Grafana drops what it does not know, and what was meant by it.
fn has_only(object: &Value, known: &[&str]) {
    let mut keys = object.as_object().expect("an object").keys();
    let odd = keys.find(|key| !known.contains(&key.as_str()));
    assert_eq!(odd, None, "Grafana knows no such field of {}", object["type"]);
}

fn number(value: &Value, key: &str) -> i64 {
    value[key].as_i64().expect(key)
}

#[test]
fn the_dashboard_has_the_shape_that_grafana_loads() {
    let board: Value =
        serde_json::from_str(&read("charts/kubeblame/dashboards/kubeblame.json")).expect("JSON");
    for key in ["title", "uid", "refresh"] {
        assert!(board[key].is_string(), "{key}");
    }
    assert!(number(&board, "schemaVersion") >= 39);
    assert!(board.get("id").is_none(), "an id would be another Grafana's");
    let variables = board["templating"]["list"].as_array().expect("variables");
    assert!(variables.iter().any(|v| v["type"] == "datasource" && v["query"] == "prometheus"));
    for variable in variables {
        has_only(variable, OF_VARIABLE);
        let current = variable.get("current");
        assert!(current.is_none_or(|c| c.get("text").is_some() && c.get("value").is_some()));
    }
    let (mut ids, mut cells) = (BTreeSet::new(), BTreeSet::new());
    for panel in board["panels"].as_array().expect("panels") {
        let title = panel["title"].as_str().expect("a title");
        has_only(panel, OF_PANEL);
        assert!(ids.insert(number(panel, "id")), "{title}: its id is taken");
        assert!(TYPES.contains(&panel["type"].as_str().expect("a type")), "{title}");
        assert!(panel["description"].as_str().is_some_and(|d| d.ends_with('.')), "{title}");
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{title}");
        let place = &panel["gridPos"];
        let (x, y, w, h) =
            (number(place, "x"), number(place, "y"), number(place, "w"), number(place, "h"));
        assert!(x >= 0 && w > 0 && h > 0 && x + w <= 24, "{title} is off the grid");
        for cell in (x..x + w).flat_map(|x| (y..y + h).map(move |y| (x, y))) {
            assert!(cells.insert(cell), "{title} covers another panel");
        }
        assert!(panel["fieldConfig"]["defaults"].is_object() && panel["options"].is_object());
        let targets = panel["targets"].as_array().expect("targets");
        let names: BTreeSet<_> = targets.iter().map(|t| t["refId"].to_string()).collect();
        assert!(!targets.is_empty() && names.len() == targets.len(), "{title}");
        for target in targets {
            speaks_of_known_metrics(target["expr"].as_str().expect("an expression"));
        }
    }
}
