"""Scorers: what each makes of what was said, and those that other packages register."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import catalogue
import pytest
from catalogue import Registry
from hypothesis import given
from hypothesis import strategies as st

from tiebreak.core.compare import scorers
from tiebreak.core.compare.cats import jaccard, jensen_shannon
from tiebreak.core.compare.scorers import (
    BUILT_IN,
    Compared,
    Scorer,
    mean_over_pairs,
    own_scorers,
    partial_f1,
    registry,
    span_f1,
    squashed_count,
)
from tiebreak.core.errors import ConfigError
from tiebreak.core.records import Prediction, Span, Spans, Task
from tiebreak.core.tasks.compare import compare, scorer_of

SPAN = st.builds(
    lambda start, size, label: Span(start, start + size, label),
    st.integers(0, 12),
    st.integers(1, 6),
    st.sampled_from("AB"),
)
READINGS = st.lists(
    st.frozensets(SPAN, max_size=4).map(lambda spans: tuple(sorted(spans))), min_size=2, max_size=4
).map(lambda said: dict(zip("abcd", said, strict=False)))
CATS = st.dictionaries(st.sampled_from("ABCD"), st.floats(0, 1), max_size=4)
SPANS = {"left": Prediction(1, (Span(0, 3, "A"),)), "right": Prediction(1, ())}


@pytest.mark.parametrize(
    ("left", "right", "distance"),
    [
        ([], [], 0.0),
        ([(0, 3, "A")], [(0, 3, "A")], 0.0),
        ([(0, 3, "A")], [], 1.0),
        ([(0, 3, "A")], [(0, 3, "B")], 1.0),  # another label is no partial match
        ([(0, 3, "A")], [(1, 5, "A")], 0.5),
        ([(0, 3, "A"), (8, 9, "A")], [(0, 3, "A"), (8, 12, "A")], 0.25),
        ([(0, 9, "A")], [(0, 3, "A"), (4, 9, "A")], 1 - 1 / 3),  # one span stands in one pair
    ],
)
def test_a_span_that_overlaps_one_of_its_label_counts_half(
    left: list[tuple[int, int, str]], right: list[tuple[int, int, str]], distance: float
) -> None:
    said = {"left": [Span(*each) for each in left], "right": [Span(*each) for each in right]}
    assert partial_f1(said) == pytest.approx(distance)


@given(READINGS)
def test_half_credit_lies_between_exact_matches_and_none(readings: dict[str, Spans]) -> None:
    assert span_f1(readings) / 2 - 1e-9 <= partial_f1(readings) <= span_f1(readings) + 1e-9
    assert (partial_f1(readings) > 0) == (span_f1(readings) > 0)
    assert partial_f1(dict(reversed(readings.items()))) == pytest.approx(partial_f1(readings))


def test_more_differences_count_more_and_never_1() -> None:
    scores = [squashed_count(number) for number in range(50)]
    assert scores[:3] == [0.0, 0.5, pytest.approx(2 / 3)]
    assert scores == sorted(set(scores))
    assert max(scores) < 1.0


@given(CATS, CATS)
def test_the_jaccard_distance_is_that_of_sure_scores(ours: dict[str, float], theirs: dict[str, float]) -> None:
    [one, other] = [{label: float(score >= 0.5) for label, score in cats.items()} for cats in (ours, theirs)]
    assert jaccard(ours, theirs) == pytest.approx(jensen_shannon(one, other))
    assert jensen_shannon(ours, theirs) <= jaccard(ours, theirs) + 1e-9


@pytest.mark.parametrize("task", Task)
def test_every_task_has_a_default_and_refuses_the_scorers_of_others(task: Task) -> None:
    fitting = {name for name in BUILT_IN if _fits(task, name)}
    assert scorer_of(task) in [BUILT_IN[name] for name in fitting]
    assert (
        fitting
        == {
            Task.NER: {"span_f1", "partial_f1", "count"},
            Task.SPANCAT: {"span_f1", "partial_f1", "count"},
            Task.TEXTCAT: {"differing_argmax", "count"},
            Task.TEXTCAT_MULTILABEL: {"jensen_shannon", "jaccard", "count"},
        }[task]
    )


def _fits(task: Task, name: str) -> bool:
    try:
        scorer_of(task, name)
    except ConfigError:
        return False
    return True


@pytest.fixture
def register() -> Iterator[None]:
    """Scorers of somebody else's, as a package would register them."""
    own: dict[str, Scorer] = {
        "half": lambda compared: 0.5,
        "most": lambda compared: 1.0,
        "nothing": lambda compared: 0.0,
        "too_much": lambda compared: 1.5,
        "no_number": lambda compared: float("nan"),
        "broken": lambda compared: 1 / 0,
        "left_length": lambda compared: len(compared.readings["left"]) / 10,
    }
    for name, scorer in own.items():
        registry().register(name, func=scorer)
    yield
    for name in own:
        catalogue.REGISTRY.pop(("tiebreak", "scorers", name))


