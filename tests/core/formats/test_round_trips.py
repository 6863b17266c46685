"""Real gold through every format and back: every span and category comes back, or the export reports the loss.

TIEBREAK_SHARED_DATA=FOLDER takes whole files instead of the excerpts.
"""

from __future__ import annotations

import importlib
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tiebreak.core.records import TaskKind

EXCERPTS = Path(__file__).parents[2] / "data"
FILES = sorted(Path(os.environ.get("TIEBREAK_SHARED_DATA") or EXCERPTS).glob("*.jsonl"))


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module that makes the table of all files."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[3]))
    return importlib.import_module("benchmarks.round_trips")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_gold_comes_back_exactly_or_it_is_reported(path: Path, trips: Any, tmp_path: Path) -> None:
    results = list(trips.round_trips(path, tmp_path))
    assert results
    for each in results:
        assert bool(each.refused) == (each.format == "conll" and each.task.kind is TaskKind.CATEGORIES)
        if each.refused:
            continue
        assert each.given > 0
        assert each.kept >= each.given - each.noted, (each, each.lost[:3])
        assert 0 <= each.back - each.kept <= each.noted * (each.format == "spacy"), each
        if each.format not in ("conll", "spacy"):  # these two cannot hold white space at the ends of spans
            assert (each.kept, each.texts_kept) == (each.given, each.texts - each.noted), (each, each.lost[:3])


@pytest.mark.full
def test_each_task_and_format_is_there(trips: Any, tmp_path: Path) -> None:
    found: Counter[str] = Counter()
    for name in ("github_docs", "nlupp_hotels", "ar_wojood"):
        for each in trips.round_trips(EXCERPTS / f"{name}.jsonl", tmp_path):
            found.update([each.task.value, each.format])
    assert found.keys() == {*trips.FORMATS, "ner", "spancat", "textcat", "textcat_multilabel"}


def test_what_is_lost_is_seen_and_reported(trips: Any, tmp_path: Path) -> None:
    path = tmp_path / "lossy.jsonl"
    spans = [{"start": start, "end": end, "label": "A"} for start, end in ((0, 8), (4, 8), (8, 9))]
    path.write_text(json.dumps({"text": "New York Times", "spans": spans}) + "\n")
    by_format = {each.format: each for each in trips.round_trips(path, tmp_path)}
    assert {format: each.given - each.kept for format, each in by_format.items() if each.kept < each.given} == {
        "conll": 2,
        "spacy": 1,
    }
    assert (by_format["conll"].noted, by_format["spacy"].noted) == (2, 1)
    assert "| lossy.jsonl | spancat | 3/3 | 2/3 (1 spans of white space alone) | 1/3 (" in trips.table(
        list(by_format.values())
    )
