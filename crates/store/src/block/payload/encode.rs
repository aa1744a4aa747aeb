//! Payloads to chunks, in two passes: take all apart and count the templates, then write.

use model::table::{EventRow, EventTable, Part};
use model::wire::Payload;

use super::super::bytes::{join_streams, put_varint, zigzag};
use super::super::frame::Packer;
use super::stamp::{Stamp, unit};
use super::templates::{Kept, Templates};
use super::text::{Value, split};
use super::{PLAIN, SEPARATOR, VERSION, shape, stream};

/// The section of `rows`, whose ids have the checksum `ids_checksum`.
pub(in crate::block) fn encode(
    table: &EventTable,
    rows: &[&EventRow],
    ids_checksum: u32,
    chunk_bytes: usize,
    packer: &mut Packer,
) -> Vec<u8> {
    let apart = Apart::new(table, rows);
    let (templates, kept) = apart.templates.finish();
    let mut stored = Vec::new();
    let mut head = Vec::new();
    put_varint(&mut head, rows.len() as u64);
    head.extend_from_slice(&ids_checksum.to_le_bytes());
    packer.pack(&templates, &mut stored).write(&mut head);

    let chunks = chunks_of(&apart.events, chunk_bytes);
    put_varint(&mut head, chunks.len() as u64);
    for events in chunks {
        let raw = apart.chunk(events, &kept);
        put_varint(&mut head, events.len() as u64);
        put_varint(&mut head, events.iter().map(|event| u64::from(event.whole.len)).sum());
        packer.pack(&raw, &mut stored).write(&mut head);
    }
    let mut section = Vec::with_capacity(5 + head.len() + stored.len());
    section.push(VERSION);
    section.extend_from_slice(&crc32fast::hash(&head).to_le_bytes());
    section.extend_from_slice(&head);
    section.extend_from_slice(&stored);
    section
}

/// Each chunk ends with the event that fills it.
fn chunks_of(events: &[Event], chunk_bytes: usize) -> Vec<&[Event]> {
    let mut chunks = Vec::new();
    let (mut begin, mut bytes) = (0, 0);
    for (event_idx, event) in events.iter().enumerate() {
        bytes += event.whole.len as usize;
        if bytes >= chunk_bytes {
            chunks.push(&events[begin..=event_idx]);
            (begin, bytes) = (event_idx + 1, 0);
        }
    }
    if begin < events.len() {
        chunks.push(&events[begin..]);
    }
    chunks
}

/// One payload taken apart; parts are of the table's payload.
struct Event {
    whole: Part,
    /// `None` when it is opaque.
    fields: Option<Fields>,
}

struct Fields {
    stamp: Option<Stamp>,
    duration_ns: Option<u64>,
    stamp_text: Part,
    kind: Part,
    body: Part,
    tags_text: Part,
    /// Of kind, separator and body.
    main: Option<Piece>,
    tags: Option<Piece>,
}

/// A text that has a template.
#[derive(Clone, Copy)]
struct Piece {
    template: u32,
    first_value: u32,
}

struct Apart<'t> {
    bytes: &'t [u8],
    events: Vec<Event>,
    templates: Templates,
    values: Vec<Value>,
}

impl<'t> Apart<'t> {
    fn new(table: &'t EventTable, rows: &[&EventRow]) -> Self {
        let mut apart = Self {
            bytes: &table.payload,
            events: Vec::with_capacity(rows.len()),
            templates: Templates::default(),
            values: Vec::with_capacity(rows.len() * 8),
        };
        let mut scratch = Vec::new();
        for row in rows {
            let whole = if table.payload(row).is_empty() { Part::default() } else { row.payload };
            let fields = apart.fields(whole, &mut scratch);
            apart.events.push(Event { whole, fields });
        }
        apart
    }

    fn fields(&mut self, whole: Part, scratch: &mut Vec<u8>) -> Option<Fields> {
        let payload = Payload::decode(self.text(whole)).ok()?;
        if payload.kind.as_bytes().contains(&SEPARATOR) {
            return None;
        }
        // The layout of `Payload::encode`: a presence byte, the duration, each text after its length.
        let mut at = whole.begin + if payload.duration_ns.is_some() { 9 } else { 1 };
        let mut next = |text: &str| {
            let part = Part { begin: at + 4, len: text.len() as u32 };
            at = part.begin + part.len;
            part
        };
        let stamp_text = next(payload.timestamp);
        let (kind, body, tags_text) = (next(payload.kind), next(payload.body), next(payload.tags));
        Some(Fields {
            stamp: Stamp::parse(payload.timestamp),
            duration_ns: payload.duration_ns,
            stamp_text,
            kind,
            body,
            tags_text,
            main: self.piece(&[kind, body], scratch),
            tags: self.piece(&[tags_text], scratch),
        })
    }

