"""What the benchmarks share: a folder that goes away, sizes, and a store to review."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from benchmarks import texts
from benchmarks.large_store import multiply
from tiebreak.core.loading.sources import load_sources
from tiebreak.core.store.opening import create_store

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Bench:
    """One run of the benchmarks; `folder` is temporary, `quick` asks for smaller sizes."""

    folder: Path
    quick: bool = False

    def size(self, full: int, quick: int) -> int:
        return quick if self.quick else full

    @cached_property
    def large_store(self) -> Path:
        """A store of 1,000,000 examples (quick: 100,000), made from the rows of `review_store`."""
        path = self.folder / "large.db"
        shutil.copyfile(self.review_store, path)
        multiply(path, 10)
        return path

    @cached_property
    def review_store(self) -> Path:
        """A store of 100,000 examples (quick: 10,000) with two file predictors that disagree here and there."""
        path = self.folder / "review.db"
        headlines = texts.unique_texts(self.size(100_000, 10_000))
        left = [texts.guess_spans(text, seed=1) for text in headlines]
        right = [texts.disturb(spans, text) for spans, text in zip(left, headlines, strict=True)]
        with create_store(path) as store:
            for name, predictions in (("left", left), ("right", right)):
                source = self.folder / f"{name}.jsonl"
                texts.write_records(source, headlines, predictions, name)
                load_sources(store, [str(source)])
        return path
