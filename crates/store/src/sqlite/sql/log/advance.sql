-- The last statement of a commit: its lock is held until the commit is visible.
UPDATE log_head SET seq = ?1, events = events + ?2, traces = traces + ?3
