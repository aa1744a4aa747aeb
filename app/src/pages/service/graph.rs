//! A service between its callers and those it calls. Names are links in HTML; SVG draws the lines between
//! them in a box that is stretched across, as high as the rows beside it.

use leptos::prelude::*;
use model::analysis::{HotCall, ServicePage};

use crate::components::service::Service;
use crate::erase::{Erase, Html, Item, items, memo, part, text, when};
use crate::urls::{self, ServiceTab};
use crate::{format, hue};

/// Of each side; the table has the rest.
const SHOWN: usize = 12;
/// Height of a name, in pixels; the style sheet has the same.
const ROW_PX: usize = 36;
const THINNEST_PX: f64 = 1.5;
const WIDEST_PX: f64 = 9.0;

pub fn graph(page: Signal<ServicePage>) -> Html {
    let callers = memo(move || page.with(|page| side(&page.called_by, |call| &call.from)));
    let called = memo(move || page.with(|page| side(&page.calls_to, |call| &call.to)));
    let most = memo(move || {
        let busiest = |side: Memo<Vec<Partner>>| side.with(|side| side.iter().map(|it| it.calls).max());
        busiest(callers).max(busiest(called)).unwrap_or(1)
    });
    let n_rows = memo(move || callers.with(Vec::len).max(called.with(Vec::len)).max(1));
    let height = text(move || format!("{}px", n_rows.get() * ROW_PX));
    let name = memo(move || page.with(|page| page.figures.name.clone()));
    view! {
        <div class="graph" style=("--graph-height", height)>
            {names("Callers", "graph-callers", callers)}
            {lines(callers, most, n_rows, false)}
            <div class="graph-self">{part(move || {
                let name = name.get();
                let hue = hue::of(&name);
                view! { <Service name hue/> }
            })}</div>
            {lines(called, most, n_rows, true)}
            {names("Called", "graph-called", called)}
        </div>
    }
    .erase()
}

/// A service at the other end of a line.
#[derive(Debug, Clone, PartialEq)]
struct Partner {
    name: String,
    calls: u64,
}

/// Those with most calls.
fn side(calls: &[HotCall], name: fn(&HotCall) -> &String) -> Vec<Partner> {
    let mut partners: Vec<Partner> =
        calls.iter().map(|call| Partner { name: name(call).clone(), calls: call.calls }).collect();
    partners.sort_by(|a, b| b.calls.cmp(&a.calls).then_with(|| a.name.cmp(&b.name)));
    partners.truncate(SHOWN);
    partners
}

fn names(label: &'static str, class: &'static str, side: Memo<Vec<Partner>>) -> Html {
    let item = |partner: Partner| {
        Item::new(format!("{} {}", partner.name, partner.calls), move || {
            let Partner { name, calls } = partner.clone();
            let url = urls::service(&name, ServiceTab::Dependencies.segment());
            let hue = hue::of(&name);
            let calls = format::counted(calls, "call", "calls");
            let title = format!("{name}: {calls}");
            view! { <li><a href=url title=title><Service name hue/> <span class="graph-calls">{calls}</span></a></li> }
                .erase()
        })
    };
    let list = items(move || side.get().into_iter().map(item).collect());
    let none = when(move || side.with(Vec::is_empty), || view! { <li class="graph-none">"none seen"</li> }.erase());
    view! { <ul class=class aria-label=label>{list} {none}</ul> }.erase()
}

fn lines(side: Memo<Vec<Partner>>, most: Memo<u64>, n_rows: Memo<usize>, outwards: bool) -> Html {
    let item = move |index: usize, width: f64, n_side: usize| {
        let path = line(index, n_side, n_rows.get(), outwards);
        let width = format::decimal(width, 1);
        Item::new(format!("{path} {width}"), move || {
            view! { <path d=path.clone() style=("--line-width", format!("{width}px"))></path> }.erase()
        })
    };
    let paths = items(move || {
        side.with(|side| {
            let widths = side.iter().map(|partner| width(partner.calls, most.get()));
            widths.enumerate().map(|(index, width)| item(index, width, side.len())).collect()
        })
    });
    let view_box = text(move || format!("0 0 100 {}", n_rows.get() * ROW_PX));
    view! { <svg class="graph-lines" viewBox=view_box preserveAspectRatio="none" aria-hidden="true">{paths}</svg> }
        .erase()
}

/// In proportion to the calls, and never too thin to be seen.
fn width(calls: u64, most: u64) -> f64 {
    (calls as f64 * WIDEST_PX / most.max(1) as f64).clamp(THINNEST_PX, WIDEST_PX)
}

/// From a name of a side that is centred beside `n_rows` rows, to the middle of the box.
fn line(index: usize, n_side: usize, n_rows: usize, outwards: bool) -> String {
    let middle = n_rows * ROW_PX / 2;
    let top = (n_rows - n_side.min(n_rows)) * ROW_PX / 2;
    let at = top + index * ROW_PX + ROW_PX / 2;
    let (from, to) = if outwards { (middle, at) } else { (at, middle) };
    format!("M0 {from}C50 {from} 50 {to} 100 {to}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn call(to: &str, calls: u64) -> HotCall {
        HotCall { from: "shop".into(), to: to.into(), calls, traces: 1 }
    }

    #[test]
    fn a_side_shows_those_with_most_calls() {
        let calls: Vec<HotCall> = (0..20).map(|index| call(&format!("service-{index}"), index)).collect();
        let shown = side(&calls, |call| &call.to);
        assert_eq!(shown.len(), SHOWN);
        assert_eq!(shown.first().map(|it| it.calls), Some(19));
    }

    #[test]
    fn a_line_joins_its_name_with_the_middle() {
        assert_eq!(line(0, 1, 3, true), "M0 54C50 54 50 54 100 54", "one name beside three is in the middle");
        assert_eq!(line(2, 3, 3, true), "M0 54C50 54 50 90 100 90");
        assert_eq!(line(0, 3, 3, false), "M0 18C50 18 50 54 100 54");
    }

    proptest! {
        #[test]
        fn lines_stay_inside_the_box_and_widths_in_range(n_side in 1usize..=SHOWN, more in 0usize..=SHOWN, calls: u64, most: u64) {
            let n_rows = (n_side + more).min(SHOWN).max(n_side);
            for index in 0..n_side {
                let text = line(index, n_side, n_rows, true);
                let end: usize = text.rsplit(' ').next().and_then(|text| text.parse().ok()).expect("a number");
                prop_assert!(end <= n_rows * ROW_PX);
            }
            prop_assert!((THINNEST_PX..=WIDEST_PX).contains(&width(calls, most)));
        }
    }
}
