//! One call after a silence: typing is never delayed, what follows from it is.

use std::rc::Rc;

use super::local::Local;
use gloo_timers::callback::Timeout;

/// Milliseconds of silence before a search runs.
pub const TYPING_SILENCE: u32 = 300;

/// A handle to call as often as one likes; the last call counts. Cancelled with its owner.
pub struct Debounced<T: 'static> {
    silence: u32,
    call: Local<Rc<dyn Fn(T)>>,
    pending: Local<Option<Timeout>>,
}

impl<T: 'static> Clone for Debounced<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T: 'static> Copy for Debounced<T> {}

impl<T: 'static> Debounced<T> {
    pub fn new(silence: u32, call: impl Fn(T) + 'static) -> Self {
        Self { silence, call: Local::new(|| Rc::new(call) as Rc<dyn Fn(T)>), pending: Local::new(|| None) }
    }

    /// For event handlers and effects: it needs the browser's timers.
    pub fn call(self, value: T) {
        let timer = Timeout::new(self.silence, move || {
            if let Some(call) = self.call.get() {
                call(value);
            }
        });
        // The timer that was pending is cancelled when it is dropped.
        self.pending.set(Some(timer));
    }
}
