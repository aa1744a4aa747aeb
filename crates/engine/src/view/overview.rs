//! What a trace is made of, counted over its view.

use hashbrown::{HashMap, HashSet};
use model::list::TraceSummary;
use model::trace::{KindCount, LongEvent, ServiceShare, TraceOverview};
use model::{Kind, Nanos};

use super::TraceView;

const LONGEST: usize = 10;

impl TraceView {
    /// O(rows).
    pub(crate) fn overview(&self, summary: TraceSummary) -> TraceOverview {
        let mut services: HashMap<u32, ServiceShare> = HashMap::new();
        let mut kinds = vec![0_u64; Kind::ALL.len()];
        let mut threads = HashSet::new();
        for row in 0..self.len() {
            let (start, end) = (Nanos(self.starts[row]), Nanos(self.ends[row]));
            let share = services.entry(self.services[row]).or_insert_with(|| ServiceShare {
                name: self.text(self.services[row]).to_owned(),
                events: 0,
                errors: 0,
                first: start,
                last: end,
            });
            share.events += 1;
            share.errors += u64::from(self.errors[row]);
            share.last = share.last.max(end);
            if let Some(count) = kinds.get_mut(usize::from(self.kinds[row].code())) {
                *count += 1;
            }
            threads.insert((self.services[row], self.threads[row]));
        }
        let mut services: Vec<ServiceShare> = services.into_values().collect();
        services.sort_by(|one, other| other.events.cmp(&one.events).then_with(|| one.name.cmp(&other.name)));
        let mut kinds: Vec<KindCount> = Kind::ALL
            .iter()
            .map(|&kind| KindCount { kind, events: kinds[usize::from(kind.code())] })
            .filter(|count| count.events > 0)
            .collect();
        kinds.sort_by_key(|count| std::cmp::Reverse(count.events));
        TraceOverview {
            summary,
            services,
            kinds,
            longest: self.longest(),
            threads: threads.len() as u64,
            orphans: self.orphans.len() as u64,
            cyclic: self.cyclic,
            tasks_separable: self.has_tasks,
            first_error: self.errors.iter().position(|&error| error).map(|row| self.ids[row]),
        }
    }

    /// The longest events with a duration, longest first; of equals the earlier.
    fn longest(&self) -> Vec<LongEvent> {
        let mut longest: Vec<usize> = Vec::with_capacity(LONGEST + 1);
        for row in 0..self.len() {
            let duration = self.duration(row);
            if duration == 0 || longest.get(LONGEST - 1).is_some_and(|&last| self.duration(last) >= duration) {
                continue;
            }
            let at = longest.partition_point(|&other| self.duration(other) >= duration);
            longest.insert(at, row);
            longest.truncate(LONGEST);
        }
        longest
            .into_iter()
            .map(|row| LongEvent {
                id: self.ids[row],
                service: self.text(self.services[row]).to_owned(),
                operation: self.text(self.operations[row]).to_owned(),
                kind: self.kinds[row],
                duration_nanos: self.duration(row),
                error: self.errors[row],
            })
            .collect()
    }
}
