"""--offsets of load, diff and export, as a person types it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import Run
from files import write_jsonl

from tiebreak.core.store.answers import accept_agreed
from tiebreak.core.store.opening import open_store

TEXT = "😀 Berlin is a city"
EMOJI = "😀😀😀😀 x"


@pytest.fixture
def doccano(tmp_path: Path) -> Path:
    records = [{"text": TEXT, "label": [[3, 9, "LOC"]]}, {"text": EMOJI, "label": [[2, 4, "E"]]}]
    return write_jsonl(tmp_path / "doccano.jsonl", records)


@pytest.mark.full
def test_load_tells_what_it_took_and_how_to_say_otherwise(run: Run, doccano: Path) -> None:
    said = run("load", "s.db", doccano, "--format", "doccano", "--as", "gold").stdout
    assert "2 × spans counted in UTF-16 units: converted to code points" in said
    assert "read as UTF-16 units, as in most of the file; if that is wrong, use --offsets code-points" in said
    again = run("load", "s.db", doccano, "--format", "doccano", "--as", "gold", "--offsets", "code-points").stdout
    assert "UTF-16" not in again
    assert "2 new or changed predictions" in again


def test_a_pipe_is_read_by_what_came_so_far(run: Run, doccano: Path) -> None:
    told = json.loads(run("load", "s.db", "-", "--format", "doccano", "--json", stdin=doccano.read_text()).stdout)
    assert told["notes"]["spans counted in UTF-16 units: converted to code points"] == 2


@pytest.mark.full
def test_diff_takes_the_unit_of_both_or_of_each(run: Run, tmp_path: Path, doccano: Path) -> None:
    spans = [[{"start": 2, "end": 8, "label": "LOC"}], [{"start": 1, "end": 2, "label": "E"}]]
    texts = [TEXT, EMOJI]
    gold = write_jsonl(tmp_path / "gold.jsonl", [{"text": t, "spans": s} for t, s in zip(texts, spans, strict=True)])
    files = ("diff", doccano, gold, "--format-a", "doccano", "--exit-code")
    assert run(*files).returncode == 0
    assert "2 × spans counted in UTF-16 units" in run(*files).stderr
    assert run(*files, "--offsets", "code-points", check=False).returncode == 1
    assert run(*files, "--offsets-a", "code-points", check=False).returncode == 1
    assert run(*files, "--offsets", "code-points", "--offsets-a", "utf-16").returncode == 0
    assert run(*files, "--offsets-a", "utf-16", "--offsets-b", "code-points").returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("load", "s.db", "x.jsonl", "--offsets", "bytes"),
        ("diff", "a.jsonl", "b.jsonl", "--offsets-b", "utf16"),
        ("export", "s.db", "out.jsonl", "--offsets", "graphemes"),
    ],
)
def test_another_unit_is_wrong_usage(run: Run, arguments: tuple[str, ...]) -> None:
    result = run(*arguments, check=False)
    assert result.returncode == 2
    assert "code-points" in result.stderr


def starts(lines: str, field: str) -> dict[str, Any]:
    """Return the start of the only span of each text."""
    spans = {each["text"]: each[field][0] for each in map(json.loads, lines.splitlines())}
    return {text: span["start"] if isinstance(span, dict) else span[0] for text, span in spans.items()}


def test_export_writes_what_doccano_shows_rightly(run: Run, tmp_path: Path, doccano: Path) -> None:
    for name in ("a", "b"):
        run("load", "s.db", doccano, "--format", "doccano", "--as", name)
    with open_store(tmp_path / "s.db") as store:
        accept_agreed(store, "x")
    told = run("export", "s.db", "out.jsonl", "--format", "doccano").stderr
    assert "2 × spans written in UTF-16 units, as doccano's default project counts;" in told
    assert "for code points use --offsets code-points" in told
    assert starts((tmp_path / "out.jsonl").read_text(), "label") == {TEXT: 3, EMOJI: 2}
    assert starts(run("export", "s.db", "-", "--offsets", "utf-16").stdout, "spans") == {TEXT: 3, EMOJI: 2}
    in_points = run("export", "s.db", "-", "--format", "doccano", "--offsets", "code-points").stdout
    assert starts(in_points, "label") == {TEXT: 2, EMOJI: 1}
    refused = run("export", "s.db", "o.spacy", "--offsets", "utf-16", check=False)
    assert refused.returncode == 2
    assert "only the formats jsonl, doccano, labelstudio, argilla" in refused.stderr
    assert run("export", "s.db", "-", "--format", "conll", "--offsets", "utf-16", check=False).returncode == 2
