
ON CONFLICT (facet, trace) DO UPDATE SET events = events + excluded.events, errors = errors + excluded.errors
