-- ?1, ?2: first and last minute; ?3: the kind of name that services are; ?4: service
SELECT minute, sketch
FROM operation_rollup
WHERE width = 1 AND minute BETWEEN ?1 AND ?2 AND operation IN (
    SELECT operation.id FROM operation JOIN name ON name.id = operation.service WHERE name.kind = ?3 AND name.text = ?4
)
