//! What each route is for.

use model::analysis::{AuditTrail, Findings, GlobalRaces, Schedule, ServicePage, TracePerformance, TraceVariables};
use model::list::Dashboard;
use model::trace::{EventDetail, TraceOverview};
use model::window::Window;
use model::wire;
use utoipa::openapi::RefOr;
use utoipa::openapi::path::HttpMethod;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema};

use super::document::Schemas;
use crate::http::wire as surface;

/// See the module. Parts of the path in braces are its parameters.
pub struct Route {
    pub method: HttpMethod,
    pub path: &'static str,
    pub tag: &'static str,
    pub summary: &'static str,
    /// Names and meanings.
    pub query: &'static [(&'static str, &'static str)],
    /// What the body is.
    pub body: Option<&'static str>,
    pub answer: fn(&mut Schemas) -> RefOr<Schema>,
    /// Whether the answer is the `data` of an envelope.
    pub enveloped: bool,
}

impl Route {
    /// Its method and path in letters, digits and underscores.
    pub fn name(&self) -> String {
        let method = match self.method {
            HttpMethod::Post => "post",
            HttpMethod::Delete => "delete",
            _ => "get",
        };
        let words = self.path.split(['/', '{', '}', '-']).filter(|word| !word.is_empty());
        std::iter::once(method).chain(words).collect::<Vec<_>>().join("_")
    }
}

const fn get(
    tag: &'static str,
    path: &'static str,
    summary: &'static str,
    query: &'static [(&'static str, &'static str)],
    answer: fn(&mut Schemas) -> RefOr<Schema>,
) -> Route {
    Route { method: HttpMethod::Get, path, tag, summary, query, body: None, answer, enveloped: true }
}

const fn post(
    tag: &'static str,
    path: &'static str,
    summary: &'static str,
    body: &'static str,
    enveloped: bool,
) -> Route {
    Route { method: HttpMethod::Post, path, tag, summary, query: &[], body: Some(body), answer: object, enveloped }
}

/// An object whose fields the summary tells.
fn object(_: &mut Schemas) -> RefOr<Schema> {
    RefOr::T(Schema::Object(ObjectBuilder::new().build()))
}

const TRACES: &str = "Traces";
const ANALYSES: &str = "Analyses of one trace";
const STORE: &str = "The whole store";
const SERVICES: &str = "Services";
const SERVER: &str = "The server";

const NO_CACHE: (&str, &str) = ("no_cache", "`true`: computed anew");
const PAGE: (&str, &str) = ("page", "from 1");
const PAGE_SIZE: (&str, &str) = ("page_size", "at most 200");
const SKIP: (&str, &str) = ("skip", "instead of pages: entries left out");
const LIMIT: (&str, &str) = ("limit", "instead of pages: entries, at most 200");

