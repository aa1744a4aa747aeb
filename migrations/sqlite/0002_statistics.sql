-- Statistics that grow with each commit: roll-ups with sketches, hot variables, slow events.
-- Minutes are counted since 1970 and are those of receipt. Sketches: see store::sqlite::statistics::sketch_bytes.

-- When the first event of a trace was received; NULL in stores of before: `ingested` stands in.
ALTER TABLE trace ADD COLUMN received INTEGER;

-- What measured durations are kept by. kind: model::Kind. An empty name stands for all that are not kept apart.
CREATE TABLE operation (
    id      INTEGER PRIMARY KEY,
    service INTEGER NOT NULL,
    kind    INTEGER NOT NULL,
    name    TEXT NOT NULL,
    UNIQUE (service, kind, name)
);

-- Measured durations of an operation in `width` minutes (1 or 60) from `minute`.
CREATE TABLE operation_rollup (
    width     INTEGER NOT NULL,
    minute    INTEGER NOT NULL,
    operation INTEGER NOT NULL,
    errors    INTEGER NOT NULL,
    sketch    BLOB NOT NULL,
    PRIMARY KEY (width, minute, operation)
) WITHOUT ROWID;

-- Traces that began in a minute.
CREATE TABLE trace_rollup (
    minute INTEGER PRIMARY KEY,
    traces INTEGER NOT NULL
);

-- Durations of all traces there are, by a sketch's bucket.
CREATE TABLE trace_latency (
    bucket INTEGER PRIMARY KEY,
    traces INTEGER NOT NULL
);

-- Events that were slow for their operations, as was told when they came.
CREATE TABLE slow_event (
    trace     INTEGER NOT NULL,
    event     BLOB NOT NULL,
    operation INTEGER NOT NULL,
    started   INTEGER NOT NULL,
    duration  INTEGER NOT NULL,
    expected  INTEGER NOT NULL,
    score     REAL NOT NULL,
    severity  INTEGER NOT NULL, -- 1 minor, 2 warning, 3 critical
    learned   INTEGER NOT NULL,
    deciles   BLOB NOT NULL, -- nine varints
    PRIMARY KEY (trace, event)
) WITHOUT ROWID;

-- Totals of variable_use.
CREATE TABLE variable_total (
    variable INTEGER PRIMARY KEY,
    reads    INTEGER NOT NULL,
    writes   INTEGER NOT NULL,
    traces   INTEGER NOT NULL
);
INSERT INTO variable_total (variable, reads, writes, traces)
SELECT variable, sum(reads), sum(writes), count(*) FROM variable_use GROUP BY variable;
CREATE INDEX variable_total_accesses ON variable_total (reads + writes);

-- Services whose events name a variable, while it is in any trace.
CREATE TABLE variable_service (
    variable INTEGER NOT NULL,
    service  INTEGER NOT NULL,
    PRIMARY KEY (variable, service)
) WITHOUT ROWID;
