//! The tab Events: every event of the trace in one list, a filter inside it, and the details of one.

mod details;
mod grid;
mod row;
mod rows;
mod toolbar;

use leptos::prelude::*;
use model::window::Window;
use model::{EventId, TraceId};

use super::tab_skeleton;
use crate::api;
use crate::api::codec::Answered;
use crate::components::failure::Failure;
use crate::components::resizer::{Pane, Resizer};
use crate::components::virtual_list::chunks::CHUNK_ROWS;
use crate::erase::{Erase, mark, waiting, when};
use crate::error::AppError;
use crate::place::Place;
use details::Details;
use grid::EventGrid;
use toolbar::Toolbar;

/// Width of the details beside the list.
const DETAILS_PX: i32 = 400;

/// What the tab's parts tell each other.
#[derive(Clone, Copy)]
pub struct EventsState {
    /// Rows of the list, and rows of the trace; known once the first window is here.
    pub totals: RwSignal<Option<(u64, u64)>>,
    /// Where the event whose details are shown is in the unfiltered list.
    pub position: RwSignal<Option<(EventId, u64)>>,
}

#[component]
pub fn EventsTab() -> impl IntoView {
    let place = expect_context::<Place>();
    let state = EventsState { totals: RwSignal::new(None), position: RwSignal::new(None) };
    provide_context(state);
    let first = Answered::new_with_options(
        move || (place.trace.get(), place.filter.get()),
        |(trace, filter)| async move {
            let trace = trace.ok_or(AppError::NotAnId)?;
            let window = api::trace::first_window(trace, filter.clone(), CHUNK_ROWS as u32).await?;
            Ok::<(TraceId, String, Window), AppError>((trace, filter, window))
        },
        false,
    );
    let is_open = mark(move || place.event.get().is_some());
    view! {
        <div class="events" data-details=is_open>
            <div class="events-main">
                <Toolbar/>
                {waiting(
                    tab_skeleton,
                    move || async move {
                        match first.await {
                            Ok((trace, filter, window)) => view! { <EventGrid trace filter window/> }.erase(),
                            Err(error) => view! { <Failure error retry=move || first.refetch()/> }.erase(),
                        }
                    },
                )}
            </div>
            {when(
                move || place.event.get().is_some(),
                || view! { <Resizer label="Width of the details" name="details-width" default_px=DETAILS_PX pane=Pane::Right/> }.erase(),
            )}
            <Details/>
        </div>
    }
    .erase()
}
