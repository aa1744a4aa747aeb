//! The templates of a block.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::super::bytes::{Reader, join_streams, put_varint, split_streams};
use super::super::{BlockError, Fault, Section};
use super::MAX_TEMPLATE_BYTES;
use super::text::SLOT;

/// Templates while a block is encoded.
#[derive(Default)]
pub(super) struct Templates {
    text: Vec<u8>,
    entries: Vec<Entry>,
    ids: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

#[derive(Clone, Copy)]
struct Entry {
    begin: u32,
    end: u32,
    n_slots: u32,
    uses: u32,
}

impl Templates {
    /// Counts one more use of a template; its id.
    pub(super) fn note(&mut self, template: &[u8]) -> u32 {
        let hash = self.hasher.hash_one(template);
        let (text, entries) = (&self.text, &self.entries);
        let known = |entry: &Entry| &text[entry.begin as usize..entry.end as usize];
        if let Some(&id) = self.ids.find(hash, |&id| known(&entries[id as usize]) == template) {
            self.entries[id as usize].uses += 1;
            return id;
        }
        let id = self.entries.len() as u32;
        let begin = self.text.len() as u32;
        self.text.extend_from_slice(template);
        let n_slots = template.iter().filter(|&&byte| byte == SLOT).count() as u32;
        self.entries.push(Entry { begin, end: self.text.len() as u32, n_slots, uses: 1 });
        let (text, entries, hasher) = (&self.text, &self.entries, &self.hasher);
        self.ids.insert_unique(hash, id, |&id| {
            let entry = &entries[id as usize];
            hasher.hash_one(&text[entry.begin as usize..entry.end as usize])
        });
        id
    }

    /// Stores the templates that are used more than once, as far as there is room: others cost less in
    /// their chunk, where one event pays for them. Gives the streams, and of each template what is kept.
    pub(super) fn finish(&self) -> (Vec<u8>, Vec<Option<Kept>>) {
        let (mut lens, mut text) = (Vec::new(), Vec::new());
        let mut n_kept = 0;
        let kept = self
            .entries
            .iter()
            .map(|entry| {
                let template = &self.text[entry.begin as usize..entry.end as usize];
                if entry.uses < 2 || text.len() + template.len() > MAX_TEMPLATE_BYTES {
                    return None;
                }
                put_varint(&mut lens, template.len() as u64);
                text.extend_from_slice(template);
                n_kept += 1;
                Some(Kept { number: n_kept - 1, n_slots: entry.n_slots })
            })
            .collect();
        (join_streams(&[lens, text]), kept)
    }
}

/// A template that is stored.
#[derive(Clone, Copy)]
pub(super) struct Kept {
    pub(super) number: u32,
    pub(super) n_slots: u32,
}

/// Templates of a block that is decoded.
pub(super) struct StoredTemplates<'a> {
    templates: Vec<StoredTemplate<'a>>,
}

#[derive(Clone, Copy)]
pub(super) struct StoredTemplate<'a> {
    pub(super) text: &'a [u8],
    pub(super) n_slots: u32,
}

impl<'a> StoredTemplates<'a> {
    /// What [`Templates::finish`] may have written takes this much at most.
    pub(super) const MAX_RAW: usize = 2 * MAX_TEMPLATE_BYTES + 16;

    pub(super) fn read(raw: &'a [u8]) -> Result<Self, BlockError> {
        let [mut lens, mut text] = split_streams::<2>(raw, Section::Payload)?;
        let mut templates = Vec::with_capacity(lens.rest().len());
        while !lens.rest().is_empty() {
            let text = text.take(lens.varint_u32()? as usize)?;
            let n_slots = text.iter().filter(|&&byte| byte == SLOT).count() as u32;
            templates.push(StoredTemplate { text, n_slots });
        }
        Ok(Self { templates })
    }

    pub(super) fn get(&self, number: u64, reader: &Reader<'_>) -> Result<StoredTemplate<'a>, BlockError> {
        let template = usize::try_from(number).ok().and_then(|number| self.templates.get(number));
        template.copied().ok_or(reader.fault(Fault::Malformed))
    }
}
