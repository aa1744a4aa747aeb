//! What is wrong inside traces, counted over all traces that have it.

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::{HashMap, HashSet};
use model::analysis::{Finding, FindingClass, FindingKind, GlobalFinding, GlobalSide, MAX_TRACE_IDS, Reach};
use model::list::{Total, TotalKind};
use model::{Nanos, TraceId};

use super::stable_hash;

/// Whole findings kept of each group: the others are counted.
const WHOLE: usize = 2;
/// Findings of traces that are counted.
const MOST: usize = 50_000;
/// Bytes of a counted and of a whole one, about.
const COUNTED_BYTES: usize = 160;
const WHOLE_BYTES: usize = 2_048;

/// A finding inside a trace, and whose memory or locks it is about, for people.
#[derive(Debug, Clone)]
pub struct Inside {
    pub owner: String,
    pub finding: Finding,
}

/// What findings are grouped by: kind, class, owner, subject and places.
type Key = (FindingKind, FindingClass, String, String, Vec<String>);

#[derive(Debug)]
struct Instance {
    id: Box<str>,
    count: Total,
    threads: u64,
    first: Nanos,
    last: Nanos,
    /// Of a few.
    whole: Option<Arc<Inside>>,
}

#[derive(Debug, Default)]
struct Grouped {
    instances: BTreeMap<TraceId, Instance>,
    n_whole: usize,
}

/// A finding over all traces that have it.
#[derive(Debug, Clone)]
pub struct InsideGroup(GlobalFinding);

impl InsideGroup {
    pub fn shown(&self) -> &GlobalFinding {
        &self.0
    }
}

#[derive(Debug, Default)]
pub(super) struct Within {
    groups: HashMap<Key, Grouped>,
    of_trace: HashMap<TraceId, Vec<Key>>,
    n_instances: usize,
    n_whole: usize,
    left_out: u64,
    /// Groups that lost the last finding they had whole. They cannot be shown until a trace of theirs is looked at
    /// again.
    unshown: HashSet<Key>,
}

impl Within {
    pub fn bytes(&self) -> usize {
        self.n_instances * COUNTED_BYTES + self.n_whole * WHOLE_BYTES
    }

    pub fn capped(&self) -> bool {
        self.left_out > 0
    }

    pub fn add(&mut self, trace: TraceId, findings: Vec<Inside>) {
        self.remove(trace);
        for inside in findings.into_iter().filter(|inside| inside.finding.kind != FindingKind::Slow) {
            let key = key(&inside);
            if self.n_instances == MOST {
                self.left_out += 1;
                continue;
            }
            let group = self.groups.entry(key.clone()).or_default();
            if let Some(known) = group.instances.get_mut(&trace) {
                // The same places by other threads: one finding here, whatever its instances.
                known.count = sum(known.count, inside.finding.count);
                continue;
            }
            let whole = (group.n_whole < WHOLE).then(|| Arc::new(inside.clone()));
            group.n_whole += usize::from(whole.is_some());
            self.n_whole += usize::from(whole.is_some());
            let starts = || inside.finding.events.iter().map(|event| event.start);
            let mut threads: Vec<&str> = inside.finding.events.iter().map(|event| event.thread.as_str()).collect();
            threads.sort_unstable();
            threads.dedup();
            let instance = Instance {
                id: inside.finding.id.as_str().into(),
                count: inside.finding.count,
                threads: threads.len() as u64,
                first: starts().min().unwrap_or_default(),
                last: starts().max().unwrap_or_default(),
                whole,
            };
            group.instances.insert(trace, instance);
            self.n_instances += 1;
            self.of_trace.entry(trace).or_default().push(key);
        }
    }

    pub fn remove(&mut self, trace: TraceId) {
        for key in self.of_trace.remove(&trace).unwrap_or_default() {
            let Some(group) = self.groups.get_mut(&key) else { continue };
            if let Some(instance) = group.instances.remove(&trace) {
                self.n_instances -= 1;
                let whole = usize::from(instance.whole.is_some());
                group.n_whole -= whole;
                self.n_whole -= whole;
            }
            if group.instances.is_empty() {
                self.groups.remove(&key);
            } else if group.n_whole == 0 {
                self.unshown.insert(key);
            }
        }
    }

