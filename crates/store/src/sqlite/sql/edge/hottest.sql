-- ?1: rows at most. A trace that uses two kinds of link between the same services counts once.
SELECT caller.text, callee.text, sum(calls), max(traces)
FROM edge
JOIN name AS caller ON caller.id = from_service
JOIN name AS callee ON callee.id = to_service
WHERE calls > 0
GROUP BY from_service, to_service
ORDER BY sum(calls) DESC, 1, 2
LIMIT ?1
