"""The order of the labels is fixed once."""

from __future__ import annotations

from pathlib import Path

import pytest
from stores import create_store

from tiebreak.core.records import Prediction, Record, Span
from tiebreak.core.store.connection import Store
from tiebreak.core.store.digits import fix_digits
from tiebreak.core.store.examples import add_examples, add_labels_in_order, label_names
from tiebreak.core.store.predictions import save_predictions, start_run

LABELS = [f"L{number:02}" for number in range(12)]


def say(store: Store, predictor: str, labels: list[str]) -> None:
    """Have the predictor put each label on a text of its own, the first label on the first text."""
    ids, _ = add_examples(store, [Record(f"text {number:02}") for number in range(len(labels))], "test")
    run = start_run(store, predictor=predictor, kind="file", fingerprint="test", model="test")
    said = [Prediction(at, (Span(0, 4, label),)) for at, label in zip(ids, labels, strict=True)]
    save_predictions(store, run, said)


@pytest.mark.parametrize("named", [False, True])
def test_of_more_than_nine_labels_the_most_disputed_come_first_unless_somebody_named_them(
    tmp_path: Path, *, named: bool
) -> None:
    with create_store(tmp_path / "store.db") as store:
        if named:
            add_labels_in_order(store, LABELS)
        say(store, "one", LABELS)
        fix_digits(store)
        assert label_names(store) == LABELS
        say(store, "other", [*LABELS[:8], "L11", "L11", *LABELS[10:]])
        expected = LABELS if named else ["L11", "L08", "L09", *LABELS[:8], "L10"]
        fix_digits(store)
        assert label_names(store) == expected
        say(store, "third", LABELS[::-1])
        fix_digits(store)
        assert label_names(store) == expected


def test_up_to_nine_labels_stay_as_they_came_also_when_more_come(tmp_path: Path) -> None:
    with create_store(tmp_path / "store.db") as store:
        say(store, "one", LABELS[:3])
        say(store, "other", ["L00", "L01", "L01"])
        fix_digits(store)
        say(store, "third", LABELS[::-1])
        fix_digits(store)
        assert label_names(store) == LABELS
