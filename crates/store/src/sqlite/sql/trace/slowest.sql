-- ?1: traces looked at, the newest; ?2: rows at most. Keys alone are sorted.
WITH slowest AS (
    SELECT key, ended - started AS duration
    FROM (SELECT key, started, ended FROM trace ORDER BY key DESC LIMIT ?1)
    ORDER BY duration DESC, key DESC
    LIMIT ?2
)
SELECT trace.trace_id, operation.text, trace.started, trace.ended, trace.services
FROM slowest
JOIN trace ON trace.key = slowest.key
LEFT JOIN name AS operation ON operation.id = trace.root_operation
ORDER BY slowest.duration DESC, slowest.key DESC
