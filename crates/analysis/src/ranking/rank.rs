//! Counting candidates over traces, and putting them in order.

use hashbrown::{HashMap, HashSet};
use serde::{Deserialize, Serialize};

use super::{OwnPart, Table};
use crate::baselines::{Baseline, Sketch, Thresholds};
use crate::{Cancel, Cancelled};

/// Which side of the comparison a trace is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TraceGroup {
    /// Slow or failed, and of the bad period: to be explained.
    Suspect,
    /// Any trace of the good period, and those of the bad one that were neither slow nor failed.
    Other,
}

/// What an operation did in a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Symptom {
    /// It failed, with none below it failing.
    Failed,
    /// Its own time on the critical path, all its calls together, was unusual against the other traces.
    Slow,
    /// It was called at all.
    Present,
}

/// A candidate, with its counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cause {
    pub service: String,
    pub operation: String,
    /// Name and value.
    pub attribute: Option<(String, String)>,
    pub symptom: Symptom,
    pub traces: Table,
    pub g_squared: f64,
    /// At most this likely by chance, all candidates considered.
    pub chance: f64,
    /// Mean own time of the operation on the critical path a trace, in suspects less that in others.
    pub extra_ns: i64,
}

/// The answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Ranked {
    /// Highest G-squared first; of equals a failure before slowness before presence, and the simpler first.
    pub causes: Vec<Cause>,
    pub suspects: u64,
    pub others: u64,
    /// `false` when there were more candidates than the limit, so that some were not counted.
    pub complete: bool,
}

/// Bounds of a ranking.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Candidates counted at most.
    pub candidates: usize,
    /// Causes listed at most.
    pub causes: usize,
    /// What fewer traces have is not looked at.
    pub least_traces: u64,
    /// Listed are those less likely by chance.
    pub chance: f64,
    /// When own time is slow; the count is in traces.
    pub slow: Thresholds,
}

impl Default for Limits {
    fn default() -> Self {
        let slow = Thresholds { least_count: 20, ..Thresholds::default() };
        Self { candidates: 200_000, causes: 100, least_traces: 3, chance: 0.01, slow }
    }
}

/// An operation in one trace.
struct Row {
    operation: u32,
    self_ns: u64,
    failed: bool,
    /// Interned name and value; sorted, none twice.
    attributes: Vec<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Candidate {
    operation: u32,
    attribute: Option<u32>,
    symptom: Symptom,
}

/// Collects traces, then ranks. Memory in proportion to operations and attributes a trace, summed over traces,
/// and to the candidates' limit.
#[derive(Default)]
pub struct Ranking {
    operations: Pairs,
    attributes: Pairs,
    traces: Vec<(TraceGroup, Vec<Row>)>,
}

/// Pairs of texts to dense numbers.
#[derive(Default)]
struct Pairs {
    ids: HashMap<(String, String), u32>,
    pairs: Vec<(String, String)>,
}

impl Pairs {
    fn id(&mut self, first: &str, second: &str) -> u32 {
        *self.ids.entry((first.to_owned(), second.to_owned())).or_insert_with_key(|pair| {
            self.pairs.push(pair.clone());
            self.pairs.len() as u32 - 1
        })
    }

    fn get(&self, id: u32) -> (String, String) {
        self.pairs.get(id as usize).cloned().unwrap_or_default()
    }
}

/// One call of a trace.
#[derive(Debug, Clone, Copy)]
pub struct CallRecord<'a> {
    pub service: &'a str,
    pub operation: &'a str,
    pub own: OwnPart,
    /// Names and values.
    pub attributes: &'a [(&'a str, &'a str)],
}

