-- ?1: JSON rows [from, to, link, calls, new traces]
INSERT INTO edge (from_service, to_service, link, calls, traces)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4
FROM json_each(?1)
WHERE true
ON CONFLICT (from_service, to_service, link) DO UPDATE SET
    calls = calls + excluded.calls, traces = traces + excluded.traces
