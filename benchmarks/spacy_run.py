"""A spaCy pipeline's predictions, saved, against the pipeline alone.

Both run `en_core_web_sm`, loaded before, over the same headlines. The engine runs in processes of its own, into a new
store; `for doc in nlp.pipe(texts): doc.ents` runs in this process. They take turns; the best of three counts.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from benchmarks import texts
from benchmarks.bench import Bench
from benchmarks.rows import Reach, Row
from benchmarks.timed_run import timed_run
from tiebreak.core.label_map import LabelMap
from tiebreak.core.loading.demo import SPACY_LABELS
from tiebreak.core.predictors.spacy_pipeline import load_pipeline
from tiebreak.core.project.config import PredictorConfig

if TYPE_CHECKING:
    from spacy.language import Language


def rows(bench: Bench) -> Iterator[Row]:
    headlines = texts.unique_texts(bench.size(4000, 1000))
    predictor = PredictorConfig("spacy", "en_core_web_sm", LabelMap.parse(SPACY_LABELS))
    nlp = load_pipeline(predictor.pipeline)
    _bare(nlp, headlines[:500])
    ours, theirs = [], []
    for _ in range(3):
        theirs.append(_bare(nlp, headlines))
        ours.append(timed_run(bench.folder, headlines, predictor).seconds)
    measured, against = len(headlines) / min(ours), len(headlines) / min(theirs)
    what = f"spaCy predictions, {len(headlines):,} texts, saved"
    yield Row(what, measured, "texts/s", against, "bare nlp.pipe", measured / against, Reach("at least", 0.9))


def _bare(nlp: Language, headlines: Sequence[str]) -> float:
    started = time.perf_counter()
    for doc in nlp.pipe(headlines):
        _ = doc.ents
    return time.perf_counter() - started