impl Ranking {
    /// Adds a trace with all its calls.
    pub fn add<'a>(&mut self, group: TraceGroup, calls: impl IntoIterator<Item = CallRecord<'a>>) {
        let mut rows: HashMap<u32, Row> = HashMap::new();
        for CallRecord { service, operation, own, attributes } in calls {
            let operation = self.operations.id(service, operation);
            let row =
                rows.entry(operation).or_insert(Row { operation, self_ns: 0, failed: false, attributes: Vec::new() });
            row.self_ns = row.self_ns.saturating_add(own.self_ns);
            row.failed |= own.failed;
            row.attributes.extend(attributes.iter().map(|(name, value)| self.attributes.id(name, value)));
        }
        let mut rows: Vec<Row> = rows.into_values().collect();
        // In one order every time, so that the same candidates are counted when there are too many.
        rows.sort_unstable_by_key(|row| row.operation);
        for row in &mut rows {
            row.attributes.sort_unstable();
            row.attributes.dedup();
        }
        self.traces.push((group, rows));
    }

    /// O(N) in operations and attributes a trace, summed, and O(C log C) in the candidates.
    ///
    /// # Errors
    /// [`Cancelled`] once `cancel` was raised.
    pub fn finish(self, limits: &Limits, cancel: &Cancel) -> Result<Ranked, Cancelled> {
        let usual = self.usual();
        let count_of = |group| self.traces.iter().filter(|(of, _)| *of == group).count() as u64;
        let (suspects, others) = (count_of(TraceGroup::Suspect), count_of(TraceGroup::Other));
        let mut counted: HashMap<Candidate, Table> = HashMap::new();
        let mut complete = true;
        for (group, rows) in &self.traces {
            cancel.check()?;
            for candidate in rows.iter().flat_map(|row| candidates(row, usual[row.operation as usize], &limits.slow)) {
                let room = counted.len() < limits.candidates;
                if !room && !counted.contains_key(&candidate) {
                    complete = false;
                    continue;
                }
                let table = counted.entry(candidate).or_insert(Table { suspects, others, ..Table::default() });
                match group {
                    TraceGroup::Suspect => table.suspects_with += 1,
                    TraceGroup::Other => table.others_with += 1,
                }
            }
        }
        let causes = self.ranked(&counted, limits);
        Ok(Ranked { causes, suspects, others, complete })
    }

    /// By operation: what its own time a trace was in the other traces, where it had any.
    fn usual(&self) -> Vec<Option<Baseline>> {
        let mut sketches = vec![Sketch::default(); self.operations.pairs.len()];
        let others = self.traces.iter().filter(|(group, _)| *group == TraceGroup::Other);
        for row in others.flat_map(|(_, rows)| rows).filter(|row| row.self_ns > 0) {
            sketches[row.operation as usize].add(row.self_ns);
        }
        sketches.iter().map(Baseline::of).collect()
    }

    fn ranked(&self, counted: &HashMap<Candidate, Table>, limits: &Limits) -> Vec<Cause> {
        let tested = |table: &Table| table.suspects_with + table.others_with >= limits.least_traces;
        let n_tested = counted.values().filter(|table| tested(table)).count();
        // An attribute that parts nothing from the operation alone explains nothing more.
        let redundant = |candidate: &Candidate, table: &Table| {
            let bare = Candidate { attribute: None, ..*candidate };
            candidate.attribute.is_some() && counted.get(&bare) == Some(table)
        };
        let mut found: Vec<(f64, Candidate, Table)> = counted
            .iter()
            .filter(|(candidate, table)| tested(table) && !redundant(candidate, table))
            .map(|(candidate, table)| (table.g_squared(), *candidate, *table))
            .filter(|&(g_squared, ..)| Table::chance(g_squared, n_tested) < limits.chance)
            .collect();
        let names = |candidate: &Candidate| {
            (self.operations.get(candidate.operation), candidate.attribute.map(|id| self.attributes.get(id)))
        };
        found.sort_by(|(a_g, a, _), (b_g, b, _)| {
            let simpler = |candidate: &Candidate| (candidate.symptom, candidate.attribute.is_some());
            b_g.total_cmp(a_g).then(simpler(a).cmp(&simpler(b))).then_with(|| names(a).cmp(&names(b)))
        });
        found.truncate(limits.causes);
        let listed: HashSet<u32> = found.iter().map(|(_, candidate, _)| candidate.operation).collect();
        let extra = self.extra(&listed);
        let cause = |(g_squared, candidate, traces): (f64, Candidate, Table)| {
            let ((service, operation), attribute) = names(&candidate);
            let extra_ns = extra.get(&candidate.operation).copied().unwrap_or_default();
            let chance = Table::chance(g_squared, n_tested);
            Cause { service, operation, attribute, symptom: candidate.symptom, traces, g_squared, chance, extra_ns }
        };
        found.into_iter().map(cause).collect()
    }

    /// Mean own time a trace, in suspects less that in others; a trace without the operation counts as 0.
    fn extra(&self, listed: &HashSet<u32>) -> HashMap<u32, i64> {
        let mut sums: HashMap<u32, [u128; 2]> = HashMap::new();
        let mut n_traces = [0_u128; 2];
        for (group, rows) in &self.traces {
            n_traces[*group as usize] += 1;
            for row in rows.iter().filter(|row| listed.contains(&row.operation)) {
                sums.entry(row.operation).or_default()[*group as usize] += u128::from(row.self_ns);
            }
        }
        let mean = |sum: u128, n: u128| i64::try_from(sum / n.max(1)).unwrap_or(i64::MAX);
        let extra =
            |[suspects, others]: [u128; 2]| mean(suspects, n_traces[0]).saturating_sub(mean(others, n_traces[1]));
        sums.into_iter().map(|(operation, sum)| (operation, extra(sum))).collect()
    }
}

/// What one operation of a trace is an instance of.
fn candidates(row: &Row, usual: Option<Baseline>, slow: &Thresholds) -> impl Iterator<Item = Candidate> {
    let is_slow = row.self_ns > 0
        && usual.and_then(|usual| usual.assess(row.self_ns, slow)).is_some_and(|found| found.severity.is_some());
    let symptoms = [(Symptom::Failed, row.failed), (Symptom::Slow, is_slow), (Symptom::Present, true)];
    let attributes = std::iter::once(None).chain(row.attributes.iter().copied().map(Some));
    attributes.flat_map(move |attribute| {
        let shown = symptoms.into_iter().filter(|(_, shown)| *shown);
        shown.map(move |(symptom, _)| Candidate { operation: row.operation, attribute, symptom })
    })
}
