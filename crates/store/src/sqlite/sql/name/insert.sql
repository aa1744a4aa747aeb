-- ?1: JSON rows [kind, text]
INSERT INTO name (kind, text) SELECT value ->> 0, value ->> 1 FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING
