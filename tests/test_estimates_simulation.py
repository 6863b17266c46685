"""Small runs of the simulation of estimates."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """`benchmarks` can be imported, though it is not installed."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1]))


def module(name: str) -> Any:
    return importlib.import_module(f"benchmarks.estimates.{name}")


@pytest.mark.full
def test_a_row_tells_cover_width_and_bias_of_each_cell(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--texts", "wikigold", "--plan", "learned", "--size", "100", "--runs", "2", "--json"]
    assert module("__main__").main(asked) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["share"] for row in rows] == [0.1, 0.25, 0.5]
    cells = {(each["system"], each["measure"]): each for each in rows[-1]["cells"]}
    assert {system for system, _ in cells} == {"spacy", "small", "export"}
    assert {measure for _, measure in cells} == {"F1", "P", "R", "errors"}
    assert all(0 <= each["cover"] <= 1 and each["width"] > 0 for each in cells.values())


@pytest.mark.full
def test_the_table_says_what_is_to_be_reached(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--texts", "wikigold", "--plan", "5% missing", "--size", "40", "--runs", "2"]
    assert module("__main__").main(asked) == 0
    shown = capsys.readouterr().out
    assert "with missing answers" in shown
    assert "auto-accept" in shown


@pytest.mark.full
@pytest.mark.parametrize("name", ["learned", "learned, in turn"])
def test_what_is_sampled_is_of_the_slice_and_no_order_has_reached_it(name: str) -> None:
    plans = module("plans")
    plan = {**plans.PLANS, **plans.DESIGNS}[name]
    corpus = plans.SETS["wikigold"]().corpus
    process = module("process").Process(corpus, plan, 100, 1)
    for state in process.states((0.25, 0.5)):
        sampled = state.drawn & ~state.reached & state.answered
        assert sampled.any()
        assert process.is_listed[sampled].all()
        assert module("judging").judge(corpus, state)


@pytest.mark.full
def test_auto_accept_is_right_as_often_as_it_says() -> None:
    accepted = module("accepting").accepted
    assert accepted(0.01, 1000) >= 0.8
    assert accepted(0.05, 1000) <= 0.06
