"""The scores that spaCy's `spancat` gives its spans."""

from __future__ import annotations

import spacy
from spacy.training import Example

from tiebreak.core.predictors.docs import doc_scores, doc_spans
from tiebreak.core.records import Span, Task

TEXT = "Acme of Rome fell"


def test_each_span_of_a_spancat_has_its_score() -> None:
    nlp = spacy.blank("en")
    pipe = nlp.add_pipe("spancat", config={"spans_key": "mine", "threshold": 0.0})
    gold = {"spans": {"mine": [(0, 4, "ORG"), (8, 12, "LOC")]}}
    nlp.initialize(lambda: [Example.from_dict(nlp.make_doc(TEXT), gold)])
    doc = nlp(TEXT)
    spans = doc_spans(doc, Task.SPANCAT, "mine")
    scores = doc_scores(doc, "mine", spans)
    assert pipe.labels  # type: ignore[attr-defined]
    assert scores is not None
    assert len(spans) == len(scores) > 4
    group = doc.spans["mine"]
    given = dict(zip([(s.start_char, s.end_char, s.label_) for s in group], group.attrs["scores"], strict=True))
    assert list(scores) == [float(given[span]) for span in spans]
    assert len(set(scores)) > 1
    assert doc_scores(doc, None, spans) == scores
    assert doc_scores(doc, "mine", (Span(0, 1, "ELSE"), spans[0])) == (None, scores[0])


def test_without_scores_there_are_none() -> None:
    nlp = spacy.blank("en")
    doc = nlp(TEXT)
    assert doc_scores(doc, None, ()) is None
    doc.spans["sc"] = [doc[0:1]]
    assert doc_scores(doc, None, doc_spans(doc, Task.SPANCAT, None)) is None
