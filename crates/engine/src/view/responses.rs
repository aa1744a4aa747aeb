//! What a response answers. Clients record a response's status but not its request; the request is
//! found up the chain of parents, past those that other responses have answered.

use std::fmt::Write;

use model::Kind;

use super::{NO_ROW, TraceView};

/// Steps up at most: a response is near its request, or its client records no chain.
const STEPS: usize = 1_000;

/// Gives responses the operation of their request, for example `POST /pay → 200`. O(responses · steps).
pub(super) fn name_responses(view: &mut TraceView) {
    let mut name = String::new();
    for row in 0..view.len() {
        if view.kinds[row] != Kind::Response {
            continue;
        }
        let Some(request) = request_of(view, row) else { continue };
        name.clear();
        // Writing to a string cannot fail.
        let _ = write!(name, "{} → {}", view.text(view.operations[request]), view.statuses[row]);
        view.operations[row] = view.strings.intern(&name).0;
    }
}

fn request_of(view: &TraceView, response: usize) -> Option<usize> {
    let mut unanswered = 1_u32;
    let mut at = view.parents[response];
    for _ in 0..STEPS {
        if at == NO_ROW {
            return None;
        }
        let row = at as usize;
        // Another thread of control answers its own requests.
        if view.threads[row] == view.threads[response] && view.services[row] == view.services[response] {
            match view.kinds[row] {
                Kind::Response => unanswered += 1,
                Kind::Request => unanswered -= 1,
                _ => {}
            }
            if unanswered == 0 {
                return Some(row);
            }
        }
        at = view.parents[row];
    }
    None
}
