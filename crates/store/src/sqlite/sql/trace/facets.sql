-- ?1: JSON rows [facet, trace, events, errors]
INSERT INTO trace_facet (facet, trace, events, errors)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3
FROM json_each(?1)
WHERE true
ON CONFLICT (facet, trace) DO UPDATE SET events = events + excluded.events, errors = errors + excluded.errors
