-- ?1: JSON rows [name, events, errors, new traces]; ?2: time
INSERT INTO service (name, events, errors, traces, activity)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, ?2
FROM json_each(?1)
WHERE true
ON CONFLICT (name) DO UPDATE SET
    events = events + excluded.events, errors = errors + excluded.errors, traces = traces + excluded.traces,
    activity = max(activity, excluded.activity)