pub const ROUTES: &[Route] = &[
    get(SERVER, "/health", "Whether the server answers", &[], |all| all.of::<wire::WarmupSummary>()),
    get(SERVER, "/status", "How the server is doing", &[], |all| all.of::<surface::status::ServerStatus>()),
    post(
        TRACES,
        "/events",
        "Stores a batch; answered when it is on disk. Beside `data`: `rejected`, `rejected_total`, `duplicates`, `seq`",
        "An object with an array `events`",
        true,
    ),
    Route { enveloped: false, ..get(SERVER, "/auth/check", "Whether a password is asked for, and given", &[], object) },
    post(SERVER, "/auth/login", "Logs in; 400 while no password is configured", "An object with `password`", false),
    post(SERVER, "/auth/logout", "Logs out", "Nothing", false),
    get(STORE, "/api/dashboard", "Everything the first page shows", &[], |all| all.of::<Dashboard>()),
    get(
        TRACES,
        "/api/traces",
        "Traces, newest first",
        &[
            PAGE,
            PAGE_SIZE,
            SKIP,
            LIMIT,
            ("cursor", "continues a list; empty begins one"),
            ("q", "first digits of an id, or a part of the name of a service or of the root operation"),
            ("service", "traces in which it took part"),
            ("environment", ""),
            ("min_events", ""),
        ],
        |all| all.of::<wire::TracesList>(),
    ),
    get(
        TRACES,
        "/api/traces/{trace_id}",
        "A trace with its first 20,000 events and its analyses (`DELETE` deletes it)",
        &[],
        |all| all.of::<surface::full_trace::Rest>(),
    ),
    get(TRACES, "/api/traces/{trace_id}/overview", "What a trace is made of", &[], |all| all.of::<TraceOverview>()),
    get(
        TRACES,
        "/api/traces/{trace_id}/window",
        "A slice of a trace's events",
        &[
            ("offset", "of the first event"),
            ("count", "at most 500"),
            ("filter", "words, `kind:`, `service:`, ... as in the browser"),
            ("version", "409 when the trace has another one"),
        ],
        |all| all.of::<Window>(),
    ),
    get(TRACES, "/api/traces/{trace_id}/events/{event_id}", "One event with its payload", &[], |all| {
        all.of::<EventDetail>()
    }),
    get(ANALYSES, "/api/traces/{trace_id}/dependencies", "Services of a trace and calls between them", &[], |all| {
        all.of::<wire::TraceDependencies>()
    }),
    get(ANALYSES, "/api/traces/{trace_id}/analyze", "Races of a trace, as the contract has them", &[], |all| {
        all.of::<surface::findings::Analyzed>()
    }),
    get(ANALYSES, "/api/traces/{trace_id}/anomalies", "Slow events of a trace", &[], |all| {
        all.of::<wire::WireAnomalies>()
    }),
    get(
        ANALYSES,
        "/api/traces/{trace_id}/findings",
        "What is wrong in a trace, or could have gone wrong: classes, events, locks, values",
        &[("exact", "`true`: with the exact engine, within its budget")],
        |all| all.of::<Findings>(),
    ),
    get(ANALYSES, "/api/traces/{trace_id}/findings/progress", "How far an exact search is", &[], object),
    get(
        ANALYSES,
        "/api/traces/{trace_id}/findings/{finding}/schedule",
        "The schedule that shows a finding, step by step",
        &[],
        |all| all.of::<Schedule>(),
    ),
    get(ANALYSES, "/api/traces/{trace_id}/critical-path", "The critical path, as the contract has it", &[], |all| {
        all.of::<wire::CriticalPath>()
    }),
    get(ANALYSES, "/api/traces/{trace_id}/performance", "Where the time of a trace went", &[], |all| {
        all.of::<TracePerformance>()
    }),
    get(
        ANALYSES,
        "/api/traces/{trace_id}/audit-trail/{variable}",
        "Accesses of a variable by its name, as the contract has them",
        &[],
        |all| all.of::<wire::VariableTrail>(),
    ),
    get(ANALYSES, "/api/traces/{trace_id}/variables", "Variables of a trace", &[], |all| all.of::<TraceVariables>()),
    get(
        ANALYSES,
        "/api/traces/{trace_id}/variables/{variable}",
        "Accesses of a variable by its index, in causal order",
        &[("from", "the first access listed")],
        |all| all.of::<AuditTrail>(),
    ),
    get(SERVICES, "/api/services", "Services by name", &[NO_CACHE], |all| all.of::<surface::services::Services>()),
    get(
        SERVICES,
        "/api/services/health",
        "Services that were active lately",
        &[("time_window_minutes", "60"), NO_CACHE],
        |all| {
            let one = all.of::<wire::ServiceHealth>();
            RefOr::T(Schema::Array(ArrayBuilder::new().items(one).build()))
        },
    ),
    get(SERVICES, "/api/services/{service}", "One service: figures, health and why, operations, calls", &[], |all| {
        all.of::<ServicePage>()
    }),
    get(SERVICES, "/api/services/{service}/traces", "Traces of a service", &[PAGE, PAGE_SIZE, SKIP, LIMIT], |all| {
        all.of::<wire::ServiceTraces>()
    }),
    get(SERVICES, "/api/services/{service}/dependencies", "Whom a service calls, and who calls it", &[], |all| {
        all.of::<wire::ServiceDependencies>()
    }),
    get(STORE, "/api/distributed/edges", "Calls between services", &[], |all| all.of::<wire::EdgesList>()),
    get(
        STORE,
        "/api/distributed/hotspots",
        "The most used variables and the most frequent calls",
        &[NO_CACHE],
        |all| all.of::<surface::metrics::WireHotspots>(),
    ),
    get(
        STORE,
        "/api/performance/metrics",
        "Latencies, slow operations, throughput",
        &[("limit", "entries of a list: 50, at most 500"), NO_CACHE],
        |all| all.of::<surface::metrics::PerformanceMetrics>(),
    ),
    get(STORE, "/api/analyze/global", "Races across traces, an entry a finding", &[NO_CACHE], |all| {
        all.of::<wire::GlobalAnalysis>()
    }),
    get(STORE, "/api/distributed/global-races", "Variables with races across traces", &[NO_CACHE], |all| {
        all.of::<wire::GlobalRaceList>()
    }),
    get(
        STORE,
        "/api/races",
        "Findings of the whole store, worst first",
        &[
            ("severity", "`critical`, `warning`, `info`"),
            ("kind", "`race`, `lost_update`, `deadlock`, `lock_inversion`, `unserialisable`"),
            ("class", "`observed`, `schedulable`, `sync_preserving`, `predictable`, `possible`, `unreached`"),
            ("service", ""),
            ("subject", "a part of the variable's or lock's name"),
            NO_CACHE,
        ],
        |all| all.of::<GlobalRaces>(),
    ),
    get(SERVER, "/api/internal/cache", "Hits, misses and evictions of every cache", &[], object),
];
