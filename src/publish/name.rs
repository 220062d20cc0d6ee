//! Names of reports.
//!
//! A Deployment's report bears its bare name, every other kind's `<name>.<kind>`;
//! a short hash of the root's UID is added where that name is taken or too long.
//! Which name a root gets depends on the roots that there are, not on the order
//! in which they came.

use crate::observe::{Meta, Uid};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Longest name of an object.
const MAX_NAME: usize = 253;

/// Namespace and name of a report.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The root's namespace.
    pub namespace: Arc<str>,
    /// The report's name.
    pub name: Arc<str>,
}

/// Who would like to bear which name.
#[derive(Debug, Default)]
pub(super) struct Names {
    claims: HashMap<Key, BTreeSet<Uid>>,
    roots: HashMap<Uid, Claim>,
}

#[derive(Debug)]
struct Claim {
    key: Key,
    is_deployment: bool,
}

impl Names {
    /// A root is there. Returns the roots whose names may have changed by that.
    pub(super) fn claim(&mut self, root: &Meta) -> BTreeSet<Uid> {
        if self.roots.contains_key(&root.uid) {
            return BTreeSet::new();
        }
        let is_deployment = &*root.type_ref.kind == "Deployment" && root.type_ref.group() == "apps";
        let namespace = root.namespace.clone().unwrap_or_else(|| "".into());
        let name = plain_name(&root.type_ref.kind, &root.name, is_deployment);
        let key = Key { namespace, name: name.into() };
        self.roots.insert(root.uid.clone(), Claim { key: key.clone(), is_deployment });
        let claims = self.claims.entry(key).or_default();
        claims.insert(root.uid.clone());
        claims.clone()
    }

    /// A root is gone. Returns the roots whose names may have changed by that.
    pub(super) fn release(&mut self, uid: &Uid) -> BTreeSet<Uid> {
        let Some(Claim { key, .. }) = self.roots.remove(uid) else { return BTreeSet::new() };
        let Some(claims) = self.claims.get_mut(&key) else { return BTreeSet::new() };
        claims.remove(uid);
        let others = claims.clone();
        if others.is_empty() {
            self.claims.remove(&key);
        }
        others
    }

    /// The name of a root's report, as the present roots decide it.
    pub(super) fn key_of(&self, uid: &Uid) -> Option<Key> {
        let Claim { key, is_deployment } = self.roots.get(uid)?;
        let is_alone = self.claims.get(key).is_none_or(|claims| claims.len() == 1);
        if (*is_deployment || is_alone) && key.name.len() <= MAX_NAME {
            return Some(key.clone());
        }
        let digits = hash(uid);
        // A Deployment may bear even a hashed name; a longer hash then makes the difference.
        [8, 16].into_iter().find_map(|len| {
            let suffix = format!("-{}", &digits[..len]);
            let stem = crop(&key.name, MAX_NAME - suffix.len());
            let hashed =
                Key { namespace: key.namespace.clone(), name: format!("{stem}{suffix}").into() };
            (len == 16 || !self.claims.contains_key(&hashed)).then_some(hashed)
        })
    }
}

fn plain_name(kind: &str, name: &str, is_deployment: bool) -> String {
    if is_deployment { name.to_owned() } else { format!("{name}.{}", kind.to_ascii_lowercase()) }
}

/// Cuts a name so that it still ends in a letter or digit.
fn crop(name: &str, max: usize) -> &str {
    let mut end = name.len().min(max);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name[..end].trim_end_matches(['.', '-'])
}

/// FNV-1a in hex: small, and the same in every release.
fn hash(uid: &Uid) -> String {
    let hash = uid.to_string().bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe;

    fn root(api_version: &str, kind: &str, name: &str, uid: &str) -> Meta {
        let json = serde_json::json!({
            "apiVersion": api_version, "kind": kind,
            "metadata": { "name": name, "namespace": "shop", "uid": uid },
        });
        observe::read(&json.to_string()).expect("an object").meta
    }

    fn names_of(roots: &[&Meta]) -> Vec<String> {
        let mut names = Names::default();
        for root in roots {
            names.claim(root);
        }
        let name = |root: &&Meta| names.key_of(&root.uid).expect("it was claimed").name.to_string();
        let mut all: Vec<_> = roots.iter().map(name).collect();
        all.sort();
        all
    }

    #[test]
    fn a_deployment_has_the_bare_name_and_other_kinds_a_suffix() {
        let web = root("apps/v1", "Deployment", "web", "u1");
        let db = root("apps/v1", "StatefulSet", "db", "u2");
        let nightly = root("batch/v1", "CronJob", "nightly", "u3");
        assert_eq!(names_of(&[&web, &db, &nightly]), ["db.statefulset", "nightly.cronjob", "web"]);
    }

    #[test]
    fn on_collision_the_deployment_keeps_its_name_in_any_order() {
        let set = root("apps/v1", "StatefulSet", "web", "u1");
        let odd = root("apps/v1", "Deployment", "web.statefulset", "u2");
        let one = names_of(&[&set, &odd]);
        assert_eq!(one, names_of(&[&odd, &set]));
        assert_eq!(one[0], "web.statefulset");
        assert!(one[1].starts_with("web.statefulset-") && one[1].len() == 24, "{one:?}");
    }

    #[test]
    fn two_kinds_of_one_name_are_told_apart_and_a_release_ends_it() {
        let argo = root("argoproj.io/v1alpha1", "Rollout", "web", "u1");
        let other = root("example.com/v1", "Rollout", "web", "u2");
        let mut names = Names::default();
        names.claim(&argo);
        assert_eq!(names.claim(&other).len(), 2);
        assert_ne!(names.key_of(&argo.uid), names.key_of(&other.uid));
        assert_eq!(names.release(&other.uid), BTreeSet::from([argo.uid.clone()]));
        assert_eq!(names.key_of(&argo.uid).map(|k| k.name.to_string()), Some("web.rollout".into()));
    }

    #[test]
    fn a_name_that_is_too_long_is_cut_and_stays_valid() {
        let long = format!("{}-{}", "a".repeat(236), "b".repeat(12));
        let set = root("apps/v1", "StatefulSet", &long, "u1");
        let name = &names_of(&[&set])[0];
        assert!(name.len() <= MAX_NAME && name.contains('-'), "{name}");
        let stem = name.rsplit_once('-').expect("a hash").0;
        assert!(stem.ends_with(|c: char| c.is_ascii_alphanumeric()), "{name}");
    }
}
