//! Speed and size of the block codec on events as a client of the wire contract sends them.
//!
//! `cargo run --release --example codec_bench [SEED]`. Prints, for a commit and for compaction, events/s of
//! encoding and decoding (median of several runs) and bytes/event by section, beside what zstd alone
//! makes of the same payload bytes.

use std::time::{Duration, Instant};

use model::table::{ClockEntry, EventRow, EventTable, Part, StrId};
use model::wire::Payload;
use model::{EventId, Kind, Mode, Nanos, Seq, TraceId};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use store::block::{Effort, Sections, decode, decode_payload, encode};

const RUNS: usize = 9;
const EVENTS_A_TRACE: usize = 33;
const SERVICES: [&str; 5] = ["gateway", "bank", "ledger", "fraud-check", "notifier"];

fn main() {
    let seed = std::env::args().nth(1).and_then(|arg| arg.parse().ok()).unwrap_or(7);
    println!("seed {seed}, median of {RUNS} runs, one thread");
    for (effort, n_events) in [(Effort::Fast, 1_000), (Effort::Small, 16_384)] {
        measure(effort, &events(seed, n_events));
    }
}

fn measure(effort: Effort, table: &EventTable) {
    let n_events = table.rows.len();
    let order: Vec<u32> = (0..n_events as u32).collect();
    let block = encode(table, &order, effort);
    let rate = |took: Duration| n_events as f64 / took.as_secs_f64();
    let a_event = |bytes: usize| bytes as f64 / n_events as f64;

    println!("{effort:?}, {n_events} events, {:.0} B/event of payload before", a_event(table.payload.len()));
    let encoding = rate(median(|| encode(table, &order, effort).bytes()));
    println!("  encode            {encoding:>10.0} events/s");
    println!(
        "  decode columns    {:>10.0} events/s",
        rate(median(
            || decode(block.as_ref(), 0..n_events as u32, Sections::Columns).map_or(0, |table| table.rows.len())
        ))
    );
    println!(
        "  decode all        {:>10.0} events/s",
        rate(median(|| decode(block.as_ref(), 0..n_events as u32, Sections::All).map_or(0, |table| table.rows.len())))
    );
    let middle = n_events as u32 / 2;
    println!(
        "  one payload       {:>10.1} us",
        micros(median(|| decode_payload(&block.payload, middle..middle + 1).map_or(0, |one| one.len())))
    );
    println!(
        "  one trace         {:>10.1} us",
        micros(median(|| decode(block.as_ref(), middle..middle + EVENTS_A_TRACE as u32, Sections::All)
            .map_or(0, |table| table.rows.len())))
    );
    println!(
        "  size              {:>10.1} B/event (ids {:.1}, columns {:.1}, payload {:.1})",
        a_event(block.bytes()),
        a_event(block.ids.len()),
        a_event(block.columns.len()),
        a_event(block.payload.len())
    );
    let level = if effort == Effort::Fast { 1 } else { 9 };
    let plain = || {
        table.payload.chunks(256 << 10).map(|chunk| zstd::bulk::compress(chunk, level).map_or(0, |out| out.len())).sum()
    };
    println!(
        "  zstd -{level} of the payload alone: {:.1} B/event, {:.0} events/s",
        a_event(plain()),
        rate(median(plain))
    );
}

fn micros(took: Duration) -> f64 {
    took.as_secs_f64() * 1e6
}

fn median(mut work: impl FnMut() -> usize) -> Duration {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let begin = Instant::now();
            std::hint::black_box(work());
            begin.elapsed()
        })
        .collect();
    times.sort();
    times[RUNS / 2]
}

/// Requests through five services, grouped by trace: random ids, each event's parent the one before.
fn events(seed: u64, n_events: usize) -> EventTable {
    let mut random = StdRng::seed_from_u64(seed);
    let mut table = EventTable::default();
    let mut clock = 1_795_266_005_000_000_000i64;
    while table.rows.len() < n_events {
        let trace = TraceId::new(random.random::<u128>() | 1).expect("not zero");
        let n_left = n_events - table.rows.len();
        push_trace(&mut table, &mut random, trace, clock, n_left.min(EVENTS_A_TRACE));
        clock += random.random_range(200..3_000) * 1_000;
    }
    table
}

fn push_trace(table: &mut EventTable, random: &mut StdRng, trace: TraceId, begin: i64, n_events: usize) {
    let mut at = begin;
    let mut parent = None;
    let mut counts = [0u64; SERVICES.len()];
    let spans: Vec<String> = SERVICES.iter().map(|_| format!("{:016x}", random.random::<u64>())).collect();
    for event_idx in 0..n_events {
        let service_idx = (event_idx * SERVICES.len() / n_events.max(1)).min(SERVICES.len() - 1);
        at += random.random_range(3..900) * 1_000;
        counts[service_idx] += 1;
        let step = Step::random(random, service_idx);
        let id = EventId::new(random.random::<u128>() | 1).expect("not zero");
        let row = push_event(table, id, trace, parent, at, service_idx, &step);
        let clock = Part { begin: table.clocks.len() as u32, len: service_idx as u32 + 1 };
        for component_idx in 0..=service_idx {
            let component = table.strings.intern(&format!("{}#instance-1", SERVICES[component_idx]));
            table.clocks.push(ClockEntry { component, count: counts[component_idx] });
        }
        let span = table.strings.intern(&spans[service_idx]);
        let upstream = if service_idx == 0 { StrId::NONE } else { table.strings.intern(&spans[service_idx - 1]) };
        table.rows.push(EventRow { clock, span, upstream, ..row });
        parent = Some(id);
    }
}

