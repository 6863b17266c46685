"""The effect of `--by` on a sitting, the options that it excludes, and the messages about drafts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from screen_examples import HEADLINE, LLM, SPACY, fill
from typer.testing import CliRunner

from tiebreak.core.errors import ConfigError
from tiebreak.core.records import Task
from tiebreak.core.review.by_place import PlaceSession
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.store.connection import Store
from tiebreak.tui.cli import review
from tiebreak.tui.cli.application import app
from tiebreak.tui.cli.running import add_commands

add_commands()


@pytest.mark.parametrize(
    ("options", "kind"), [((), ReviewSession), (("--by", "text"), ReviewSession), (("--by", "place"), PlaceSession)]
)
def test_a_sitting_gives_out_what_it_was_asked_to(
    store: Store, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], kind: type[ReviewSession]
) -> None:
    opened: list[type[ReviewSession]] = []

    def open_review(session: Any, **_: object) -> None:
        opened.append(type(session))

    monkeypatch.setattr(review, "open_review", open_review)
    CliRunner().invoke(app, ["review", str(store.path), "--annotator", "sam", *options])
    assert opened == [kind]


def test_another_way_is_refused(store: Store) -> None:
    result = CliRunner().invoke(app, ["review", str(store.path), "--annotator", "sam", "--by", "word"])
    assert result.exit_code == 2
    assert "'text', 'place'" in result.output


@pytest.mark.parametrize(("task", "options"), [(Task.NER, ("--adjudicate",)), (Task.TEXTCAT, ())])
def test_what_goes_by_whole_texts_is_refused(new_store: Any, task: Task, options: tuple[str, ...]) -> None:
    path = str(new_store(task).path)
    result = CliRunner().invoke(app, ["review", path, "--annotator", "sam", "--by", "place", *options])
    assert isinstance(result.exception, ConfigError)
    assert "place" in str(result.exception)


def test_drafts_are_told_and_left_out(store: Store) -> None:
    fill(store, [(HEADLINE, {"spacy": SPACY, "llm": LLM})])
    session = PlaceSession(store, "sam")
    first = session.next()
    assert first is not None
    first.confirm()
    session.settle(first, seconds=1.0, keys=1)
    status = CliRunner().invoke(app, ["status", str(store.path)])
    assert "drafts  1 (begun place by place, in no export yet)" in status.output
    assert json.loads(CliRunner().invoke(app, ["status", str(store.path), "--json"]).output)["drafts"] == 1
    export = CliRunner().invoke(app, ["export", str(store.path), "-"])
    assert export.exit_code == 0
    assert "left out: 1 unanswered, 1 draft" in export.stderr
    assert export.stdout == ""
