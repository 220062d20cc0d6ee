//! The same picture kept up to date by watches, where it is judged again and again.
//!
//! What a judgement needs is followed instead of asked for: each list once, and from then
//! on what changes. A judgement then costs no request. Where a kind may be listed but not
//! watched, everything is asked for again each time, as without this.

use super::super::super::failure::Failure;
use super::super::super::find::Found;
use super::super::cluster::{Answer, Cluster, Selection};
use super::super::feed::Told;
use super::super::resource::{self, Resource};
use super::fed::{Fed, only};
use super::need::{self, Ask};
use super::{Computer, uid_of};
use crate::blame::Judgement;
use crate::graph::Freshness;
use crate::observe::{KINDS, Uid};
use std::sync::Arc;
use tokio::sync::Notify;

/// What a computer follows.
pub(super) struct Following {
    wake: Arc<Notify>,
    feeds: Vec<Fed>,
    /// The object that was asked for and its root, as they were when the rest was listed.
    of: Option<(Uid, Uid)>,
}

impl<'c> Computer<'c> {
    /// One that is asked again and again; `wake` is told whenever asking may be worth it.
    pub(in crate::plugin) fn following(
        cluster: &'c Cluster,
        namespace: &str,
        wake: &Arc<Notify>,
    ) -> Self {
        let mut computer = Self::new(cluster, namespace);
        computer.following =
            Some(Following { wake: Arc::clone(wake), feeds: Vec::new(), of: None });
        computer
    }

    /// Whether watches keep the object up to date, so that asking for it costs no request.
    pub(in crate::plugin) fn is_fed(&self) -> bool {
        !self.fed().is_empty()
    }

    /// Whether they do so for what it makes, too.
    pub(in crate::plugin) fn is_fed_below(&self) -> bool {
        self.following.as_ref().is_some_and(|following| following.of.is_some())
    }

    /// Asks once without following: most that is asked about is well, or past hope, already.
    pub(in crate::plugin) async fn find_unfollowed(
        &mut self,
        resource: &Resource,
        name: &str,
    ) -> Result<Option<Found>, Failure> {
        let following = self.following.take();
        let found = self.find(resource, name).await;
        self.following = following;
        found
    }

    /// Ends every watch; the next question asks for everything.
    fn unfollow(&mut self) {
        self.following = None;
        self.asked.clear();
    }

    /// One object as it is now, followed from then on; `None` where there is none.
    pub(in crate::plugin) async fn object_followed(
        &mut self,
        resource: &Resource,
        name: &str,
    ) -> Result<Option<String>, Failure> {
        self.catch_up()?;
        if self.following.is_none() {
            return Ok(self.object(resource, name).await?.map(|(_, text)| text));
        }
        if !self.fed().iter().any(|fed| fed.is_of(&resource.kind, name)) {
            let ask = self.ask_for(resource, name);
            match self.open(vec![ask]).await?.pop() {
                // Who may not list may still be allowed to get.
                Some(Answer::Forbidden(_)) => {
                    self.unfollow();
                    return Ok(self.object(resource, name).await?.map(|(_, text)| text));
                }
                Some(Answer::NoKind) => return Err(super::not_served(resource)),
                _ => {}
            }
        }
        Ok(self.text_of(&resource.kind, name))
    }

    /// Judges from what the watches told.
    pub(super) async fn followed(
        &mut self,
        resource: &Resource,
        name: &str,
    ) -> Result<Option<Found>, Failure> {
        let Some(text) = self.object_followed(resource, name).await? else { return Ok(None) };
        if self.following.is_none() {
            return self.asked_anew(resource, name).await;
        }
        let Some(uid) = uid_of(&text) else { return Ok(None) };
        self.text.clone_from(&text);
        let root = self.graph.root_of(&uid);
        let of = self.following.as_ref().and_then(|following| following.of.clone());
        let is_same = of.as_ref().is_some_and(|(object, _)| *object == uid)
            && of.map(|(_, root)| root) == root;
        if !is_same {
            self.begin(resource, name, uid, text).await?;
        }
        let judged = self.judge_root(resource, name).await;
        match &judged {
            Ok(judgement) => self.forget_events(judgement),
            // Its root went away, or there is none: the next question begins anew.
            Err(_) => self.keep_only(&resource.kind, name),
        }
        Ok(Some(super::found(resource, name, judged?)))
    }

