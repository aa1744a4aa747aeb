//! Remembers what slow steps made of their input, so that a second build does not do them again.
//!
//! An entry is a file named by the hash of the step's name and its input. A run keeps the entries it
//! used and drops the others, so the folder holds what one site needs.

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// A folder of remembered results.
pub struct Memo {
    folder: PathBuf,
    used: HashSet<String>,
}

impl Memo {
    /// Opens `folder`, making it when it is not there.
    pub fn open(folder: PathBuf) -> Result<Self> {
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Memo { folder, used: HashSet::new() })
    }

    /// What `work` makes of `input`; `work` runs only when this step has not seen this input before.
    ///
    /// The step's name must change when the step itself does.
    pub fn step(&mut self, name: &str, input: &[u8], work: impl FnOnce(&[u8]) -> Result<Vec<u8>>) -> Result<Vec<u8>> {
        let key = key(name, input);
        let entry = self.folder.join(&key);
        self.used.insert(key);
        if let Ok(known) = fs::read(&entry) {
            return Ok(known);
        }
        let made = work(input)?;
        // Renamed into place, so that an interrupted run leaves no half entry.
        let partial = self.folder.join(format!("partial-{}", std::process::id()));
        fs::write(&partial, &made).with_context(|| format!("cannot write {}", partial.display()))?;
        fs::rename(&partial, &entry).with_context(|| format!("cannot write {}", entry.display()))?;
        Ok(made)
    }

    /// Drops the entries that no step of this run asked for.
    pub fn forget_unused(self) -> Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if !self.used.contains(entry.file_name().to_string_lossy().as_ref()) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

fn key(name: &str, input: &[u8]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(name);
    hasher.update([0]);
    hasher.update(input);
    hex(&hasher.finalize())
}

/// Lower-case hex digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_runs_once_for_one_input() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut memo = Memo::open(folder.path().into()).expect("a memo");
        let first = memo.step("double", b"ab", |input| Ok(input.repeat(2))).expect("made");
        let second = memo.step("double", b"ab", |_| panic!("the step ran again")).expect("remembered");
        assert_eq!(first, b"abab");
        assert_eq!(second, b"abab");
        let other = memo.step("reverse", b"ab", |_| Ok(b"ba".to_vec())).expect("made");
        assert_eq!(other, b"ba", "another step of the same input is another entry");
    }

    #[test]
    fn a_failed_step_is_not_remembered() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut memo = Memo::open(folder.path().into()).expect("a memo");
        assert!(memo.step("s", b"x", |_| anyhow::bail!("broken")).is_err());
        assert_eq!(memo.step("s", b"x", |_| Ok(b"fine".to_vec())).expect("made"), b"fine");
    }

    #[test]
    fn entries_that_a_run_did_not_use_are_dropped() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut memo = Memo::open(folder.path().into()).expect("a memo");
        memo.step("s", b"old", |_| Ok(b"1".to_vec())).expect("made");
        let mut memo = Memo::open(folder.path().into()).expect("a memo");
        memo.step("s", b"new", |_| Ok(b"2".to_vec())).expect("made");
        memo.forget_unused().expect("swept");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }
}
