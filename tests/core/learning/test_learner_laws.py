"""Laws of the learner: which answers teach, how much, and that a learner's history makes no difference."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from files import rows
from teaching_steps import caught_up, hold, likely_at, say

from tiebreak.core.learning.following import learn
from tiebreak.core.learning.learner import Learner
from tiebreak.core.records import Marks, Record, Span, Task
from tiebreak.core.store.answers import ADJUDICATE, AUTO, undo_last_answer
from tiebreak.core.store.checking import check_store
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.opening import open_store
from tiebreak.core.store.sharing import set_overlap

ULM = Span(0, 3, "LOC")
TEXTS = [f"Ulm lies at {number} km" for number in range(12)]


@pytest.fixture
def some(store: Store) -> Store:
    """Twelve texts in which only b marks a place."""
    say(store, "a", dict.fromkeys(TEXTS, ()))
    say(store, "b", dict.fromkeys(TEXTS, (ULM,)))
    return store


def chance_of(store: Store, marks: Marks = (ULM,), example_id: int = 12) -> float:
    """Return the probability of these marks at the first difference of a text, to a new learner."""
    return likely_at(caught_up(store), example_id)[0].get(marks, 0.0)


def test_what_held_once_is_more_probable_the_next_time_and_more_so_each_time(some: Store) -> None:
    chances = [chance_of(some)]
    for example_id in range(1, 9):
        hold(some, example_id, [ULM])
        chances.append(chance_of(some))
    assert chances == sorted(chances)
    assert chances[0] < 0.5 < 0.9 < chances[-1]


@pytest.mark.parametrize("truth", [(), (Span(0, 3, "LOC"),), (Span(0, 3, "PER"),)], ids=["neither", "b", "a label"])
def test_what_always_held_comes_first(some: Store, truth: Marks) -> None:
    say(some, "a", {"Bonn lies at 3 km": [Span(0, 4, "PER")]})  # now the label is known
    for example_id in range(1, 11):
        hold(some, example_id, truth)  # type: ignore[arg-type]  # spans
    assert next(iter(likely_at(caught_up(some), 12)[0])) == truth


@pytest.mark.parametrize(
    "given",
    [{"annotator": AUTO}, {"value": "reject"}, {"value": "ignore"}],
    ids=["by auto", "rejected", "ignored"],
)
def test_what_auto_accepted_and_what_was_not_accepted_teaches_nothing(some: Store, given: dict[str, Any]) -> None:
    before = likely_at(caught_up(some), 12)
    for example_id in range(1, 9):
        hold(some, example_id, [ULM], **given)
    learner = caught_up(some)
    assert learner.answers == 0
    assert likely_at(learner, 12) == before


def test_all_annotators_teach_unless_somebody_adjudicates(some: Store) -> None:
    hold(some, 1, [ULM], annotator="sam")
    one = chance_of(some)
    hold(some, 1, [ULM], annotator="kim")
    both = chance_of(some)
    assert both > one
    hold(some, 1, [], annotator="lee", view=ADJUDICATE)
    adjudicated = caught_up(some)
    assert adjudicated.answers == 1
    assert likely_at(adjudicated, 12)[0][()] > likely_at(adjudicated, 12)[0][(ULM,)]


def test_what_was_accepted_as_it_was_shown_counts_less(some: Store, new_store: Callable[[Task], Store]) -> None:
    other = new_store(Task.NER)
    say(other, "a", dict.fromkeys(TEXTS, ()))
    say(other, "b", dict.fromkeys(TEXTS, (ULM,)))
    before = chance_of(some)
    for example_id in range(1, 9):
        hold(some, example_id, [ULM], confirmed=True)
        hold(other, example_id, [ULM], confirmed=False)
    assert before < chance_of(other) < chance_of(some)


def test_an_answer_that_was_taken_back_leaves_no_trace(some: Store) -> None:
    kept_up = caught_up(some)
    before = likely_at(kept_up, 12)
    for example_id in range(1, 11):
        hold(some, example_id, [ULM])
        kept_up.catch_up()
    assert likely_at(kept_up, 12) != before
    while undo_last_answer(some, "sam", "s"):
        kept_up.catch_up()
    assert kept_up.answers == 0
    assert likely_at(kept_up, 12) == before
    assert list(kept_up._counts.held()) == []


NEWS: dict[str, Callable[[Store], Any]] = {
    "a new run": lambda store: say(store, "a", {TEXTS[0]: [ULM], TEXTS[11]: [Span(0, 7, "LOC")]}, fingerprint="2"),
    "a file that was corrected": lambda store: say(store, "a", {TEXTS[0]: [ULM], TEXTS[11]: [Span(0, 7, "LOC")]}),
    "texts of which nobody says anything": lambda store: add_examples(
        store, [Record(f"Ulm and Ulm and {number}") for number in range(9)], "more"
    ),
    "a third predictor": lambda store: say(store, "c", dict.fromkeys(TEXTS, (Span(0, 3, "PER"),))),
    "a predictor that fails": lambda store: say(store, "c", dict.fromkeys(TEXTS)),
}


@pytest.mark.parametrize("news", NEWS.values(), ids=NEWS)
def test_what_predictors_say_now_is_what_earlier_answers_teach_of(some: Store, news: Callable[[Store], Any]) -> None:
    learner = Learner(some)
    for example_id in range(1, 7):
        hold(some, example_id, [ULM])
    learn(some, lambda _: learner)
    news(some)
    learn(some, lambda _: learner)
    kept = [rows(some.path, f"SELECT * FROM {table} ORDER BY 1, 2") for table in ("learned", "learned_patterns")]
    learn(some, Learner)
    assert kept[0]
    assert kept == [
        rows(some.path, f"SELECT * FROM {table} ORDER BY 1, 2") for table in ("learned", "learned_patterns")
    ]
    assert likely_at(learner, 12) == likely_at(caught_up(some), 12)


CHANGES: dict[str, Callable[[Store], Any]] = {
    "rejected": lambda store: hold(store, 9, [], value="reject"),
    "ignored by another annotator": lambda store: hold(store, 9, [], annotator="kim", value="ignore"),
    "rejected and taken back": lambda store: (hold(store, 9, [], value="reject"), undo_last_answer(store, "sam", "s")),
    "of the overlap": lambda store: set_overlap(store, 0.5),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_teaches_nothing_may_still_leave_an_example_without_a_row(
    some: Store, change: Callable[[Store], Any]
) -> None:
    """An example that waits for no answer has no row, even if no learner was at work when it was answered."""
    learner = Learner(some)
    for example_id in range(1, 7):
        hold(some, example_id, [ULM])
    learn(some, lambda _: learner)
    for each in (change, lambda store: set_overlap(store, 0)):
        each(some)
        learn(some, lambda _: learner)
        kept = rows(some.path, "SELECT * FROM learned ORDER BY 1")
        learn(some, Learner)
        assert kept == rows(some.path, "SELECT * FROM learned ORDER BY 1")


def test_without_answers_nothing_is_kept(some: Store) -> None:
    learn(some, Learner)
    assert rows(some.path, "SELECT 1 FROM learned UNION ALL SELECT 1 FROM learned_patterns") == []


@pytest.mark.parametrize("version", range(1, 6))
def test_stores_of_earlier_versions_teach(version: int, data: Path, tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    shutil.copy(data / f"store_v{version}.db", path)
    with open_store(path) as store:
        [(teaching,)] = store.execute(
            "SELECT count(*) FROM final_answers WHERE answer = 'accept' AND annotator <> 'auto'"
        ).fetchall()
        assert learn(store, Learner).answers == teaching > 0
        for (example_id,) in store.execute("SELECT id FROM examples").fetchall():
            assert 0 <= caught_up(store).best(example_id).confidence <= 1
        assert check_store(store) == []
