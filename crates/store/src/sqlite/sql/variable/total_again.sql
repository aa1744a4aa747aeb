
ON CONFLICT (variable) DO UPDATE SET
    reads = reads + excluded.reads, writes = writes + excluded.writes, traces = traces + excluded.traces
