-- ?1: the trace's key. Of variables that no other trace uses.
DELETE FROM variable_service
WHERE variable IN (
    SELECT variable FROM variable_use JOIN variable_total USING (variable) WHERE trace = ?1 AND traces <= 0
)
