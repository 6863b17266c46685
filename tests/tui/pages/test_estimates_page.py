"""The first part of a report: estimates, or the number of slice texts that they still need."""

from __future__ import annotations

from dataclasses import replace

from tiebreak.core.estimates.estimator import METHOD, Interval, Scores
from tiebreak.core.insight.agreeing import Agreement
from tiebreak.core.insight.estimates import Estimates, Prospect, SystemEstimate
from tiebreak.core.store.measured import Listed
from tiebreak.tui.pages.estimates_page import count_text, estimate_lines, interval_text

SCORES = Scores(
    Interval(0.9, 0.85, 0.94),
    Interval(0.8, 0.7, 0.87),
    Interval(0.85, 0.77, 0.9),
    Interval(1241.3, 983.2, 1604.0),
    60,
    900,
    0,
    0.95,
    METHOD,
)
SYSTEM = SystemEstimate(SCORES, {"ORG": SCORES})
AGREEMENT = Agreement(Interval(0.1, 0.06, 0.15), Interval(0.3, 0.2, 0.41), 60, (-0.1, 0.2), True)
ESTIMATES = Estimates(1000, 160, 60, 0, 0, Listed(1000, 100, False), 40, 0, {"spacy": SYSTEM, "l*m": SYSTEM}, SYSTEM)
WITH_ALL = replace(
    ESTIMATES,
    agreement=AGREEMENT,
    next_answers=Prospect(50, 12.2, Interval(40, 30, 55)),
    next_minutes=Prospect(41, 9.9, Interval(33, 25, 45)),
)
TOO_FEW = Estimates(300, 20, 4, 0, 6, Listed(300, 30, False), 26, 0, {})


def page(estimates: Estimates, pace: float = 0.0, *, blind: bool = False) -> str:
    return "\n".join(estimate_lines(estimates, pace, blind=blind))


def in_a_line(estimates: Estimates, pace: float = 0.0) -> str:
    return page(estimates, pace).replace("\n", " ")


def test_it_says_how_good_the_export_and_the_models_are() -> None:
    said = page(WITH_ALL)
    assert "## Over all 1,000 texts" in said
    assert "| the export | 85% (77 to 90) | 90% (85 to 94) | 80% (70 to 87) |" in said
    assert "| l\\*m | 85% (77 to 90) |" in said
    assert "| ORG | 85% (77 to 90) | 85% (77 to 90) | 85% (77 to 90) |" in said
    assert "if the annotators are right" in in_a_line(WITH_ALL)
    assert "For the others stand 60 texts of the slice" in in_a_line(WITH_ALL)
    assert all(len(line) <= 80 for line in said.splitlines() if not line.startswith("|"))


def test_it_says_what_is_left_and_what_answers_would_bring() -> None:
    said = in_a_line(WITH_ALL)
    assert "**Errors left in the export**: 1,200 (980 to 1,600) wrong or missed marks in the 900 texts" in said
    assert "50 answers would take 12 min and correct 40 (30 to 55) errors; 10 min would correct 33 (25 to 45)." in said


def test_it_says_how_often_all_agree_and_are_wrong() -> None:
    assert "10% (6 to 15) of the marks that all models have, and 30% (20 to 41) of the texts" in in_a_line(WITH_ALL)
    apart = replace(WITH_ALL, agreement=replace(AGREEMENT, is_pooled=False))
    assert "that showed no agreed mark" in in_a_line(apart)


def test_a_blind_page_tells_the_models_not_apart() -> None:
    said = page(WITH_ALL, blind=True)
    assert "spacy" not in said
    assert "the export" in said


def test_without_a_learner_it_says_how_the_export_is_estimated() -> None:
    assert "`tiebreak learn DB`" in page(replace(ESTIMATES, export=None))


def test_missing_texts_and_texts_opened_by_hand_are_said() -> None:
    said = in_a_line(replace(ESTIMATES, missing=5, opened=20))
    assert "Rejected, ignored or skipped: 5 texts." in said
    assert "opened 12% of the answered texts by hand" in said
    assert "by hand" not in in_a_line(replace(ESTIMATES, opened=8))


def test_below_ten_it_says_when_there_will_be_estimates() -> None:
    said = in_a_line(TOO_FEW, 4.0)
    assert "4 texts of the slice are answered, and 10 are needed." in said
    assert "The missing 6 come up within about 72 answers, 18 min at this pace." in said
    assert "pace" not in in_a_line(TOO_FEW)


def test_below_ten_for_good_it_says_what_to_do() -> None:
    short = replace(TOO_FEW, waiting=2)
    assert "The slice is too small for that. `tiebreak review DB --slice 15%`" in in_a_line(short)
    off = replace(TOO_FEW, waiting=0, listed=Listed(300, 30, True))
    assert "The slice is off. `tiebreak review DB --slice 15%`" in in_a_line(off)
    small = replace(TOO_FEW, texts=12, waiting=0, listed=Listed(12, 9, False))
    assert "The store is too small for a slice" in in_a_line(small)


def test_a_store_without_compared_texts_has_no_such_part() -> None:
    assert page(Estimates(0, 0, 0, 0, 0, Listed(0, 0, False), 0, 0, {})) == ""


def test_where_all_is_answered_there_is_no_interval() -> None:
    sure = Interval(0.9, 0.9, 0.9)
    counted = SystemEstimate(replace(SCORES, precision=sure, recall=sure, f1=sure, unknown=0, is_counted=True))
    said = in_a_line(replace(ESTIMATES, answered=1000, models={"spacy": counted}, export=counted))
    assert "Every text has an answer: all of this is counted." in said
    assert "| spacy | 90.0% | 90.0% | 90.0% |" in said
    assert "Errors left" not in said


def test_numbers_have_as_many_digits_as_say_something() -> None:
    assert interval_text(Interval(0.9412, 0.935, 0.947)) == "94.1% (93.5 to 94.7)"
    assert interval_text(None) == "–"
    assert count_text(Interval(41872, 35697, 49403)) == "42,000 (36,000 to 49,000)"
    assert count_text(Interval(2.2, 0.4, 9)) == "2 (0 to 9)"
    assert count_text(Interval(3, 3, 3)) == "3"


def test_it_says_which_texts_are_compared_and_that_without_a_model_there_is_nothing_to_measure() -> None:
    assert "## Over the 1,000 texts that two models have read, of 1,500" in page(replace(WITH_ALL, others=500))
    assert "## Over the 300 texts that the model has read, of 310" in page(replace(TOO_FEW, readers=1, others=10))
    said = in_a_line(replace(TOO_FEW, readers=0))
    assert "## Over all 300 texts" in said
    assert "No model has read them" in said
    assert "slice" not in said


def test_before_anybody_sat_down_the_slice_is_to_come() -> None:
    before = Estimates(300, 0, 0, 0, 10, Listed(0, 0, False), 0, 0, {})
    assert "draws the slice at the first sitting" in in_a_line(before)
    assert "too small" in in_a_line(replace(before, texts=30))
