"""The messages of `load` about wrong usage (status 2) and missing files (status 1), and its options for texts."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tiebreak.core.errors import SourceError, TiebreakError
from tiebreak.core.store.opening import open_store
from tiebreak.tui.cli import data, diff, review  # noqa: F401  the commands
from tiebreak.tui.cli.application import app
from tiebreak.tui.cli.running import status_of
from tiebreak.tui.ways_out import told


def typed(*arguments: object) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)))


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--columns", "0", "write TOKEN,TAG"),
        ("--format", "xml", "no such format; choose one of jsonl, json, txt, csv, tsv"),
        ("--as", " ", "the name is empty"),
        ("--label-map", ":", "neither LABEL nor LABEL:NAME"),
        ("--scorer", "best", "not a scorer of the task ner"),
        ("--shared", "no-such-group", "there is no such group"),
        ("--class-names", "O,,B-PER", "a name is empty or repeated"),
        ("--class-names", "O,O", "a name is empty or repeated"),
        ("--task", "tags", "is not one of"),
        ("--offsets", "bytes", "is not one of"),
        ("--no-such-option", "1", "No such option"),
    ],
)
def test_a_value_that_an_option_cannot_have_is_wrong_usage(tmp_path: Path, option: str, value: str, said: str) -> None:
    (tmp_path / "a.txt").write_text("Anna\n")
    result = typed("load", tmp_path / "new.db", tmp_path / "a.txt", option, value)
    error = result.exception
    assert (status_of(error) if isinstance(error, TiebreakError) else result.exit_code) == 2
    message = told(error) if isinstance(error, TiebreakError) else " ".join(result.output.split())
    assert option in message
    assert said in message
    assert not list(tmp_path.glob("new.db*"))


@pytest.mark.parametrize("name", ["missing", "missing.xml", "missing.json", "missing.arrow", "a.txt/missing.tsv"])
@pytest.mark.parametrize("command", ["load", "diff"])
def test_a_file_that_is_missing_comes_before_its_format(tmp_path: Path, name: str, command: str) -> None:
    (tmp_path / "a.txt").write_text("Anna\n")
    first = tmp_path / ("new.db" if command == "load" else "a.txt")
    result = typed(command, first, tmp_path / name)
    assert isinstance(result.exception, SourceError)
    reason = "no such file" if "/" not in name else "cannot be read: Not a directory"
    assert told(result.exception) == f"{tmp_path / name}: {reason}"


def test_texts_of_another_name_and_named_numbers_come_in(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("body;n\nAnna in Bonn;1\n")
    (tmp_path / "b.json").write_text('[{"body": "Bob"}]')
    assert (
        typed("load", tmp_path / "s.db", tmp_path / "a.csv", tmp_path / "b.json", "--text-column", "body").exit_code
        == 0
    )
    (tmp_path / "c.json").write_text('{"tokens": ["Anna", "in", "Bonn"], "ner_tags": [1, 0, 2]}\n')
    names = ("--class-names", "O, B-PER, B-LOC")
    result = typed("load", tmp_path / "s.db", tmp_path / "c.json", "--as", "gold", *names)
    assert "0 new examples, 1 already known\ngold: 1 new or changed prediction" in result.output
    with open_store(tmp_path / "s.db") as store:
        assert store.execute("SELECT text FROM examples ORDER BY id").fetchall() == [("Anna in Bonn",), ("Bob",)]
    assert typed("diff", tmp_path / "a.csv", tmp_path / "a.csv", "--text-column", "body").exit_code == 0


def test_a_field_of_another_name_is_named_with_the_option(tmp_path: Path) -> None:
    (tmp_path / "b.json").write_text('{"id": 1, "body": "Bob"}\n')
    error = typed("load", tmp_path / "new.db", tmp_path / "b.json").exception
    assert isinstance(error, SourceError)
    assert "it looks like records without `text` (their fields: id, body); name the column or field of the text" in str(
        error
    )
