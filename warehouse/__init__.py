"""The lake, the SQL models, and the published DuckDB file."""
