//! The folder that is built: files are written only when they differ, and what was not put is removed.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// A folder being brought up to date.
pub struct Output {
    folder: PathBuf,
    put: HashSet<PathBuf>,
}

impl Output {
    /// Opens `folder`, making it when it is not there.
    pub fn open(folder: PathBuf) -> Result<Self> {
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Output { folder, put: HashSet::new() })
    }

    /// Puts a file at `path`, relative to the folder. One that already has these bytes keeps its time
    /// of change, so that cargo does not see a change that is none.
    pub fn put(&mut self, path: &str, bytes: &[u8]) -> Result<()> {
        let target = self.folder.join(path);
        self.put.insert(target.clone());
        if fs::read(&target).is_ok_and(|present| present == bytes) {
            return Ok(());
        }
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        }
        fs::write(&target, bytes).with_context(|| format!("cannot write {}", target.display()))
    }

    /// Removes the files that were not put since the folder was opened, and folders left empty.
    pub fn remove_stale(self) -> Result<()> {
        let mut folders = vec![self.folder.clone()];
        let mut visited = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder)? {
                let entry = entry?;
                let path = entry.path();
                if entry.file_type()?.is_dir() {
                    folders.push(path);
                } else if !self.put.contains(&path) {
                    fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
                }
            }
            visited.push(folder);
        }
        // Children were visited after their parents.
        for folder in visited.iter().rev().filter(|folder| **folder != self.folder) {
            remove_if_empty(folder)?;
        }
        Ok(())
    }
}

fn remove_if_empty(folder: &Path) -> Result<()> {
    if fs::read_dir(folder)?.next().is_none() {
        fs::remove_dir(folder)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stale_files_and_empty_folders_go_and_the_rest_stays() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut first = Output::open(folder.path().into()).expect("an output");
        first.put("pkg/old.js", b"1").expect("put");
        first.put("deep/er/old.css", b"1").expect("put");
        first.put("pkg/kept.js", b"1").expect("put");
        let mut second = Output::open(folder.path().into()).expect("an output");
        second.put("pkg/kept.js", b"1").expect("put");
        second.remove_stale().expect("swept");
        assert!(folder.path().join("pkg/kept.js").exists());
        assert!(!folder.path().join("pkg/old.js").exists());
        assert!(!folder.path().join("deep").exists());
    }

    #[test]
    fn an_unchanged_file_is_not_written_again() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut output = Output::open(folder.path().into()).expect("an output");
        output.put("a.css", b"same").expect("put");
        let path = folder.path().join("a.css");
        let long_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
        let file = fs::File::options().write(true).open(&path).expect("a file");
        file.set_modified(long_ago).expect("a time");
        output.put("a.css", b"same").expect("put");
        assert_eq!(fs::metadata(&path).expect("metadata").modified().expect("a time"), long_ago);
        output.put("a.css", b"other").expect("put");
        assert_ne!(fs::metadata(&path).expect("metadata").modified().expect("a time"), long_ago);
    }
}
