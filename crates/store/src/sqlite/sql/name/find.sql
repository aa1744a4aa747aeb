-- ?1: JSON rows [kind, text]
SELECT wanted.key, name.id
FROM json_each(?1) AS wanted
CROSS JOIN name ON name.kind = wanted.value ->> 0 AND name.text = wanted.value ->> 1
