"""The order of the labels, which their digits follow: decided once a store, so that a digit keeps its meaning."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress

from tiebreak.core.errors import StoreError
from tiebreak.core.store.connection import Store
from tiebreak.core.store.encoding import decode_readings
from tiebreak.core.store.examples import DIGITS_FIXED, label_names

WITH_DIGIT = 9  # labels
_LOOKED_AT = 20_000  # differences, to see which labels are in dispute


def fix_digits(store: Store) -> None:
    """Decide the order of the labels for good, at the first review after predictors were compared.

    Of more than nine labels those in dispute come first, the most frequent of them first; the others stay in the order
    in which they came. Where somebody named labels, or answered a text by the digits as they are, all stay. Labels
    that come later stand behind.
    """
    if store.setting(DIGITS_FIXED) is not None:
        return
    with store.transaction() as connection:
        is_compared, is_answered = store.execute(
            "SELECT EXISTS (SELECT 1 FROM differences), EXISTS (SELECT 1 FROM answers)"
        ).fetchone()
        if not (is_compared or is_answered) or store.setting(DIGITS_FIXED) is not None:
            return
        labels = label_names(store)
        if len(labels) > WITH_DIGIT and not is_answered:
            disputed = _disputes(store)
            labels.sort(key=lambda label: -disputed[label])
            connection.executemany("UPDATE labels SET position = ? WHERE name = ?", list(enumerate(labels)))
        store.set_setting(DIGITS_FIXED, "for good")


def _disputes(store: Store) -> Counter[str]:
    """In how many of the first differences each label stands."""
    found: Counter[str] = Counter()
    for (readings,) in store.execute("SELECT readings FROM differences LIMIT ?", (_LOOKED_AT,)):
        with suppress(StoreError):  # what nothing can read is said where it is shown
            said = decode_readings(readings).values()
            found.update({span.label for spans in said for span in spans})
    return found
