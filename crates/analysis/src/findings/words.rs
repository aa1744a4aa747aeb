//! What people read of a finding.

use model::analysis::{FindingClass, FindingKind};
use model::table::EventRow;

use super::Found;
use super::describe::thread_label;
use crate::causal::Recorded;
use crate::history::{OpIdx, OpKind, ThreadIdx};

const ADVICE_RACE: &str = "Let both hold one lock, or let one wait for the other.";
const NUMBERS: [&str; 9] = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight"];

/// The variable or the locks.
pub fn subject(recorded: &Recorded, found: &Found) -> String {
    let history = &recorded.history;
    match (found.variable, &found.locks[..]) {
        (Some(variable), _) => history.variables[variable as usize].clone(),
        (None, locks) => {
            let mut names: Vec<&str> = locks.iter().map(|&lock| history.locks[lock as usize].as_str()).collect();
            names.sort_unstable();
            names.dedup();
            names.join(", ")
        }
    }
}

/// One plain sentence.
pub fn title(recorded: &Recorded, found: &Found) -> String {
    let history = &recorded.history;
    let variable = found.variable.map_or("", |variable| history.variables[variable as usize].as_str());
    let noun = noun(recorded, found);
    match found.kind {
        FindingKind::Race => race(recorded, found, noun, variable),
        FindingKind::LostUpdate => match found.class {
            FindingClass::Observed => {
                format!("A write to `{variable}` was lost: a {noun} that had read the old value wrote over it.")
            }
            FindingClass::Predictable => {
                format!("A write to `{variable}` can get lost between a {noun}'s read and its write.")
            }
            _ => format!("A write to `{variable}` came between a {noun}'s read and its write, and may be lost."),
        },
        FindingKind::Deadlock => {
            let each_other = if found.events.len() == 2 { "each other" } else { "one another" };
            format!(
                "{} {noun}s can wait for {each_other} for ever, over {}.",
                many(found.events.len()),
                locks(recorded, found)
            )
        }
        FindingKind::LockInversion => {
            format!("{} are taken in orders that do not agree, but never meet in this trace.", locks(recorded, found))
        }
        FindingKind::Unserialisable => {
            format!(
                "Requests saw each other half done, through `{variable}`: no order of one after the other does that."
            )
        }
        FindingKind::Slow => String::new(),
    }
}

/// How one knows, and what to do about it.
pub fn explanation(recorded: &Recorded, found: &Found) -> String {
    match found.kind {
        FindingKind::Race => {
            let how = match found.class {
                FindingClass::Observed => {
                    "It was so in this recording: when the first access was made, the second was already free to be \
                     made too."
                }
                FindingClass::Schedulable => {
                    "Had one of them been slower, both had been made at once: every lock is taken in the order in \
                     which it was, and every read sees what it saw. The schedule shows how."
                }
                FindingClass::SyncPreserving => {
                    "The same program can come to make both at once, with every lock taken in the order in which it \
                     was and every read seeing what it saw. The schedule shows how."
                }
                _ => {
                    "The same program can come to make both at once when locks are taken in another order than here; \
                     every read sees what it saw. The schedule shows how."
                }
            };
            [how, held(recorded, found).as_str(), ADVICE_RACE].join(" ")
        }
        FindingKind::LostUpdate => match found.class {
            FindingClass::Observed => "The last write says that it replaced the value which was read before; what was \
                written in between was never seen, and is gone. Keep one lock from the read to the write, or update \
                the variable in one atomic step."
                .into(),
            FindingClass::Predictable => "It did not happen here. The schedule shows how another write can come \
                between the read and the write that rests on it. Keep one lock from the read to the write, or update \
                the variable in one atomic step."
                .into(),
            _ => "Whether the last write took the other one into account is not recorded: it would say so with the \
                value it replaced. If it did not, keep one lock from the read to the write."
                .into(),
        },
        FindingKind::Deadlock => "Each holds what the next one wants. The schedule leads to the point where all of \
            them wait; nobody can go on from there. Take these locks in one order everywhere."
            .into(),
        FindingKind::LockInversion => {
            "No schedule was found in which all of them wait at once, so this trace does not \
            show a deadlock; another run may. Take these locks in one order everywhere."
                .into()
        }
        FindingKind::Unserialisable => "One request read or wrote what the other was in the middle of changing. If \
            each of them is meant to be one step, keep a lock from its first access to its last."
            .into(),
        FindingKind::Slow => String::new(),
    }
}

