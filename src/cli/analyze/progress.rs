//! One line on a terminal that says how far the work is, and goes away with it.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// Work that ends sooner shows nothing.
const QUIET: Duration = Duration::from_millis(500);

/// Does nothing unless stderr is a terminal.
#[derive(Debug)]
pub struct Progress {
    files: usize,
    done: usize,
    began: Instant,
    is_terminal: bool,
    is_shown: bool,
}

impl Progress {
    pub fn new(files: usize) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        Self { files, done: 0, began: Instant::now(), is_terminal, is_shown: false }
    }

    pub fn one_more(&mut self) {
        self.done += 1;
    }

    pub fn show(&mut self) {
        let elapsed = self.began.elapsed();
        if self.is_terminal && elapsed >= QUIET {
            self.write(&format!("{} of {} files, {} s", self.done, self.files, elapsed.as_secs()));
            self.is_shown = true;
        }
    }

    pub fn clear(&mut self) {
        if std::mem::take(&mut self.is_shown) {
            self.write("");
        }
    }

    /// A terminal that went away is no reason to stop.
    fn write(&self, line: &str) {
        let mut stderr = std::io::stderr().lock();
        let _ = write!(stderr, "\r\x1b[K{line}");
        let _ = stderr.flush();
    }
}
