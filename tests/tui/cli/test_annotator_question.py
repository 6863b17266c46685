"""A name that differs from a known name only by case: the command line asks which person it is."""

from __future__ import annotations

from typing import Any

import pytest
import typer

from tiebreak.core.errors import ConfigError
from tiebreak.core.store import sharing
from tiebreak.core.store.annotators import mark_introduced
from tiebreak.core.store.connection import Store
from tiebreak.tui.cli import streams
from tiebreak.tui.cli.annotators import chosen_annotator, known_annotator
from tiebreak.tui.cli.team import asked_shares, share_out


@pytest.fixture
def asked(store: Store, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A terminal that answers `says`, in front of a store that knows sam; `questions` has the questions asked."""
    told: dict[str, Any] = {"says": True, "questions": []}

    def confirm(question: str, **_: object) -> bool:
        told["questions"].append(question)
        return bool(told["says"])

    mark_introduced(store, "sam")
    monkeypatch.setattr(streams, "has_terminal", lambda: told.get("terminal", True))
    monkeypatch.setattr(typer, "confirm", confirm)
    return told


def test_a_twin_by_case_is_asked_and_either_answer_holds(store: Store, asked: dict[str, Any]) -> None:
    assert chosen_annotator(store, " sam") == "sam"
    assert chosen_annotator(store, "Sam") == "sam"
    asked["says"] = False
    assert chosen_annotator(store, "Sam ") == "Sam"
    assert asked["questions"] == ["The store knows 'sam'. Are you sam?"] * 2
    mark_introduced(store, "Sam")
    assert [chosen_annotator(store, name) for name in ("sam", "Sam")] == ["sam", "Sam"]
    assert len(asked["questions"]) == 2


def test_without_a_terminal_and_in_shell_it_is_an_error_with_the_way_out(store: Store, asked: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="--new-annotator"):
        chosen_annotator(store, "Sam", ask=False)
    asked["terminal"] = False
    with pytest.raises(ConfigError, match="--new-annotator"):
        chosen_annotator(store, "Sam")
    with pytest.raises(ConfigError, match="'sam'"):
        known_annotator(store, "Sam")
    assert chosen_annotator(store, "Sam", new=True) == "Sam"
    assert known_annotator(store, "nobody") == "nobody"


def test_what_is_shared_out_goes_to_who_is_meant_or_to_nobody(store: Store, asked: dict[str, Any]) -> None:
    share_out(store, asked_shares(None, ["Sam:0-2", " sam:4-6"], ["SAM:label:A"]))
    assert list(sharing.assignments(store)) == ["sam"]
    assert len(sharing.assignments(store)["sam"]) == 2
    assert list(sharing.filters(store)) == ["sam"]
    asked["terminal"] = False
    with pytest.raises(ConfigError, match="--new-annotator"):
        share_out(store, asked_shares(0.5, ["kim:0-2", "Sam:0-2"], []))
    assert (list(sharing.assignments(store)), sharing.overlap(store)) == (["sam"], 0.0)
