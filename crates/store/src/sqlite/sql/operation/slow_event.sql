INSERT INTO slow_event (trace, event, operation, started, duration, expected, score, severity, learned, deciles)
