-- ?1: JSON rows [service, events, errors, ..]; ?2: minute
INSERT INTO minute_rollup (minute, service, events, errors)
SELECT ?2, value ->> 0, value ->> 1, value ->> 2
FROM json_each(?1)
WHERE true
ON CONFLICT (minute, service) DO UPDATE SET events = events + excluded.events, errors = errors + excluded.errors
