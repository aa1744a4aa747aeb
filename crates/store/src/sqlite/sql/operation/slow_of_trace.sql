-- ?1: trace id; ?2: rows at most
SELECT event, service.text, operation.name, operation.kind, slow.started, duration, expected, score, severity, learned, deciles
FROM trace
JOIN slow_event AS slow ON slow.trace = trace.key
JOIN operation ON operation.id = slow.operation
JOIN name AS service ON service.id = operation.service
WHERE trace.trace_id = ?1
ORDER BY score DESC, event
LIMIT ?2
