-- ?1: minute; ?2: traces
INSERT INTO trace_rollup (minute, traces) VALUES (?1, ?2) ON CONFLICT (minute) DO UPDATE SET traces = traces + excluded.traces
