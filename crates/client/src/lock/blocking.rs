//! Locks for threads; waiting for one blocks. A lock whose holder panicked stays usable.

use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::sync::{self, PoisonError};

use crate::context::Context;
use crate::lock::{Hold, Mode};

/// A mutual exclusion lock. `name` is its identity within this service instance.
#[derive(Debug)]
pub struct Mutex<T> {
    name: String,
    inner: sync::Mutex<T>,
}

/// A lock many can hold for reading, or one for writing.
#[derive(Debug)]
pub struct RwLock<T> {
    name: String,
    inner: sync::RwLock<T>,
}

// Fields are dropped in their order: the release is recorded, then the lock is given up.
macro_rules! guard {
    ($(#[$doc:meta])* $name:ident, $inner:ident) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name<'a, T> {
            _hold: Hold<'a>,
            inner: sync::$inner<'a, T>,
        }

        impl<T> Deref for $name<'_, T> {
            type Target = T;
            fn deref(&self) -> &T {
                &self.inner
            }
        }
    };
}

guard!(
    /// The lock is held until this is dropped.
    MutexGuard, MutexGuard
);
guard!(
    /// The lock is held for reading until this is dropped.
    ReadGuard, RwLockReadGuard
);
guard!(
    /// The lock is held for writing until this is dropped.
    WriteGuard, RwLockWriteGuard
);

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.inner
    }
}

impl<T> DerefMut for WriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.inner
    }
}

impl<T> Mutex<T> {
    pub fn new(name: impl Into<String>, value: T) -> Self {
        Self { name: name.into(), inner: sync::Mutex::new(value) }
    }

    #[track_caller]
    pub fn lock<'a>(&'a self, ctx: &'a Context) -> MutexGuard<'a, T> {
        let hold = Hold::request(ctx, &self.name, Mode::Mutex, Location::caller());
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        MutexGuard { _hold: hold.granted(), inner }
    }
}

impl<T> RwLock<T> {
    pub fn new(name: impl Into<String>, value: T) -> Self {
        Self { name: name.into(), inner: sync::RwLock::new(value) }
    }

    #[track_caller]
    pub fn read<'a>(&'a self, ctx: &'a Context) -> ReadGuard<'a, T> {
        let hold = Hold::request(ctx, &self.name, Mode::Read, Location::caller());
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        ReadGuard { _hold: hold.granted(), inner }
    }

    #[track_caller]
    pub fn write<'a>(&'a self, ctx: &'a Context) -> WriteGuard<'a, T> {
        let hold = Hold::request(ctx, &self.name, Mode::Write, Location::caller());
        let inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        WriteGuard { _hold: hold.granted(), inner }
    }
}
