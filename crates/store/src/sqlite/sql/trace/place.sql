INSERT INTO trace_block (trace, block, first, count, min_start, max_end)
