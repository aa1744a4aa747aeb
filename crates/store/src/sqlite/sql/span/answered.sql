-- ?1: JSON rows [trace, span, service]. Takes out the calls that waited for these spans.
DELETE FROM waiting_call
WHERE rowid IN (
    SELECT waiting.rowid
    FROM json_each(?1) AS span
    CROSS JOIN waiting_call AS waiting ON waiting.trace = span.value ->> 0 AND waiting.span = span.value ->> 1
)
RETURNING trace, span, to_service, link
