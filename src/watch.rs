//! Watching: one followed list per kind, told as a closed set of changes.
//!
//! Nothing is kept here: each change goes straight into the controller's bounded
//! channel, stamped with the time at which it was received.

mod carrier;
mod follow;
mod owner;
mod report;
mod tap;

pub(crate) use carrier::dynamic_resource;
pub use carrier::{Carried, Carrier, Unlisted};
pub use follow::{Follow, Setup};
pub use owner::follow_owners;
pub use report::{REPORT_KIND, SeenReport};

pub(crate) use follow::retry;
pub(crate) use tap::{Pulse, tapped};

use crate::for_each_kind;
use crate::graph::Freshness;
use crate::observe::{self, KindInfo, Observed, Scope, Watched};
use jiff::Timestamp;
use std::borrow::Cow;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Which list a change is about: a kind, in one namespace or in all.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The kind's name, as [`KindInfo::list_name`] makes it unique.
    pub name: Cow<'static, str>,
    /// The namespace, where the list covers but one.
    pub namespace: Option<Arc<str>>,
}

/// What a watch has to tell.
#[derive(Debug)]
pub enum Change {
    /// A full list begins: what it does not name by its end is gone.
    Begin(&'static KindInfo, Origin),
    /// One version of an object, and when it was received.
    Seen(Item, Timestamp),
    /// The last version of a deleted object, and when that was received.
    Gone(Item, Timestamp),
    /// A full list ended.
    End(&'static KindInfo, Origin, Timestamp),
    /// How current the list is.
    Freshness(&'static KindInfo, Origin, Freshness),
}

/// An object, as a watch tells it.
#[derive(Debug)]
pub enum Item {
    /// An object of the cluster.
    Object(Box<Observed>),
    /// A report.
    Report(Box<SeenReport>),
}

/// Starts the watches of every kind, and of the reports.
pub fn start(setup: &Setup, tasks: &mut JoinSet<()>) {
    macro_rules! start_each {
        ($($kind:ident),+) => { $(start_kind::<observe::$kind>(setup, tasks);)+ };
    }
    for_each_kind!(start_each);
    if setup.secrets {
        start_kind::<observe::Secret>(setup, tasks);
    }
    for namespace in setup.namespaces(Scope::Namespaced) {
        let follow = Follow::<SeenReport>::new(setup, &REPORT_KIND, (), namespace);
        tasks.spawn(follow.run());
    }
}

fn start_kind<W: Watched>(setup: &Setup, tasks: &mut JoinSet<()>) {
    let kind = const { &W::KIND };
    for namespace in setup.namespaces(kind.scope) {
        tasks.spawn(Follow::<Carrier<W>>::new(setup, kind, (), namespace).run());
    }
}
