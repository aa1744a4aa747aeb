//! The request bodies of a run: in memory up to 2 GiB, beyond that in a temporary file.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::FileExt as _;

use anyhow::Context as _;
use bytes::Bytes;
use model::{EventId, TraceId};

use crate::cli::load::generate::{Generator, Shape};

const MOST_IN_MEMORY: u64 = 2 << 30;
/// More than the mean size of a generated event; its own test holds the generator to less.
const EVENT_BYTES: u64 = 800;

/// Identity of one event.
pub type Ids = (TraceId, EventId);

/// All bodies, made before the first is sent.
pub struct Bodies {
    stored: Stored,
    n_events: Vec<u32>,
    /// The events of each body, when somebody wants to know.
    ids: Option<Vec<Vec<Ids>>>,
    bytes: u64,
}

enum Stored {
    Memory(Vec<Bytes>),
    /// Where each body begins, and how long it is.
    File {
        file: File,
        parts: Vec<(u64, usize)>,
    },
}

impl Bodies {
    /// # Errors
    /// When there is no room for the temporary file.
    pub fn generate(shape: Shape, with_ids: bool) -> anyhow::Result<Self> {
        let in_file = shape.n_events.saturating_mul(EVENT_BYTES) > MOST_IN_MEMORY;
        let batch = shape.batch;
        let mut generator = Generator::new(shape);
        let mut bodies =
            Self { stored: Stored::Memory(Vec::new()), n_events: Vec::new(), ids: with_ids.then(Vec::new), bytes: 0 };
        let mut spill = if in_file { Some(BufWriter::with_capacity(1 << 20, unnamed_file()?)) } else { None };
        let mut parts = Vec::new();
        let mut in_memory = Vec::new();
        let mut body = Vec::new();
        while let Some(ids) = fill(&mut generator, batch, &mut body) {
            bodies.n_events.push(ids.len() as u32);
            if let Some(all) = &mut bodies.ids {
                all.push(ids);
            }
            match &mut spill {
                Some(file) => {
                    parts.push((bodies.bytes, body.len()));
                    file.write_all(&body).context("the temporary file for the request bodies is full")?;
                }
                None => in_memory.push(Bytes::copy_from_slice(&body)),
            }
            bodies.bytes += body.len() as u64;
        }
        bodies.stored = match spill {
            Some(file) => Stored::File { file: file.into_inner()?, parts },
            None => Stored::Memory(in_memory),
        };
        Ok(bodies)
    }

    pub fn len(&self) -> usize {
        self.n_events.len()
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn n_events(&self, body_idx: usize) -> u64 {
        u64::from(self.n_events[body_idx])
    }

    /// Empty unless they were asked for.
    pub fn ids(&self, body_idx: usize) -> &[Ids] {
        self.ids.as_ref().map_or(&[], |ids| &ids[body_idx])
    }

    /// # Errors
    /// When the temporary file cannot be read.
    pub fn get(&self, body_idx: usize) -> io::Result<Bytes> {
        match &self.stored {
            Stored::Memory(bodies) => Ok(bodies[body_idx].clone()),
            Stored::File { file, parts } => {
                let (begin, len) = parts[body_idx];
                let mut body = vec![0; len];
                file.read_exact_at(&mut body, begin)?;
                Ok(body.into())
            }
        }
    }
}

/// Writes one body; `None` when there are no more events.
fn fill(generator: &mut Generator, batch: u64, body: &mut Vec<u8>) -> Option<Vec<Ids>> {
    body.clear();
    body.extend_from_slice(b"{\"events\":[");
    let mut ids = Vec::with_capacity(batch as usize);
    for _ in 0..batch {
        let before = body.len();
        if !ids.is_empty() {
            body.push(b',');
        }
        match generator.next_event(body) {
            Some(id) => ids.push(id),
            None => {
                body.truncate(before);
                break;
            }
        }
    }
    body.extend_from_slice(b"]}");
    if ids.is_empty() { None } else { Some(ids) }
}

/// A file that vanishes with the process, however that ends.
fn unnamed_file() -> anyhow::Result<File> {
    let path = std::env::temp_dir().join(format!("raceway-load-{}-{:016x}", std::process::id(), rand::random::<u64>()));
    let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path);
    let file = file.with_context(|| format!("cannot create {}", path.display()))?;
    std::fs::remove_file(&path).with_context(|| format!("cannot unlink {}", path.display()))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Nanos;

    #[test]
    fn every_event_is_in_one_body_and_the_last_one_may_be_short() {
        let shape = Shape { seed: 1, n_events: 250, batch: 100, n_traces: 9, n_open: 2, begin: Nanos(0), late: false };
        let bodies = Bodies::generate(shape, true).expect("bodies");
        assert_eq!((0..bodies.len()).map(|idx| bodies.n_events(idx)).collect::<Vec<_>>(), [100, 100, 50]);
        for body_idx in 0..bodies.len() {
            let body: serde_json::Value =
                serde_json::from_slice(&bodies.get(body_idx).expect("a body")).expect("a body is JSON");
            let sent: Vec<String> = body["events"]
                .as_array()
                .expect("events")
                .iter()
                .map(|event| event["id"].as_str().expect("an id").to_owned())
                .collect();
            let known: Vec<String> = bodies.ids(body_idx).iter().map(|(_, id)| id.to_string()).collect();
            assert_eq!(sent, known);
        }
    }

    #[test]
    fn bodies_in_a_file_read_back_as_written() {
        let file = unnamed_file().expect("a file");
        file.write_all_at(b"onetwo", 0).expect("written");
        let stored = Stored::File { file, parts: vec![(0, 3), (3, 3)] };
        let bodies = Bodies { stored, n_events: vec![1, 1], ids: None, bytes: 6 };
        assert_eq!(bodies.get(1).expect("a body"), "two");
        assert!(bodies.ids(1).is_empty());
    }
}
