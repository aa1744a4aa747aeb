//! Locks for tasks; waiting for one does not block the thread.

use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::time::Duration;

use crate::context::Context;
use crate::lock::{Hold, Mode};

/// A mutual exclusion lock. `name` is its identity within this service instance.
#[derive(Debug)]
pub struct Mutex<T> {
    name: String,
    inner: tokio::sync::Mutex<T>,
}

/// A lock many can hold for reading, or one for writing.
#[derive(Debug)]
pub struct RwLock<T> {
    name: String,
    inner: tokio::sync::RwLock<T>,
}

// Fields are dropped in their order: the release is recorded, then the lock is given up.
macro_rules! guard {
    ($(#[$doc:meta])* $name:ident, $inner:ident) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name<'a, T> {
            _hold: Hold<'a>,
            inner: tokio::sync::$inner<'a, T>,
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
        Self { name: name.into(), inner: tokio::sync::Mutex::new(value) }
    }

    #[track_caller]
    pub fn lock<'a>(&'a self, ctx: &'a Context) -> impl Future<Output = MutexGuard<'a, T>> {
        let location = Location::caller();
        async move {
            let hold = Hold::request(ctx, &self.name, Mode::Mutex, location);
            let inner = self.inner.lock().await;
            MutexGuard { _hold: hold.granted(), inner }
        }
    }

    /// `None` when the lock was not granted within `timeout`. Needs a tokio runtime with time enabled.
    #[track_caller]
    pub fn try_lock_for<'a>(
        &'a self,
        ctx: &'a Context,
        timeout: Duration,
    ) -> impl Future<Output = Option<MutexGuard<'a, T>>> {
        let location = Location::caller();
        async move {
            let hold = Hold::request(ctx, &self.name, Mode::Mutex, location);
            let inner = tokio::time::timeout(timeout, self.inner.lock()).await.ok()?;
            Some(MutexGuard { _hold: hold.granted(), inner })
        }
    }
}

impl<T> RwLock<T> {
    pub fn new(name: impl Into<String>, value: T) -> Self {
        Self { name: name.into(), inner: tokio::sync::RwLock::new(value) }
    }

    #[track_caller]
    pub fn read<'a>(&'a self, ctx: &'a Context) -> impl Future<Output = ReadGuard<'a, T>> {
        let location = Location::caller();
        async move {
            let hold = Hold::request(ctx, &self.name, Mode::Read, location);
            let inner = self.inner.read().await;
            ReadGuard { _hold: hold.granted(), inner }
        }
    }

    #[track_caller]
    pub fn write<'a>(&'a self, ctx: &'a Context) -> impl Future<Output = WriteGuard<'a, T>> {
        let location = Location::caller();
        async move {
            let hold = Hold::request(ctx, &self.name, Mode::Write, location);
            let inner = self.inner.write().await;
            WriteGuard { _hold: hold.granted(), inner }
        }
    }
}
