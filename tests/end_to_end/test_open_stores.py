"""Stores with one model's predictions or none, or with a second model that has read half, on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import Run, introduce, review
from end_to_end.terminal import Terminal
from files import write_jsonl

pytestmark = pytest.mark.full

TEXTS = [f"Uber opens office {number} in Paris" for number in range(40)]
ORG = {"start": 0, "end": 4, "label": "ORG"}


@pytest.fixture
def none(tmp_path: Path, run: Run) -> Path:
    """Texts without predictions."""
    run("load", "store.db", write_jsonl(tmp_path / "texts.jsonl", [{"text": text} for text in TEXTS]))
    return tmp_path / "store.db"


@pytest.fixture
def one(none: Path, run: Run) -> Path:
    """The same texts, read by one model."""
    said = [{"text": text, "spans": [ORG]} for text in TEXTS]
    run("load", none, write_jsonl(none.parent / "spacy.jsonl", said), "--as", "spacy")
    return none


@pytest.fixture
def half(one: Path, run: Run) -> Path:
    """The same texts; a second model has read the first half, and finds nothing in the first ten."""
    said = [{"text": text, "spans": [ORG] if at >= 10 else []} for at, text in enumerate(TEXTS[:20])]
    run("load", one, write_jsonl(one.parent / "llm.jsonl", said), "--as", "llm")
    return one


def test_status_counts_what_is_open(run: Run, none: Path) -> None:
    assert "open  40 (40 read by none)\n" in run("status", none).stdout
    told = json.loads(run("status", none, "--json").stdout)
    assert (told["open"], told["read_by_one"]) == (40, 0)


def test_status_says_by_how_many_open_texts_were_read(run: Run, half: Path) -> None:
    assert "open  20 (20 read by one model)\n" in run("status", half).stdout
    told = json.loads(run("status", half, "--json").stdout)
    assert [told[name] for name in ("agreed", "disagreeing", "open", "read_by_one")] == [10, 10, 20, 20]


def test_queue_prints_what_the_only_model_says(run: Run, one: Path) -> None:
    printed = run("queue", one, "--limit", 1).stdout.splitlines()
    assert printed[0].startswith("open  Uber opens office")
    assert printed[1:] == ["      spacy: ORG Uber"]
    told = json.loads(run("queue", one, "--limit", 1, "--json").stdout)
    assert (told["status"], told["readings"], told["differences"]) == ("open", {"spacy": [ORG]}, [])
    assert len(run("queue", one, "--filter", "says:spacy=ORG").stdout.splitlines()) == 80
    assert run("queue", one, "--filter", "says:spacy=").stdout == ""


def test_queue_of_compared_texts_leaves_open_ones_to_a_filter(run: Run, half: Path) -> None:
    assert len(run("queue", half, "--json").stdout.splitlines()) == 10
    assert len(run("queue", half, "--filter", "status:open", "--json").stdout.splitlines()) == 20
    assert "readings" not in json.loads(run("queue", half, "--limit", 1, "--json").stdout)


@pytest.mark.parametrize("options", [[], ["--max-error", "5%"]], ids=len)
def test_nothing_is_accepted_unseen_where_no_two_models_say_the_same(one: Path, options: list[str]) -> None:
    introduce(one, "sam")
    with Terminal(review(one, "--auto-accept", *options)) as terminal:
        terminal.wait_for("question 1 of 1")
        terminal.send("q")
        assert terminal.wait() == 0
        shown = " ".join(terminal.text.split())
    assert "nothing accepted: no two models have read the same text yet, so there is no agreement" in shown
