"""Categories: the decision that scores make, and where and how much decisions differ."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiebreak.core.compare.cats import decided, differing_argmax, find_category_differences, jensen_shannon
from tiebreak.core.records import Prediction, Task
from tiebreak.core.tasks.compare import compare, scorer_of

SCORE = st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.500001, 0.9, 1.0]) | st.floats(0, 1)
CATS = st.dictionaries(st.sampled_from("ABCD"), SCORE, max_size=4)
PREDICTIONS = st.lists(CATS, min_size=2, max_size=4).map(lambda said: dict(zip("abcd", said, strict=False)))
TASKS = st.sampled_from([Task.TEXTCAT, Task.TEXTCAT_MULTILABEL])


def score_of(cats: dict[str, dict[str, float]], task: Task) -> float:
    said = {name: Prediction(1, cats=each) for name, each in cats.items()}
    return compare(said, task, scorer_of(task)).score


def labels(cats: dict[str, float], task: Task) -> list[str]:
    return [span.label for span in decided(cats, task)]


@pytest.mark.parametrize(
    ("cats", "one", "several"),
    [
        ({"A": 0.2, "B": 0.7, "C": 0.1}, ["B"], ["B"]),
        ({"A": 0.4, "B": 0.35, "C": 0.25}, ["A"], []),
        ({"A": 0.5, "B": 0.5}, ["A"], ["A", "B"]),
        ({"A": 0.9, "B": 0.8}, ["A"], ["A", "B"]),
        ({"A": 0.3}, [], []),
        ({"A": 0.5}, ["A"], ["A"]),
        ({"A": 0.0, "B": 0.0}, [], []),
        ({"A": 0.04, "B": 0.03}, [], []),  # a label map has dropped the label with the highest score
        ({}, [], []),
    ],
)
def test_scores_decide_for_the_best_label_or_for_all_from_a_half_on(
    cats: dict[str, float], one: list[str], several: list[str]
) -> None:
    assert labels(cats, Task.TEXTCAT) == one
    assert labels(cats, Task.TEXTCAT_MULTILABEL) == several


@given(PREDICTIONS, TASKS)
def test_the_score_is_0_exactly_where_there_is_no_difference(
    predictions: dict[str, dict[str, float]], task: Task
) -> None:
    readings = {name: decided(cats, task) for name, cats in predictions.items()}
    differences = find_category_differences(readings)
    assert 0.0 <= score_of(predictions, task) <= 1.0
    assert (score_of(predictions, task) > 0.0) == bool(differences)
    assert bool(differences) == (len(set(readings.values())) > 1)


@given(PREDICTIONS, TASKS)
def test_the_order_of_predictors_changes_neither_score_nor_labels(
    predictions: dict[str, dict[str, float]], task: Task
) -> None:
    turned = dict(reversed(predictions.items()))
    assert score_of(turned, task) == pytest.approx(score_of(predictions, task))
    found = [
        find_category_differences({name: decided(cats, task) for name, cats in said.items()})
        for said in (predictions, turned)
    ]
    assert [each.label for each in found[0]] == [each.label for each in found[1]]


@given(PREDICTIONS, TASKS)
def test_a_difference_is_one_label_that_some_decide_for_and_some_do_not(
    predictions: dict[str, dict[str, float]], task: Task
) -> None:
    for difference in find_category_differences({name: decided(cats, task) for name, cats in predictions.items()}):
        assert (difference.start, difference.end, difference.kind) == (0, 0, "missing")
        for name, reading in difference.readings.items():
            assert [span.label for span in reading] == [
                label for label in labels(predictions[name], task) if label == difference.label
            ]
        assert len(set(difference.readings.values())) == 2


@given(st.frozensets(st.sampled_from("ABCD")), st.frozensets(st.sampled_from("ABCD")))
def test_for_yes_and_no_the_score_is_the_jaccard_distance(ours: frozenset[str], theirs: frozenset[str]) -> None:
    cats = {"a": dict.fromkeys(ours, 1.0), "b": {label: float(label in theirs) for label in "ABCD"}}
    distance = 1 - len(ours & theirs) / len(ours | theirs) if ours | theirs else 0.0
    assert score_of(cats, Task.TEXTCAT_MULTILABEL) == pytest.approx(distance)


@pytest.mark.parametrize("task", [Task.TEXTCAT, Task.TEXTCAT_MULTILABEL])
def test_predictors_that_are_sure_disagree_more_than_those_that_waver(task: Task) -> None:
    sure = score_of({"a": {"A": 0.99, "B": 0.01}, "b": {"A": 0.01, "B": 0.99}}, task)
    wavering = score_of({"a": {"A": 0.52, "B": 0.48}, "b": {"A": 0.48, "B": 0.52}}, task)
    assert sure > wavering > 0


def test_fewer_than_two_predictors_disagree_with_no_one() -> None:
    for task in (Task.TEXTCAT, Task.TEXTCAT_MULTILABEL):
        assert score_of({}, task) == score_of({"a": {"A": 1.0}}, task) == 0.0
    assert find_category_differences({"a": decided({"A": 1.0}, Task.TEXTCAT)}) == ()


@pytest.mark.parametrize(
    ("ours", "theirs", "score"),
    [
        ({"A": 0.9, "B": 0.1}, {"A": 0.2, "B": 0.8}, 0.85),
        ({"A": 0.9, "B": 0.1}, {"A": 0.6, "B": 0.4}, 0.0),
        ({"A": 0.3}, {"A": 1.0}, 0.85),  # a model with a single category says none, with 1 minus its score
        ({"A": 0.4, "B": 0.35, "C": 0.25}, {"A": 0.1, "B": 0.45, "C": 0.45}, 0.425),
    ],
)
def test_two_decisions_that_differ_score_their_mean_confidence(
    ours: dict[str, float], theirs: dict[str, float], score: float
) -> None:
    assert differing_argmax(ours, theirs) == pytest.approx(score)


@pytest.mark.parametrize(
    ("ours", "theirs", "score"),
    [
        ({"A": 1.0}, {"A": 0.0}, 1.0),
        ({"A": 0.9}, {"A": 0.2}, 0.397312),
        ({"A": 0.9, "B": 0.8}, {"A": 0.2, "B": 0.9}, 0.397312 / 2),
        ({"A": 0.9}, {}, 0.758277),
        ({"A": 0.9}, {"A": 0.6}, 0.0),  # both say yes
    ],
)
def test_labels_in_dispute_count_by_the_divergence_of_their_scores(
    ours: dict[str, float], theirs: dict[str, float], score: float
) -> None:
    assert jensen_shannon(ours, theirs) == pytest.approx(score, abs=1e-6)
    assert jensen_shannon(theirs, ours) == pytest.approx(score, abs=1e-6)
