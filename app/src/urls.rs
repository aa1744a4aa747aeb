//! Every state is a URL: how pages are addressed, and how filters are read back from an address.
//!
//! The list's filters ride along on the pages of a trace, so that the list beside it stays as it was.

use model::analysis::{FindingClass, FindingKind, GlobalFinding, RaceFilter, Severity};
use model::list::TraceFilter;
use model::{EventId, TraceId};

/// A page of one trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tab {
    #[default]
    Overview,
    Events,
    Performance,
    Variables,
    Anomalies,
}

impl Tab {
    pub const ALL: [Self; 5] = [Self::Overview, Self::Events, Self::Performance, Self::Variables, Self::Anomalies];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Events => "Events",
            Self::Performance => "Performance",
            Self::Variables => "Variables",
            Self::Anomalies => "Anomalies",
        }
    }

    /// Its part of the path, below the trace's.
    const fn segment(self) -> &'static str {
        match self {
            Self::Overview => "",
            Self::Events => "events",
            Self::Performance => "performance",
            Self::Variables => "variables",
            Self::Anomalies => "anomalies",
        }
    }

    /// The tab that a path shows; `None` outside a trace.
    pub fn of_path(path: &str) -> Option<Self> {
        let rest = path.strip_prefix("/traces/")?;
        match rest.trim_end_matches('/').split_once('/') {
            None if !rest.is_empty() => Some(Self::Overview),
            Some((_, segment)) => Self::ALL.into_iter().find(|tab| !segment.is_empty() && tab.segment() == segment),
            _ => None,
        }
    }
}

/// A page of one service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ServiceTab {
    #[default]
    Overview,
    Operations,
    Dependencies,
    Traces,
    Performance,
    Health,
}

impl ServiceTab {
    pub const ALL: [Self; 6] =
        [Self::Overview, Self::Operations, Self::Dependencies, Self::Traces, Self::Performance, Self::Health];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Operations => "Operations",
            Self::Dependencies => "Dependencies",
            Self::Traces => "Traces",
            Self::Performance => "Performance",
            Self::Health => "Health",
        }
    }

    /// Its part of the path, below the service's.
    pub const fn segment(self) -> &'static str {
        match self {
            Self::Overview => "",
            Self::Operations => "operations",
            Self::Dependencies => "dependencies",
            Self::Traces => "traces",
            Self::Performance => "performance",
            Self::Health => "health",
        }
    }

    /// The tab that a path shows; `None` outside a service.
    pub fn of_path(path: &str) -> Option<Self> {
        let rest = path.strip_prefix("/services/")?.trim_end_matches('/');
        match rest.rsplit_once('/') {
            None => (!rest.is_empty()).then_some(Self::Overview),
            Some((_, segment)) => Self::ALL.into_iter().find(|tab| !segment.is_empty() && tab.segment() == segment),
        }
    }
}

/// The id in `/traces/:id...`, as it is written there.
pub fn trace_in_path(path: &str) -> Option<&str> {
    let id = path.strip_prefix("/traces/")?.split('/').next()?;
    (!id.is_empty()).then_some(id)
}

/// `/traces?q=...`
pub fn traces(filter: &TraceFilter) -> String {
    with_query("/traces".to_owned(), list_pairs(filter))
}

/// `/traces/:id` or `/traces/:id/events`, with the list's filters.
pub fn trace(id: TraceId, tab: Tab, list: &TraceFilter) -> String {
    with_query(trace_path(id, tab), list_pairs(list))
}

/// The events of a trace: `filter` inside the trace, and the event whose details are open.
pub fn events(id: TraceId, list: &TraceFilter, filter: &str, event: Option<EventId>) -> String {
    let mut pairs = list_pairs(list);
    if !filter.is_empty() {
        pairs.push(("filter", filter.to_owned()));
    }
    if let Some(event) = event {
        pairs.push(("event", event.to_string()));
    }
    with_query(trace_path(id, Tab::Events), pairs)
}

/// The anomalies of a trace, one of them open at a step of its schedule.
pub fn finding(id: TraceId, list: &TraceFilter, finding: &str, step: Option<u32>) -> String {
    anomalies(id, list, finding, step, false)
}

