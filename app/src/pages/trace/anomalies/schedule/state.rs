//! What memory and locks are after the first steps of a schedule.
//!
//! It points into the schedule instead of copying values, so that a state is made anew from the start, in
//! one pass, whenever the reader goes elsewhere. Nothing a schedule says makes it panic: an index that
//! names nothing changes nothing.

use std::ops::Range;

use model::analysis::{Schedule, ScheduleStep, StepEffect};

/// Rows on either side of the step at hand that are in the document.
const AROUND: usize = 40;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// By variable: the step whose value it has; [`None`] while it has the one from before.
    sources: Vec<Option<usize>>,
    /// By lock: who holds it, once for each time they took it.
    holders: Vec<Vec<Holder>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// Column.
    pub thread: u32,
    pub shared: bool,
}

/// What one step did to what is shown beside the schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Read(usize),
    Written(usize),
    Taken(usize),
    Released(usize),
}

impl State {
    /// Before the first listed step.
    pub fn start(schedule: &Schedule) -> Self {
        let holders = schedule.locks.iter().map(|lock| {
            let shared = lock.holders.len() > 1;
            lock.holders.iter().map(|&thread| Holder { thread, shared }).collect()
        });
        Self { sources: vec![None; schedule.variables.len()], holders: holders.collect() }
    }

    /// After the first `n_steps`, or after all of them. O(steps).
    pub fn after(schedule: &Schedule, n_steps: usize) -> Self {
        let mut state = Self::start(schedule);
        for (index, step) in schedule.steps.iter().enumerate().take(n_steps) {
            state.apply(index, step);
        }
        state
    }

    /// Goes on by the step with this index.
    pub fn apply(&mut self, index: usize, step: &ScheduleStep) {
        match &step.effect {
            StepEffect::None => {}
            // What was seen is what was there, also where nobody recorded who wrote it.
            StepEffect::Read { variable, value: Some(_) } | StepEffect::Write { variable, .. } => {
                if let Some(source) = self.sources.get_mut(*variable as usize) {
                    *source = Some(index);
                }
            }
            StepEffect::Read { value: None, .. } => {}
            StepEffect::Acquire { lock, shared } => {
                if let Some(holders) = self.holders.get_mut(*lock as usize) {
                    holders.push(Holder { thread: step.thread, shared: *shared });
                }
            }
            StepEffect::Release { lock } => {
                let Some(holders) = self.holders.get_mut(*lock as usize) else { return };
                if let Some(latest) = holders.iter().rposition(|holder| holder.thread == step.thread) {
                    holders.remove(latest);
                }
            }
        }
    }

    /// As JSON text; [`None`] when it is not recorded.
    pub fn value<'a>(&self, schedule: &'a Schedule, variable: usize) -> Option<&'a str> {
        let source = self.sources.get(variable)?;
        let value = match source.and_then(|index| schedule.steps.get(index)).map(|step| &step.effect) {
            Some(StepEffect::Read { value, .. } | StepEffect::Write { value, .. }) => value,
            _ => &schedule.variables.get(variable)?.value,
        };
        value.as_deref()
    }

    /// Who holds a lock, each thread once.
    pub fn holders(&self, lock: usize) -> Vec<Holder> {
        let mut once: Vec<Holder> = Vec::new();
        for holder in self.holders.get(lock).into_iter().flatten() {
            match once.iter_mut().find(|known| known.thread == holder.thread) {
                // Who has it exclusively as well has it exclusively.
                Some(known) => known.shared &= holder.shared,
                None => once.push(*holder),
            }
        }
        once
    }

    /// Whether a thread is inside a critical section.
    pub fn holds_any(&self, thread: u32) -> bool {
        self.holders.iter().flatten().any(|holder| holder.thread == thread)
    }
}

/// What the last of the first `n_steps` did.
pub fn change(schedule: &Schedule, n_steps: usize) -> Option<Change> {
    let step = schedule.steps.get(n_steps.checked_sub(1)?)?;
    match step.effect {
        StepEffect::None => None,
        StepEffect::Read { variable, .. } => Some(Change::Read(variable as usize)),
        StepEffect::Write { variable, .. } => Some(Change::Written(variable as usize)),
        StepEffect::Acquire { lock, .. } => Some(Change::Taken(lock as usize)),
        StepEffect::Release { lock } => Some(Change::Released(lock as usize)),
    }
}

