-- ?1, ?2: first and last minute. The oldest first.
SELECT minute, operation.id, service, kind, name, sketch
FROM operation_rollup
JOIN operation ON operation.id = operation_rollup.operation
WHERE width = 1 AND minute BETWEEN ?1 AND ?2
ORDER BY minute
