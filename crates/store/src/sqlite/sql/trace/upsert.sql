-- Rows of values follow the column list, and the second part follows them.
INSERT INTO trace (key, trace_id, version, ingested, events, errors, started, ended,
                   root_started, root_service, root_operation, environment, services, received)
