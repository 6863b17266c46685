"""The one SQLite file of a project, and the only SQL."""

from tiebreak.core.store.connection import Store, create_store, open_store

__all__ = ["Store", "create_store", "open_store"]
