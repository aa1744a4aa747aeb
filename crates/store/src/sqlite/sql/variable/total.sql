INSERT INTO variable_total (variable, reads, writes, traces)