    async fn judge_root(&mut self, resource: &Resource, name: &str) -> Result<Judgement, Failure> {
        let of = self.following.as_ref().and_then(|following| following.of.clone());
        let root = of.and_then(|(object, _)| self.graph.root_of(&object));
        let root = root.ok_or_else(|| super::makes_no_pods(resource, name))?;
        self.judge(&root).await
    }

    /// Follows what is above and below an object.
    async fn begin(
        &mut self,
        resource: &Resource,
        name: &str,
        uid: Uid,
        text: String,
    ) -> Result<(), Failure> {
        self.keep_only(&resource.kind, name);
        let (top, top_text) = self.climb((uid.clone(), text)).await?;
        if let Some(above) = self.graph.object(&top).filter(|_| top != uid) {
            let (type_ref, name) = (above.meta.type_ref.clone(), above.meta.name.to_string());
            let found = resource::of_owner(self.cluster, &type_ref.api_version, &type_ref.kind);
            if let Some(resource) = found.await? {
                let ask = self.ask_for(&resource, &name);
                self.open(vec![ask]).await?;
            }
        }
        self.descend(&top, &top_text).await?;
        let root = self.graph.root_of(&uid).unwrap_or(top);
        if let Some(following) = &mut self.following {
            following.of = Some((uid, root));
        }
        Ok(())
    }

    /// Follows what is asked for, and waits for what there is now.
    pub(super) async fn open(&mut self, asks: Vec<Ask>) -> Result<Vec<Answer>, Failure> {
        let Some(following) = &self.following else { return Ok(Vec::new()) };
        let mut fed: Vec<Fed> =
            asks.into_iter().map(|ask| Fed::new(self.cluster, ask, &following.wake)).collect();
        let mut answers = Vec::new();
        for fed in &mut fed {
            while !fed.is_listed && fed.refused.is_none() {
                let told = fed.feed.next(self.cluster).await?;
                self.take_in(fed, told)?;
            }
            // What was listed is in the graph already.
            answers.push(fed.refused.take().unwrap_or(Answer::NoObject));
        }
        fed.retain(|fed| fed.is_listed);
        if let Some(following) = &mut self.following {
            following.feeds.extend(fed);
        }
        Ok(answers)
    }

    /// Follows what a judgement needs, where the polled way would list it.
    pub(super) async fn ask_and_follow(&mut self, asks: Vec<Ask>) -> Result<(), Failure> {
        let keys: Vec<(String, Option<String>)> =
            asks.iter().map(|ask| (ask.resource.kind.clone(), ask.name.clone())).collect();
        let answers = self.open(asks).await?;
        for ((kind, name), answer) in keys.into_iter().zip(answers) {
            match answer {
                Answer::Forbidden(why) => self.forbid(&kind, why),
                _ if kind == "Event" => self.fresh(&kind, Freshness::Synced),
                _ => {}
            }
            self.asked.insert((kind, name));
        }
        Ok(())
    }

    /// Takes in what the watches have told; an error where they tell nothing any more.
    fn catch_up(&mut self) -> Result<(), Failure> {
        let Some(following) = &mut self.following else { return Ok(()) };
        let mut feeds = std::mem::take(&mut following.feeds);
        let mut caught_up = Ok(());
        for fed in &mut feeds {
            let heard = loop {
                match fed.feed.read(self.cluster) {
                    Ok(Some(told)) => caught_up = self.take_in(fed, told).and(caught_up),
                    Ok(None) => break fed.feed.stands(self.cluster),
                    Err(failure) => break Err(failure),
                }
            };
            caught_up = caught_up.and(heard);
        }
        let is_refused = feeds.iter().any(|fed| fed.refused.is_some());
        if let Some(following) = &mut self.following {
            following.feeds = feeds;
        }
        if is_refused {
            // A right was taken away, or watching was never one: ask instead, as often as before.
            self.unfollow();
        }
        caught_up
    }

