"""Files in: each importer turns one format into events, or says which row it could not map and why."""