@pytest.mark.usefixtures("register")
def test_a_scorer_of_ones_own_is_found_by_its_name_for_every_task() -> None:
    assert compare(SPANS, Task.NER, scorer_of(Task.NER, "half")).score == 0.5
    assert compare(SPANS, Task.SPANCAT, scorer_of(Task.SPANCAT, "left_length")).score == 0.1
    cats = {"left": Prediction(1, cats={"A": 1.0}), "right": Prediction(1, cats={"A": 0.0})}
    assert compare(cats, Task.TEXTCAT, scorer_of(Task.TEXTCAT, "half")).score == 0.5


@pytest.mark.usefixtures("register")
def test_texts_with_differences_never_score_0_and_agreed_ones_always_do() -> None:
    assert 0.0 < compare(SPANS, Task.NER, scorer_of(Task.NER, "nothing")).score < 1e-6
    same = {"left": SPANS["left"], "right": SPANS["left"]}
    assert compare(same, Task.NER, scorer_of(Task.NER, "half")).score == 0.0


@pytest.mark.usefixtures("register")
@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("too_much", "returned 1.5; a score is from 0 to 1"),
        ("no_number", "returned nan; a score is from 0 to 1"),
        ("broken", "failed: ZeroDivisionError: division by zero"),
    ],
)
def test_a_scorer_that_fails_is_named(name: str, what: str) -> None:
    with pytest.raises(ConfigError, match=f"scorer '{name}': {what}"):
        compare(SPANS, Task.NER, scorer_of(Task.NER, name))


def test_a_scorer_is_given_what_was_said_and_where_it_differs() -> None:
    seen: list[Compared] = []
    compare(SPANS, Task.NER, lambda compared: seen.append(compared) or 1.0)  # type: ignore[func-returns-value]  # always None
    [compared] = seen
    assert compared.readings == {"left": (Span(0, 3, "A"),), "right": ()}
    assert [place.kind for place in compared.differences] == ["missing"]
    assert compared.cats == {"left": {}, "right": {}}


def test_partial_matches_of_all_places_count() -> None:
    said = {
        "left": [Span(0, 3, "A"), Span(10, 13, "A"), Span(20, 23, "A")],
        "right": [Span(1, 4, "A"), Span(11, 14, "A"), Span(20, 23, "A")],
    }
    assert partial_f1(said) == pytest.approx(1 - 4 / 6)


@pytest.mark.parametrize("readings", [{}, {"left": [Span(0, 3, "A")]}])
def test_fewer_than_two_readings_disagree_with_no_one(readings: dict[str, list[Span]]) -> None:
    assert span_f1(readings) == partial_f1(readings) == 0.0
    assert mean_over_pairs(jaccard, {name: {"A": 1.0} for name in readings}) == 0.0


def test_a_score_of_three_is_the_mean_over_their_pairs() -> None:
    cats = {"a": {"A": 1.0}, "b": {"A": 1.0}, "c": {"A": 0.0}}
    assert mean_over_pairs(jaccard, cats) == pytest.approx(2 / 3)


@pytest.mark.usefixtures("register")
def test_the_highest_score_there_is_is_one() -> None:
    assert compare(SPANS, Task.NER, scorer_of(Task.NER, "most")).score == 1.0


def test_scorers_of_packages_are_known_by_name_without_being_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "own_scorers-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: own-scorers\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text("[tiebreak_scorers]\nzeal = no_module:zeal\nardour = no_module:ardour\n")
    assert own_scorers() == []
    monkeypatch.syspath_prepend(str(tmp_path))
    assert own_scorers() == ["ardour", "zeal"]
    with pytest.raises(ConfigError, match="which has span_f1, partial_f1, count, ardour, zeal"):
        scorer_of(Task.NER, "unknown")


def test_a_scorer_whose_module_cannot_be_imported_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def importing() -> Registry:
        raise ModuleNotFoundError("No module named 'missing'")

    monkeypatch.setattr(scorers, "registry", importing)
    with pytest.raises(ConfigError, match="'zeal': cannot be imported: ModuleNotFoundError: No module named 'missing'"):
        scorer_of(Task.NER, "zeal")
