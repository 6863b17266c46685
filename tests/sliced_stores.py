"""Stores with a slice and known truth: made-up texts, two models that err, and annotators that never do."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence

from teaching_steps import hold, say

from tiebreak.core.records import AnswerValue, Span, Spans
from tiebreak.core.selection.share import Share
from tiebreak.core.store.connection import Store
from tiebreak.core.store.slices import begin_slice, draw, next_of_slice

Truth = Mapping[int, Spans]
LABELS = ("LOC", "ORG")
SAM = Share("sam")


def gold_store(
    store: Store, texts: int, seed: int = 0, *, again: int = 0, names: Sequence[str] = ("left", "right")
) -> dict[int, Spans]:
    """Store texts of three words, each with up to three marks, and the marks of `left` and `right`; return the truth.

    `left` errs at one mark in ten, `right` at one in four. `again` makes the texts of a later load different.
    The list is always the same, since an interval of 95% misses the truth now and then. `names` are the predictors
    that have read the texts.
    """
    luck = random.Random(seed)
    with store.transaction():
        store.set_setting("slice salt", "salt")
    truth = {f"aaaa bbbb cccc {again} {number}": _marks(luck, 0.6) for number in range(texts)}
    ids: dict[str, int] = {}
    for name, errors in zip(names, (0.1, 0.25), strict=False):
        ids = say(store, name, {text: _disturbed(luck, marks, errors) for text, marks in truth.items()})
    return {ids[text]: marks for text, marks in truth.items()}


def _marks(luck: random.Random, share: float) -> Spans:
    return tuple([Span(at, at + 4, luck.choice(LABELS)) for at in (0, 5, 10) if luck.random() < share])


def _disturbed(luck: random.Random, marks: Iterable[Span], share: float) -> Spans:
    """Return the marks after errors: some are gone, some have the other label, and sometimes there is another mark."""
    kept = [each for each in marks if luck.random() > share / 2]
    relabelled = [
        each._replace(label=LABELS[each.label == LABELS[0]]) if luck.random() < share / 2 else each for each in kept
    ]
    free = [at for at in (0, 5, 10) if at not in {each.start for each in marks}]
    more = [Span(at, at + 4, luck.choice(LABELS)) for at in free if luck.random() < share / 3]
    return tuple(sorted([*relabelled, *more]))


def give_slice(store: Store, truth: Truth, count: int, share: Share = SAM, *, value: AnswerValue = "accept") -> None:
    """Give out `count` slice texts and answer them."""
    begin_slice(store)
    for _ in range(count):
        example_id = next_of_slice(store, share, ())
        assert example_id is not None
        draw(store, example_id)
        hold(store, example_id, truth[example_id], view="slice", annotator=share.annotator, value=value)


def score(store_marks: Mapping[int, Spans], truth: Truth) -> tuple[float, float, float]:
    """Return precision, recall and F1 of marks over all texts."""
    right = sum(len({*store_marks[each]} & {*gold}) for each, gold in truth.items())
    marks, gold = sum(map(len, store_marks.values())), sum(map(len, truth.values()))
    return right / marks, right / gold, 2 * right / (marks + gold)
