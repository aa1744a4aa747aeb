-- ?1: JSON rows [trace, span, service]; ?2: time. Returns those never seen before.
INSERT INTO open_span (trace, span, service, seen)
SELECT value ->> 0, value ->> 1, value ->> 2, ?2
FROM json_each(?1)
WHERE true
ON CONFLICT DO NOTHING
RETURNING trace, span
