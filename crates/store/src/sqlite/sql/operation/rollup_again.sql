
ON CONFLICT (width, minute, operation) DO UPDATE SET errors = excluded.errors, sketch = excluded.sketch
