"""From a file of texts to reviewed data without any model, in one command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import TIEBREAK, Run, review
from end_to_end.terminal import Terminal

TEXTS = [f"Acme {number} hires Ada" for number in range(5)]


def exported(run: Run, folder: Path) -> list[dict[str, Any]]:
    run("export", "new.db", "out.jsonl", "--force")
    return [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]


def spans_of(record: dict[str, Any]) -> list[tuple[str, str, str]]:
    text = record["text"]
    return [(text[span["start"] : span["end"]], span["label"], span["source"]) for span in record["spans"]]


@pytest.mark.full
def test_a_file_of_texts_is_marked_and_exported_and_the_next_start_goes_on(run: Run, tmp_path: Path) -> None:
    (tmp_path / "texts.txt").write_text("\n".join(TEXTS) + "\n")
    command = review(Path("new.db"), "--source", "texts.txt", "--label", "ORG,PERSON")
    with Terminal(command, folder=tmp_path) as terminal:
        terminal.wait_for("Any key begins")
        assert "5 new examples" in terminal.text
        assert "you mark it" in terminal.text
        terminal.send("a")  # this ends the introduction, and answers nothing
        terminal.wait_for("5 left")
        terminal.answer("1$2a")  # the first and the last word
        terminal.wait_for("1 done")
        terminal.answer("1q")
        assert terminal.wait() == 0
        assert "1 answer saved in new.db" in terminal.text
    [record] = exported(run, tmp_path)
    assert record["text"] in TEXTS
    assert spans_of(record) == [("Acme", "ORG", "human"), ("Ada", "PERSON", "human")]
    assert record["_annotator_id"] == "sam"
    with Terminal(review(Path("new.db")), folder=tmp_path) as terminal:
        terminal.wait_for("4 left")
        terminal.answer("a")  # the mark from before the exit is there
        terminal.wait_for("1 done")
        terminal.answer("u")
        terminal.wait_for("taken back")
        terminal.answer("a")
        terminal.wait_for("3 left")
        terminal.send("q")
        assert terminal.wait() == 0
    first, second = exported(run, tmp_path)
    assert first == record
    assert spans_of(second) == [("Acme", "ORG", "human")]


WRONG = {
    "an empty label": (["--source", "texts.txt", "--label", ""], "--label : a label is empty"),
    "a label left out": (["--source", "texts.txt", "--label", "ORG,,X"], "--label ORG,,X: a label is empty"),
    "no such file": (["--source", "none.txt", "--label", "ORG"], "none.txt"),
    "a folder of nothing": (["--source", "empty", "--label", "ORG"], "empty"),
    "no texts": (
        ["--label", "ORG"],
        "new.db: no such store; create it from texts with --source FILE",
    ),
}


@pytest.mark.full
@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_one_message_and_leaves_no_store(tmp_path: Path, name: str) -> None:
    options, said = WRONG[name]
    (tmp_path / "texts.txt").write_text("Acme hires Ada\n")
    (tmp_path / "empty").mkdir()
    with Terminal([TIEBREAK, "review", "new.db", "--annotator", "sam", *options], folder=tmp_path) as terminal:
        assert terminal.wait() == (2 if "label" in name else 1)
    assert f"tiebreak: {said}" in terminal.text
    assert "Traceback" not in terminal.text
    assert not list(tmp_path.glob("new.db*"))


@pytest.mark.full
def test_a_store_of_another_task_is_left_as_it_was(run: Run, tmp_path: Path) -> None:
    (tmp_path / "texts.txt").write_text("Acme hires Ada\n")
    run("load", "new.db", "-", "--format", "txt", "--task", "textcat", stdin="It is cold\n")
    before = (tmp_path / "new.db").read_bytes()
    command = review(Path("new.db"), "--source", "texts.txt", "--task", "ner", "--label", "ORG")
    with Terminal(command, folder=tmp_path) as terminal:
        assert terminal.wait() == 1
    assert "the store's task is textcat, not ner; make another store for it" in " ".join(terminal.text.split())
    assert (tmp_path / "new.db").read_bytes() == before


@pytest.mark.full
def test_without_a_terminal_nothing_is_loaded(run: Run, tmp_path: Path) -> None:
    (tmp_path / "texts.txt").write_text("Acme hires Ada\n")
    result = run("review", "new.db", "--source", "texts.txt", "--label", "ORG", check=False)
    assert (result.returncode, "review needs a terminal" in result.stderr) == (1, True)
    assert not list(tmp_path.glob("new.db*"))
