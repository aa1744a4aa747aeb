INSERT INTO open_span (trace, span, service, seen)
