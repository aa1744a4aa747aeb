-- ?1: the trace's key; before its own uses go
UPDATE variable_total SET
    reads = variable_total.reads - gone.reads,
    writes = variable_total.writes - gone.writes,
    traces = variable_total.traces - 1
FROM (SELECT variable, reads, writes FROM variable_use WHERE trace = ?1) AS gone
WHERE variable_total.variable = gone.variable
