"""Bring a store up to the schema of this version."""

from __future__ import annotations

from collections.abc import Callable

from tiebreak.core.errors import StoreError
from tiebreak.core.store import schema
from tiebreak.core.store.connection import Store, known_version


def migrate(store: Store, keep: Callable[[int], None] | None = None) -> None:
    """Bring a store of any schema up to date in one transaction.

    `keep` takes the old version; it is called before anything changes, to back up the store.
    """
    from sqlite_utils import Database  # slow to import

    store.connection.execute("PRAGMA journal_mode = WAL")
    with store.transaction():  # if two processes find an old schema, the second then finds the new one
        if keep is not None:
            version = known_version(store)
            if version == schema.VERSION:
                return
            keep(version)
        schema.migrate(Database(store.connection))
        if known_version(store) != schema.VERSION:
            raise StoreError(f"{store.path}: its schema does not match its version; restore a backup")
