-- ?1: JSON rows [service, kind, name]. Returns the index of each row and its id.
SELECT wanted.key, operation.id
FROM json_each(?1) AS wanted
CROSS JOIN operation
    ON operation.service = wanted.value ->> 0
    AND operation.kind = wanted.value ->> 1
    AND operation.name = wanted.value ->> 2
