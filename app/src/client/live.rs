//! One question whose answer stays up to date: rendered by the server, kept fresh by polling, shared
//! through the cache.
//!
//! The resource is the first answer for a key and renders the page; newer answers replace only the
//! value, so that nothing is rebuilt and nothing moves but what changed.

use std::future::Future;

use leptos::prelude::*;
use model::Nanos;
use model::analysis::{
    AuditTrail, Findings, GlobalRaces, PerformanceFigures, ServicePage, TracePerformance, TraceVariables,
};
use model::list::{Dashboard, TracePage};
use model::trace::TraceOverview;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::browser::{Browser, now_ms};
use super::cache::SharedCache;
use super::poll::Poll;
use super::polling::Outcome;
use crate::api::codec::Answered;
use crate::erase::{effect, memo};
use crate::error::AppError;

/// What a question is about.
pub trait Question: Clone + PartialEq + Send + Sync + 'static {}
impl<T: Clone + PartialEq + Send + Sync + 'static> Question for T {}

/// What can be kept fresh.
pub trait Answer: Clone + PartialEq + Send + Sync + Serialize + DeserializeOwned + 'static {
    /// Whether a newer answer tells nothing new.
    fn is_same(&self, newer: &Self) -> bool;

    /// Whether no change is expected for now.
    fn is_settled(&self, _now: Nanos) -> bool {
        false
    }
}

impl Answer for Dashboard {
    fn is_same(&self, newer: &Self) -> bool {
        let parts = |it: &Self| (it.status.head, it.figures_at, it.hotspots.at);
        parts(self) == parts(newer) && self.throughput == newer.throughput && self.races == newer.races
    }
}

impl Answer for TracePage {
    fn is_same(&self, newer: &Self) -> bool {
        self.traces == newer.traces && self.total == newer.total
    }
}

impl Answer for TraceOverview {
    fn is_same(&self, newer: &Self) -> bool {
        self == newer
    }

    fn is_settled(&self, now: Nanos) -> bool {
        self.summary.is_quiet(now)
    }
}

impl Answer for Findings {
    fn is_same(&self, newer: &Self) -> bool {
        self.version == newer.version && self.thoroughness == newer.thoroughness
    }
}

impl Answer for TracePerformance {
    fn is_same(&self, newer: &Self) -> bool {
        self.version == newer.version
    }
}

impl Answer for TraceVariables {
    fn is_same(&self, newer: &Self) -> bool {
        self.version == newer.version
    }
}

impl Answer for AuditTrail {
    fn is_same(&self, newer: &Self) -> bool {
        self.version == newer.version
    }
}

impl Answer for GlobalRaces {
    fn is_same(&self, newer: &Self) -> bool {
        self.summary.at == newer.summary.at && self.summary.as_of == newer.summary.as_of
    }
}

impl Answer for PerformanceFigures {
    fn is_same(&self, newer: &Self) -> bool {
        (self.as_of, self.at) == (newer.as_of, newer.at)
    }
}

impl Answer for ServicePage {
    fn is_same(&self, newer: &Self) -> bool {
        self == newer
    }
}

pub struct Live<K: Question, T: Answer> {
    key: Memo<K>,
    /// The first answer for the key; await it where the page is rendered.
    pub first: Answered<Result<T, AppError>>,
    newer: RwSignal<Option<(K, T)>>,
    /// What the page shows: to tell news from what is known.
    shown: StoredValue<Option<(K, T)>>,
}

impl<K: Question, T: Answer> Clone for Live<K, T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K: Question, T: Answer> Copy for Live<K, T> {}

impl<K: Question, T: Answer> Live<K, T> {
    pub fn new<F>(key: Memo<K>, cache: SharedCache<K, T>, fetch: fn(K) -> F) -> Self
    where
        F: Future<Output = Result<T, AppError>> + Send + 'static,
    {
        let browser = expect_context::<Browser>();
        let shared = cache.clone();
        let first = Answered::new_with_options(
            move || key.get(),
            move |key| {
                let cache = shared.clone();
                async move {
                    if cfg!(feature = "ssr") {
                        return fetch(key).await;
                    }
                    match cache.get(&key) {
                        Some((known, _)) => Ok(known),
                        None => heard(browser, cache.ask(key, now_ms(), fetch).await),
                    }
                }
            },
            false,
        );
        let live = Self { key, first, newer: RwSignal::new(None), shown: StoredValue::new(None) };
        live.keep_fresh(browser, cache, fetch);
        live
    }

    /// The answer from now on, starting with the first one.
    pub fn latest(self, first: T) -> Signal<T> {
        let key = self.key.get_untracked();
        self.shown.set_value(Some((key.clone(), first.clone())));
        memo(move || {
            self.newer.with(|newer| match newer {
                Some((of, answer)) if *of == key => answer.clone(),
                _ => first.clone(),
            })
        })
        .into()
    }

    /// The newest answer there is, without waiting; `None` before the first and after a failure.
    pub fn peek(self) -> Option<T> {
        let key = self.key.get();
        let newer = self.newer.with(|newer| newer.as_ref().filter(|(of, _)| *of == key).map(|(_, it)| it.clone()));
        newer.or_else(|| self.first.get().and_then(Result::ok))
    }

    fn keep_fresh<F>(self, browser: Browser, cache: SharedCache<K, T>, fetch: fn(K) -> F)
    where
        F: Future<Output = Result<T, AppError>> + Send + 'static,
    {
        let settled = RwSignal::new(false);
        let asked = cache.clone();
        let poll = Poll::start(settled.into(), move || {
            let (cache, key) = (asked.clone(), self.key.get_untracked());
            Box::pin(async move {
                let answer = heard(browser, cache.ask(key.clone(), now_ms(), fetch).await);
                self.take(key, answer)
            })
        });
        effect(move || {
            let now = browser.now.get();
            let is_settled = now.is_some_and(|now| self.peek().is_some_and(|answer| answer.is_settled(now)));
            if settled.get_untracked() != is_settled {
                settled.set(is_settled);
            }
        });
        Effect::new(move |opened_before: Option<()>| {
            let key = self.key.get();
            let asked_at = cache.get(&key).map(|(_, asked_at)| asked_at);
            if asked_at.is_none() && opened_before.is_none() {
                // What came with the page is known from now on.
                if let Some(Some(Ok(answer))) = self.first.try_get_untracked() {
                    cache.put(key, answer, now_ms());
                }
            }
            poll.opened(asked_at.map_or(0.0, |asked_at| now_ms() - asked_at));
        });
    }

    fn take(self, key: K, answer: Result<T, AppError>) -> Outcome {
        let Ok(answer) = answer else { return Outcome::Failed };
        if self.key.try_get_untracked().as_ref() != Some(&key) {
            return Outcome::Same;
        }
        let is_known = self.shown.try_with_value(|shown| {
            let shown = shown.as_ref().filter(|(of, _)| *of == key);
            shown.map(|(_, known)| known.is_same(&answer))
        });
        match is_known.flatten() {
            Some(true) => Outcome::Same,
            Some(false) => {
                self.shown.set_value(Some((key.clone(), answer.clone())));
                self.newer.set(Some((key, answer)));
                Outcome::Changed
            }
            // The page shows a failure: render it anew, from the cache that knows the answer now.
            None => {
                self.first.refetch();
                Outcome::Changed
            }
        }
    }
}

/// Tells the connection badge how a request went.
pub fn heard<T>(browser: Browser, answer: Result<T, AppError>) -> Result<T, AppError> {
    match &answer {
        Err(error) if error.is_connection() => browser.unanswered(),
        _ => browser.answered(),
    }
    answer
}
