//! STD files: `T1|w(x)|12`, one operation a line, in the order they were observed.

use std::io::BufRead;

use hashbrown::HashMap;

use crate::history::{Access, EdgeReason, History, HistoryBuilder, OpIdx, OpKind, Sources, ThreadIdx};

/// A line that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum StdError {
    #[error("{line}: {what}")]
    Line { line: u32, what: String },
    #[error("{line}: {source}")]
    Read { line: u32, source: std::io::Error },
    #[error("{line}: more than four thousand million operations")]
    TooLong { line: u32 },
}

/// The longest line, in bytes: a file without line ends is not read into memory whole.
const MAX_LINE: u64 = 64 << 10;

#[derive(Default)]
struct Reader {
    builder: HistoryBuilder,
    lines: Vec<u32>,
    /// By thread: forks not yet followed by its first operation, and its last operation.
    forks: HashMap<ThreadIdx, Vec<OpIdx>>,
    last: HashMap<ThreadIdx, OpIdx>,
}

/// Reads a whole file. O(N).
///
/// Lines of `begin`, `end`, `branch` and `req` are left out; operations are numbered over the others.
///
/// # Errors
/// The first line that is not `thread|op(target)|location`, with its number.
pub fn read(mut input: impl BufRead) -> Result<History, StdError> {
    let mut reader = Reader::default();
    let mut buffer = Vec::new();
    let mut line = 0;
    loop {
        line += 1;
        buffer.clear();
        let read = std::io::Read::take(&mut input, MAX_LINE + 1)
            .read_until(b'\n', &mut buffer)
            .map_err(|source| StdError::Read { line, source })?;
        if read == 0 {
            break;
        }
        let wrong = |what: &str| StdError::Line { line, what: what.to_owned() };
        if buffer.len() as u64 > MAX_LINE {
            return Err(wrong("longer than 65536 bytes"));
        }
        let text = std::str::from_utf8(&buffer).map_err(|_| wrong("not UTF-8"))?.trim();
        if !text.is_empty() {
            reader.line(line, text)?;
        }
    }
    Ok(reader.builder.finish(Sources::Lines(reader.lines)))
}

impl Reader {
    fn line(&mut self, line: u32, text: &str) -> Result<(), StdError> {
        let wrong = |what: String| StdError::Line { line, what };
        let mut parts = text.splitn(3, '|');
        let (thread, operation) = match (parts.next(), parts.next()) {
            (Some(thread), Some(operation)) if !thread.is_empty() => (thread, operation),
            _ => return Err(wrong("expected thread|op(target)|location".to_owned())),
        };
        let location = parts.next().unwrap_or("");
        let (name, target) = operation
            .split_once('(')
            .and_then(|(name, rest)| Some((name, rest.strip_suffix(')')?)))
            .ok_or_else(|| wrong(format!("expected op(target), found {operation:?}")))?;
        if self.builder.len() >= u32::MAX as usize - 1 {
            return Err(StdError::TooLong { line });
        }
        let builder = &mut self.builder;
        let kind = match name {
            "r" => OpKind::Read(builder.variables.id(target), Access::default()),
            "w" => OpKind::Write(builder.variables.id(target), Access::default()),
            "acq" => OpKind::Acquire { lock: builder.locks.id(target), shared: false },
            "rel" => OpKind::Release { lock: builder.locks.id(target), shared: false },
            "fork" => OpKind::Fork(builder.threads.id(target)),
            "join" => OpKind::Join(builder.threads.id(target)),
            "begin" | "end" | "branch" | "req" => return Ok(()),
            other => return Err(wrong(format!("unknown operation {other:?}"))),
        };
        let thread = builder.threads.id(thread);
        let location = builder.locations.id(location);
        let op = builder.push(thread, kind, location);
        self.lines.push(line);
        for fork in self.forks.remove(&thread).unwrap_or_default() {
            self.builder.edge(fork, op, EdgeReason::Fork, false);
        }
        match kind {
            // A fork of a thread that already runs orders nothing.
            OpKind::Fork(child) if !self.last.contains_key(&child) => self.forks.entry(child).or_default().push(op),
            OpKind::Join(child) => {
                if let Some(&last) = self.last.get(&child) {
                    self.builder.edge(last, op, EdgeReason::Join, false);
                }
            }
            _ => {}
        }
        self.last.insert(thread, op);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_follows_every_fork_before_its_first_operation() {
        let history =
            read(&b"A|fork(B)|1\nC|fork(B)|2\nA|begin(B)|0\nB|w(x)|3\nC|fork(B)|4\nA|join(B)|5\n"[..]).unwrap();
        let edges: Vec<_> = history.edges.iter().map(|edge| (edge.from, edge.to)).collect();
        assert_eq!(edges, [(0, 2), (1, 2), (2, 4)]);
        assert_eq!(history.sources, Sources::Lines(vec![1, 2, 4, 5, 6]));
    }

    #[test]
    fn a_broken_line_is_named() {
        for (text, expected) in [
            ("T1|w(x)|1\nT1|w(x", "2: expected op(target), found \"w(x\""),
            ("T1|jump(x)|1", "1: unknown operation \"jump\""),
            ("hello", "1: expected thread|op(target)|location"),
        ] {
            assert_eq!(read(text.as_bytes()).unwrap_err().to_string(), expected);
        }
    }
}
