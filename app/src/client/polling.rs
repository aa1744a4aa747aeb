//! When to ask again: a plain state machine without clocks, timers or requests of its own.
//!
//! It holds: at most one request at a time; none by itself while hidden, switched off or settled; the
//! interval stays between two and thirty seconds.

/// Milliseconds of any steady clock.
pub type Millis = f64;

pub const SHORTEST: Millis = 2_000.0;
pub const LONGEST: Millis = 30_000.0;
pub const GROWTH: f64 = 1.5;
/// A change shortens the interval again, but not more often than this: a store that changes all the
/// time must not be asked all the time.
pub const RESET_EVERY: Millis = 15_000.0;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Input {
    /// The question is new, and its answer is this old.
    Opened {
        age: Millis,
    },
    Visible(bool),
    SwitchedOn(bool),
    /// Nothing more is expected of the answer (a quiet trace).
    Settled(bool),
    /// Somebody wants to know now.
    Refresh,
    /// The timer for [`Schedule::due`] went off.
    Elapsed,
    Answered {
        ticket: u32,
        outcome: Outcome,
    },
}

/// What an answer said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Changed,
    Same,
    Failed,
}

#[derive(Debug, Clone)]
pub struct Schedule {
    visible: bool,
    on: bool,
    settled: bool,
    /// The request under way.
    asking: Option<u32>,
    last_ticket: u32,
    interval: Millis,
    last_reset: Option<Millis>,
    due: Option<Millis>,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            visible: true,
            on: true,
            settled: false,
            asking: None,
            last_ticket: 0,
            interval: SHORTEST,
            last_reset: None,
            due: None,
        }
    }
}

impl Schedule {
    /// Takes in what happened; a ticket means: ask now, and answer with that ticket.
    pub fn step(&mut self, now: Millis, input: Input) -> Option<u32> {
        match input {
            Input::Opened { age } => {
                self.asking = None;
                self.interval = SHORTEST;
                self.due = Some(now + (SHORTEST - age).max(0.0));
            }
            Input::Visible(visible) => {
                let returned = visible && !self.visible;
                self.visible = visible;
                if returned && self.on {
                    return self.ask();
                }
            }
            Input::SwitchedOn(on) => {
                let switched_on = on && !self.on;
                self.on = on;
                if switched_on && self.visible {
                    return self.ask();
                }
            }
            Input::Settled(settled) => {
                if self.settled && !settled {
                    self.interval = SHORTEST;
                    self.due = Some(now + SHORTEST);
                }
                self.settled = settled;
            }
            Input::Refresh => return self.ask(),
            Input::Elapsed => {
                if self.due().is_some_and(|due| due <= now) {
                    return self.ask();
                }
            }
            Input::Answered { ticket, outcome } => {
                if self.asking == Some(ticket) {
                    self.asking = None;
                    self.interval = self.next_interval(now, outcome);
                    self.due = Some(now + self.interval);
                }
            }
        }
        None
    }

    /// When [`Input::Elapsed`] is wanted; `None` while nothing is to be asked.
    pub fn due(&self) -> Option<Millis> {
        let runs = self.visible && self.on && !self.settled && self.asking.is_none();
        self.due.filter(|_| runs)
    }

    fn ask(&mut self) -> Option<u32> {
        if self.asking.is_some() {
            return None;
        }
        self.last_ticket = self.last_ticket.wrapping_add(1);
        self.asking = Some(self.last_ticket);
        self.asking
    }

