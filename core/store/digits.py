"""The order of the labels and so of their digits: decided once a store, so that a digit keeps its meaning."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress

from tiebreak.core.errors import StoreError
from tiebreak.core.store.connection import Store
from tiebreak.core.store.encoding import decode_readings
from tiebreak.core.store.examples import DIGITS_FIXED, label_names

WITH_DIGIT = 9  # labels; the others have no digit
_LOOKED_AT = 20_000  # differences; labels are in dispute if they occur in these


def fix_digits(store: Store) -> None:
    """Decide the order of the labels for good, at the first review after predictors were compared.

    If there are more than nine labels, those in dispute come first, by falling frequency. The others keep the order in
    which they came. All labels keep their order if somebody named labels, or has answered an example with the present
    digits. New labels go to the end.
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
    """Count in how many of the first differences each label occurs."""
    found: Counter[str] = Counter()
    for (readings,) in store.execute("SELECT readings FROM differences LIMIT ?", (_LOOKED_AT,)):
        with suppress(StoreError):  # the review reports an unreadable difference when it shows it
            found.update({span.label for spans in decode_readings(readings).values() for span in spans})
    return found
