//! *Show the schedule*: how the threads interleave until the finding is about to happen, to be stepped
//! through. The address says how many steps are done.

mod now;
mod rows;
mod state;

use leptos::prelude::*;
use model::analysis::{Finding, FindingKind, Schedule};

use super::Anomalies;
use super::finding::permalink;
use crate::client::debounce::Debounced;
use crate::client::keyboard::use_shortcut;
use crate::components::copy::CopyButton;
use crate::components::failure::Failure;
use crate::components::notice::skeleton_rows;
use crate::erase::{Erase, Html, attribute, effect, memo, text, waiting, when};
use crate::place::{use_go, use_replace};
use state::State;

/// A key that is held down steps faster than an address may change: it follows after this silence.
const TELL_MS: u32 = 120;

/// A schedule and how far the reader is.
#[derive(Clone, Copy)]
pub struct Stepper {
    pub kind: FindingKind,
    pub schedule: StoredValue<Schedule>,
    n_steps: usize,
    /// Steps that are done: none at the start, all before what the schedule leads to.
    pub n_done: Memo<usize>,
    /// After those steps.
    pub state: Memo<State>,
    /// Where the reader is while the address does not say so yet.
    ahead: RwSignal<Option<usize>>,
    tell: Debounced<usize>,
}

/// The button of a finding, and its schedule once it is asked for.
pub fn section(finding: &Finding) -> Html {
    let Anomalies { address, schedule, .. } = expect_context::<Anomalies>();
    let (kind, id) = (finding.kind, finding.id.clone());
    let opened = {
        let id = id.clone();
        memo(move || address.step.get().is_some() && address.finding.with(|open| *open == id))
    };
    let toggle = {
        let (id, go) = (id.clone(), use_go());
        move || {
            let step = (!opened.get_untracked()).then_some(0);
            untrack(|| address.url(&id, step)).iter().for_each(|url| go(url));
        }
    };
    use_shortcut("s", "Show or hide the schedule", toggle);
    let switch_url = move || address.url(&id, (!opened.get()).then_some(0));
    let caption = move || if opened.get() { "Hide the schedule" } else { "Show the schedule" }.to_owned();
    let emphasis = move || (!opened.get()).then(|| "accent".to_owned());
    let refetch = move || schedule.refetch();
    let shown = move || {
        waiting(
            || skeleton_rows(12),
            move || async move {
                match schedule.await {
                    Some(Ok(schedule)) => stepper(kind, schedule),
                    Some(Err(error)) => view! { <Failure error retry=refetch/> }.erase(),
                    None => skeleton_rows(12),
                }
            },
        )
    };
    view! {
        <section class="schedule" aria-label="Schedule">
            <div class="schedule-switch">
                <a
                    class="button"
                    data-variant=attribute(emphasis)
                    href=attribute(switch_url)
                    title="Step through an order of events that leads here (s)"
                >
                    {text(caption)}
                </a>
                {when(move || !opened.get(), || view! {
                    <span class="muted">"Step by step: who does what, what the variables hold, who has which lock."</span>
                }.erase())}
            </div>
            {when(move || opened.get(), shown)}
        </section>
    }
    .erase()
}

fn stepper(kind: FindingKind, schedule: Schedule) -> Html {
    let stepper = Stepper::new(kind, schedule);
    let skipped = stepper.schedule.with_value(|schedule| schedule.skipped);
    view! {
        {stepper.controls()}
        <div class="schedule-body">
            {rows::view(stepper, skipped)}
            {now::view(stepper)}
        </div>
    }
    .erase()
}

impl Stepper {
    fn new(kind: FindingKind, schedule: Schedule) -> Self {
        let Anomalies { address, .. } = expect_context::<Anomalies>();
        let n_steps = schedule.steps.len();
        let finding = schedule.finding.clone();
        let schedule = StoredValue::new(schedule);
        let told = memo(move || address.step.get().map_or(0, |step| step as usize).min(n_steps));
        let ahead = RwSignal::new(None::<usize>);
        let n_done = memo(move || ahead.get().unwrap_or_else(|| told.get()));
        let state = memo(move || schedule.with_value(|schedule| State::after(schedule, n_done.get())));
        let replace = use_replace();
        let tell = Debounced::new(TELL_MS, move |n_done: usize| {
            let url = untrack(|| address.url(&finding, u32::try_from(n_done).ok()));
            url.iter().for_each(|url| replace(url));
        });
        effect(move || {
            if ahead.get() == Some(told.get()) {
                ahead.set(None);
            }
        });
        let stepper = Self { kind, schedule, n_steps, n_done, state, ahead, tell };
        for (key, label, by) in [
            ("ArrowRight", "Next step", 1),
            ("ArrowDown", "Next step", 1),
            ("n", "Next step", 1),
            ("ArrowLeft", "Previous step", -1),
            ("ArrowUp", "Previous step", -1),
            ("p", "Previous step", -1),
        ] {
            use_shortcut(key, label, move || stepper.move_by(by));
        }
        use_shortcut("Home", "First step", move || stepper.go_to(0));
        use_shortcut("End", "Last step", move || stepper.go_to(n_steps));
        effect(move || rows::reveal(n_done.get(), n_steps));
        stepper
    }

    fn go_to(self, n_done: usize) {
        let n_done = n_done.min(self.n_steps);
        self.ahead.set(Some(n_done));
        self.tell.call(n_done);
    }

    fn move_by(self, steps: isize) {
        self.go_to(self.n_done.get_untracked().saturating_add_signed(steps));
    }

    pub fn is_at_end(self) -> bool {
        self.n_done.get() == self.n_steps
    }

    /// Buttons, the place in words, and a link to it.
    fn controls(self) -> Html {
        let Anomalies { address, .. } = expect_context::<Anomalies>();
        let n_steps = self.n_steps;
        let link = move || {
            permalink(untrack(|| {
                address.finding.with(|finding| address.url(finding, u32::try_from(self.n_done.get()).ok()))
            }))
        };
        let button = move |caption: &'static str,
                           label: &'static str,
                           key: &'static str,
                           act: fn(Self),
                           ends: fn(Self) -> bool| {
            view! {
                <button
                    type="button"
                    class="button step-button"
                    aria-label=label
                    title=format!("{label} ({key})")
                    aria-disabled=text(move || ends(self).to_string())
                    on:click=move |_| act(self)
                >
                    {caption}
                </button>
            }
            .erase()
        };
        let is_at_start: fn(Self) -> bool = |stepper| stepper.n_done.get() == 0;
        view! {
            <div class="schedule-controls">
                {button("⇤", "First step", "Home", |stepper| stepper.go_to(0), is_at_start)}
                {button("←", "Previous step", "left, up or p", |stepper| stepper.move_by(-1), is_at_start)}
                {button("→", "Next step", "right, down or n", |stepper| stepper.move_by(1), Self::is_at_end)}
                {button("⇥", "Last step", "End", |stepper| stepper.go_to(stepper.n_steps), Self::is_at_end)}
                <span class="schedule-place">{text(move || format!("Step {} of {n_steps}", self.n_done.get()))}</span>
                <CopyButton text=link label="Copy link to this step"/>
            </div>
        }
        .erase()
    }
}
