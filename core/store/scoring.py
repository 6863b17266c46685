"""The scorer of a store: a setting that decides the scores of its queue."""

from __future__ import annotations

from contextlib import suppress

from tiebreak.core.errors import ConfigError
from tiebreak.core.store.comparisons import SCORER
from tiebreak.core.store.connection import Store
from tiebreak.core.store.current import IS_CURRENT
from tiebreak.core.store.predictions import TO_COMPARE, compare_again
from tiebreak.core.tasks.compare import scorer_of


def set_scorer(store: Store, name: str) -> bool:
    """Set the scorer `name`, and compare all compared examples again; return whether the scorer changed.

    Raises ConfigError if it is not a scorer for the store's task, or fails on an example: then the old scorer stays.
    The next run resumes a comparison that was cut short.
    """
    scorer_of(store.task, name)
    if name == scorer_name(store):
        return False
    before = store.setting(SCORER)
    _put(store, None if name == store.rules.scorers[0] else name)
    try:
        compare_again(store)
    except ConfigError:
        _put(store, before)
        with suppress(ConfigError):  # the old scorer fails, too; its next use reports that
            compare_again(store)
        raise
    return True


def _put(store: Store, name: str | None) -> None:
    """Save the scorer `name`, None for the task's default, and mark all current runs to be compared again."""
    with store.transaction():
        if name is None:
            store.execute("DELETE FROM settings WHERE name = ?", (SCORER,))
        else:
            store.set_setting(SCORER, name)
        for (run_id,) in store.execute(f"SELECT id FROM runs WHERE {IS_CURRENT}").fetchall():
            store.set_setting(f"{TO_COMPARE}{run_id}", str(run_id))


def scorer_name(store: Store) -> str:
    """Return the name of the store's scorer."""
    return store.setting(SCORER) or store.rules.scorers[0]
