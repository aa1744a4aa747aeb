//! Tables of events for the tests: arbitrary ones, and a fixed one.

use model::table::{ClockEntry, EventRow, EventTable, Part, StrId};
use model::wire::Payload;
use model::{EventId, Kind, Mode, Nanos, Seq, TraceId};
use proptest::prelude::*;
use proptest::sample::select;

/// One event with its strings spelled out; what two tables of different arenas are compared by.
#[derive(Debug, Clone, PartialEq)]
pub struct Plain {
    pub ids: (TraceId, EventId, Option<EventId>),
    pub times: (i64, i64, u64),
    pub act: (Kind, Mode, bool, u16, u32),
    /// Service, instance, environment, thread, task, operation, span, upstream, variable, lock.
    pub names: Vec<String>,
    pub hashes: (u64, u64),
    pub clock: Vec<(String, u64)>,
    pub lock_set: Vec<String>,
    pub payload: Vec<u8>,
}

pub fn plain(table: &EventTable, row: &EventRow) -> Plain {
    let text = |id: StrId| table.text(id).to_owned();
    Plain {
        ids: (row.trace, row.id, row.parent),
        times: (row.start.0, row.end.0, row.seq.0),
        act: (row.kind, row.mode, row.error, row.status, row.process_id),
        names: [
            row.service,
            row.instance,
            row.environment,
            row.thread,
            row.task,
            row.operation,
            row.span,
            row.upstream,
            row.variable,
            row.lock,
        ]
        .map(text)
        .to_vec(),
        hashes: (row.old_hash, row.new_hash),
        clock: table.clock(row).iter().map(|entry| (text(entry.component), entry.count)).collect(),
        lock_set: table.lock_set(row).iter().map(|&lock| text(lock)).collect(),
        payload: table.payload(row).to_vec(),
    }
}

pub fn plain_all(table: &EventTable) -> Vec<Plain> {
    table.rows.iter().map(|row| plain(table, row)).collect()
}

pub fn table_of(events: &[Plain]) -> EventTable {
    let mut table = EventTable::default();
    for event in events {
        let names: Vec<StrId> = event.names.iter().map(|name| table.strings.intern(name)).collect();
        let clock = Part { begin: table.clocks.len() as u32, len: event.clock.len() as u32 };
        for (component, count) in &event.clock {
            let component = table.strings.intern(component);
            table.clocks.push(ClockEntry { component, count: *count });
        }
        let lock_set = Part { begin: table.locks.len() as u32, len: event.lock_set.len() as u32 };
        for lock in &event.lock_set {
            let lock = table.strings.intern(lock);
            table.locks.push(lock);
        }
        let payload = Part { begin: table.payload.len() as u32, len: event.payload.len() as u32 };
        table.payload.extend_from_slice(&event.payload);
        table.rows.push(EventRow {
            trace: event.ids.0,
            id: event.ids.1,
            parent: event.ids.2,
            start: Nanos(event.times.0),
            end: Nanos(event.times.1),
            seq: Seq(event.times.2),
            kind: event.act.0,
            mode: event.act.1,
            error: event.act.2,
            status: event.act.3,
            process_id: event.act.4,
            service: names[0],
            instance: names[1],
            environment: names[2],
            thread: names[3],
            task: names[4],
            operation: names[5],
            span: names[6],
            upstream: names[7],
            variable: names[8],
            lock: names[9],
            old_hash: event.hashes.0,
            new_hash: event.hashes.1,
            clock,
            lock_set,
            payload,
        });
    }
    table
}

/// Few values, so that equal ones meet, and now and then any bits.
fn id_bits() -> impl Strategy<Value = u128> {
    prop_oneof![4 => 1..6u128, 1 => 1..=u128::MAX]
}

fn time() -> impl Strategy<Value = i64> {
    prop_oneof![2 => (0..1_000i64).prop_map(|millis| millis * 1_000_000), 1 => 0..1_000i64, 1 => any::<i64>()]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![3 => select(vec!["", "bank", "acc-17", "thread-1"]).prop_map(str::to_owned), 1 => "\\PC{0,5}"]
}

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![3 => 0..4u64, 1 => any::<u64>()]
}

