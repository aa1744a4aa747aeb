-- ?1, ?2: first and last minute
SELECT operation, errors, sketch FROM operation_rollup WHERE width = 1 AND minute BETWEEN ?1 AND ?2
