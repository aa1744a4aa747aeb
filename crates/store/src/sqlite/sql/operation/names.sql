-- ?1: JSON array of operations
SELECT operation.id, service.text, operation.kind, operation.name
FROM json_each(?1) AS wanted
CROSS JOIN operation ON operation.id = wanted.value
JOIN name AS service ON service.id = operation.service
