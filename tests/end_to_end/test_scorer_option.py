"""`--scorer` and `scorer =`: the queue's order by a scorer, also by a scorer of another package."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from command_line import Run
from files import write_jsonl
from rulers import save_ruler

SCORERS = """
def shortest_first(compared):
    longest = max(place.end - place.start for place in compared.differences)
    return 1 / (1 + longest)


def broken(compared):
    return len(compared) / 0
"""
TEXTS = ["Uber", "Acme Corporation"]


@pytest.fixture
def package(tmp_path: Path) -> dict[str, str]:
    """The environment in which a package with scorers is installed."""
    folder = tmp_path / "site"
    about = folder / "my_scorers-1.0.dist-info"
    about.mkdir(parents=True)
    (folder / "my_scorers.py").write_text(SCORERS)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: my-scorers\nVersion: 1.0\n")
    points = ["[tiebreak_scorers]", "shortest_first = my_scorers:shortest_first", "broken = my_scorers:broken"]
    (about / "entry_points.txt").write_text("\n".join([*points, "gone = my_scorers:gone", ""]))
    return {**os.environ, "PYTHONPATH": str(folder)}


def load(run: Run, folder: Path, *options: str, **more: object) -> None:
    left = [{"text": text, "spans": [{"start": 0, "end": len(text), "label": "ORG"}]} for text in TEXTS]
    run("load", "own.db", write_jsonl(folder / "left.jsonl", left), "--as", "left", *options, **more)
    right = [{"text": text, "spans": []} for text in TEXTS]
    run("load", "own.db", write_jsonl(folder / "right.jsonl", right), "--as", "right", **more)


def order(run: Run, **more: object) -> list[tuple[str, float]]:
    lines = run("queue", "own.db", "--json", **more).stdout.splitlines()
    return [(each["text"], each["score"]) for each in map(json.loads, lines)]


def test_a_scorer_of_another_package_orders_the_queue(run: Run, tmp_path: Path, package: dict[str, str]) -> None:
    load(run, tmp_path, "--scorer", "shortest_first", env=package)
    assert order(run) == [("Uber", 1 / 5), ("Acme Corporation", 1 / 17)]
    assert "scorer  shortest_first" in run("status", "own.db").stdout
    more = write_jsonl(tmp_path / "more.jsonl", [{"text": "Uber", "spans": []}])
    without = run("load", "own.db", more, "--as", "left", check=False)
    assert without.returncode == 1
    assert "scorer 'shortest_first': not a scorer of the task ner" in without.stderr
    assert "Traceback" not in without.stderr
    assert order(run)[0][0] == "Uber"


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("broken", "failed: ZeroDivisionError"),
        ("gone", "cannot be imported: AttributeError"),
        ("no_such", "not a scorer of the task ner, which has span_f1, partial_f1, count, broken, gone, shortest"),
    ],
)
def test_a_scorer_that_cannot_score_is_named(
    run: Run, tmp_path: Path, package: dict[str, str], name: str, what: str
) -> None:
    load(run, tmp_path)
    again = run("load", "own.db", tmp_path / "left.jsonl", "--as", "left", "--scorer", name, check=False, env=package)
    assert again.returncode == (2 if name in ("gone", "no_such") else 1)  # no store can have these scorers
    assert f"scorer '{name}': {what}" in again.stderr
    assert "Traceback" not in again.stderr
    assert [score for _, score in order(run)] == [1.0, 1.0]


@pytest.mark.full
def test_a_config_names_the_scorer(run: Run, tmp_path: Path) -> None:
    load(run, tmp_path)
    config = tmp_path / "project.cfg"
    config.write_text('[project]\nscorer = "count"\n[predictors]\n[predictors.third]\npipeline = "./rules"\n')
    save_ruler(tmp_path / "rules", ORG="Nothing")
    run("predict", "own.db", "--config", config)
    assert [score for _, score in order(run)] == [0.5, 0.5]
    assert "scorer  count" in run("status", "own.db").stdout
    config.write_text('[project]\nscorer = "jaccard"\n[predictors]\n[predictors.third]\npipeline = "./rules"\n')
    refused = run("predict", "own.db", "--config", config, check=False)
    assert refused.returncode == 1
    assert "[project] scorer 'jaccard': not a scorer of the task ner" in refused.stderr
