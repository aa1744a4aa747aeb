-- ?1: JSON rows [trace, block, first, count, min_start, max_end]
INSERT INTO trace_block (trace, block, first, count, min_start, max_end)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5
FROM json_each(?1)
