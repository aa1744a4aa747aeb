-- ?1 and ?2: version and key of the last trace that was seen; ?3: how many.
SELECT t.key, t.trace_id, t.version, t.events
FROM trace AS t
WHERE t.key IN (
    SELECT part.trace
    FROM block JOIN trace_block AS part ON part.block = block.id
    WHERE block.seq >= ?1
)
AND (t.version, t.key) > (?1, ?2)
ORDER BY t.version, t.key
LIMIT ?3
