//! An acknowledged commit is on disk: seen from outside, by the system calls the process makes.
//!
//! The test runs itself again under `strace`; the child commits and says so after each commit.

use std::io::Write;
use std::path::Path;
use std::process::Command;

use crate::support::{Sent, batch};
use model::Nanos;
use store::{StoreOptions, open};

const COMMITS: usize = 5;
const CHILD_DIR: &str = "RACEWAY_TEST_COMMIT_DIR";
const CHILD_FULL_SYNC: &str = "RACEWAY_TEST_COMMIT_FULL_SYNC";

/// Not a test by itself: what the tests below run under `strace`.
#[tokio::test]
async fn commits_in_a_child_process() {
    let Some(dir) = std::env::var_os(CHILD_DIR) else { return };
    let full_sync = std::env::var_os(CHILD_FULL_SYNC).is_some();
    let options = StoreOptions { full_sync, ..StoreOptions::new(dir) };
    let (_store, mut writer) = open(&options).await.expect("opens");
    // Past the stderr that the test harness may capture.
    let mut acknowledge = std::fs::File::create(options.dir.join("acknowledged")).expect("a file");
    acknowledge.write_all(b"begin\n").expect("writes");
    for id in 1..=COMMITS as u64 {
        writer.commit(&[batch(&[Sent::new(id, id)])], Nanos(1)).await.expect("commits");
        acknowledge.write_all(b"acknowledged\n").expect("writes");
    }
}

/// For each acknowledgement, whether the log was written and then synced since the one before.
fn synced_acknowledgements(full_sync: bool) -> Vec<bool> {
    let dir = tempfile::tempdir().expect("a folder");
    let log = dir.path().join("calls");
    let mut child = Command::new("strace");
    child
        .args(["-f", "-y", "-e", "trace=write,pwrite64,fsync,fdatasync", "-o"])
        .arg(&log)
        .arg(std::env::current_exe().expect("this test"))
        .args(["--exact", "durable::commits_in_a_child_process", "--nocapture"])
        .env(CHILD_DIR, dir.path());
    if full_sync {
        child.env(CHILD_FULL_SYNC, "1");
    }
    let output = child.output().expect("strace is installed (scripts/setup.sh does it)");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    read_calls(&log)
}

fn read_calls(log: &Path) -> Vec<bool> {
    let calls = std::fs::read_to_string(log).expect("the log of calls");
    let mut acknowledged = Vec::new();
    let (mut begun, mut written, mut synced) = (false, false, false);
    for call in calls.lines() {
        let of_log = call.contains("raceway.db-wal");
        if call.contains("pwrite64(") && of_log {
            (written, synced) = (true, false);
        } else if (call.contains("fdatasync(") || call.contains("fsync(")) && of_log {
            synced = written;
        } else if call.contains("write(") && call.contains("/acknowledged>") {
            if begun {
                acknowledged.push(written && synced);
            }
            (begun, written, synced) = (true, false, false);
        }
    }
    acknowledged
}

#[test]
fn a_sync_of_the_log_precedes_each_acknowledgement() {
    assert_eq!(synced_acknowledgements(true), [true; COMMITS]);
}

#[test]
fn without_full_sync_there_is_none_so_the_test_above_can_fail() {
    assert_eq!(synced_acknowledgements(false), [false; COMMITS]);
}
