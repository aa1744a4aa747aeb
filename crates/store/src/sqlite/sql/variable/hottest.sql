-- ?1: rows at most
WITH hot AS (
    SELECT variable, reads, writes, traces FROM variable_total ORDER BY reads + writes DESC LIMIT ?1
)
SELECT name.text, reads, writes, traces,
    (
        SELECT json_group_array(service.text)
        FROM (SELECT service FROM variable_service WHERE variable_service.variable = hot.variable LIMIT 100) AS used
        JOIN name AS service ON service.id = used.service
    )
FROM hot
JOIN name ON name.id = hot.variable
ORDER BY reads + writes DESC, name.text
