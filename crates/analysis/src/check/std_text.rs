//! The checker's own reader of STD files.

use hashbrown::HashMap;

use super::recording::{Action, Draft, Recording, Values};
use crate::history::{Access, OpIdx};

/// A line that is no `thread|op(target)|location`. Lines count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{line}: not an operation")]
pub struct Unreadable {
    pub line: usize,
}

#[derive(Default)]
struct Ids<'t>(HashMap<&'t str, u32>);

impl<'t> Ids<'t> {
    fn of(&mut self, name: &'t str) -> u32 {
        let next = self.0.len() as u32;
        *self.0.entry(name).or_insert(next)
    }
}

#[derive(Default)]
struct Threads<'t>(HashMap<&'t str, u32>);

impl<'t> Threads<'t> {
    fn of(&mut self, name: &'t str, draft: &mut Draft) -> u32 {
        *self.0.entry(name).or_insert_with(|| draft.thread(name.to_owned()))
    }
}

impl Recording {
    /// From the whole text of an STD file. O(N).
    ///
    /// # Errors
    /// The first line that cannot be read.
    pub fn from_std(text: &[u8]) -> Result<Self, Unreadable> {
        let mut draft = Draft::default();
        let (mut variables, mut locks, mut threads) = (Ids::default(), Ids::default(), Threads::default());
        // Forks of threads that have not begun.
        let mut forks: HashMap<u32, Vec<OpIdx>> = HashMap::new();
        for (line_idx, line) in text.split(|&byte| byte == b'\n').enumerate() {
            let unreadable = Unreadable { line: line_idx + 1 };
            let line = std::str::from_utf8(line).map_err(|_| unreadable)?.trim();
            if line.is_empty() {
                continue;
            }
            let (thread, name, target) = parts(line).ok_or(unreadable)?;
            let how = Access::default();
            let action = match name {
                "begin" | "end" | "branch" | "req" => continue,
                "r" => Draft::touch(variables.of(target), how, true, false),
                "w" => Draft::touch(variables.of(target), how, false, true),
                "acq" => Action::Acquire { lock: locks.of(target), shared: false },
                "rel" => Action::Release { lock: locks.of(target) },
                "fork" | "join" => Action::Nothing,
                _ => return Err(unreadable),
            };
            let actor = threads.of(thread, &mut draft);
            let begins = draft.last_of(actor).is_none();
            let op = draft.push(actor, action, Values::default());
            if begins {
                for fork in forks.remove(&actor).unwrap_or_default() {
                    draft.need(op, fork);
                }
            }
            if !matches!(name, "fork" | "join") {
                continue;
            }
            let other = threads.of(target, &mut draft);
            match draft.last_of(other) {
                Some(last) if name == "join" && other != actor => draft.need(op, last),
                None if name == "fork" => forks.entry(other).or_default().push(op),
                _ => {}
            }
        }
        Ok(draft.finish())
    }
}

fn parts(line: &str) -> Option<(&str, &str, &str)> {
    let (thread, rest) = line.split_once('|')?;
    let operation = rest.find('|').map_or(rest, |end| &rest[..end]);
    let (name, target) = operation.strip_suffix(')')?.split_once('(')?;
    (!thread.is_empty()).then_some((thread, name, target))
}
