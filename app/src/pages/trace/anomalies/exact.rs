//! The exact search: asked for by the address, run in the background of the page, given up when the reader
//! leaves. The server stops the work of a request that nobody waits for any more.

use futures_util::future::{AbortHandle, abortable};
use gloo_timers::callback::Interval;
use leptos::prelude::*;
use model::Seq;
use model::analysis::{Findings, Thoroughness};
use wasm_bindgen_futures::spawn_local;

use super::address::Address;
use crate::api;
use crate::client::Caches;
use crate::client::browser::{Browser, now_ms};
use crate::client::live::heard;
use crate::client::local::Local;
use crate::erase::effect;
use crate::error::AppError;
use crate::place::Place;

/// How often the page says how long the search has been running.
const TICK_MS: u32 = 1_000;

#[derive(Debug, Clone, PartialEq)]
pub enum Search {
    NotAsked,
    Running,
    Done(Findings),
    Failed(AppError),
}

#[derive(Clone, Copy)]
pub struct ExactSearch {
    pub search: RwSignal<Search>,
    /// Whole seconds that it has been running.
    pub seconds: RwSignal<u64>,
    attempts: RwSignal<u32>,
}

/// A request under way; dropped, it is given up.
struct GivenUp(AbortHandle);

impl Drop for GivenUp {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl ExactSearch {
    /// Follows the address for as long as the calling component lives.
    pub fn follow(address: Address) -> Self {
        let own =
            Self { search: RwSignal::new(Search::NotAsked), seconds: RwSignal::new(0), attempts: RwSignal::new(0) };
        let (place, browser) = (expect_context::<Place>(), expect_context::<Browser>());
        let findings = expect_context::<Caches>().findings;
        let running = Local::new(|| None::<GivenUp>);
        let ticker = Local::new(|| None::<Interval>);
        effect(move || {
            running.set(None);
            ticker.set(None);
            let attempt = own.attempts.get();
            let Some(trace) = place.trace.get().filter(|_| address.exact.get()) else {
                own.search.set(Search::NotAsked);
                return;
            };
            let key = (Some(trace), Thoroughness::Exact);
            if let Some((known, _)) = findings.get(&key).filter(|_| attempt == 0) {
                own.search.set(Search::Done(known));
                return;
            }
            own.search.set(Search::Running);
            own.seconds.set(0);
            let since = now_ms();
            ticker.set(Some(Interval::new(TICK_MS, move || {
                own.seconds.try_set(((now_ms() - since) / 1e3) as u64);
            })));
            let asked = findings.ask(key, since, move |_| api::analysis::findings(trace, Thoroughness::Exact));
            let (answer, handle) = abortable(asked);
            running.set(Some(GivenUp(handle)));
            spawn_local(async move {
                let Ok(answer) = answer.await else { return };
                ticker.set(None);
                own.search.try_set(match heard(browser, answer) {
                    Ok(findings) => Search::Done(findings),
                    Err(error) => Search::Failed(error),
                });
            });
        });
        own
    }

    /// Searches anew, whatever is known.
    pub fn again(self) {
        self.attempts.update(|attempts| *attempts = attempts.wrapping_add(1).max(1));
    }

    pub fn is_running(self) -> bool {
        self.search.with(|search| matches!(search, Search::Running))
    }

    pub fn is_done(self) -> bool {
        self.search.with(|search| matches!(search, Search::Done(_)))
    }

    /// The version of the trace that was searched.
    pub fn version(self) -> Option<Seq> {
        self.search.with(|search| match search {
            Search::Done(findings) => Some(findings.version),
            _ => None,
        })
    }
}
