"""The SQLite file of a project, and the only SQL."""
