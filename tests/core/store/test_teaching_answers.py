"""The answers that teach: kept up answer by answer, they equal the result of one plain query."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from teaching_steps import hold, say

from tiebreak.core.records import AnswerValue, Record, Span, Task
from tiebreak.core.store import teaching
from tiebreak.core.store.answers import ADJUDICATE, AUTO, accept_agreed, undo_last_answer
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.opening import open_store
from tiebreak.core.store.teaching import TeachingAnswers, predictions_stamp

PEOPLE = ("sam", "kim", "lee")
VALUES: tuple[AnswerValue, ...] = ("accept", "accept", "accept", "reject", "ignore")
A = Span(0, 3, "A")


@pytest.fixture
def some(store: Store) -> Store:
    """Twelve texts: two predictors differ on eight of them."""
    said = {f"{number:03} text": [A] for number in range(12)}
    say(store, "a", said)
    say(store, "b", {text: [A] if number < 4 else [] for number, text in enumerate(said)})
    return store


def asked_plainly(store: Store) -> list[int]:
    rows = store.execute("SELECT id FROM final_answers WHERE answer = 'accept' AND annotator <> 'auto' ORDER BY id")
    return [answer_id for (answer_id,) in rows]


def step(store: Store, chance: random.Random) -> None:
    """Do something that people do."""
    person = chance.choice(PEOPLE)
    kind = chance.choice(["answer", "answer", "answer", "undo", "adjudicate", "undo adjudication", "auto"])
    if kind == "undo":
        undo_last_answer(store, person, "s")
    elif kind == "undo adjudication":
        undo_last_answer(store, person, "s", adjudicated=True)
    elif kind == "auto":
        accept_agreed(store, "s")
    else:
        view = ADJUDICATE if kind == "adjudicate" else "review"
        value = chance.choice(VALUES)
        hold(store, chance.randint(1, 12), [A][: chance.randint(0, 1)], annotator=person, value=value, view=view)


@pytest.mark.parametrize("seed", range(6))
def test_after_any_sequence_of_answers_those_teach_that_one_query_finds(some: Store, seed: int) -> None:
    chance = random.Random(seed)
    with open_store(some.path) as other:
        kept_up = TeachingAnswers(other)
        for _ in range(60):
            for _ in range(chance.randint(1, 3)):
                step(some, chance)
            assert kept_up.ids() == asked_plainly(some) == TeachingAnswers(other).ids()


def test_of_an_adjudicated_text_the_adjudication_alone_teaches_and_else_all_that_people_accepted(some: Store) -> None:
    kept_up = TeachingAnswers(some)
    first, second = (hold(some, 5, [A], annotator=name) for name in ("sam", "kim"))
    hold(some, 6, [A], annotator="sam", value="reject")
    hold(some, 7, [A], annotator=AUTO)
    assert kept_up.ids() == [first, second]
    adjudicated = hold(some, 5, [], annotator="lee", view=ADJUDICATE)
    assert kept_up.ids() == [adjudicated]
    undo_last_answer(some, "lee", "s", adjudicated=True)
    assert kept_up.ids() == [first, second]


def test_what_could_not_be_read_is_looked_at_again(some: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    kept_up = TeachingAnswers(some)
    answer_id = hold(some, 5, [A])
    with monkeypatch.context() as patch:
        patch.setattr(teaching, "AUTO", object())  # SQLite cannot take this as a value
        with pytest.raises(Exception, match="type"):
            kept_up.ids()
    assert kept_up.ids() == [answer_id]


NEWS: dict[str, Callable[[Store], Any]] = {
    "a text of which nobody says anything": lambda store: add_examples(store, [Record("new")], "test"),
    "a text of which somebody says something": lambda store: say(store, "a", {"new": [A]}),
    "another run": lambda store: say(store, "a", {"004 text": []}, fingerprint="2"),
    "something else of a text": lambda store: say(store, "b", {"004 text": [A]}),
    "a file loaded again once it was corrected": lambda store: say(store, "a", {"004 text": [Span(4, 8, "A")]}),
}


@pytest.mark.parametrize("news", NEWS.values(), ids=NEWS)
def test_what_predictors_say_now_is_another_thing_after(some: Store, news: Callable[[Store], Any]) -> None:
    before = predictions_stamp(some)
    assert predictions_stamp(some) == before
    news(some)
    assert predictions_stamp(some) != before


def test_predictions_that_are_the_same_are_no_news(new_store: Callable[[Task], Store]) -> None:
    store = new_store(Task.NER)
    said: Mapping[str, Any] = {"one": [A], "two": []}
    say(store, "a", said)
    before = predictions_stamp(store)
    say(store, "a", said)
    hold(store, 1, [A])
    assert predictions_stamp(store) == before
