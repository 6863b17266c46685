"""Stores to learn from: predictions, a person's answers, and the result of learning from both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hypothesis import strategies as st

from tiebreak.core.learning.learner import Learner
from tiebreak.core.learning.outcomes import marks_at
from tiebreak.core.records import (
    Answer,
    AnswerValue,
    Category,
    Marks,
    Prediction,
    Record,
    SettledDifference,
    Span,
    Spans,
    Task,
)
from tiebreak.core.store.answers import save_answer
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples, label_names
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.core.store.teaching import read_predicted_texts

LABELS = ("LOC", "ORG", "PER")
Says = Mapping[str, Iterable[Span] | Mapping[str, float] | None]


def say(store: Store, predictor: str, said: Says, *, fingerprint: str = "1") -> dict[str, int]:
    """Save a predictor's spans of each text, its scores of categories, or a failure (None); return the ids."""
    ids, _ = add_examples(store, [Record(text) for text in said], "test")
    run_id = start_run(store, predictor=predictor, kind="file", fingerprint=fingerprint, model="test")
    predictions = [
        Prediction(example_id, error="no answer")
        if marks is None
        else Prediction(example_id, cats=dict(marks))
        if isinstance(marks, Mapping)
        else Prediction(example_id, tuple(sorted(marks)))
        for example_id, marks in zip(ids, said.values(), strict=True)
    ]
    save_predictions(store, run_id, predictions)
    return dict(zip(said, ids, strict=True))


def hold(
    store: Store,
    example_id: int,
    truth: Iterable[Span | str],
    *,
    confirmed: bool = True,
    annotator: str = "sam",
    value: AnswerValue = "accept",
    view: str = "review",
) -> int:
    """Answer that `truth` (spans or labels) holds in a text, settled difference by difference or not; return the id."""
    marks: Marks = tuple(sorted([Category(each) if isinstance(each, str) else each for each in truth]))
    [said] = read_predicted_texts(store, [example_id])
    readings = {name: store.rules.marks_of(each) for name, each in said.predictions.items()}
    places = store.rules.differences(readings)
    agreed = store.rules.agreed(readings)
    choices = [
        SettledDifference(place, "edited", held, confirmed)
        for place, held in zip(places, marks_at(places, marks, agreed), strict=True)
    ]
    spans, cats = store.rules.decision(marks, label_names(store))
    return save_answer(store, Answer(example_id, annotator, "s", value, spans, tuple(choices), view=view, cats=cats))


def caught_up(store: Store) -> Learner:
    """Return a learner that has begun from nothing and caught up."""
    learner = Learner(store)
    learner.catch_up()
    return learner


def likely_at(learner: Learner, example_id: int) -> list[dict[Marks, float]]:
    """Return the candidates of each difference of a text with their probabilities, the first reading first."""
    rows, _ = learner.say(learner.texts([example_id]))
    return [dict(place.candidates) for row in rows for place in row.learned.places]


@st.composite
def readings(draw: st.DrawFn, task: Task = Task.NER) -> Mapping[str, Spans]:
    """Draw the readings of one text by two to four predictors."""
    span = st.builds(
        lambda start, length, label: Span(start, start + length, label),
        st.integers(0, 12),
        st.integers(1, 5),
        st.sampled_from(LABELS),
    )
    said: dict[str, Spans] = {}
    for name in "abcd"[: draw(st.integers(2, 4))]:
        spans: list[Span] = []
        for each in draw(st.lists(span, max_size=4, unique=True)):
            if task.allows_overlap or not any(each.overlaps(other) for other in spans):
                spans.append(each)
        said[name] = tuple(sorted(spans))
    return said
