-- ?1: JSON rows [variable, trace]. Returns those that are used already.
SELECT known.variable, known.trace
FROM json_each(?1) AS wanted
CROSS JOIN variable_use AS known ON known.variable = wanted.value ->> 0 AND known.trace = wanted.value ->> 1
