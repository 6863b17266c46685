"""Reading a Doc: spans under the store's labels with their best scores, categories within 0 and 1."""

from __future__ import annotations

import numpy
import pytest
import spacy
from spacy.tokens import Doc
from spacy.tokens import Span as DocSpan

from tiebreak.core.label_map import LabelMap
from tiebreak.core.predictors.docs import doc_prediction
from tiebreak.core.project.config import PredictorConfig
from tiebreak.core.records import Span, Task

NLP = spacy.blank("en")


def doc_with(*spans: tuple[int, int, str], key: str = "sc", scores: list[float] | None = None) -> Doc:
    doc = NLP("Ada met Bob")
    doc.spans[key] = [DocSpan(doc, *span) for span in spans]
    if scores is not None:
        doc.spans[key].attrs["scores"] = numpy.asarray(scores)
    return doc


def config(label_map: str | None = None, spans_key: str | None = None) -> PredictorConfig:
    return PredictorConfig("spacy", "en", LabelMap.parse(label_map), spans_key=spans_key)


def test_of_two_spans_that_become_one_the_better_score_stays() -> None:
    doc = doc_with((0, 1, "PER"), (0, 1, "PERSON"), (2, 3, "ORG"), scores=[0.25, 0.75, 0.5])
    found = doc_prediction(1, doc, config("PER:P,PERSON:P"), Task.SPANCAT)
    assert (found.spans, found.scores) == ((Span(0, 3, "P"),), (0.75,))
    assert sorted(found.labels or ()) == ["ORG", "PER", "PERSON"]
    assert doc_prediction(1, doc_with((0, 1, "PER")), config("PER:P"), Task.SPANCAT).scores is None


def test_spans_under_another_key_than_the_one_asked_for_are_not_read() -> None:
    doc = doc_with((0, 1, "PER"), key="other")
    assert doc_prediction(1, doc, config(spans_key="mine"), Task.SPANCAT).spans == ()
    assert doc_prediction(1, doc, config(spans_key="other"), Task.SPANCAT).spans == (Span(0, 3, "PER"),)
    assert doc_prediction(1, doc, config(), Task.SPANCAT).spans == (Span(0, 3, "PER"),)


@pytest.mark.parametrize("score", [-0.1, 1.1, float("nan")])
def test_scores_that_are_none_make_a_failed_prediction(score: float) -> None:
    doc = NLP("Ada")
    doc.cats = {"A": 0.5, "B": score}
    found = doc_prediction(1, doc, config(), Task.TEXTCAT_MULTILABEL)
    assert found.error == f"the score of 'B' is {score:g}, not between 0 and 1"
    doc.cats = {"A": 1.0 + 1e-7, "B": -1e-7, "": 0.5}
    assert doc_prediction(1, doc, config(), Task.TEXTCAT_MULTILABEL).cats == {"A": 1.0, "B": 0.0}