/// The same, with what the exact search finds too.
pub fn anomalies(id: TraceId, list: &TraceFilter, finding: &str, step: Option<u32>, exact: bool) -> String {
    let mut pairs = list_pairs(list);
    if !finding.is_empty() {
        pairs.push(("finding", finding.to_owned()));
    }
    if let Some(step) = step {
        pairs.push(("step", step.to_string()));
    }
    if exact {
        pairs.push(("exact", "true".to_owned()));
    }
    with_query(trace_path(id, Tab::Anomalies), pairs)
}

/// The variables of a trace, one of them open.
pub fn variable(id: TraceId, list: &TraceFilter, index: Option<u32>) -> String {
    accesses(id, list, index, 0)
}

/// The accesses of a variable from number `from` (0 is the first) on.
pub fn accesses(id: TraceId, list: &TraceFilter, index: Option<u32>, from: u64) -> String {
    let mut pairs = list_pairs(list);
    if let Some(index) = index {
        pairs.push(("variable", index.to_string()));
    }
    if from > 0 {
        pairs.push(("from", from.to_string()));
    }
    with_query(trace_path(id, Tab::Variables), pairs)
}

/// The performance of a trace, with the segment of the path that is chosen (1 is the first).
pub fn segment(id: TraceId, list: &TraceFilter, segment: Option<u32>) -> String {
    let mut pairs = list_pairs(list);
    if let Some(segment) = segment {
        pairs.push(("segment", segment.to_string()));
    }
    with_query(trace_path(id, Tab::Performance), pairs)
}

/// One service, in one of its views.
pub fn service(name: &str, view: &str) -> String {
    let name = encode(name);
    if view.is_empty() { format!("/services/{name}") } else { format!("/services/{name}/{view}") }
}

/// The first page, its services in some order.
pub fn dashboard(sort: &str) -> String {
    with_query("/".to_owned(), sorted(sort))
}

/// The list of services: those with `filter` in their names, in some order.
pub fn services(filter: &str, sort: &str) -> String {
    let mut pairs = sorted(sort);
    if !filter.is_empty() {
        pairs.push(("filter", filter.to_owned()));
    }
    with_query("/services".to_owned(), pairs)
}

/// One service's table of a tab, in some order.
pub fn service_sorted(name: &str, tab: ServiceTab, sort: &str) -> String {
    with_query(service(name, tab.segment()), sorted(sort))
}

/// Findings of the whole store about a variable or a lock.
pub fn races_about(subject: &str) -> String {
    races(&RaceFilter { subject: subject.to_owned(), ..Default::default() }, "")
}

/// Findings of the whole store in the memory of a service.
pub fn races_in(service: &str) -> String {
    races(&RaceFilter { service: service.to_owned(), ..Default::default() }, "")
}

/// Where a finding of the whole store is explained: in its trace, or, between traces, among all findings.
pub fn of_finding(found: &GlobalFinding) -> String {
    match (&found.in_trace, found.traces.first()) {
        (Some(id), Some(&trace)) => finding(trace, &TraceFilter::default(), id, None),
        _ => races(&RaceFilter::default(), &found.id),
    }
}

/// The traces in which a service took part.
pub fn traces_of(service: &str) -> String {
    traces(&TraceFilter { service: service.to_owned(), ..Default::default() })
}

fn sorted(sort: &str) -> Vec<(&'static str, String)> {
    if sort.is_empty() { Vec::new() } else { vec![("sort", sort.to_owned())] }
}

/// The words that stand in an address for what findings of the store can be filtered by.
pub const SEVERITIES: [(&str, Severity); 3] =
    [("critical", Severity::Critical), ("warning", Severity::Warning), ("info", Severity::Info)];
