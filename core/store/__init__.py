"""The one SQLite file of a project, and the only SQL."""

from tiebreak.core.store.connection import Store, open_store
from tiebreak.core.store.making import create_store

__all__ = ["Store", "create_store", "open_store"]
