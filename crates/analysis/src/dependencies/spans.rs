//! Calls as spans show them.

use hashbrown::HashMap;

use super::{Calls, Dependencies};
use crate::spans::{Side, SpanForest, SpanIdx};

impl Dependencies {
    /// Adds the calls of one trace. O(N).
    ///
    /// A client span stands for one call, so that what its callee recorded below it in several spans counts
    /// once a service. Below a span not tagged as a client each span of another service is a call. A call
    /// failed when the callee's span did, or the client's own.
    pub fn add_spans(&mut self, forest: &SpanForest) {
        // By client span and callee: whether the call failed.
        let mut of_clients: HashMap<(SpanIdx, u32), bool> = HashMap::new();
        let mut counted: HashMap<(u32, u32), Calls> = HashMap::new();
        for span in &forest.spans {
            let Some(parent_idx) = span.parent else { continue };
            let parent = forest.spans[parent_idx as usize];
            if parent.service == span.service {
                continue;
            }
            if parent.side == Side::Client {
                *of_clients.entry((parent_idx, span.service)).or_insert(parent.failed) |= span.failed;
            } else {
                count(&mut counted, parent.service, span.service, span.failed);
            }
        }
        for ((client, callee), failed) in of_clients {
            count(&mut counted, forest.spans[client as usize].service, callee, failed);
        }
        for ((caller, callee), calls) in counted {
            self.add(&forest.services[caller as usize], &forest.services[callee as usize], calls);
        }
    }
}

fn count(counted: &mut HashMap<(u32, u32), Calls>, caller: u32, callee: u32, failed: bool) {
    let one = Calls { calls: 1, failed: u64::from(failed), inferred: 0 };
    counted.entry((caller, callee)).or_default().add(one);
}