    fn next_interval(&mut self, now: Millis, outcome: Outcome) -> Millis {
        let may_reset = self.last_reset.is_none_or(|last| now - last >= RESET_EVERY);
        if outcome == Outcome::Changed && may_reset {
            self.last_reset = Some(now);
            return SHORTEST;
        }
        (self.interval * GROWTH).min(LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Runs a schedule for so long; every request is answered at once. Returns when it asked.
    fn run(schedule: &mut Schedule, from: Millis, to: Millis, outcome: impl Fn(usize) -> Outcome) -> Vec<Millis> {
        let mut asked = Vec::new();
        while let Some(now) = schedule.due().map(|due| due.max(from)).filter(|&due| due <= to) {
            let ticket = schedule.step(now, Input::Elapsed).expect("due, so it asks");
            schedule.step(now, Input::Answered { ticket, outcome: outcome(asked.len()) });
            asked.push(now);
        }
        asked
    }

    fn opened() -> Schedule {
        let mut schedule = Schedule::default();
        assert_eq!(schedule.step(0.0, Input::Opened { age: 0.0 }), None);
        schedule
    }

    #[test]
    fn the_interval_grows_from_two_to_thirty_seconds_while_nothing_changes() {
        let asked = run(&mut opened(), 0.0, 200_000.0, |_| Outcome::Same);
        let intervals: Vec<Millis> = asked.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(asked[0], SHORTEST);
        assert_eq!(intervals[..4], [3_000.0, 4_500.0, 6_750.0, 10_125.0]);
        assert_eq!(intervals.last(), Some(&LONGEST));
    }

    #[test]
    fn a_store_that_always_changes_is_asked_at_most_twenty_times_a_minute() {
        let asked = run(&mut opened(), 0.0, 600_000.0, |_| Outcome::Changed);
        assert!(asked.len() <= 200, "{} requests in ten minutes", asked.len());
    }

    #[test]
    fn a_change_after_a_calm_shortens_the_interval() {
        let mut schedule = opened();
        let asked =
            run(&mut schedule, 0.0, 100_000.0, |index| if index == 6 { Outcome::Changed } else { Outcome::Same });
        assert_eq!(asked[7] - asked[6], SHORTEST);
    }

    #[test]
    fn a_hidden_page_asks_nothing_and_once_on_return() {
        let mut schedule = opened();
        schedule.step(1_000.0, Input::Visible(false));
        assert_eq!(schedule.due(), None);
        assert_eq!(schedule.step(90_000.0, Input::Elapsed), None);
        let ticket = schedule.step(100_000.0, Input::Visible(true));
        assert!(ticket.is_some());
        assert_eq!(schedule.step(100_001.0, Input::Visible(true)), None, "one request only");
    }

    #[test]
    fn what_is_switched_off_or_settled_rests_but_can_be_asked_by_hand() {
        for rest in [Input::SwitchedOn(false), Input::Settled(true)] {
            let mut schedule = opened();
            schedule.step(0.0, rest);
            assert_eq!(schedule.due(), None);
            assert!(schedule.step(5.0, Input::Refresh).is_some());
        }
    }

    #[test]
    fn an_answer_to_an_older_question_is_not_taken_for_the_new_one() {
        let mut schedule = opened();
        let old = schedule.step(1.0, Input::Refresh).expect("asks");
        schedule.step(2.0, Input::Opened { age: 0.0 });
        let new = schedule.step(3.0, Input::Refresh).expect("asks for the new question");
        schedule.step(4.0, Input::Answered { ticket: old, outcome: Outcome::Changed });
        assert_eq!(schedule.due(), None, "still waiting for the new answer");
        schedule.step(5.0, Input::Answered { ticket: new, outcome: Outcome::Same });
        assert_eq!(schedule.due(), Some(5.0 + 3_000.0));
    }

    #[test]
    fn a_question_with_an_old_answer_is_asked_at_once() {
        let mut schedule = Schedule::default();
        schedule.step(10.0, Input::Opened { age: 60_000.0 });
        assert_eq!(schedule.due(), Some(10.0));
    }

    fn input() -> impl Strategy<Value = Input> {
        prop_oneof![
            (0.0..60_000.0f64).prop_map(|age| Input::Opened { age }),
            any::<bool>().prop_map(Input::Visible),
            any::<bool>().prop_map(Input::SwitchedOn),
            any::<bool>().prop_map(Input::Settled),
            Just(Input::Refresh),
            Just(Input::Elapsed),
            (0u32..9, prop_oneof![Just(Outcome::Changed), Just(Outcome::Same), Just(Outcome::Failed)])
                .prop_map(|(ticket, outcome)| Input::Answered { ticket, outcome }),
        ]
    }

    proptest! {
        #[test]
        fn whatever_happens_the_promises_hold(steps in proptest::collection::vec((0.0..40_000.0f64, input()), 0..80)) {
            let mut schedule = Schedule::default();
            let mut now = 0.0;
            let (mut visible, mut on, mut settled) = (true, true, false);
            for (pause, input) in steps {
                now += pause;
                let was_asking = schedule.asking.is_some();
                let was_visible = visible;
                let was_on = on;
                match input {
                    Input::Visible(is) => visible = is,
                    Input::SwitchedOn(is) => on = is,
                    Input::Settled(is) => settled = is,
                    _ => {}
                }
                let ticket = schedule.step(now, input);
                if ticket.is_some() {
                    prop_assert!(!was_asking, "never two at a time");
                    let by_itself = input == Input::Elapsed;
                    prop_assert!(!by_itself || (visible && on && !settled));
                    let returned = matches!(input, Input::Visible(true)) && !was_visible && on;
                    let switched = matches!(input, Input::SwitchedOn(true)) && !was_on && visible;
                    prop_assert!(by_itself || input == Input::Refresh || returned || switched);
                }
                prop_assert!((SHORTEST..=LONGEST).contains(&schedule.interval));
                prop_assert!(schedule.due().is_none() || (visible && on && !settled));
            }
        }
    }
}
