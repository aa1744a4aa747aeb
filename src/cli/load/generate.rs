//! A stream of events: some traces are open at a time and grow in turns; each walks through a few
//! services, calling from one into the next and returning.
//!
//! The same seed gives the same ids, names and shapes; only the times depend on when it is asked.

use model::{EventId, Nanos, TraceId};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::cli::load::LoadArgs;
use crate::cli::load::event::{Act, Draft};
use crate::cli::load::vocabulary::SERVICES;

/// Traces begin this far apart.
const TRACE_GAP_NS: i64 = 2_000_000;
/// Mean time from one event of a trace to the next.
const EVENT_GAP_NS: i64 = 200_000;
/// Calls from service to service are nested at most this deep.
const DEEPEST: usize = 6;

/// What is to be generated.
#[derive(Debug, Clone)]
pub struct Shape {
    pub seed: u64,
    pub n_events: u64,
    pub batch: u64,
    pub n_traces: u64,
    /// Traces that grow at the same time.
    pub n_open: usize,
    /// The first trace begins here.
    pub begin: Nanos,
    /// Other events of the same traces.
    pub late: bool,
}

impl Shape {
    /// The last events happen about at `now`.
    pub fn new(seed: u64, args: &LoadArgs, now: Nanos) -> Self {
        let by_batch = args.events.saturating_mul(args.traces_per_batch).div_ceil(args.batch);
        let n_traces = args.traces.unwrap_or(by_batch).clamp(1, args.events);
        let events_per_trace = args.events / n_traces;
        // Small traces mostly fit into one request; large ones lie across many, several at a time.
        let n_open = if events_per_trace < args.batch {
            (args.batch / events_per_trace / 4).max(1)
        } else {
            args.traces_per_batch.min(n_traces)
        };
        let lasts = n_traces as i64 * TRACE_GAP_NS + events_per_trace as i64 * EVENT_GAP_NS;
        let begin = now.saturating_sub(lasts);
        Self {
            seed,
            n_events: args.events,
            batch: args.batch,
            n_traces,
            n_open: n_open.min(10_000) as usize,
            begin,
            late: args.late,
        }
    }
}

/// The stream; see the module.
pub struct Generator {
    rng: StdRng,
    shape: Shape,
    open: Vec<Trace>,
    events_left: u64,
    /// Events that no open trace will produce yet.
    events_unassigned: u64,
    traces_begun: u64,
}

struct Trace {
    id: TraceId,
    events_left: u64,
    now: Nanos,
    /// From the root to the service that works now.
    stack: Vec<RequestContext>,
}

struct RequestContext {
    service: usize,
    instance: u8,
    thread: u32,
    span: u64,
    upstream: Option<u64>,
    caller: Option<(usize, u8, u64)>,
    count: u64,
    last: Option<EventId>,
    began: Nanos,
    held: Option<(usize, u32)>,
    /// When it last called another service.
    called: Nanos,
    /// The request was made: the next event is the callee's first.
    calling: bool,
    /// The callee has returned: the next event is the response to its request.
    returned: bool,
    queried: bool,
}

impl Generator {
    pub fn new(shape: Shape) -> Self {
        let rng = StdRng::seed_from_u64(shape.seed);
        let n_events = shape.n_events;
        let mut generator =
            Self { rng, shape, open: Vec::new(), events_left: n_events, events_unassigned: n_events, traces_begun: 0 };
        for _ in 0..generator.shape.n_open {
            generator.open_trace();
        }
        generator
    }

    /// Appends the next event and gives its identity; `None` at the end.
    pub fn next_event(&mut self, out: &mut Vec<u8>) -> Option<(TraceId, EventId)> {
        if self.events_left == 0 {
            return None;
        }
        self.events_left -= 1;
        let trace_idx = self.rng.random_range(0..self.open.len());
        let trace = &mut self.open[trace_idx];
        trace.events_left -= 1;
        let ids = trace.next_event(&mut self.rng, self.shape.late, out);
        if trace.events_left == 0 {
            self.open.swap_remove(trace_idx);
            self.open_trace();
        }
        Some(ids)
    }

    /// The sizes of all traces add up to the number of events.
    fn open_trace(&mut self) {
        let traces_left = self.shape.n_traces - self.traces_begun;
        if traces_left == 0 {
            return;
        }
        let mean = self.events_unassigned / traces_left;
        let most = self.events_unassigned - (traces_left - 1);
        let size = if traces_left == 1 {
            most
        } else if mean * 2 <= self.shape.batch {
            self.rng.random_range(mean * 2 / 5..=mean * 8 / 5).clamp(1, most)
        } else {
            mean
        };
        self.events_unassigned -= size;
        let begin = self.shape.begin.saturating_add(self.traces_begun as i64 * TRACE_GAP_NS);
        self.traces_begun += 1;
        let id = random_trace_id(&mut self.rng);
        self.open.push(Trace { id, events_left: size, now: begin, stack: Vec::new() });
    }
}

