-- ?1: JSON rows [variable, trace, reads, writes]
INSERT INTO variable_use (variable, trace, reads, writes)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3
FROM json_each(?1)
WHERE true
ON CONFLICT (variable, trace) DO UPDATE SET reads = reads + excluded.reads, writes = writes + excluded.writes
