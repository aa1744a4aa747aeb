//! Work on many files at once whose results come out in the order of the files.
//!
//! As many threads as the machine has cores take one file each; nobody runs more than [`AHEAD`] files ahead of
//! the one that is to come out next, so that results do not pile up behind a slow one.

use std::collections::BTreeMap;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// Files that wait for an earlier one at most.
const AHEAD: usize = 64;
/// How often the caller hears that nothing new is there.
const TICK: Duration = Duration::from_millis(200);

pub enum Finished<T> {
    /// The result of the next file.
    Next(T),
    /// Time passed.
    Nothing,
}

/// Who takes which file. `taken` and `handed_out` only grow, to the number of files.
#[derive(Default)]
struct Turn {
    taken: usize,
    handed_out: usize,
}

/// Calls `take` with each result on this thread, and now and then with [`Finished::Nothing`].
///
/// # Errors
/// The first one of `take`; work not yet begun is then left out. A panic of `work` goes on in this thread.
pub fn in_order<T: Send>(
    files: &[PathBuf],
    work: impl Fn(&Path) -> T + Sync,
    mut take: impl FnMut(Finished<T>) -> io::Result<()>,
) -> io::Result<()> {
    let turn = (Mutex::new(Turn::default()), Condvar::new());
    let threads = thread::available_parallelism().map_or(1, usize::from).min(files.len());
    thread::scope(|scope| {
        let (results, finished) = mpsc::channel();
        for _ in 0..threads {
            let (results, turn, work) = (results.clone(), &turn, &work);
            scope.spawn(move || {
                while let Some(at) = next(turn, files.len()) {
                    let result = panic::catch_unwind(AssertUnwindSafe(|| work(&files[at])));
                    if results.send((at, result)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(results);
        let _stop = StopOnDrop { turn: &turn, files: files.len() };
        hand_out(&turn, &finished, files.len(), &mut take)
    })
}

/// Nobody waits for a turn that does not come, whatever ended the handing out.
struct StopOnDrop<'a> {
    turn: &'a (Mutex<Turn>, Condvar),
    files: usize,
}

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        set(self.turn, |turn| turn.taken = self.files);
    }
}

fn hand_out<T>(
    turn: &(Mutex<Turn>, Condvar),
    finished: &mpsc::Receiver<(usize, thread::Result<T>)>,
    files: usize,
    take: &mut impl FnMut(Finished<T>) -> io::Result<()>,
) -> io::Result<()> {
    let mut early = BTreeMap::new();
    let mut next = 0;
    while next < files {
        match finished.recv_timeout(TICK) {
            Ok((at, result)) => early.insert(at, result),
            Err(RecvTimeoutError::Timeout) => {
                take(Finished::Nothing)?;
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        };
        while let Some(result) = early.remove(&next) {
            take(Finished::Next(result.unwrap_or_else(|payload| panic::resume_unwind(payload))))?;
            next += 1;
            set(turn, |turn| turn.handed_out = next);
        }
    }
    Ok(())
}

/// The next file to work on, once it is near enough to the one that is to come out.
fn next((turn, changed): &(Mutex<Turn>, Condvar), files: usize) -> Option<usize> {
    let guard = turn.lock().unwrap_or_else(PoisonError::into_inner);
    let mut guard = changed
        .wait_while(guard, |turn| turn.taken < files && turn.taken >= turn.handed_out + AHEAD)
        .unwrap_or_else(PoisonError::into_inner);
    let at = guard.taken;
    guard.taken += usize::from(at < files);
    (at < files).then_some(at)
}

fn set((turn, changed): &(Mutex<Turn>, Condvar), change: impl FnOnce(&mut Turn)) {
    change(&mut turn.lock().unwrap_or_else(PoisonError::into_inner));
    changed.notify_all();
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed expectation fails the test")]
mod tests {
    use super::*;

    fn files(n: usize) -> Vec<PathBuf> {
        (0..n).map(|at| PathBuf::from(at.to_string())).collect()
    }

    #[test]
    fn results_come_in_the_order_of_the_files_however_long_each_takes() {
        let files = files(300);
        let work = |path: &Path| {
            let number: u64 = path.display().to_string().parse().unwrap();
            thread::sleep(Duration::from_micros(number * 7919 % 1_000 + if number == 0 { 50_000 } else { 0 }));
            number
        };
        let mut seen = Vec::new();
        let take = |finished| {
            if let Finished::Next(number) = finished {
                seen.push(number);
            }
            Ok(())
        };
        in_order(&files, work, take).unwrap();
        assert_eq!(seen, (0..300).collect::<Vec<_>>());
    }

    #[test]
    fn a_reader_that_went_away_stops_the_work() {
        let worked = std::sync::atomic::AtomicUsize::new(0);
        let work = |_: &Path| worked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let error = in_order(&files(100_000), work, |finished| match finished {
            Finished::Next(_) => Err(io::ErrorKind::BrokenPipe.into()),
            Finished::Nothing => Ok(()),
        });
        assert_eq!(error.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        assert!(worked.into_inner() <= AHEAD + 1);
    }
}
