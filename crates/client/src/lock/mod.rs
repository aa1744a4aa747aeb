//! Locks that record who asked for them, who got them, and who gave them up.

pub(crate) mod asynchronous;
pub mod blocking;

use std::panic::Location;

use serde::Serialize;

use crate::context::Context;
use crate::event::{Kind, place};
use crate::value;

/// How a lock is taken; the text is the contract's `lock_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Mutex,
    Read,
    Write,
}

impl Mode {
    const fn lock_type(self) -> &'static str {
        match self {
            Self::Mutex => "Mutex",
            Self::Read => "RwLock-Read",
            Self::Write => "RwLock-Write",
        }
    }
}

#[derive(Serialize)]
struct Wanted<'a> {
    lock_id: &'a str,
    lock_type: &'a str,
    location: &'a str,
}

/// One way from the wish for a lock to its release. Recorded in this order: `LockRequest` before any
/// waiting, `LockAcquire` once it was granted, `LockRelease` before it is given up.
#[derive(Debug)]
pub(crate) struct Hold<'a> {
    ctx: &'a Context,
    lock_id: &'a str,
    mode: Mode,
    location: String,
    granted: bool,
}

impl<'a> Hold<'a> {
    pub(crate) fn request(ctx: &'a Context, lock_id: &'a str, mode: Mode, location: &Location<'_>) -> Self {
        let hold = Self { ctx, lock_id, mode, location: place(location), granted: false };
        hold.record_custom("LockRequest");
        hold
    }

    pub(crate) fn granted(mut self) -> Self {
        self.granted = true;
        let lock_type = self.mode.lock_type();
        self.ctx.record(&Kind::LockAcquire { lock_id: self.lock_id, lock_type, location: &self.location });
        self
    }

    fn record_custom(&self, name: &str) {
        let wanted = Wanted { lock_id: self.lock_id, lock_type: self.mode.lock_type(), location: &self.location };
        self.ctx.record(&Kind::Custom { name, data: &value::json(&wanted) });
    }
}

/// A guard drops its hold before the lock itself. A request that was given up is recorded as well, so
/// that it does not look like one that still waits.
impl Drop for Hold<'_> {
    fn drop(&mut self) {
        if !self.granted {
            self.record_custom("LockAbandon");
            return;
        }
        let lock_type = self.mode.lock_type();
        self.ctx.record(&Kind::LockRelease { lock_id: self.lock_id, lock_type, location: &self.location });
    }
}
