//! Services with what they recorded.

use leptos::prelude::*;
use model::list::{Dashboard, ServiceRow, TraceFilter};

use crate::components::service::Service;
use crate::components::time::Age;
use crate::{format, hue, urls};

#[component]
pub fn ServicesTable(data: Signal<Dashboard>) -> impl IntoView {
    let services = Memo::new(move |_| data.with(|data| data.services.clone()));
    let total = move || data.with(|data| data.services_total);
    let note = move || {
        let shown = services.with(Vec::len) as u64;
        if shown < total() {
            format!("{} of {}", format::count(shown), format::count(total()))
        } else {
            format::count(total())
        }
    };
    view! {
        <section class="panel service-panel" aria-labelledby="services-title">
            <header class="panel-head">
                <h2 id="services-title">"Services"</h2>
                <span class="panel-note">{note}</span>
            </header>
            <div class="table-box">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Service"</th>
                            <th scope="col" class="num">"Events"</th>
                            <th scope="col" class="num wide-only">"Traces"</th>
                            <th scope="col" class="num">"Errors"</th>
                            <th scope="col" class="num">"Active"</th>
                        </tr>
                    </thead>
                    <tbody>
                        <For
                            each=move || services.get()
                            key=|service| (service.name.clone(), service.event_count, service.last_activity)
                            let:service
                        >
                            {row(service)}
                        </For>
                    </tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

fn row(service: ServiceRow) -> AnyView {
    let url = urls::traces(&TraceFilter { service: service.name.clone(), ..Default::default() });
    let service_hue = hue::of(&service.name);
    view! {
        <tr class="row-link">
            <td class="cut"><a href=url title="Traces of this service"><Service name=service.name hue=service_hue/></a></td>
            <td class="num">{format::count(service.event_count)}</td>
            <td class="num wide-only">{format::count(service.trace_count)}</td>
            <td class="num" data-alarm=(service.error_count > 0).then_some("true")>
                {(service.error_count > 0).then(|| format::count(service.error_count))}
            </td>
            <td class="num"><Age at=service.last_activity/></td>
        </tr>
    }
    .into_any()
}
