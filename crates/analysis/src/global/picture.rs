//! What was found at one moment: shared by all who look at it.

use std::sync::Arc;

use model::analysis::{FindingKind, GlobalFinding, GlobalSummary, RaceFilter, Reach, Severity};

use super::accesses::Memory;
use super::found::{Found, Use};
use super::variable::Verdict;
use super::within::InsideGroup;

/// A variable and what is wrong with it.
#[derive(Debug, Clone)]
pub struct Judged {
    pub memory: Arc<Memory>,
    pub name: Arc<str>,
    /// How it is used, when there is more to say than that requests never met.
    pub used: Option<Use>,
    pub(super) verdict: Arc<Verdict>,
}

impl Judged {
    pub fn findings(&self) -> &[Found] {
        &self.verdict.findings
    }
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct Picture {
    pub judged: Vec<Judged>,
    pub inside: Vec<InsideGroup>,
    /// What was looked at.
    pub traces: u64,
    pub accesses: u64,
    /// Traces let go to bound memory.
    pub forgotten: u64,
    /// Variables with very many places, locks or threads are not looked at whole.
    pub capped: bool,
    /// Traces that call another, or are called by one: not compared with it.
    pub linked: u64,
    pub skew_nanos: i64,
}

impl Picture {
    /// Counts of all findings; when, and as of which commit, is the caller's.
    pub fn summary(&self) -> GlobalSummary {
        let mut summary = GlobalSummary {
            traces: self.traces,
            accesses: self.accesses,
            complete: self.forgotten == 0 && !self.capped,
            ..GlobalSummary::default()
        };
        let mut count = |kind: FindingKind, severity: Severity| {
            match severity {
                Severity::Critical => summary.critical += 1,
                Severity::Warning => summary.warning += 1,
                Severity::Info | Severity::Minor => summary.info += 1,
            }
            // The headline has only what can have gone wrong.
            if severity >= Severity::Warning {
                match kind {
                    FindingKind::Race => summary.races += 1,
                    FindingKind::LostUpdate => summary.lost_updates += 1,
                    FindingKind::Deadlock => summary.deadlocks += 1,
                    _ => {}
                }
            }
        };
        for found in self.judged.iter().flat_map(Judged::findings) {
            count(found.kind, found.severity);
        }
        for group in &self.inside {
            count(group.shown().kind, group.shown().severity);
        }
        summary
    }

    /// The worst findings that a filter lets through, at most `limit`, and how many there are. O(findings).
    pub fn select(&self, filter: &RaceFilter, limit: usize) -> (Vec<GlobalFinding>, u64) {
        let subject = filter.subject.to_lowercase();
        let facts = |kind, class, severity, service: &str, name: &str| {
            filter.kind.is_none_or(|wanted| wanted == kind)
                && filter.class.is_none_or(|wanted| wanted == class)
                && filter.severity.is_none_or(|wanted| wanted == severity)
                && (filter.service.is_empty() || filter.service == service)
                && (subject.is_empty() || name.to_lowercase().contains(&subject))
        };
        let between = self.judged.iter().flat_map(Judged::findings);
        let between =
            between.filter(|found| facts(found.kind, found.class, found.severity, found.service(), &found.subject));
        let inside = self.inside.iter().map(InsideGroup::shown);
        let inside =
            inside.filter(|found| facts(found.kind, found.class, found.severity, &found.service, &found.subject));
        let mut all: Vec<(Rank, Listed<'_>)> =
            between
                .map(|found| (Rank::new(found.severity, found.kind, found.reach, found.last.0), Listed::Between(found)))
                .chain(inside.map(|found| {
                    (Rank::new(found.severity, found.kind, found.reach, found.last.0), Listed::Inside(found))
                }))
                .collect();
        let total = all.len() as u64;
        // Names are compared only where nothing else tells two apart.
        let order = |one: &(Rank, Listed<'_>), other: &(Rank, Listed<'_>)| {
            one.0
                .cmp(&other.0)
                .then_with(|| one.1.subject().cmp(other.1.subject()))
                .then_with(|| one.1.id().cmp(&other.1.id()))
        };
        if all.len() > limit {
            all.select_nth_unstable_by(limit, order);
            all.truncate(limit);
        }
        all.sort_unstable_by(order);
        (all.iter().map(|(_, listed)| listed.shown()).collect(), total)
    }

    /// Services that have findings, by name.
    pub fn services(&self) -> Vec<String> {
        let between = self.judged.iter().flat_map(Judged::findings).map(Found::service);
        let inside = self.inside.iter().map(|group| group.shown().service.as_str());
        let mut services: Vec<&str> = between.chain(inside).filter(|service| !service.is_empty()).collect();
        services.sort_unstable();
        services.dedup();
        services.into_iter().map(str::to_owned).collect()
    }
}

/// The worst first, values' proof before chance, then the newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank(std::cmp::Reverse<Severity>, std::cmp::Reverse<bool>, Reach, std::cmp::Reverse<i64>);

impl Rank {
    fn new(severity: Severity, kind: FindingKind, reach: Reach, last: i64) -> Self {
        let is_proven = matches!(kind, FindingKind::LostUpdate | FindingKind::Deadlock);
        Self(std::cmp::Reverse(severity), std::cmp::Reverse(is_proven), reach, std::cmp::Reverse(last))
    }
}

enum Listed<'p> {
    Between(&'p Found),
    Inside(&'p GlobalFinding),
}

impl Listed<'_> {
    fn subject(&self) -> &str {
        match self {
            Self::Between(found) => &found.subject,
            Self::Inside(found) => &found.subject,
        }
    }

    fn id(&self) -> String {
        match self {
            Self::Between(found) => found.id(),
            Self::Inside(found) => found.id.clone(),
        }
    }

    fn shown(&self) -> GlobalFinding {
        match self {
            Self::Between(found) => found.shown(),
            Self::Inside(found) => (*found).clone(),
        }
    }
}
