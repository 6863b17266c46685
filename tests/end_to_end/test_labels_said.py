"""The commands' reports about labels that a map drops or misspells, and about labels of a single predictor."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import Run
from files import write_jsonl
from rulers import save_ruler

TEXTS = [f"Anna {number} met Acme in Bonn" for number in range(20)]


def records(label: str) -> list[dict[str, Any]]:
    return [{"text": text, "spans": [{"start": 0, "end": 4, "label": label}]} for text in TEXTS]


@pytest.mark.full
def test_the_commands_say_it(run: Run, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "per.jsonl", records("PER"))
    pipeline = save_ruler(tmp_path / "ruler", PERSON="Anna", ORG="Acme", RARE="Nowhere")
    run("load", "store.db", "per.jsonl", "--as", "gold")
    joined = "spacy: --label-map ORG,PERSON:PER,RARE would join PERSON with PER"
    said = run("predict", "store.db", pipeline, "--as", "spacy")
    assert "spacy: no other predictor uses ORG (20), PERSON (20)\n" in said.stderr
    assert joined in said.stderr
    assert joined in run("status", "store.db").stdout
    assert joined in run("load", "store.db", "per.jsonl", "--as", "gold").stdout
    [gold, ruler] = json.loads(run("status", "store.db", "--json").stdout)["labels"]
    assert (gold["own"], ruler["joins"], ruler["unknown"]) == ({"PER": 20}, {"PERSON": "PER"}, {})
    said = run("predict", "store.db", pipeline, "--as", "spacy", "--label-map", "PERSONS:PER,ORG,RARE")
    assert "spacy: the label map names PERSONS (did you mean PERSON?), never used by the predictor" in said.stderr
    assert "spacy: the label map leaves out PERSON (20)" in said.stderr
    said = run("load", "new.db", "per.jsonl", "--as", "gold", "--label-map", "PERSON")
    assert "gold: the label map leaves out PER (20)" in said.stdout
    assert "gold: --label-map PER:PERSON" in said.stdout
    [told] = json.loads(run("load", "new.db", "per.jsonl", "--as", "x", "--label-map", "PERSON", "--json").stdout)[
        "labels"
    ]
    assert (told["left_out"], told["label_map"]) == ({"PER": 20}, "PER:PERSON")
    said = run("diff", "per.jsonl", "per.jsonl", "--label-map", "PERSON")
    assert "A: the label map leaves out PER (20)" in said.stderr
