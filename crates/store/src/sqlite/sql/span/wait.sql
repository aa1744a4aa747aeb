-- ?1: JSON rows [trace, span of the caller, service called, link]; ?2: time
INSERT INTO waiting_call (trace, span, to_service, link, seen)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, ?2
FROM json_each(?1)
