-- ?1: the trace's key
DELETE FROM variable_total
WHERE variable IN (SELECT variable FROM variable_use WHERE trace = ?1) AND traces <= 0
