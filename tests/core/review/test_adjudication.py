"""Annotators' answers as readings that differ."""

from __future__ import annotations

from tiebreak.core.records import Answer, AnswerValue, Example, Span, Task
from tiebreak.core.review.adjudication import disputed_item
from tiebreak.core.tasks.compare import scorer_of

A, B = Span(0, 4, "A"), Span(5, 6, "B")
TEXT = Example(1, "text 1", 1)


def said(annotator: str, *spans: Span, answer: AnswerValue = "accept", cats: dict[str, float] | None = None) -> Answer:
    return Answer(1, annotator, "session", answer, spans, cats=cats)


def test_each_annotators_answer_is_a_reading_and_scored_as_predictions_are() -> None:
    item = disputed_item(TEXT, [said("kim", A), said("sam", A, B, answer="reject")], Task.NER, scorer_of(Task.NER))
    assert item.example is TEXT
    assert [(each.predictor, each.marks, each.verdict) for each in item.predictions.values()] == [
        ("kim", (A,), ""),
        ("sam", (A, B), "reject"),
    ]
    assert [each.readings for each in item.differences] == [{"kim": (), "sam": (B,)}]
    assert round(item.score, 3) == 0.333
    assert item.status == "answered"


def test_categories_that_annotators_gave_are_kept_with_their_scores() -> None:
    answers = [said("kim", cats={"A": 1.0, "B": 0.0}), said("sam", cats={"A": 0.0, "B": 1.0}), said("ada")]
    item = disputed_item(TEXT, answers, Task.TEXTCAT, scorer_of(Task.TEXTCAT))
    assert [each.cats for each in item.predictions.values()] == [{"A": 1.0, "B": 0.0}, {"A": 0.0, "B": 1.0}, {}]
    assert [each.label for each in item.differences] == ["A", "B"]
