-- ?1: JSON rows [service, kind, name]
INSERT INTO operation (service, kind, name)
SELECT value ->> 0, value ->> 1, value ->> 2
FROM json_each(?1)
WHERE true
ON CONFLICT DO NOTHING