/// What an event does, and its body on the wire.
struct Step {
    kind: Kind,
    mode: Mode,
    wire_kind: &'static str,
    operation: String,
    variable: String,
    lock: String,
    status: u16,
    old_hash: u64,
    new_hash: u64,
    duration_ns: Option<u64>,
    body: String,
}

impl Step {
    fn random(random: &mut StdRng, service_idx: usize) -> Self {
        let (from, to) = (random.random_range(0..100), random.random_range(0..100));
        let amount = f64::from(random.random_range(1..100_000)) / 100.0;
        let mut step = Self {
            kind: Kind::Call,
            mode: Mode::None,
            wire_kind: "FunctionCall",
            operation: String::new(),
            variable: String::new(),
            lock: String::new(),
            status: 0,
            old_hash: 0,
            new_hash: 0,
            duration_ns: None,
            body: String::new(),
        };
        match random.random_range(0..10) {
            0 => {
                (step.kind, step.mode, step.wire_kind) = (Kind::Request, Mode::Out, "HttpRequest");
                step.operation = "POST /accounts/{id}/transfer".into();
                step.body = format!(
                    r#"{{"method":"POST","url":"http://{}:8080/accounts/{from}/transfer","headers":{{"content-type":"application/json","x-request-id":"{:032x}"}},"body":{{"to":{to},"amount":{amount}}}}}"#,
                    SERVICES[service_idx],
                    random.random::<u128>()
                );
            }
            1 => {
                let took_ms: u64 = random.random_range(1..400);
                (step.kind, step.wire_kind, step.status) = (Kind::Response, "HttpResponse", 200);
                step.duration_ns = Some(took_ms * 1_000_000);
                step.body = format!(
                    r#"{{"status":200,"headers":{{"content-type":"application/json"}},"body":{{"balance":{amount}}},"duration_ms":{took_ms}}}"#
                );
            }
            2 | 3 => {
                let is_write = random.random_bool(0.5);
                step.kind = if is_write { Kind::Write } else { Kind::Read };
                step.wire_kind = "StateChange";
                step.variable = format!("accounts[{from}].balance");
                step.old_hash = if is_write { random.random() } else { 0 };
                step.new_hash = random.random();
                step.body = format!(
                    r#"{{"variable":"accounts[{from}].balance","old_value":{amount},"new_value":{},"location":"src/bank.rs:{}","access_type":"{}"}}"#,
                    amount + 1.5,
                    if is_write { 131 } else { 127 },
                    if is_write { "Write" } else { "Read" }
                );
            }
            4 => {
                let is_acquire = random.random_bool(0.5);
                step.kind = if is_acquire { Kind::Acquire } else { Kind::Release };
                step.mode = Mode::Exclusive;
                step.wire_kind = if is_acquire { "LockAcquire" } else { "LockRelease" };
                step.lock = format!("account-{from}");
                step.body =
                    format!(r#"{{"lock_id":"account-{from}","lock_type":"Mutex","location":"src/bank.rs:121"}}"#);
            }
            _ => {
                let (name, module, line) = [
                    ("transfer", "bank", 118),
                    ("check_limits", "fraud", 41),
                    ("append_entry", "ledger", 77),
                    ("notify", "notifier", 203),
                ][random.random_range(0..4)];
                step.operation = name.into();
                step.body = format!(
                    r#"{{"function_name":"{name}","module":"{module}","args":{{"from":"acc-{from}","to":"acc-{to}","amount":{amount}}},"file":"src/{module}.rs","line":{line}}}"#
                );
            }
        }
        step
    }
}

fn push_event(
    table: &mut EventTable,
    id: EventId,
    trace: TraceId,
    parent: Option<EventId>,
    at: i64,
    service_idx: usize,
    step: &Step,
) -> EventRow {
    let begin = table.payload.len() as u32;
    Payload {
        timestamp: &Nanos(at).to_offset_text(),
        kind: step.wire_kind,
        body: &step.body,
        tags: r#"{"sdk_language":"python","region":"eu-west-1"}"#,
        duration_ns: step.duration_ns,
    }
    .encode(&mut table.payload);
    let duration = step.duration_ns.unwrap_or_default() as i64;
    EventRow {
        trace,
        id,
        parent,
        start: Nanos(at - duration),
        end: Nanos(at),
        seq: Seq(0),
        kind: step.kind,
        mode: step.mode,
        error: false,
        status: step.status,
        process_id: 4_000 + service_idx as u32,
        service: table.strings.intern(SERVICES[service_idx]),
        instance: table.strings.intern("instance-1"),
        environment: table.strings.intern("production"),
        thread: table.strings.intern(&format!("thread-{}", begin / 9_000 % 16)),
        task: StrId::NONE,
        operation: table.strings.intern(&step.operation),
        span: StrId::NONE,
        upstream: StrId::NONE,
        variable: table.strings.intern(&step.variable),
        lock: table.strings.intern(&step.lock),
        old_hash: step.old_hash,
        new_hash: step.new_hash,
        clock: Part::default(),
        lock_set: Part::default(),
        payload: Part { begin, len: table.payload.len() as u32 - begin },
    }
}