/// Indexes of the steps that are in the document when the first `n_done` of `n_steps` are done: all of a
/// short schedule, those around the step at hand of a long one.
pub fn window(n_steps: usize, n_done: usize) -> Range<usize> {
    if n_steps <= 2 * AROUND {
        return 0..n_steps;
    }
    let end = (n_done + AROUND).clamp(2 * AROUND, n_steps);
    end - 2 * AROUND..end
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::analysis::{ScheduleLock, ScheduleThread, ScheduleVariable};
    use model::{Kind, Mode, Seq};
    use proptest::prelude::*;

    const N_THREADS: u32 = 3;
    const N_VARIABLES: u32 = 3;
    const N_LOCKS: u32 = 2;

    fn step(thread: u32, effect: StepEffect) -> ScheduleStep {
        ScheduleStep {
            thread,
            event: "00f067aa0ba902b7".parse().expect("an id"),
            position: 0,
            kind: Kind::Custom,
            mode: Mode::None,
            text: String::new(),
            location: String::new(),
            effect,
            role: None,
        }
    }

    fn schedule(steps: Vec<ScheduleStep>) -> Schedule {
        let thread = |n| ScheduleThread { name: format!("T{n}"), service: String::new() };
        let variable = |n| ScheduleVariable { name: format!("v{n}"), value: (n > 0).then(|| "0".to_owned()) };
        let lock = |n| ScheduleLock { name: format!("l{n}"), holders: if n == 0 { vec![2] } else { Vec::new() } };
        Schedule {
            finding: String::new(),
            version: Seq(1),
            threads: (0..N_THREADS).map(thread).collect(),
            variables: (0..N_VARIABLES).map(variable).collect(),
            locks: (0..N_LOCKS).map(lock).collect(),
            steps,
            skipped: 0,
            then: Vec::new(),
        }
    }

    /// Also indexes that name nothing.
    fn effect() -> impl Strategy<Value = StepEffect> {
        let value = || proptest::option::of("[0-9]");
        prop_oneof![
            Just(StepEffect::None),
            (0..=N_VARIABLES, value()).prop_map(|(variable, value)| StepEffect::Read { variable, value }),
            (0..=N_VARIABLES, value()).prop_map(|(variable, value)| StepEffect::Write { variable, value }),
            (0..=N_LOCKS, any::<bool>()).prop_map(|(lock, shared)| StepEffect::Acquire { lock, shared }),
            (0..=N_LOCKS).prop_map(|lock| StepEffect::Release { lock }),
        ]
    }

    fn any_schedule() -> impl Strategy<Value = Schedule> {
        let steps = proptest::collection::vec((0..N_THREADS, effect()), 0..40);
        steps.prop_map(|steps| schedule(steps.into_iter().map(|(thread, effect)| step(thread, effect)).collect()))
    }

    proptest! {
        #[test]
        fn going_on_step_by_step_is_the_same_as_starting_over(schedule in any_schedule()) {
            let mut state = State::start(&schedule);
            for (index, step) in schedule.steps.iter().enumerate() {
                prop_assert_eq!(&state, &State::after(&schedule, index));
                state.apply(index, step);
            }
            prop_assert_eq!(&state, &State::after(&schedule, schedule.steps.len()));
            prop_assert_eq!(&state, &State::after(&schedule, usize::MAX));
        }

        /// Values by looking back for the last step that told one, holders by counting.
        #[test]
        fn every_state_is_what_the_steps_before_it_say(schedule in any_schedule(), part in 0.0..=1.0f64) {
            let n_steps = (schedule.steps.len() as f64 * part) as usize;
            let (state, done) = (State::after(&schedule, n_steps), &schedule.steps[..n_steps]);
            for variable in 0..N_VARIABLES {
                let told = done.iter().rev().find_map(|step| match &step.effect {
                    StepEffect::Write { variable: of, value } if *of == variable => Some(value.as_deref()),
                    StepEffect::Read { variable: of, value: Some(value) } if *of == variable => Some(Some(value.as_str())),
                    _ => None,
                });
                let before = schedule.variables[variable as usize].value.as_deref();
                prop_assert_eq!(state.value(&schedule, variable as usize), told.unwrap_or(before));
            }
            for lock in 0..N_LOCKS {
                for thread in 0..N_THREADS {
                    let mut depth = usize::from(schedule.locks[lock as usize].holders.contains(&thread));
                    for step in done.iter().filter(|step| step.thread == thread) {
                        match step.effect {
                            StepEffect::Acquire { lock: of, .. } if of == lock => depth += 1,
                            StepEffect::Release { lock: of } if of == lock => depth = depth.saturating_sub(1),
                            _ => {}
                        }
                    }
                    let holders = state.holders(lock as usize);
                    prop_assert_eq!(holders.iter().filter(|holder| holder.thread == thread).count(), depth.min(1));
                }
            }
        }

        #[test]
        fn the_step_at_hand_is_in_the_document_and_few_others_are(n_steps in 0usize..3_000, part in 0.0..=1.0f64) {
            let n_done = (n_steps as f64 * part) as usize;
            let window = window(n_steps, n_done);
            prop_assert!(window.end <= n_steps && window.len() <= 2 * AROUND);
            prop_assert!(n_done == 0 || window.contains(&(n_done - 1)));
            prop_assert!(n_done == n_steps || window.contains(&n_done));
            prop_assert!(window.len() == n_steps.min(2 * AROUND));
        }
    }

    #[test]
    fn a_value_that_was_not_recorded_is_known_once_somebody_reads_it() {
        let read = StepEffect::Read { variable: 0, value: Some("7".into()) };
        let write = StepEffect::Write { variable: 0, value: None };
        let schedule = schedule(vec![step(0, read), step(1, write)]);
        let at = |n_steps| State::after(&schedule, n_steps).value(&schedule, 0).map(str::to_owned);
        assert_eq!([at(0), at(1), at(2)], [None, Some("7".to_owned()), None]);
        assert_eq!(change(&schedule, 0), None);
        assert_eq!(change(&schedule, 1), Some(Change::Read(0)));
        assert_eq!(change(&schedule, 2), Some(Change::Written(0)));
    }
}