impl Trace {
    fn next_event(&mut self, rng: &mut StdRng, late: bool, out: &mut Vec<u8>) -> (TraceId, EventId) {
        self.now = self.now.saturating_add(rng.random_range(EVENT_GAP_NS / 20..EVENT_GAP_NS * 39 / 20));
        let (act, returns) = self.choose(rng);
        let id = random_event_id(rng, late);
        let now = self.now;
        // `choose` leaves a context on the stack.
        if let Some(context) = self.stack.last_mut() {
            context.count += 1;
            let draft = Draft {
                id,
                trace: self.id,
                parent: context.last.replace(id),
                at: now,
                act,
                service: &SERVICES[context.service],
                instance: context.instance,
                thread: context.thread,
                span: context.span,
                upstream: context.upstream,
                count: context.count,
                caller: context.caller.map(|(service, instance, count)| (&SERVICES[service], instance, count)),
            };
            draft.write(out);
        }
        if returns {
            self.stack.pop();
            if let Some(caller) = self.stack.last_mut() {
                caller.returned = true;
            }
        }
        (self.id, id)
    }

    /// What happens next, and whether the working service returns with it.
    fn choose(&mut self, rng: &mut StdRng) -> (Act, bool) {
        let depth = self.stack.len();
        let Some(context) = self.stack.last_mut() else {
            self.stack.push(RequestContext::begin(rng, self.now, None));
            return (Act::Request { route: rng.random_range(0..6) }, false);
        };
        let duration_ms = whole_millis(self.now.since(context.began));
        let status = if rng.random_bool(0.01) { 500 } else { 200 };
        if std::mem::take(&mut context.calling) {
            // The number of the request just made is on the callee's clock.
            let caller = (context.service, context.instance, context.count);
            let callee = RequestContext::begin(rng, self.now, Some((caller, context.span)));
            self.stack.push(callee);
            return (Act::Request { route: rng.random_range(0..6) }, false);
        }
        if std::mem::take(&mut context.returned) {
            let duration_ms = whole_millis(self.now.since(context.called));
            return (Act::Response { status, duration_ms }, false);
        }
        if std::mem::take(&mut context.queried) {
            return (Act::QueryResult { rows: rng.random_range(0..40) }, false);
        }
        if let Some((lock, key)) = context.held
            && (rng.random_bool(0.3) || self.events_left < 4)
        {
            context.held = None;
            return (Act::Release { lock, key }, false);
        }
        match rng.random_range(0..100) {
            0..8 if depth < DEEPEST => {
                context.calling = true;
                context.called = self.now;
                (Act::Request { route: rng.random_range(0..6) }, false)
            }
            8..16 if depth > 1 && context.held.is_none() => (Act::Response { status, duration_ms }, true),
            16..30 if context.held.is_none() => {
                let (lock, key) = (rng.random_range(0..2), rng.random_range(0..300));
                context.held = Some((lock, key));
                (Act::Acquire { lock, key }, false)
            }
            30..42 => {
                context.queried = true;
                (Act::Query { query: rng.random_range(0..2), duration_ms: skewed(rng, 40) }, false)
            }
            42..72 => {
                let (old, write) = (rng.random_range(0..100_000), rng.random_bool(0.4));
                let new = if write { old + rng.random_range(1..500) } else { old };
                let (variable, key) = (rng.random_range(0..3), rng.random_range(0..500));
                (Act::Access { variable, key, old, new, write }, false)
            }
            72 => (Act::Error { error: rng.random_range(0..3) }, false),
            _ => {
                let duration_ns = u64::from(skewed(rng, 20_000)) * 1_000 + rng.random_range(0..1_000);
                (
                    Act::Call { function: rng.random_range(0..12), arg: rng.random_range(0..1_000_000), duration_ns },
                    false,
                )
            }
        }
    }
}

impl RequestContext {
    fn begin(rng: &mut StdRng, now: Nanos, called: Option<((usize, u8, u64), u64)>) -> Self {
        let service = match called {
            None => 0,
            Some(((caller, ..), _)) => (caller + rng.random_range(1..SERVICES.len())) % SERVICES.len(),
        };
        Self {
            service,
            instance: rng.random_range(1..=3),
            thread: rng.random(),
            span: rng.random_range(1..=u64::MAX),
            upstream: called.map(|(_, upstream)| upstream),
            caller: called.map(|(caller, _)| caller),
            count: 0,
            last: None,
            began: now,
            held: None,
            called: now,
            calling: false,
            returned: false,
            queried: false,
        }
    }
}

fn whole_millis(nanos: u64) -> u32 {
    u32::try_from(nanos / 1_000_000).unwrap_or(u32::MAX)
}

/// Mostly small, sometimes up to `most`.
fn skewed(rng: &mut StdRng, most: u32) -> u32 {
    let fraction: f64 = rng.random();
    (f64::from(most) * fraction.powi(4)) as u32
}

/// A version 4 UUID, which is never zero.
fn random_uuid_bits(rng: &mut StdRng) -> u128 {
    rng.random::<u128>() & !(0xf << 76) & !(0b11 << 62) | 0x4 << 76 | 0b10 << 62
}

fn random_trace_id(rng: &mut StdRng) -> TraceId {
    loop {
        if let Some(id) = TraceId::new(random_uuid_bits(rng)) {
            return id;
        }
    }
}

/// Late ones differ from the others of the same seed in one bit of their random part.
fn random_event_id(rng: &mut StdRng, late: bool) -> EventId {
    loop {
        if let Some(id) = EventId::new(random_uuid_bits(rng) ^ u128::from(late)) {
            return id;
        }
    }
}

#[cfg(test)]
#[path = "generate_tests.rs"]
mod tests;
