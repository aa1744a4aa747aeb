INSERT INTO block (id, tier, seq, events, created, ids, columns, payload) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
