//! A variable whose reads and writes are recorded with their values.

use std::panic::Location;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::context::Context;
use crate::event::{Access, Kind, place};
use crate::value;

/// A variable that several tasks or threads use.
///
/// Each single access is whole (Rust allows no torn ones), but nothing keeps a read and a later write
/// together: what protects them is a lock, or its absence is what the analysis finds. An event is
/// recorded inside its access, so that recorded order and real order agree.
#[derive(Debug)]
pub struct Shared<T> {
    name: String,
    value: Mutex<T>,
}

impl<T: Clone + Serialize> Shared<T> {
    /// `name` is the variable's identity within this service instance.
    pub fn new(name: impl Into<String>, value: T) -> Self {
        Self { name: name.into(), value: Mutex::new(value) }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    #[track_caller]
    pub fn read(&self, ctx: &Context) -> T {
        self.read_as(ctx, Access::Read)
    }

    /// Writes `new`; recorded as replacing the value that is there.
    #[track_caller]
    pub fn write(&self, ctx: &Context, new: T) {
        self.write_as(ctx, None, new, Access::Write);
    }

    /// Writes `new`, which was computed from `seen`; recorded as replacing `seen`. When another value
    /// was there by now, its update is lost, and the record proves it.
    #[track_caller]
    pub fn write_from(&self, ctx: &Context, seen: &T, new: T) {
        self.write_as(ctx, Some(seen), new, Access::Write);
    }

    /// An atomic read.
    #[track_caller]
    pub fn load(&self, ctx: &Context) -> T {
        self.read_as(ctx, Access::AtomicRead)
    }

    /// An atomic write.
    #[track_caller]
    pub fn store(&self, ctx: &Context, new: T) {
        self.write_as(ctx, None, new, Access::AtomicWrite);
    }

    /// An atomic read-modify-write; gives the new value.
    #[track_caller]
    pub fn update(&self, ctx: &Context, change: impl FnOnce(&T) -> T) -> T {
        let location = Location::caller();
        let mut value = self.lock();
        let new = change(&value);
        self.record(ctx, Some(&value), &new, Access::AtomicRmw, location);
        *value = new.clone();
        new
    }

    #[track_caller]
    fn read_as(&self, ctx: &Context, access: Access) -> T {
        let location = Location::caller();
        let value = self.lock();
        self.record(ctx, Some(&value), &value, access, location);
        value.clone()
    }

    #[track_caller]
    fn write_as(&self, ctx: &Context, seen: Option<&T>, new: T, access: Access) {
        let location = Location::caller();
        let mut value = self.lock();
        self.record(ctx, Some(seen.unwrap_or(&value)), &new, access, location);
        *value = new;
    }

    fn record(&self, ctx: &Context, old: Option<&T>, new: &T, access_type: Access, location: &Location<'_>) {
        let old = old.map(value::json);
        ctx.record(&Kind::StateChange {
            variable: &self.name,
            old_value: old.as_ref(),
            new_value: &value::json(new),
            location: &place(location),
            access_type,
        });
    }

    fn lock(&self) -> MutexGuard<'_, T> {
        self.value.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
