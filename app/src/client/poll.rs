//! The driver of [`super::polling`]: one timer, one request at a time, for as long as its owner lives.
//! On the server it does nothing, since effects do not run there.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::browser::{Browser, now_ms};
use super::local::Local;
use super::polling::{Input, Millis, Outcome, Schedule};
use crate::erase::effect;

pub type Asking = Pin<Box<dyn Future<Output = Outcome>>>;

/// How to feed a running poll.
#[derive(Clone, Copy)]
pub struct Poll {
    driver: Local<Rc<Driver>>,
}

struct Driver {
    schedule: Local<Schedule>,
    timer: Local<Option<Timeout>>,
    ask: Box<dyn Fn() -> Asking>,
}

impl Poll {
    /// Follows the browser's visibility, the auto-refresh switch and the wish to refresh; `settled` says
    /// that nothing more is expected.
    pub fn start(settled: Signal<bool>, ask: impl Fn() -> Asking + 'static) -> Self {
        let browser = expect_context::<Browser>();
        let schedule = Local::new(Schedule::default);
        let timer = Local::new(|| None);
        let poll = Self { driver: Local::new(|| Rc::new(Driver { schedule, timer, ask: Box::new(ask) })) };
        effect(move || poll.feed(Input::Visible(browser.visible.get())));
        effect(move || poll.feed(Input::SwitchedOn(browser.auto_refresh.get())));
        effect(move || poll.feed(Input::Settled(settled.get())));
        Effect::watch(move || browser.refreshes.get(), move |_, _, _| poll.feed(Input::Refresh), false);
        poll
    }

    /// A new question; its answer, if it has one, is this old.
    pub fn opened(self, age: Millis) {
        self.feed(Input::Opened { age });
    }

    fn feed(self, input: Input) {
        if let Some(driver) = self.driver.get() {
            driver.feed(input);
        }
    }
}

impl Driver {
    fn feed(self: &Rc<Self>, input: Input) {
        let now = now_ms();
        // Gone with its owner: whoever still calls is late.
        let Some((ticket, due)) = self.schedule.update(|schedule| {
            let ticket = schedule.step(now, input);
            (ticket, schedule.due())
        }) else {
            return;
        };
        if let Some(ticket) = ticket {
            let asking = (self.ask)();
            let driver = self.clone();
            spawn_local(async move {
                let outcome = asking.await;
                driver.feed(Input::Answered { ticket, outcome });
            });
        }
        let driver = self.clone();
        let timer = due.map(|due| {
            let wait = (due - now).max(0.0).ceil() as u32;
            Timeout::new(wait, move || driver.feed(Input::Elapsed))
        });
        self.timer.set(timer);
    }
}
