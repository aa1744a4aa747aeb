INSERT INTO trace_facet (facet, trace, events, errors)
