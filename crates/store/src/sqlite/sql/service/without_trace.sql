-- ?1: the trace's key; before its facets go
UPDATE service SET
    events = events - (SELECT f.events FROM trace_facet AS f WHERE f.facet = name AND f.trace = ?1),
    errors = errors - (SELECT f.errors FROM trace_facet AS f WHERE f.facet = name AND f.trace = ?1),
    traces = traces - 1
WHERE name IN (SELECT facet FROM trace_facet WHERE trace = ?1)
