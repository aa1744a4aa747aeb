
ON CONFLICT (variable, trace) DO UPDATE SET reads = reads + excluded.reads, writes = writes + excluded.writes
