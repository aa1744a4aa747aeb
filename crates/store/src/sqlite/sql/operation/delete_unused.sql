DELETE FROM operation
WHERE id NOT IN (SELECT operation FROM operation_rollup) AND id NOT IN (SELECT operation FROM slow_event)
