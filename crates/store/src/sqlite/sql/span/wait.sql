INSERT INTO waiting_call (trace, span, to_service, link, seen)
