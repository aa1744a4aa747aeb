//! The file of acknowledged events: a line `trace_id event_id` is there only after the server's 200.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;

use crate::cli::load::bodies::Ids;

/// Appended to by all connections.
#[derive(Debug)]
pub struct AckedFile {
    file: Mutex<File>,
}

impl AckedFile {
    /// # Errors
    /// When the file cannot be opened for appending.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path);
        let file = file.with_context(|| format!("cannot append to {}", path.display()))?;
        Ok(Self { file: Mutex::new(file) })
    }

    /// Appends the events of one batch but those at the indexes in `rejected`.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn append(&self, ids: &[Ids], rejected: &[usize]) -> io::Result<()> {
        let mut lines = String::with_capacity(ids.len() * 74);
        for (event_idx, (trace, event)) in ids.iter().enumerate() {
            if !rejected.contains(&event_idx) {
                lines.push_str(&format!("{trace} {event}\n"));
            }
        }
        self.file.lock().unwrap_or_else(PoisonError::into_inner).write_all(lines.as_bytes())
    }
}
