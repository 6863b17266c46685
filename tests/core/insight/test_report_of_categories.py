"""Reports of categories."""

from __future__ import annotations

from collections.abc import Callable

from tiebreak.core.insight.report import make_report
from tiebreak.core.records import Answer, Category, Record, Task
from tiebreak.core.store.answers import save_answer
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples


def test_a_category_that_was_changed_counts_as_a_changed_label(new_store: Callable[[Task], Store]) -> None:
    store = new_store(Task.TEXTCAT)
    (example_id,), _ = add_examples(store, [Record("A text")], "test")
    changed = {"sports": 0.0, "politics": 1.0}
    save_answer(store, Answer(example_id, "sam", "1", "accept", (), shown=(Category("sports"),), cats=changed))
    assert make_report(store).changed_labels == [("sports", "politics", 1)]
