//! One chunk to payloads.

use std::ops::Range;

use model::wire::Payload;

use super::super::bytes::{Reader, split_streams, unzigzag};
use super::super::{BlockError, Fault, Section};
use super::stamp::{N_FORMS, Stamp, unit};
use super::templates::{StoredTemplate, StoredTemplates};
use super::text::{SLOT, Value};
use super::{PLAIN, SEPARATOR, shape, stream};

/// A chunk whose streams have been read, up to the last event wanted of it; texts are not yet made.
pub(super) struct Chunk<'a> {
    events: Vec<Event<'a>>,
    values: Vec<Value>,
    hex: &'a [u8],
    text: &'a [u8],
    malformed: BlockError,
}

enum Event<'a> {
    Opaque(&'a [u8]),
    Fields { stamp: StampText<'a>, duration_ns: Option<u64>, main: Text<'a>, tags: Text<'a> },
}

enum StampText<'a> {
    Stamp(Stamp),
    Plain(&'a [u8]),
}

enum Text<'a> {
    Plain(&'a [u8]),
    Template { template: StoredTemplate<'a>, first_value: usize },
}

impl<'a> Chunk<'a> {
    /// Reads a chunk of `n_events`.
    pub(super) fn read(raw: &'a [u8], n_events: usize, templates: &StoredTemplates<'a>) -> Result<Self, BlockError> {
        let streams = split_streams::<{ stream::N }>(raw, Section::Payload)?;
        let shapes = streams[stream::SHAPES];
        let malformed = shapes.fault(Fault::Malformed);
        if shapes.rest().len() != n_events {
            return Err(malformed);
        }
        let mut records = Records { streams, templates, nanos_before: 0, used: Vec::new(), n_values: 0 };
        let events = shapes.rest().iter().map(|&shape| records.event(shape)).collect::<Result<_, _>>()?;
        let values = records.values()?;
        let (hex, text) = (streams[stream::HEX].rest(), streams[stream::TEXT].rest());
        Ok(Self { events, values, hex, text, malformed })
    }

    /// Appends the payloads of the events of `range`, no more than `max` bytes, telling the end of each.
    pub(super) fn write(
        &self,
        range: Range<usize>,
        max: usize,
        out: &mut Vec<u8>,
        mut each: impl FnMut(usize) -> Result<(), BlockError>,
    ) -> Result<(), BlockError> {
        let begin = out.len();
        let mut scratch = Scratch::default();
        for event in self.events.get(range).ok_or(self.malformed)? {
            self.write_event(event, &mut scratch, out).ok_or(self.malformed)?;
            if out.len() - begin > max {
                return Err(self.malformed);
            }
            each(out.len())?;
        }
        Ok(())
    }

    /// `None` when there is no such payload.
    fn write_event(&self, event: &Event<'a>, scratch: &mut Scratch, out: &mut Vec<u8>) -> Option<()> {
        let (stamp, duration_ns, main, tags) = match event {
            Event::Opaque(bytes) => {
                out.extend_from_slice(bytes);
                return Some(());
            }
            Event::Fields { stamp, duration_ns, main, tags } => (stamp, *duration_ns, main, tags),
        };
        scratch.clear();
        match stamp {
            StampText::Stamp(stamp) => stamp.write(&mut scratch.stamp).then_some(())?,
            StampText::Plain(text) => scratch.stamp.extend_from_slice(text),
        }
        self.write_text(main, &mut scratch.main)?;
        self.write_text(tags, &mut scratch.tags)?;
        let separator = scratch.main.iter().position(|&byte| byte == SEPARATOR)?;
        let utf8 = |bytes| std::str::from_utf8(bytes).ok();
        Payload {
            timestamp: utf8(&scratch.stamp)?,
            kind: utf8(&scratch.main[..separator])?,
            body: utf8(&scratch.main[separator + 1..])?,
            tags: utf8(&scratch.tags)?,
            duration_ns,
        }
        .encode(out);
        Some(())
    }

    fn write_text(&self, text: &Text<'a>, out: &mut Vec<u8>) -> Option<()> {
        let (template, first_value) = match text {
            Text::Plain(text) => {
                out.extend_from_slice(text);
                return Some(());
            }
            Text::Template { template, first_value } => (template, *first_value),
        };
        let mut values = self.values.get(first_value..)?.iter();
        for (piece_idx, piece) in template.text.split(|&byte| byte == SLOT).enumerate() {
            if piece_idx > 0 {
                values.next()?.write(self.hex, self.text, out)?;
            }
            out.extend_from_slice(piece);
        }
        Some(())
    }
}

/// The texts of one event, reused for the next.
#[derive(Default)]
struct Scratch {
    stamp: Vec<u8>,
    main: Vec<u8>,
    tags: Vec<u8>,
}

impl Scratch {
    fn clear(&mut self) {
        self.stamp.clear();
        self.main.clear();
        self.tags.clear();
    }
}

/// The streams of a chunk while they are read, event after event.
struct Records<'a, 's> {
    streams: [Reader<'a>; stream::N],
    templates: &'s StoredTemplates<'a>,
    nanos_before: i64,
    /// Template number, its slots, and where the values of one text begin.
    used: Vec<(u64, u32, usize)>,
    n_values: usize,
}

impl<'a> Records<'a, '_> {
    fn event(&mut self, shape: u8) -> Result<Event<'a>, BlockError> {
        if shape == shape::OPAQUE {
            return self.plain().map(Event::Opaque);
        }
        let malformed = self.streams[stream::SHAPES].fault(Fault::Malformed);
        let (form, has_duration) = shape::parts(shape).ok_or(malformed)?;
        let stamp = if form < N_FORMS {
            let unit = unit(form);
            let difference = unzigzag(self.streams[stream::STAMPS].varint()?);
            let units = (self.nanos_before / unit).checked_add(difference).ok_or(malformed)?;
            self.nanos_before = units.checked_mul(unit).ok_or(malformed)?;
            StampText::Stamp(Stamp { form, units })
        } else {
            StampText::Plain(self.plain()?)
        };
        let duration_ns = if has_duration { Some(self.streams[stream::DURATIONS].varint()?) } else { None };
        let main = self.text(stream::MAINS)?;
        let tags = self.text(stream::TAGS)?;
        Ok(Event::Fields { stamp, duration_ns, main, tags })
    }

    fn plain(&mut self) -> Result<&'a [u8], BlockError> {
        let len = self.streams[stream::PLAIN_LENS].varint_u32()?;
        self.streams[stream::PLAIN].take(len as usize)
    }

    fn text(&mut self, at: usize) -> Result<Text<'a>, BlockError> {
        let code = self.streams[at].varint()?;
        if code == PLAIN {
            return self.plain().map(Text::Plain);
        }
        let template = self.templates.get(code - 1, &self.streams[at])?;
        let first_value = self.n_values;
        self.n_values += template.n_slots as usize;
        self.used.push((code - 1, template.n_slots, first_value));
        Ok(Text::Template { template, first_value })
    }

    /// All values, those of one text together.
    fn values(mut self) -> Result<Vec<Value>, BlockError> {
        let mut reader = self.streams[stream::VALUES];
        // A value takes a byte at least.
        if self.n_values > reader.rest().len() {
            return Err(reader.fault(Fault::Short));
        }
        let mut values = vec![Value::Number(0); self.n_values];
        let (mut hex_used, mut text_used) = (0, 0);
        self.used.sort_by_key(|&(number, _, _)| number);
        for group in self.used.chunk_by(|left, right| left.0 == right.0) {
            let n_slots = group.first().map_or(0, |&(_, n_slots, _)| n_slots as usize);
            for slot in 0..n_slots {
                for &(_, _, first_value) in group {
                    values[first_value + slot] = Value::read(&mut reader, &mut hex_used, &mut text_used)?;
                }
            }
        }
        Ok(values)
    }
}
