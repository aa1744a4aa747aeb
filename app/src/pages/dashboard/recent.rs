//! The traces that changed last.

use leptos::prelude::*;
use model::list::{Dashboard, TraceFilter, TraceSummary};

use crate::components::service::Services;
use crate::components::time::Age;
use crate::format;
use crate::urls::{self, Tab};

#[component]
pub fn RecentTraces(data: Signal<Dashboard>) -> impl IntoView {
    let recent = Memo::new(move |_| data.with(|data| data.recent.clone()));
    view! {
        <section class="panel recent" aria-labelledby="recent-title">
            <header class="panel-head">
                <h2 id="recent-title">"Recent traces"</h2>
                <a href="/traces">"All traces"</a>
            </header>
            <div class="table-box">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Operation"</th>
                            <th scope="col" class="wide-only">"Services"</th>
                            <th scope="col" class="num">"Events"</th>
                            <th scope="col" class="num">"Duration"</th>
                            <th scope="col" class="num">"Errors"</th>
                            <th scope="col" class="num">"Last change"</th>
                        </tr>
                    </thead>
                    <tbody>
                        <For each=move || recent.get() key=|trace| (trace.trace_id, trace.version) let:trace>
                            {row(trace)}
                        </For>
                    </tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

fn row(trace: TraceSummary) -> AnyView {
    let url = urls::trace(trace.trace_id, Tab::Overview, &TraceFilter::default());
    let operation = match &trace.root {
        Some(root) => root.operation.clone(),
        None => format::middle(&trace.trace_id.to_string(), 17),
    };
    view! {
        <tr class="row-link">
            <td class="cut"><a href=url title=operation.clone()>{operation.clone()}</a></td>
            <td class="wide-only"><Services names=trace.services.clone()/></td>
            <td class="num">{format::count(trace.event_count)}</td>
            <td class="num">{format::duration(trace.duration_nanos())}</td>
            <td class="num" data-alarm=(trace.error_count > 0).then_some("true")>
                {(trace.error_count > 0).then(|| format::count(trace.error_count))}
            </td>
            <td class="num"><Age at=trace.ingested_at/></td>
        </tr>
    }
    .into_any()
}