    /// The newest trace of each group that has nothing left to be shown by. O(instances of those groups).
    pub fn take_unshown(&mut self) -> Vec<TraceId> {
        let unshown = std::mem::take(&mut self.unshown);
        let groups = unshown.iter().filter_map(|key| self.groups.get(key)).filter(|group| group.n_whole == 0);
        let newest = |group: &Grouped| {
            group.instances.iter().max_by_key(|(trace, instance)| (instance.last, **trace)).map(|(&trace, _)| trace)
        };
        let mut traces: Vec<TraceId> = groups.filter_map(newest).collect();
        traces.sort_unstable();
        traces.dedup();
        traces
    }

    /// O(instances).
    pub fn groups(&self) -> Vec<InsideGroup> {
        self.groups.iter().filter_map(|(key, group)| group_of(key, group)).map(InsideGroup).collect()
    }
}

fn key(inside: &Inside) -> Key {
    let finding = &inside.finding;
    let place = |event: &model::analysis::FindingEvent| format!("{} {}", event.kind.label(), event.location);
    let mut places: Vec<String> = finding.events.iter().map(place).collect();
    // The two sides of a race have no order; those of other findings have roles.
    if finding.kind == FindingKind::Race {
        places.sort_unstable();
    }
    (finding.kind, finding.class, inside.owner.clone(), finding.subject.clone(), places)
}

fn group_of(key: &Key, group: &Grouped) -> Option<GlobalFinding> {
    let newest = |(trace, instance): &(&TraceId, &Instance)| std::cmp::Reverse((instance.last, **trace));
    let (&example, instance) = group
        .instances
        .iter()
        .filter(|(_, instance)| instance.whole.is_some())
        .min_by_key(|(trace, instance)| (instance.first, **trace))
        .or_else(|| group.instances.first_key_value())?;
    let whole = instance.whole.as_deref();
    let mut others: Vec<(&TraceId, &Instance)> =
        group.instances.iter().filter(|(trace, _)| **trace != example).collect();
    if others.len() >= MAX_TRACE_IDS {
        others.select_nth_unstable_by_key(MAX_TRACE_IDS - 1, newest);
        others.truncate(MAX_TRACE_IDS - 1);
    }
    others.sort_unstable_by_key(newest);
    let traces = std::iter::once(example).chain(others.iter().map(|&(&trace, _)| trace)).collect();
    let (kind, class, owner, subject, places) = key;
    let grouped = format!("within {kind:?} {class:?} {owner} {places:?}");
    Some(GlobalFinding {
        id: format!("{:012x}", stable_hash(&[&grouped, subject]) >> 16),
        kind: *kind,
        reach: Reach::Within,
        class: *class,
        severity: whole?.finding.severity,
        subject: subject.clone(),
        owner: owner.clone(),
        service: whole?.finding.events.first().map(|event| event.service.clone()).unwrap_or_default(),
        title: whole?.finding.title.clone(),
        explanation: whole?.finding.explanation.clone(),
        count: group.instances.values().map(|instance| instance.count).fold(Total::exact(0), sum),
        sides: whole.map(|inside| sides(example, &inside.finding)).unwrap_or_default(),
        in_trace: Some(instance.id.to_string()),
        traces,
        traces_total: Total::exact(group.instances.len() as u64),
        threads: group.instances.values().map(|instance| instance.threads).sum(),
        first: group.instances.values().map(|instance| instance.first).min().unwrap_or_default(),
        last: group.instances.values().map(|instance| instance.last).max().unwrap_or_default(),
    })
}

fn sides(trace: TraceId, finding: &Finding) -> Vec<GlobalSide> {
    let side = |event: &model::analysis::FindingEvent| GlobalSide {
        trace_id: trace,
        event: event.id,
        kind: event.kind,
        at: event.start,
        thread: event.thread.clone(),
        location: event.location.clone(),
        before: event.before.clone(),
        after: event.after.clone(),
        locks: event.locks.iter().map(|lock| lock.name.clone()).collect(),
    };
    finding.events.iter().take(4).map(side).collect()
}

fn sum(one: Total, other: Total) -> Total {
    let kind = if one.kind == TotalKind::Exact { other.kind } else { one.kind };
    Total { value: one.value + other.value, kind }
}
