//! One cause that breaks many roots, told once below their lines.

use super::Look;
use super::text::{Text, Tone};
use crate::report::BlameReport;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

/// How many roots of a group are named.
const MAX_NAMES: usize = 5;

/// Writes a line for each cause that more than one of these roots blames.
///
/// # Errors
/// Those of the writer.
pub(super) fn write(out: &mut impl Write, reports: &[&BlameReport], look: &Look) -> io::Result<()> {
    let mut groups: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for report in reports {
        let findings = report.status.iter().flat_map(|status| &status.findings);
        for cause in findings.map(|finding| &finding.cause).filter(|cause| cause.shared) {
            let object = cause.object.as_ref();
            let name = object.and_then(|o| o.name.as_deref()).unwrap_or_default();
            let what = match object {
                Some(object) => format!("{} {} {name}", cause.class, object.kind),
                None => format!("{}: {}", cause.class, cause.summary),
            };
            let namespace = report.metadata.namespace.as_deref().unwrap_or_default();
            let root = &report.spec.root;
            let kind = root.kind.to_ascii_lowercase();
            groups.entry(what).or_default().insert(format!("{namespace}/{kind}/{}", root.name));
        }
    }
    for (what, roots) in groups.iter().filter(|(_, roots)| roots.len() > 1) {
        let named: Vec<&str> = roots.iter().take(MAX_NAMES).map(String::as_str).collect();
        let more = match roots.len() - named.len() {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        let text = format!("{} roots: {}{more}", roots.len(), named.join(", "));
        let line = Text::default()
            .and(Tone::Name, crate::observe::clean(what))
            .and(Tone::Plain, format!(" breaks {}", crate::observe::clean(&text)));
        for line in line.lines(look, None) {
            writeln!(out, "{}", line.trim_end())?;
        }
    }
    Ok(())
}