fn payload() -> impl Strategy<Value = Vec<u8>> {
    let stamp = prop_oneof![
        3 => (0..i64::MAX).prop_map(|nanos| Nanos(nanos).to_offset_text()),
        2 => (0..10_000_000_000i64).prop_map(|nanos| Nanos(nanos).to_string()),
        1 => "\\PC{0,9}",
    ];
    let text = prop_oneof![
        4 => (0..3u32, any::<u64>()).prop_map(|(line, id)| format!(r#"{{"line":{line},"span":"{id:016x}"}}"#)),
        2 => "[a-z0-9 \\-]{0,30}",
        1 => any::<String>(),
    ];
    let kind = prop_oneof![3 => select(vec!["Read", "Custom"]).prop_map(str::to_owned), 1 => any::<String>()];
    let fields = (stamp, kind, text.clone(), text, proptest::option::of(number()));
    prop_oneof![
        4 => fields.prop_map(|(timestamp, kind, body, tags, duration_ns)| {
            let mut bytes = Vec::new();
            Payload { timestamp: &timestamp, kind: &kind, body: &body, tags: &tags, duration_ns }.encode(&mut bytes);
            bytes
        }),
        1 => proptest::collection::vec(any::<u8>(), 0..40),
    ]
}

pub fn event() -> impl Strategy<Value = Plain> {
    let ids = (id_bits(), id_bits(), proptest::option::of(id_bits())).prop_map(|(trace, id, parent)| {
        let (trace, id) = (TraceId::new(trace).expect("not zero"), EventId::new(id).expect("not zero"));
        (trace, id, parent.and_then(EventId::new))
    });
    (
        ids,
        (time(), time(), number()),
        (select(Kind::ALL.to_vec()), select(Mode::ALL.to_vec()), any::<bool>(), any::<u16>(), any::<u32>()),
        proptest::collection::vec(name(), 10),
        (number(), number()),
        proptest::collection::vec((name(), number()), 0..4),
        proptest::collection::vec(name(), 0..3),
        payload(),
    )
        .prop_map(|(ids, times, act, names, hashes, clock, lock_set, payload)| Plain {
            ids,
            times,
            act,
            names,
            hashes,
            clock,
            lock_set,
            payload,
        })
}

pub fn events(max: usize) -> impl Strategy<Value = Vec<Plain>> {
    proptest::collection::vec(event(), 0..max)
}

/// The events of the stored fixture. They never change: what was written must stay readable.
pub fn fixed() -> Vec<Plain> {
    let bank = |event_idx: u64| {
        let trace = 0xb33c_31bb_3c0f_4b39_acd0_0fe4_00f6_a1e6 + u128::from(event_idx / 4);
        let start = 1_795_266_005_691_711_000 + event_idx as i64 * 1_500_000;
        let mut payload = Vec::new();
        Payload {
            timestamp: &Nanos(start).to_offset_text(),
            kind: "StateChange",
            body: &format!(r#"{{"variable":"acc-{event_idx}","new_value":{}.5,"id":"b33c31bb-3c0f-4b39-acd0-0fe400f6a1e{event_idx:x}"}}"#, event_idx * 17),
            tags: r#"{"sdk_language":"rust"}"#,
            duration_ns: event_idx.is_multiple_of(3).then_some(event_idx * 1_000),
        }
        .encode(&mut payload);
        Plain {
            ids: (
                TraceId::new(trace).expect("not zero"),
                EventId::new(u128::from(event_idx) * 0x1_0000_0001 + 1).expect("not zero"),
                event_idx.checked_sub(1).and_then(|parent| EventId::new(u128::from(parent) * 0x1_0000_0001 + 1)),
            ),
            times: (start, start + event_idx as i64 * 1_000, event_idx / 8),
            act: (
                Kind::ALL[event_idx as usize % Kind::ALL.len()],
                Mode::ALL[event_idx as usize % Mode::ALL.len()],
                event_idx == 7,
                if event_idx.is_multiple_of(5) { 503 } else { 0 },
                4_000 + event_idx as u32 % 2,
            ),
            names: ["bank", "bank-1", "test", "thread-", "", "transfer", "span-", "", "accounts.", ""]
                .iter()
                .map(
                    |name| {
                        if name.ends_with(['-', '.']) { format!("{name}{}", event_idx % 3) } else { (*name).to_owned() }
                    },
                )
                .collect(),
            hashes: (event_idx % 3 * 77, event_idx % 4 * 77),
            clock: (0..event_idx % 3).map(|component| (format!("bank#{component}"), event_idx + component)).collect(),
            lock_set: if event_idx % 4 > 1 { vec!["ledger".into(), "account-3".into()] } else { Vec::new() },
            payload,
        }
    };
    let mut events: Vec<Plain> = (0..12).map(bank).collect();
    events[3].payload = b"not a payload".to_vec();
    events[4].payload = Vec::new();
    events[5].ids.2 = EventId::new(u128::MAX);
    events
}