fn race(recorded: &Recorded, found: &Found, noun: &str, variable: &str) -> String {
    let kind = |at: usize| found.events.get(at).map(|event| recorded.history.ops[event.op as usize].kind);
    let writes = |at: usize| kind(at).is_some_and(|kind| kind.writes().is_some());
    let atomic = |at: usize| kind(at).and_then(OpKind::access).is_some_and(|(.., access)| access.atomic);
    let both = if writes(0) && writes(1) {
        format!("Two {noun}s write `{variable}` at once")
    } else {
        format!("One {noun} reads `{variable}` while another writes it")
    };
    if atomic(0) != atomic(1) {
        return format!("{both}, and only one of them atomically; nothing orders them.");
    }
    format!("{both}; nothing orders them.")
}

/// Why the locks they hold do not help.
fn held(recorded: &Recorded, found: &Found) -> String {
    let [first, second] = &found.events[..] else { return String::new() };
    let name = |lock: u32| recorded.history.locks[lock as usize].as_str();
    let shared = first.held.iter().find(|&&(lock, shared)| shared && second.held.contains(&(lock, true)));
    match (shared, &first.held[..], &second.held[..]) {
        (Some(&(lock, _)), ..) => format!("Both hold `{}` shared, which lets both in.", name(lock)),
        (None, [], []) => "Neither holds a lock.".into(),
        (None, [(lock, _), ..], []) | (None, [], [(lock, _), ..]) => {
            format!("Only one of them holds a lock (`{}`).", name(*lock))
        }
        (None, [(one, _), ..], [(other, _), ..]) => {
            format!("They hold different locks (`{}` and `{}`).", name(*one), name(*other))
        }
    }
}

fn locks(recorded: &Recorded, found: &Found) -> String {
    let mut names: Vec<String> =
        found.locks.iter().map(|&lock| format!("`{}`", recorded.history.locks[lock as usize])).collect();
    names.sort_unstable();
    names.dedup();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// What its threads of control are to people: tasks of one request, requests, or threads.
fn noun(recorded: &Recorded, found: &Found) -> &'static str {
    let threads: Vec<ThreadIdx> =
        found.events.iter().map(|event| recorded.history.ops[event.op as usize].thread).collect();
    let of = |&thread: &ThreadIdx| &recorded.threads[thread as usize];
    let Some(first) = threads.first().map(of) else { return "thread" };
    let one_request = threads.iter().map(of).all(|thread| thread.span == first.span && thread.scope == first.scope);
    match (one_request, threads.iter().map(of).any(|thread| !thread.task.is_empty())) {
        (true, true) => "task",
        (false, _) => "request",
        (true, false) => "thread",
    }
}

fn many(count: usize) -> String {
    let word = NUMBERS.get(count).map_or_else(|| count.to_string(), |word| (*word).to_owned());
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What an operation does, in few words, which begin with what kind it is.
pub fn step(recorded: &Recorded, op: OpIdx, value: Option<&str>, row: &EventRow, operation: &str) -> String {
    let history = &recorded.history;
    let lock = |lock: u32| &history.locks[lock as usize];
    let variable = |variable: u32| &history.variables[variable as usize];
    let equals = |value: Option<&str>| value.map_or_else(String::new, |value| format!(" = {value}"));
    match history.ops[op as usize].kind {
        OpKind::Read(var, _) => format!("read {}{}", variable(var), equals(value)),
        OpKind::Write(var, _) => format!("write {}{}", variable(var), equals(value)),
        OpKind::Update(var, _) => format!("update {}{}", variable(var), equals(value)),
        OpKind::Acquire { lock: of, shared: true } => format!("acquire {} (shared)", lock(of)),
        OpKind::Acquire { lock: of, shared: false } => format!("acquire {}", lock(of)),
        OpKind::Release { lock: of, .. } => format!("release {}", lock(of)),
        OpKind::Fork(thread) | OpKind::Join(thread) => format!("{} {}", row.kind, thread_label(recorded, thread)),
        OpKind::Fence { .. } | OpKind::Other => format!("{} {operation}", row.kind).trim_end().to_owned(),
    }
}