    fn take_in(&mut self, fed: &mut Fed, told: Told) -> Result<(), Failure> {
        let now = self.cluster.now();
        match told {
            Told::List(text) => {
                fed.is_listed = true;
                self.take_in_list(fed, &text)?;
            }
            Told::Seen(text) => {
                for (observed, _) in super::read(&fed.resource, &text)? {
                    self.graph.see(observed, now);
                }
                fed.text = fed.name.is_some().then_some(text);
            }
            Told::Gone(text) => {
                self.lose(&fed.resource, &text)?;
                fed.text = None;
                fed.last = fed.name.is_some().then_some(text);
            }
            Told::Refused(refusal) => fed.refused = Some(refusal),
        }
        Ok(())
    }

    fn take_in_list(&mut self, fed: &mut Fed, text: &str) -> Result<(), Failure> {
        let now = self.cluster.now();
        let whole = KINDS.iter().find(|k| k.kind == fed.resource.kind && fed.name.is_none());
        if let Some(info) = whole {
            self.graph.begin_list(info);
        }
        self.see(&fed.resource, text)?;
        if let Some(info) = whole {
            self.graph.end_list(info, now);
        }
        if fed.name.is_some() {
            let one = only(&fed.resource, text);
            let is_same = |before: &String| uid_of(before) == one.as_deref().and_then(uid_of);
            // It was deleted while nobody watched.
            if let Some(before) = fed.text.take().filter(|before| !is_same(before)) {
                self.lose(&fed.resource, &before)?;
            }
            fed.text = one;
        }
        Ok(())
    }

    fn lose(&mut self, resource: &Resource, text: &str) -> Result<(), Failure> {
        let now = self.cluster.now();
        for (observed, _) in super::read(resource, text)? {
            self.graph.gone(observed, now);
        }
        Ok(())
    }

    /// Events of what is of no interest any more are not followed for ever.
    fn forget_events(&mut self, judgement: &Judgement) {
        let told = need::told_by_events(judgement);
        let Some(following) = &mut self.following else { return };
        following.feeds.retain(|fed| {
            let is_wanted = fed.resource.kind != "Event"
                || fed.name.as_ref().is_none_or(|uid| told.contains(uid));
            if !is_wanted {
                self.asked.remove(&(fed.resource.kind.clone(), fed.name.clone()));
            }
            is_wanted
        });
    }

    /// Ends every watch but that of the object itself.
    fn keep_only(&mut self, kind: &str, name: &str) {
        self.asked.clear();
        self.forbidden.clear();
        if let Some(following) = &mut self.following {
            following.of = None;
            following.feeds.retain(|fed| fed.is_of(kind, name));
        }
    }

    fn fed(&self) -> &[Fed] {
        self.following.as_ref().map_or(&[], |following| &*following.feeds)
    }

    fn text_of(&self, kind: &str, name: &str) -> Option<String> {
        self.fed().iter().find(|fed| fed.is_of(kind, name))?.text.clone()
    }

    /// The last version of an object that was deleted while it was followed.
    pub(in crate::plugin) fn last_version(&self, kind: &str, name: &str) -> Option<&str> {
        self.fed().iter().find(|fed| fed.is_of(kind, name))?.last.as_deref()
    }

    /// The question for one object by its name.
    fn ask_for(&self, resource: &Resource, name: &str) -> Ask {
        let fields = Some(format!("metadata.name={name}"));
        Ask {
            resource: resource.clone(),
            namespace: Some(self.namespace.clone()),
            selection: Selection { fields, ..Selection::default() },
            name: Some(name.to_owned()),
        }
    }
}
