//! Windows: a slice of the list as rows for the browser.

use hashbrown::HashMap;
use model::Nanos;
use model::window::{Window, WindowRow};

use super::TraceView;

impl TraceView {
    /// Rows `offset..offset + count` of the list, or of `filtered` when given. O(count).
    pub(crate) fn window(&self, filtered: Option<&[u32]>, offset: u64, count: u32) -> Window {
        let total = filtered.map_or(self.len(), <[u32]>::len);
        let begin = usize::try_from(offset).unwrap_or(usize::MAX).min(total);
        let end = begin.saturating_add(count as usize).min(total);
        let mut names = Names { strings: vec![String::new()], index: HashMap::from_iter([(0, 0)]) };
        let rows = (begin..end)
            .map(|at| {
                let row = filtered.map_or(at, |filtered| filtered[at] as usize);
                WindowRow {
                    id: self.ids[row],
                    position: row as u64,
                    start: Nanos(self.starts[row]),
                    duration_nanos: self.duration(row),
                    kind: self.kinds[row],
                    mode: self.modes[row],
                    error: self.errors[row],
                    status: self.statuses[row],
                    depth: self.depths[row],
                    service: names.add(self, self.services[row]),
                    thread: names.add(self, self.threads[row]),
                    operation: names.add(self, self.operations[row]),
                    object: names.add(self, self.objects[row]),
                }
            })
            .collect();
        Window {
            version: self.version,
            offset: begin as u64,
            total: total as u64,
            events_total: self.len() as u64,
            trace_start: self.start(),
            trace_end: Nanos(self.end),
            strings: names.strings,
            rows,
        }
    }
}

/// The strings of one window, each once.
struct Names {
    strings: Vec<String>,
    index: HashMap<u32, u32>,
}

impl Names {
    fn add(&mut self, view: &TraceView, string: u32) -> u32 {
        *self.index.entry(string).or_insert_with(|| {
            self.strings.push(view.text(string).to_owned());
            (self.strings.len() - 1) as u32
        })
    }
}
