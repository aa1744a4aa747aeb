INSERT INTO variable_use (variable, trace, reads, writes)
