//! Listening to something of the browser's for as long as a value lives.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{AddEventListenerOptions, Element, Event, EventTarget, ResizeObserver};

/// An event listener; removed when dropped.
pub struct Listening {
    target: EventTarget,
    event: &'static str,
    handler: Closure<dyn FnMut(Event)>,
}

impl Listening {
    pub fn to(target: &EventTarget, event: &'static str, handler: impl FnMut(Event) + 'static) -> Self {
        let handler = Closure::<dyn FnMut(Event)>::new(handler);
        // It fails only for names that are no text.
        let _ = target.add_event_listener_with_callback(event, handler.as_ref().unchecked_ref());
        Self { target: target.clone(), event, handler }
    }

    /// For wheels and touches: the browser need not wait for the handler before it scrolls.
    pub fn passively(target: &EventTarget, event: &'static str, handler: impl FnMut(Event) + 'static) -> Self {
        let handler = Closure::<dyn FnMut(Event)>::new(handler);
        let options = AddEventListenerOptions::new();
        options.set_passive(true);
        let function = handler.as_ref().unchecked_ref();
        let _ = target.add_event_listener_with_callback_and_add_event_listener_options(event, function, &options);
        Self { target: target.clone(), event, handler }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.target.remove_event_listener_with_callback(self.event, self.handler.as_ref().unchecked_ref());
    }
}

/// Calls back whenever an element changes its size, the first time at once; ends when dropped.
pub struct SizeWatch {
    observer: Option<ResizeObserver>,
    _handler: Closure<dyn FnMut()>,
}

impl SizeWatch {
    pub fn on(element: &Element, handler: impl FnMut() + 'static) -> Self {
        let handler = Closure::<dyn FnMut()>::new(handler);
        let observer = ResizeObserver::new(handler.as_ref().unchecked_ref()).ok();
        if let Some(observer) = &observer {
            observer.observe(element);
        }
        Self { observer, _handler: handler }
    }
}

impl Drop for SizeWatch {
    fn drop(&mut self) {
        if let Some(observer) = &self.observer {
            observer.disconnect();
        }
    }
}
