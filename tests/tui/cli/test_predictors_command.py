"""The output of `predictors`, and its messages when a predictor leaves the comparison or comes back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tiebreak.core.records import Span
from tiebreak.core.store.connection import Store
from tiebreak.tui.cli import data, predictors  # noqa: F401  (its command is known to the app)
from tiebreak.tui.cli.application import app

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]


@pytest.fixture
def two(store: Store, predict: Predict) -> Store:
    predict(store, "left", {"Ada met Bob": [Span(0, 3, "A")]})
    predict(store, "right", {"Ada met Bob": []})
    return store


def run(store: Store, *options: str) -> Result:
    return CliRunner().invoke(app, ["predictors", str(store.path), *options])


def test_predictors_are_listed_left_out_and_put_back(two: Store) -> None:
    left, *_ = run(two).stdout.split("right: compared")
    assert left.splitlines()[0] == "left: compared"
    assert left.splitlines()[1].startswith("    run 1, current: test; 1 read; since 20")
    assert left.splitlines()[2] == "        from an unknown source"
    out = run(two, "--leave-out", "right")
    assert (
        "right: left out of the comparison\n1 predictor left to compare: no text is compared, all are open"
        in out.stderr
    )
    assert "right: left out of the comparison\n    run 2" in out.stdout
    assert "as before" in run(two, "--leave-out", "right").stderr
    told = json.loads(run(two, "--json").stdout)
    assert [(each["predictor"], each["compared"]) for each in told["predictors"]] == [("left", True), ("right", False)]
    assert told["predictors"][1]["runs"][0]["ok"] == 1
    assert "models disagree on 1 of 1 compared example" in run(two, "--put-back", "right").stderr


def test_whoever_loads_more_of_it_hears_that_it_is_left_out(two: Store, tmp_path: Path) -> None:
    (tmp_path / "more.jsonl").write_text('{"text": "Ada", "spans": [{"start": 0, "end": 3, "label": "A"}]}\n')
    command = ["load", str(two.path), str(tmp_path / "more.jsonl"), "--as", "right"]
    run(two, "--leave-out", "right")
    assert "--put-back right`" in CliRunner().invoke(app, command).stderr
    run(two, "--put-back", "right")
    assert "left out" not in CliRunner().invoke(app, command).stderr


def test_wrong_names_change_nothing(two: Store, store: Store) -> None:
    both = run(two, "--leave-out", "right", "--put-back", "right")
    assert both.exit_code == 2
    assert "right is named by --put-back, too" in " ".join(both.output.split())
    assert run(two, "--leave-out", "right", "--leave-out", "rihgt").exit_code == 1
    assert "right: compared" in run(two).stdout
