"""The scorer of a store: the setting that says by which score its queue is ordered."""

from __future__ import annotations

from contextlib import suppress

from tiebreak.core.errors import ConfigError
from tiebreak.core.store.comparisons import SCORER
from tiebreak.core.store.connection import Store
from tiebreak.core.store.current import IS_CURRENT
from tiebreak.core.store.predictions import TO_COMPARE, compare_again
from tiebreak.core.tasks.compare import scorer_of


def set_scorer(store: Store, name: str) -> bool:
    """Score by `name` from now on, and compare again what was compared before; returns whether that was news.

    Raises ConfigError where it is no scorer for the store's task, or fails on what is compared: then the one before it
    stays. A comparison that is cut short is taken up when the next run begins.
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
        with suppress(ConfigError):  # of the one before it, which is said when it is asked for next
            compare_again(store)
        raise
    return True


def _put(store: Store, name: str | None) -> None:
    """Have the scorer `name`, None for the task's default, score all that is compared."""
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
