INSERT INTO operation_rollup (width, minute, operation, errors, sketch)
