"""Bringing a store up to the schema of this version."""

from __future__ import annotations

from collections.abc import Callable

from tiebreak.core.errors import StoreError
from tiebreak.core.store import schema
from tiebreak.core.store.connection import Store, known_version


def migrate(store: Store, keep: Callable[[int], None] | None = None) -> None:
    """Bring a store of whatever schema up to date in one transaction.

    `keep` takes the version that it has, and keeps the store as it is, before anything changes.
    """
    from sqlite_utils import Database  # slow to import, and only needed here

    store.connection.execute("PRAGMA journal_mode = WAL")
    with store.transaction():  # so that of two that find an old schema the second finds it migrated
        if keep is not None:
            version = known_version(store)
            if version == schema.VERSION:
                return
            keep(version)
        schema.migrate(Database(store.connection))
        if known_version(store) != schema.VERSION:
            raise StoreError(f"{store.path}: says that it is of an older schema, and is not; go back to a backup")
