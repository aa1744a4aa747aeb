//! Values that belong to the browser's one thread: timers, listeners, closures.
//!
//! A page rendered on the server may be started on one thread and finished on another, where such a value
//! could not even be dropped. So on the server there is none: nothing is made, nothing is read.

use leptos::prelude::*;
use send_wrapper::SendWrapper;

pub struct Local<T: 'static>(StoredValue<Option<SendWrapper<T>>>);

impl<T: 'static> Clone for Local<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T: 'static> Copy for Local<T> {}

impl<T: 'static> Local<T> {
    /// Kept until its owner is cleaned up; `make` is not called on the server.
    pub fn new(make: impl FnOnce() -> T) -> Self {
        let value = (!cfg!(feature = "ssr")).then(|| SendWrapper::new(make()));
        Self(StoredValue::new(value))
    }

    /// `None` on the server, and when the owner is gone. `read` must not change the same value.
    pub fn with<U>(self, read: impl FnOnce(&T) -> U) -> Option<U> {
        self.0.try_with_value(|value| value.as_ref().map(|value| read(value))).flatten()
    }

    /// As [`Self::with`].
    pub fn update<U>(self, change: impl FnOnce(&mut T) -> U) -> Option<U> {
        self.0.try_update_value(|value| value.as_mut().map(|value| change(value))).flatten()
    }

    pub fn set(self, value: T) {
        // What was there is dropped after the lock is free: it may look at this value.
        drop(self.update(|kept| std::mem::replace(kept, value)));
    }

    pub fn get(self) -> Option<T>
    where
        T: Clone,
    {
        self.with(T::clone)
    }
}
