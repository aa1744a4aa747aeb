-- The store: blocks of events, and the small rows that lists and dashboards read instead of events.
-- Times are nanoseconds since 1970, UTC. JSON arrays of names are texts.

-- How new the store is. Its update is the last statement of every commit.
CREATE TABLE log_head (
    one          INTEGER PRIMARY KEY CHECK (one = 1),
    epoch        INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    events       INTEGER NOT NULL,
    traces       INTEGER NOT NULL
);

-- Names that many rows share. kind: 1 service, 2 environment, 3 operation, 4 variable.
CREATE TABLE name (
    id   INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (kind, text)
);

-- Events, many to a row. tier 0: as committed; 1: compacted.
CREATE TABLE block (
    id      INTEGER PRIMARY KEY,
    tier    INTEGER NOT NULL,
    seq     INTEGER NOT NULL, -- of the newest event in it
    events  INTEGER NOT NULL,
    created INTEGER NOT NULL,
    ids     BLOB NOT NULL,
    columns BLOB NOT NULL,
    payload BLOB NOT NULL
);
CREATE INDEX block_tier ON block (tier, id);

-- One row a trace: its summary. Keys grow in the order of first ingest and are never reused.
CREATE TABLE trace (
    key            INTEGER PRIMARY KEY,
    trace_id       BLOB NOT NULL UNIQUE,
    version        INTEGER NOT NULL,
    ingested       INTEGER NOT NULL,
    events         INTEGER NOT NULL,
    errors         INTEGER NOT NULL,
    started        INTEGER NOT NULL,
    ended          INTEGER NOT NULL,
    root_started   INTEGER,
    root_service   INTEGER,
    root_operation INTEGER,
    environment    INTEGER NOT NULL,
    services       TEXT NOT NULL -- JSON array of names, sorted
);
CREATE INDEX trace_ended ON trace (ended, key);
CREATE INDEX trace_root_operation ON trace (root_operation, key);

-- Where a trace's events are: rows [first, first + count) of a block.
CREATE TABLE trace_block (
    trace     INTEGER NOT NULL,
    block     INTEGER NOT NULL,
    first     INTEGER NOT NULL,
    count     INTEGER NOT NULL,
    min_start INTEGER NOT NULL,
    max_end   INTEGER NOT NULL,
    PRIMARY KEY (trace, block)
) WITHOUT ROWID;
CREATE INDEX trace_block_block ON trace_block (block);

-- Which traces have events of a service or an environment (name ids), and how many.
CREATE TABLE trace_facet (
    facet  INTEGER NOT NULL,
    trace  INTEGER NOT NULL,
    events INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    PRIMARY KEY (facet, trace)
) WITHOUT ROWID;
CREATE INDEX trace_facet_trace ON trace_facet (trace);

CREATE TABLE service (
    name     INTEGER PRIMARY KEY,
    events   INTEGER NOT NULL,
    errors   INTEGER NOT NULL,
    traces   INTEGER NOT NULL,
    activity INTEGER NOT NULL
);

CREATE TABLE variable_use (
    variable INTEGER NOT NULL,
    trace    INTEGER NOT NULL,
    reads    INTEGER NOT NULL,
    writes   INTEGER NOT NULL,
    PRIMARY KEY (variable, trace)
) WITHOUT ROWID;
CREATE INDEX variable_use_trace ON variable_use (trace);

-- Events by the minute of their ingest.
CREATE TABLE minute_rollup (
    minute  INTEGER NOT NULL, -- since 1970
    service INTEGER NOT NULL,
    events  INTEGER NOT NULL,
    errors  INTEGER NOT NULL,
    PRIMARY KEY (minute, service)
) WITHOUT ROWID;

-- Calls between services. link: 1 HTTP, 2 other.
CREATE TABLE edge (
    from_service INTEGER NOT NULL,
    to_service   INTEGER NOT NULL,
    link         INTEGER NOT NULL,
    calls        INTEGER NOT NULL,
    traces       INTEGER NOT NULL,
    PRIMARY KEY (from_service, to_service, link)
) WITHOUT ROWID;
CREATE TABLE trace_edge (
    trace        INTEGER NOT NULL,
    from_service INTEGER NOT NULL,
    to_service   INTEGER NOT NULL,
    link         INTEGER NOT NULL,
    calls        INTEGER NOT NULL,
    PRIMARY KEY (trace, from_service, to_service, link)
) WITHOUT ROWID;

-- Halves of calls that may arrive in different commits: the spans seen lately with their service, and
-- calls whose calling span has not been seen. Forgotten after a while. Spans are 64-bit hashes.
CREATE TABLE open_span (
    trace   INTEGER NOT NULL,
    span    INTEGER NOT NULL,
    service INTEGER NOT NULL,
    seen    INTEGER NOT NULL,
    PRIMARY KEY (trace, span)
) WITHOUT ROWID;
CREATE INDEX open_span_seen ON open_span (seen);
CREATE TABLE waiting_call (
    trace      INTEGER NOT NULL,
    span       INTEGER NOT NULL, -- of the caller
    to_service INTEGER NOT NULL,
    link       INTEGER NOT NULL,
    seen       INTEGER NOT NULL
);
CREATE INDEX waiting_call_span ON waiting_call (trace, span);
CREATE INDEX waiting_call_seen ON waiting_call (seen);
