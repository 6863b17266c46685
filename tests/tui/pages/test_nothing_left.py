"""The page shown when no example is left: a situation for each reason, and the way on in the user's own keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from tiebreak.core.queue.nothing_left import NothingLeft, Why
from tiebreak.tui.pages.nothing_left import nothing_left_text, situation

CHOSEN = {"quit": "f10", "undo": "f9", "filter": "f3", "list": "f4"}


def text_of(nothing: NothingLeft, store: str = "news.db") -> str:
    return nothing_left_text(nothing, Path(store), CHOSEN.__getitem__)


@pytest.mark.parametrize("why", Why)
def test_every_reason_says_what_is_so_and_what_to_do(why: Why) -> None:
    said, _, way_on = text_of(NothingLeft(why, 1, 30)).partition("\n\n")
    assert said == situation(NothingLeft(why, 1, 30))
    assert way_on
    assert "{" not in said + way_on


def test_keys_are_those_that_the_person_chose() -> None:
    assert text_of(NothingLeft(Why.FOR_NOW)).endswith("\n\nf10 leaves, f9 goes back to your last answer")
    assert "f3 changes the filter" in text_of(NothingLeft(Why.FILTER_DONE))
    assert text_of(NothingLeft(Why.FILTER_DONE)).endswith("f4 lists the examples, f9 undoes")


def test_what_is_typed_names_the_store_as_a_shell_takes_it() -> None:
    assert "\n  tiebreak load 'my news.db' SOURCE" in text_of(NothingLeft(Why.NO_TEXTS), "my news.db")
    assert "\n  tiebreak export news.db reviewed.jsonl" in text_of(NothingLeft(Why.ALL_ANSWERED))


def test_texts_that_are_not_compared_are_reported_where_all_others_are_done() -> None:
    for why in (Why.ALL_AGREE, Why.ALL_ANSWERED):
        said = text_of(NothingLeft(why, 2, 30, 1200), "my news.db")
        assert "1,200 texts that fewer than two models have read wait: f3 status:open finds them" in said
        assert "\n  tiebreak review 'my news.db' --filter status:open" in said
        assert "1 text that fewer than two models have read waits" in text_of(NothingLeft(why, 2, 30, 1))
        assert "status:open" not in text_of(NothingLeft(why, 2, 30, 0))


def test_after_the_open_texts_the_others_are_a_filter_away() -> None:
    assert "f3 changes the filter" in text_of(NothingLeft(Why.OPEN_DONE, 2, 30))
    assert "f3" not in text_of(NothingLeft(Why.OPEN_DONE, 1))


def test_the_counts_are_reported() -> None:
    assert "the store has none." in text_of(NothingLeft(Why.NOT_COMPARED))
    assert "the store has those of 1 model." in text_of(NothingLeft(Why.NOT_COMPARED, predictors=1))
    assert "all 30 compared examples" in text_of(NothingLeft(Why.ALL_AGREE, compared=30))
    said = text_of(NothingLeft(Why.ALL_AGREE, 2, 30, failed=2))
    assert "On 2 texts a prediction failed, which is not agreement: f3 status:failed finds them" in said


def test_who_has_what_waits_is_reported() -> None:
    one, more = (NothingLeft(Why.ON_OTHER_SCREENS, elsewhere=names) for names in (("kim",), ("ada", "kim", "kim")))
    assert situation(one) == "Nothing else is left: 1 example that waits is on another screen (kim)."
    assert situation(more) == "Nothing else is left: 3 examples that wait are on other screens (ada, kim)."