pub const KINDS: [(&str, FindingKind); 5] = [
    ("race", FindingKind::Race),
    ("lost_update", FindingKind::LostUpdate),
    ("deadlock", FindingKind::Deadlock),
    ("lock_inversion", FindingKind::LockInversion),
    ("unserialisable", FindingKind::Unserialisable),
];
pub const CLASSES: [(&str, FindingClass); 6] = [
    ("observed", FindingClass::Observed),
    ("schedulable", FindingClass::Schedulable),
    ("sync_preserving", FindingClass::SyncPreserving),
    ("predictable", FindingClass::Predictable),
    ("possible", FindingClass::Possible),
    ("unreached", FindingClass::Unreached),
];

/// What a word stands for; [`None`] for any other.
pub fn named<T: Copy>(words: &[(&str, T)], word: &str) -> Option<T> {
    words.iter().find(|(known, _)| *known == word).map(|&(_, value)| value)
}

fn word_of<T: Copy + PartialEq>(words: &[(&'static str, T)], value: Option<T>) -> &'static str {
    let value = value.and_then(|value| words.iter().find(|(_, known)| *known == value));
    value.map_or("", |(word, _)| word)
}

/// Findings of the whole store, one of them open.
pub fn races(filter: &RaceFilter, finding: &str) -> String {
    let all = [
        ("severity", word_of(&SEVERITIES, filter.severity)),
        ("kind", word_of(&KINDS, filter.kind)),
        ("class", word_of(&CLASSES, filter.class)),
        ("service", filter.service.as_str()),
        ("subject", filter.subject.as_str()),
        ("finding", finding),
    ];
    let given = all.into_iter().filter(|(_, text)| !text.is_empty());
    with_query("/races".to_owned(), given.map(|(name, text)| (name, text.to_owned())).collect())
}

/// The filter of the store's findings, from the parameters of an address.
pub fn race_filter(parameter: impl Fn(&str) -> Option<String>) -> RaceFilter {
    let text = |name| parameter(name).unwrap_or_default();
    RaceFilter {
        severity: named(&SEVERITIES, &text("severity")),
        kind: named(&KINDS, &text("kind")),
        class: named(&CLASSES, &text("class")),
        service: text("service"),
        subject: text("subject").trim().to_owned(),
    }
}

/// The list's filter, from the parameters of an address.
pub fn list_filter(parameter: impl Fn(&str) -> Option<String>) -> TraceFilter {
    TraceFilter {
        q: parameter("q").unwrap_or_default(),
        service: parameter("service").unwrap_or_default(),
        environment: parameter("environment").unwrap_or_default(),
        min_events: parameter("min_events").and_then(|text| text.trim().parse().ok()).unwrap_or_default(),
    }
}

fn trace_path(id: TraceId, tab: Tab) -> String {
    match tab.segment() {
        "" => format!("/traces/{id}"),
        segment => format!("/traces/{id}/{segment}"),
    }
}

fn list_pairs(filter: &TraceFilter) -> Vec<(&'static str, String)> {
    let mut pairs = Vec::new();
    for (name, text) in [("q", &filter.q), ("service", &filter.service), ("environment", &filter.environment)] {
        if !text.is_empty() {
            pairs.push((name, text.clone()));
        }
    }
    if filter.min_events > 0 {
        pairs.push(("min_events", filter.min_events.to_string()));
    }
    pairs
}

fn with_query(path: String, pairs: Vec<(&'static str, String)>) -> String {
    let mut url = path;
    for (index, (name, text)) in pairs.into_iter().enumerate() {
        url.push(if index == 0 { '?' } else { '&' });
        url.push_str(name);
        url.push('=');
        encode_into(&text, &mut url);
    }
    url
}

/// Percent-encodes everything but unreserved characters (RFC 3986, section 2.3).
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    encode_into(text, &mut encoded);
    encoded
}

fn encode_into(text: &str, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> TraceId {
        "b33c31bb-3c0f-4b39-acd0-0fe400f6a1e6".parse().expect("an id")
    }

    #[test]
    fn filters_are_written_only_when_they_filter() {
        assert_eq!(traces(&TraceFilter::default()), "/traces");
        let filter = TraceFilter { q: "a b&c".into(), min_events: 5, ..Default::default() };
        assert_eq!(traces(&filter), "/traces?q=a%20b%26c&min_events=5");
    }

    #[test]
    fn the_lists_filters_ride_along_on_the_pages_of_a_trace() {
        let list = TraceFilter { service: "ledger".into(), ..Default::default() };
        assert_eq!(trace(id(), Tab::Overview, &list), format!("/traces/{}?service=ledger", id()));
        let event: EventId = "00f067aa0ba902b7".parse().expect("an id");
        assert_eq!(
            events(id(), &list, "error é", Some(event)),
            format!("/traces/{}/events?service=ledger&filter=error%20%C3%A9&event={event}", id())
        );
    }

    #[test]
    fn a_finding_is_addressed_with_its_step_and_how_it_was_searched() {
        let list = TraceFilter::default();
        assert_eq!(finding(id(), &list, "", None), format!("/traces/{}/anomalies", id()));
        assert_eq!(
            anomalies(id(), &list, "0a1b", Some(3), true),
            format!("/traces/{}/anomalies?finding=0a1b&step=3&exact=true", id())
        );
    }

    #[test]
    fn what_is_chosen_inside_a_tab_is_in_the_address() {
        let list = TraceFilter::default();
        assert_eq!(variable(id(), &list, Some(2)), format!("/traces/{}/variables?variable=2", id()));
        assert_eq!(accesses(id(), &list, Some(2), 1_000), format!("/traces/{}/variables?variable=2&from=1000", id()));
        assert_eq!(segment(id(), &list, Some(3)), format!("/traces/{}/performance?segment=3", id()));
    }

    #[test]
    fn a_filter_is_read_back_and_nonsense_filters_nothing() {
        let read = |name: &str| match name {
            "q" => Some("x".to_owned()),
            "min_events" => Some("-3".to_owned()),
            _ => None,
        };
        assert_eq!(list_filter(read), TraceFilter { q: "x".into(), ..Default::default() });
    }

    #[test]
    fn a_path_says_which_tab_of_a_service_it_shows() {
        for tab in ServiceTab::ALL {
            assert_eq!(ServiceTab::of_path(&service("ledger", tab.segment())), Some(tab));
        }
        assert_eq!(ServiceTab::of_path("/services"), None);
        assert_eq!(ServiceTab::of_path("/services/"), None);
        assert_eq!(ServiceTab::of_path("/services/ledger/nonsense"), None);
        assert_eq!(service("a/b ü", ""), "/services/a%2Fb%20%C3%BC", "a slash in a name is no step of the path");
    }

    #[test]
    fn tables_are_sorted_by_their_address() {
        assert_eq!(dashboard(""), "/");
        assert_eq!(dashboard("-errors"), "/?sort=-errors");
        assert_eq!(services("led", "p99"), "/services?sort=p99&filter=led");
    }

    #[test]
    fn a_filter_of_findings_is_read_back_as_it_was_written() {
        let filter = RaceFilter {
            severity: Some(Severity::Critical),
            kind: Some(FindingKind::LostUpdate),
            subject: "a b".into(),
            ..Default::default()
        };
        let url = races(&filter, "0123456789ab");
        assert_eq!(url, "/races?severity=critical&kind=lost_update&subject=a%20b&finding=0123456789ab");
        let read = |name: &str| match name {
            "severity" => Some("critical".to_owned()),
            "kind" => Some("lost_update".to_owned()),
            "class" => Some("nonsense".to_owned()),
            "subject" => Some(" a b".to_owned()),
            _ => None,
        };
        assert_eq!(race_filter(read), filter);
    }

    #[test]
    fn a_path_says_which_trace_and_tab_it_shows() {
        assert_eq!(Tab::of_path("/traces/abc"), Some(Tab::Overview));
        assert_eq!(Tab::of_path("/traces/abc/events"), Some(Tab::Events));
        assert_eq!(Tab::of_path("/traces"), None);
        assert_eq!(Tab::of_path("/traces/"), None);
        assert_eq!(trace_in_path("/traces/abc/events"), Some("abc"));
        assert_eq!(trace_in_path("/traces/"), None);
        assert_eq!(trace_in_path("/"), None);
    }
}
