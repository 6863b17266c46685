"""Differences and `span_f1` of a pair of predictions, against spaCy's entity scoring of the same pair.

The pairs are the demo's: spaCy's predictions of the headlines under the demo's label map, and the LLM's recorded
predictions. The baseline is `Scorer.score_spans([Example(...)], "ents")`, with each pair scored once, as in use. The
Docs are made before; making the Example and its alignment is timed.

The notes time `score_spans` and `get_ner_prf` on Examples that were scored before, so their alignment is cached. They
also time `Scorer().score([example])`, which scores tokens and categories too. All run in this process, in turn; the
best of many rounds over all pairs counts.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, TypeVar

from benchmarks.bench import Bench
from benchmarks.rows import Reach, Row
from tiebreak.core.compare.scorers import span_f1
from tiebreak.core.compare.spans import find_differences
from tiebreak.core.label_map import LabelMap
from tiebreak.core.loading.demo import SPACY_LABELS
from tiebreak.core.predictors.docs import doc_spans
from tiebreak.core.predictors.spacy_pipeline import load_pipeline
from tiebreak.core.records import Span, Spans, Task

if TYPE_CHECKING:
    from spacy.tokens import Doc
    from spacy.training import Example

T = TypeVar("T")


def rows(bench: Bench) -> Iterator[Row]:
    from spacy.scorer import Scorer, get_ner_prf

    pairs, examples = _pairs()
    scorer = Scorer()
    works: dict[str, Callable[[Example], object]] = {
        "spaCy score_spans": _score_once,
        "spaCy score_spans, alignment cached": lambda example: Scorer.score_spans([example], "ents"),
        "spaCy get_ner_prf, alignment cached": lambda example: get_ner_prf([example]),
        "spaCy Scorer().score": lambda example: scorer.score([example]),
    }
    ours: list[float] = []
    theirs: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(bench.size(20, 5)):
        ours.append(_per_pair(_compare, pairs))
        for name, work in works.items():
            theirs[name].append(_per_pair(work, examples))
    best = min(ours)
    reach: Reach | None = Reach("at least", 20.0)
    for name, times in theirs.items():
        what = f"differences and span_f1 a pair, {len(pairs)} pairs"
        yield Row(what, best, "µs", min(times), name, min(times) / best, reach)
        reach = None  # the others are notes


def _score_once(example: Example) -> None:
    """Score a pair as if for the first time, so that its alignment is computed too."""
    from spacy.scorer import Scorer
    from spacy.training import Example

    Scorer.score_spans([Example(example.x, example.y)], "ents")


def _compare(readings: dict[str, Spans]) -> None:
    find_differences(readings)
    span_f1(readings)


def _per_pair(work: Callable[[T], object], items: Sequence[T]) -> float:
    """Return the microseconds that `work` takes for an item."""
    started = time.perf_counter()
    for item in items:
        work(item)
    return 1e6 * (time.perf_counter() - started) / len(items)


def _pairs() -> tuple[list[dict[str, Spans]], list[Example]]:
    """Return the same pairs as readings and as spaCy's Examples."""
    from spacy.training import Example

    nlp = load_pipeline("en_core_web_sm")
    label_map = LabelMap.parse(SPACY_LABELS)
    lines = (files("tiebreak.configs") / "demo" / "news_headlines.llm.jsonl").read_text("utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    pairs, examples = [], []
    for record, doc in zip(records, nlp.pipe(record["text"] for record in records), strict=True):
        left = label_map.apply(doc_spans(doc, Task.NER, None))
        right = tuple(sorted(Span(span["start"], span["end"], span["label"]) for span in record["spans"]))
        pairs.append({"spacy": left, "llm": right})
        text = record["text"]
        examples.append(Example(_with_ents(nlp.make_doc(text), right), _with_ents(nlp.make_doc(text), left)))
    return pairs, examples


def _with_ents(doc: Doc, spans: Spans) -> Doc:
    from spacy.util import filter_spans

    found = [doc.char_span(span.start, span.end, label=span.label, alignment_mode="expand") for span in spans]
    doc.set_ents(filter_spans([span for span in found if span is not None]), default="outside")
    return doc
