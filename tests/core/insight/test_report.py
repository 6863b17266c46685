"""Reports over hand-made answers with a known truth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiebreak.core.compare.spans import find_differences
from tiebreak.core.errors import ConfigError
from tiebreak.core.insight.counts import Count
from tiebreak.core.insight.estimates import make_estimates
from tiebreak.core.insight.report import confidence, find_session, make_report
from tiebreak.core.records import (
    Answer,
    AnswerValue,
    Category,
    Difference,
    Record,
    SettledDifference,
    Span,
    Spans,
    Task,
)
from tiebreak.core.store.answers import save_answer, undo_last_answer
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.remarks import save_remark
from tiebreak.tui.cli.json_objects import report_object

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]
TEXT = "Uber hires Ada in Paris"
UBER_ORG, UBER_PERSON = Span(0, 4, "ORG"), Span(0, 4, "PERSON")
ADA, PARIS = Span(11, 14, "PERSON"), Span(18, 23, "GPE")
LEFT: Spans = (UBER_PERSON, ADA)
RIGHT: Spans = (UBER_ORG, PARIS)


def give(
    store: Store,
    example_id: int,
    spans: Iterable[Span],
    *,
    answer: AnswerValue = "accept",
    annotator: str = "sam",
    session: str = "one",
    confirmed: bool = True,
    seconds: float = 6.0,
    readings: bool = True,
) -> None:
    """Answer an example whose readings are LEFT and RIGHT with `spans`."""
    saved = tuple(sorted(spans))
    choices = []
    for each in find_differences({"left": LEFT, "right": RIGHT}):
        here = tuple(span for span in saved if span.start < each.end and each.start < span.end)
        difference = each if readings else each._replace(readings={})
        choices.append(SettledDifference(difference, "edited", here, confirmed))
    shown = tuple(sorted(LEFT))
    save_answer(store, Answer(example_id, annotator, session, answer, saved, tuple(choices), shown, seconds, 4))


@pytest.fixture
def ids(store: Store, predict: Predict) -> list[int]:
    texts = [TEXT + "." * number for number in range(5)]
    predict(store, "left", dict.fromkeys(texts, LEFT))
    return list(predict(store, "right", dict.fromkeys(texts, RIGHT)).values())


def test_right_is_whose_reading_equals_what_the_answer_holds(store: Store, ids: list[int]) -> None:
    give(store, ids[0], [UBER_ORG, ADA, PARIS])  # right holds on Uber, left on Ada, right on Paris
    give(store, ids[1], [UBER_PERSON], confirmed=False)  # left, right, left
    give(store, ids[2], [Span(0, 4, "PRODUCT")])  # none, right, left
    report = make_report(store, session="one")
    assert (report.places, report.confirmed, report.nobody) == (9, 6, 1)
    assert report.by_predictor == {"left": Count(9, 4, 6, 2), "right": Count(9, 4, 6, 3)}
    assert report.by_kind["label"] == {"left": Count(3, 1, 2, 0), "right": Count(3, 1, 2, 1)}
    assert report.by_kind["missing"] == {"left": Count(6, 3, 4, 2), "right": Count(6, 3, 4, 2)}
    assert report.by_label["GPE"] == {"left": Count(3, 2, 2, 1), "right": Count(3, 1, 2, 1)}
    assert report.by_label["PRODUCT"] == {"left": Count(1, 0, 1, 0), "right": Count(1, 0, 1, 0)}


def test_rejected_and_ignored_examples_do_not_say_who_was_right(store: Store, ids: list[int]) -> None:
    give(store, ids[0], LEFT, answer="reject")
    give(store, ids[1], LEFT, answer="ignore")
    report = make_report(store)
    assert report.answers == {"accept": 0, "reject": 1, "ignore": 1}
    assert (report.places, report.by_predictor, report.changed_labels) == (0, {}, [])


def test_answers_without_readings_take_those_of_the_differences(store: Store, ids: list[int]) -> None:
    give(store, ids[0], LEFT, readings=False)
    assert make_report(store).by_predictor == {"left": Count(3, 3, 3, 3), "right": Count(3, 0, 3, 0)}


def test_pace_counts_time_on_screen_and_a_long_pause_as_five_minutes(store: Store, ids: list[int]) -> None:
    give(store, ids[0], LEFT, seconds=30)
    give(store, ids[1], LEFT, seconds=30)
    assert (make_report(store).seconds, make_report(store).pace, make_report(store).keys) == (60, 2.0, 8)
    assert make_report(store).left == 3
    assert make_report(store).minutes_left == 1.5
    give(store, ids[2], LEFT, seconds=40_000)
    assert make_report(store).seconds == 360


def test_labels_that_were_changed_and_patterns_are_counted(store: Store, ids: list[int]) -> None:
    for example_id in ids[:3]:
        give(store, example_id, [UBER_ORG, ADA])
    give(store, ids[3], [Span(0, 4, "PRODUCT"), ADA])
    report = make_report(store)
    assert report.changed_labels == [("PERSON", "ORG", 3), ("PERSON", "PRODUCT", 1)]
    assert [(each.pattern.text, each.times) for each in report.patterns] == [("uber", 4), ("paris", 4), ("ada", 4)]
    assert report.patterns[0].places[0] == ("", "Uber", " hires Ada in Paris")


def test_a_pattern_that_came_up_once_did_not_come_up_again(store: Store, ids: list[int]) -> None:
    give(store, ids[0], LEFT)
    assert make_report(store).patterns == []


def test_undone_and_replaced_answers_do_not_count(store: Store, ids: list[int]) -> None:
    give(store, ids[0], RIGHT)
    give(store, ids[0], LEFT)
    give(store, ids[1], RIGHT)
    undo_last_answer(store, "sam", "one")
    report = make_report(store)
    assert report.given == 1
    assert report.by_predictor["left"] == Count(3, 3, 3, 3)


def test_sessions_and_annotators_are_kept_apart(store: Store, ids: list[int]) -> None:
    give(store, ids[0], LEFT, annotator="sam", session="one")
    give(store, ids[0], RIGHT, annotator="kim", session="two")
    give(store, ids[1], RIGHT, annotator="kim", session="two")
    give(store, ids[2], LEFT, annotator="auto", session="two")
    assert [make_report(store, session=name).given for name in ("one", "two", None)] == [1, 2, 3]
    assert make_report(store, annotator="sam").by_predictor["left"].right == 3
    assert find_session(store, "last", None) == "two"
    assert find_session(store, "last", "sam") == "one"
    assert find_session(store, "all", "sam") is None


def test_flags_and_notes_are_those_of_the_scope(store: Store, ids: list[int]) -> None:
    save_remark(store, ids[0], "sam", "one", flagged=True, note="why?")
    save_remark(store, ids[1], "kim", "two", flagged=False, note="hm")
    save_remark(store, ids[2], "kim", "two", flagged=True, note="")
    save_remark(store, ids[2], "kim", "two", flagged=False, note="")
    assert [each.remark.note for each in make_report(store).flagged] == ["why?", "hm"]
    [flagged] = make_report(store, session="one").flagged
    assert (flagged.remark.flagged, flagged.text) == (True, TEXT)


@pytest.mark.parametrize(
    ("session", "annotator", "said"),
    [("nope", None, "no such session"), ("last", None, "nobody has answered"), ("all", "zoe", "no answers of that")],
)
def test_a_scope_that_holds_nothing_is_one_plain_message(
    store: Store, session: str, annotator: str | None, said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        find_session(store, session, annotator)


def test_an_empty_store_has_an_empty_report(store: Store) -> None:
    report = make_report(store)
    assert (report.given, report.pace, report.minutes_left, report.left) == (0, 0.0, None, 0)
    assert report_object(report, make_estimates(store), [])["by_predictor"] == {}


def test_a_decided_category_counts_as_a_place(new_store: Callable[[Task], Store]) -> None:
    store = new_store(Task.TEXTCAT)
    (example_id,), _ = add_examples(store, [Record("A text")], "test")
    difference = Difference(0, 0, "missing", {"left": (Category("SPORT"),), "right": ()})
    choice = SettledDifference(difference, "left", (Category("SPORT"),), confirmed=True, predictors=("left",))
    save_answer(store, Answer(example_id, "sam", "one", "accept", (), (choice,), cats={"SPORT": 1.0}))
    assert make_report(store).by_label == {"SPORT": {"left": Count(1, 1, 1, 1), "right": Count(1, 0, 1, 0)}}


@given(st.integers(0, 200), st.integers(0, 200))
def test_the_interval_holds_the_share_and_narrows_with_more_places(right: int, wrong: int) -> None:
    low, high = confidence(right, right + wrong)
    assert 0 <= low <= high <= 1
    if places := right + wrong:
        assert low - 1e-9 <= right / places <= high + 1e-9
        more = confidence(right * 4, places * 4)
        assert more[1] - more[0] < high - low


def test_the_interval_is_wilsons() -> None:
    assert confidence(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
