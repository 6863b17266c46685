"""The workspace of a benchmark: a temporary folder, sizes, and stores to review."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import texts
from benchmarks.large_store import multiply
from tiebreak.core.loading.sources import load_sources
from tiebreak.core.store.opening import create_store
from tiebreak.core.store.slices import set_slice_share

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Bench:
    """The workspace of one benchmark; `folder` is temporary, `quick` asks for smaller sizes.

    No other benchmark uses its stores, so no row depends on earlier rows. In a new store no annotator has answered, has
    a place to resume, or holds a claim. `originals` is the folder of the stores to copy.
    """

    folder: Path
    originals: Path
    quick: bool = False

    def size(self, full: int, quick: int) -> int:
        return quick if self.quick else full

    @cached_property
    def large_store(self) -> Path:
        """A store of 1,000,000 examples (quick: 100,000), made from the rows of a `review_store`."""
        path = shutil.copyfile(self._original(), self.folder / "large.db")
        multiply(path, 10)
        return path

    @cached_property
    def review_store(self) -> Path:
        """A store of 100,000 examples (quick: 10,000) with two file predictors that disagree here and there."""
        return shutil.copyfile(self._original(), self.folder / "review.db")

    @cached_property
    def small_store(self) -> Path:
        """A store like `review_store`, but always of 10,000 examples."""
        return self._make(self.folder / "small.db", 10_000)

    def _original(self) -> Path:
        """Return the store that benchmarks copy, made when the first of them asks; no program ever opens it."""
        path = self.originals / "review.db"
        if not path.exists():
            with TemporaryDirectory(dir=self.originals) as folder:
                self._make(Path(folder) / path.name, self.size(100_000, 10_000)).rename(path)
        return path

    def _make(self, path: Path, count: int) -> Path:
        headlines = texts.unique_texts(count)
        left = [texts.guess_spans(text, seed=1) for text in headlines]
        right = [texts.disturb(spans, text) for spans, text in zip(left, headlines, strict=True)]
        with create_store(path) as store:
            set_slice_share(store, 0)  # a single key does not answer a text of the slice
            for name, predictions in (("left", left), ("right", right)):
                source = path.with_name(f"{name}.jsonl")
                texts.write_records(source, headlines, predictions, name)
                load_sources(store, [str(source)])
        return path


@contextmanager
def own_bench(originals: Path, *, quick: bool) -> Iterator[Bench]:
    """Yield the workspace of one benchmark; its folder lies in `originals` and is removed at the end."""
    with TemporaryDirectory(dir=originals, ignore_cleanup_errors=True) as folder:
        yield Bench(Path(folder), originals, quick)
