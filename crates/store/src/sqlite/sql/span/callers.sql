-- ?1: JSON rows [trace, span of the caller, ..]. Returns the index of each row whose caller is known.
SELECT call.key, caller.service
FROM json_each(?1) AS call
CROSS JOIN open_span AS caller ON caller.trace = call.value ->> 0 AND caller.span = call.value ->> 1
