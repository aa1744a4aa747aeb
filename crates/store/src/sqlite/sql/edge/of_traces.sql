-- ?1: JSON rows [trace, from, to, link, calls]. Returns the calls each row has now.
INSERT INTO trace_edge (trace, from_service, to_service, link, calls)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4
FROM json_each(?1)
WHERE true
ON CONFLICT (trace, from_service, to_service, link) DO UPDATE SET calls = calls + excluded.calls
RETURNING trace, from_service, to_service, link, calls