    fn text(&self, part: Part) -> &'t [u8] {
        self.bytes.get(part.range()).unwrap_or_default()
    }

    /// The template of `parts` with separators between.
    fn piece(&mut self, parts: &[Part], scratch: &mut Vec<u8>) -> Option<Piece> {
        let first_value = self.values.len();
        scratch.clear();
        for (part_idx, part) in parts.iter().enumerate() {
            if part_idx > 0 {
                scratch.push(SEPARATOR);
            }
            let range = part.range();
            if !split(self.bytes, range.start, range.end, scratch, &mut self.values) {
                self.values.truncate(first_value);
                return None;
            }
        }
        Some(Piece { template: self.templates.note(scratch), first_value: first_value as u32 })
    }

    /// The streams of a chunk.
    fn chunk(&self, events: &[Event], kept: &[Option<Kept>]) -> Vec<u8> {
        let mut streams: [Vec<u8>; stream::N] = Default::default();
        let mut used: Vec<(Kept, u32)> = Vec::with_capacity(events.len() * 2);
        let mut nanos_before = 0i64;
        for event in events {
            let Some(fields) = &event.fields else {
                streams[stream::SHAPES].push(shape::OPAQUE);
                put_plain(&mut streams, &[self.text(event.whole)]);
                continue;
            };
            let form = fields.stamp.map_or(shape::TEXT_STAMP, |stamp| stamp.form);
            streams[stream::SHAPES].push(shape::of(form, fields.duration_ns.is_some()));
            match fields.stamp {
                Some(stamp) => {
                    let unit = unit(stamp.form);
                    put_varint(&mut streams[stream::STAMPS], zigzag(stamp.units - nanos_before / unit));
                    nanos_before = stamp.units * unit;
                }
                None => put_plain(&mut streams, &[self.text(fields.stamp_text)]),
            }
            if let Some(duration) = fields.duration_ns {
                put_varint(&mut streams[stream::DURATIONS], duration);
            }
            let mut put_text = |at: usize, piece: Option<Piece>, parts: &[&[u8]]| {
                let template = piece.and_then(|piece| Some((kept[piece.template as usize]?, piece.first_value)));
                match template {
                    Some((template, first_value)) => {
                        put_varint(&mut streams[at], 1 + u64::from(template.number));
                        used.push((template, first_value));
                    }
                    None => {
                        put_varint(&mut streams[at], PLAIN);
                        put_plain(&mut streams, parts);
                    }
                }
            };
            let (kind, body) = (self.text(fields.kind), self.text(fields.body));
            put_text(stream::MAINS, fields.main, &[kind, &[SEPARATOR], body]);
            put_text(stream::TAGS, fields.tags, &[self.text(fields.tags_text)]);
        }
        self.put_values(&mut streams, used);
        join_streams(&streams)
    }

    /// By template, then slot, then event.
    fn put_values(&self, streams: &mut [Vec<u8>; stream::N], mut used: Vec<(Kept, u32)>) {
        let (mut values, mut hex, mut text) = (Vec::new(), Vec::new(), Vec::new());
        used.sort_by_key(|(template, _)| template.number);
        for group in used.chunk_by(|(left, _), (right, _)| left.number == right.number) {
            let n_slots = group.first().map_or(0, |(template, _)| template.n_slots);
            for slot in 0..n_slots {
                for &(_, first_value) in group {
                    let value = self.values[(first_value + slot) as usize];
                    value.put(self.bytes, &mut values, &mut hex, &mut text);
                }
            }
        }
        (streams[stream::VALUES], streams[stream::HEX], streams[stream::TEXT]) = (values, hex, text);
    }
}

/// Appends one plain text made of parts.
fn put_plain(streams: &mut [Vec<u8>; stream::N], parts: &[&[u8]]) {
    put_varint(&mut streams[stream::PLAIN_LENS], parts.iter().map(|part| part.len() as u64).sum());
    for part in parts {
        streams[stream::PLAIN].extend_from_slice(part);
    }
}
