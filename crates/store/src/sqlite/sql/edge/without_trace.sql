-- ?1: the trace's key; before its own edges go
UPDATE edge SET
    calls = edge.calls - gone.calls,
    traces = edge.traces - 1
FROM (SELECT from_service, to_service, link, calls FROM trace_edge WHERE trace = ?1) AS gone
WHERE edge.from_service = gone.from_service AND edge.to_service = gone.to_service AND edge.link = gone.link
