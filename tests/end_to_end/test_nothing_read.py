"""If no usable record could be read: a status of 1, the likely reason, and no empty store left."""

from __future__ import annotations

import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import pytest
from command_line import Run
from files import write_jsonl

from tiebreak.core.formats.likely import likely_format
from tiebreak.core.store.opening import open_store

PRODIGY = b'{"text": "Anna", "spans": [{"start": 0, "end": 4, "label": "PER"}]}\n'
DOCCANO = b'{"id": 1, "text": "Anna", "label": [[0, 4, "PER"]]}\n'
STUDIO = b'[{"id": 1, "data": {"text": "Anna"}, "annotations": [{"result": []}]}]'
ARGILLA = b'[{"fields": {"text": "Anna"}, "responses": {}}]'
CONLL = b"Anna B-PER\nin O\nBonn B-LOC\n\nBob B-PER\n"
LIKELY = {
    "prodigy": (PRODIGY, "jsonl"),
    "doccano": (DOCCANO, "doccano"),
    "studio": (STUDIO, "labelstudio"),
    "argilla": (ARGILLA, "argilla"),
    "conll": (CONLL, "conll"),
    "parquet": (b"PAR1\x15\x04", "datasets"),
    "docbin": (zlib.compress(b"x" * 99), "spacy"),
    "list": (b'[\n  {"text": "Anna"}]', "json"),
    "tuples": (b'[["Anna", {"entities": [[0, 4, "PER"]]}]]', "json"),
    "lines of tuples": (b'["Anna \\"A\\"", {"entities": [[0, 4, "PER"]]}]\n["Bob", {"entities": []}]\n', "jsonl"),
    "tags": (b'{"tokens": ["Anna"], "ner_tags": [1]}\n', "jsonl"),
    "spaCy 2": (b'[{"id": 0, "paragraphs": [{"raw": "Anna"}]}]', None),
    "another name": (b'{"id": 1, "body": "Anna"}\n', None),
    "several lines": (b'{\n  "text": "Anna"\n}\n', None),
    "several lines of a tool": (b'{\n"id": 1,\n"data": {"text": "Anna"}, "annotations": []}', None),
    "pandas": (b'{"text": {"0": "Anna"}}', None),
    "Python": (b"{'text': 'Anna'}\n", None),
    "LFS": (b"version https://git-lfs.github.com/spec/v1\n", None),
    "HTML": (b"<!DOCTYPE html><html></html>", None),
    "Latin-1": (b"text\ncaf\xe9 au lait\n", None),
    "within": (b'{"data": [{"text": "Anna"}]}\n', None),
    "utf16": ("Anna".encode("utf-16"), None),
    "sqlite": (b"SQLite format 3\0", None),
    "gzip": (gzip.compress(PRODIGY), None),
}
# The user must unpack a packed file before following these hints.
OF_THE_FILE = {"parquet", "spaCy 2", "several lines", "several lines of a tool", "Latin-1"}


@pytest.mark.parametrize("name", LIKELY)
def test_what_a_file_looks_like(tmp_path: Path, name: str) -> None:
    content, format = LIKELY[name]
    path = tmp_path / "file.jsonl"
    path.write_bytes(content)
    likely = likely_format(str(path))
    assert likely is not None
    assert likely.format == format
    path = tmp_path / "file.jsonl.gz"
    path.write_bytes(gzip.compress(content))
    packed = likely_format(str(path))
    assert packed is not None
    assert packed.what.startswith(likely.what)
    assert (packed.format, packed.way_out) == (None if format == "datasets" else format, likely.way_out)
    assert ("unpack" in packed.what) == ("unpack" in likely.what or name in OF_THE_FILE)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (PRODIGY, "a file that gzip did not pack; take .gz off its name"),
        (b"", "a file that gzip did not pack; take .gz off its name"),
        (b"\x1f\x8b\x08" + PRODIGY, "a broken gzip file"),
        (gzip.compress(PRODIGY)[:10] + b"\xff" * 20, "a broken gzip file"),
        (gzip.compress(PRODIGY)[:-9], "records of Prodigy"),
    ],
)
@pytest.mark.parametrize("name", ["x.jsonl.gz", "x.json.gz", "x.txt.gz", "x.GZ"])
def test_a_broken_gzip_file_is_not_sent_to_be_packed_or_renamed_to_what_it_is_called(
    tmp_path: Path, name: str, content: bytes, what: str
) -> None:
    (tmp_path / name).write_bytes(content)
    likely = likely_format(str(tmp_path / name))
    assert likely is not None
    assert likely.what == what


@pytest.mark.parametrize("content", [b"", b"Anna\n", b"{", b"[", b"[[[", b'{"text": 1}', b"\xff\xff", b"[" * 9999])
def test_what_looks_like_nothing_has_no_format(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file.jsonl"
    path.write_bytes(content)
    likely = likely_format(str(path))
    assert likely is None or likely.format is None
    assert likely_format(str(tmp_path / "none")) is None


@pytest.mark.full
@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.jsonl", b"", "it has no records"),
        ("x.jsonl", b"\n\n", "it has no records"),
        ("x.txt", b"", "it has no records"),
        ("x.jsonl", b"nonsense\n" * 3, "no line of it could be loaded"),
        ("x.jsonl", STUDIO, "tasks of Label Studio; try --format labelstudio"),
        ("x.jsonl", DOCCANO, "records of doccano; try --format doccano"),
        ("x.jsonl", b'[{"text": "Anna"}]', "a JSON list of records; try --format json"),
        ("x.jsonl", CONLL, "as in CoNLL; try --format conll"),
        ("x.csv", b"text\n", "it has no records"),
    ],
)
@pytest.mark.parametrize("as_gold", [(), ("--as", "gold")])
def test_a_file_of_which_nothing_is_read_fails_and_leaves_no_store(
    run: Run, tmp_path: Path, name: str, content: bytes, said: str, as_gold: tuple[str, ...]
) -> None:
    (tmp_path / name).write_bytes(content)
    result = run("load", "new.db", name, *as_gold, check=False)
    assert result.returncode == 1
    assert said in result.stderr
    assert not list(tmp_path.glob("new.db*"))


@pytest.mark.full
def test_a_folder_of_nothing_leaves_no_store(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = run("load", "new.db", "empty", check=False)
    assert (result.returncode, "no Parquet or Arrow files" in result.stderr) == (1, True)
    assert not list(tmp_path.glob("new.db*"))


@pytest.mark.full
def test_a_store_that_was_there_stays_and_one_empty_source_among_others_is_named(run: Run, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "x.jsonl", [{"text": "Anna"}])
    (tmp_path / "none.jsonl").write_text("")
    result = run("load", "store.db", "x.jsonl", "none.jsonl")
    assert "1 new example" in result.stdout
    assert "none.jsonl: it has no records" in result.stderr
    assert run("load", "store.db", "none.jsonl", check=False).returncode == 1
    with open_store(tmp_path / "store.db") as store:
        assert store.execute("SELECT count(*) FROM examples").fetchone() == (1,)


@pytest.mark.parametrize(
    ("records", "format", "said"),
    [
        ([{"text": "Anna"}], "jsonl", "gold has no prediction"),
        ([{"text": "Anna", "spans": []}], "doccano", "records of Prodigy; try --format jsonl"),
        ([{"text": "Anna", "cats": {"A": 1.0}}], "jsonl", "annotations of another kind"),
    ],
)
def test_a_predictor_of_whom_no_record_says_anything_is_an_error(
    run: Run, tmp_path: Path, records: list[dict[str, Any]], format: str, said: str
) -> None:
    write_jsonl(tmp_path / "x.jsonl", records)
    result = run("load", "new.db", "x.jsonl", "--as", "gold", "--format", format, check=False)
    assert result.returncode == 1
    assert "gold has no prediction; the texts are in the store" in result.stderr
    assert said in result.stdout + result.stderr
    with open_store(tmp_path / "new.db") as store:
        assert store.execute("SELECT count(*) FROM examples").fetchone() == (1,)
        assert store.execute("SELECT count(*) FROM predictors").fetchone() == (0,)


@pytest.mark.full
def test_with_strict_a_predictor_of_whom_no_record_says_anything_leaves_the_store_as_it_was(
    run: Run, tmp_path: Path
) -> None:
    write_jsonl(tmp_path / "x.jsonl", [{"text": "Anna", "entities": [[0, 4, "PER"]]}])
    write_jsonl(tmp_path / "y.jsonl", [{"text": "Bob"}])
    command = ("load", "store.db", "x.jsonl", "--as", "gold", "--format", "jsonl", "--strict")
    result = run(*command, check=False)
    assert result.returncode == 1
    assert not list(tmp_path.glob("store.db*"))
    run("load", "store.db", "y.jsonl")
    result = run(*command, check=False)
    assert "gold has no prediction; nothing was loaded (--strict)\ntiebreak: x.jsonl: it looks like" in result.stderr
    with open_store(tmp_path / "store.db") as store:
        assert store.execute("SELECT text FROM examples").fetchall() == [("Bob",)]


@pytest.mark.full
def test_of_several_sources_each_that_says_nothing_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "prodigy.jsonl").write_bytes(PRODIGY)
    write_jsonl(tmp_path / "doccano.jsonl", [{"text": "Bob", "entities": [[0, 3, "PER"]]}])
    result = run("load", "store.db", "doccano.jsonl", "prodigy.jsonl", "--as", "gold", "--format", "jsonl")
    assert "doccano.jsonl: 1 record without any annotation" in result.stderr
    assert "it looks like records of doccano; try --format doccano" in result.stderr
    assert "prodigy.jsonl" not in result.stderr


@pytest.mark.full
def test_where_most_lines_are_bad_the_likely_reason_is_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_bytes(DOCCANO * 3 + b'{"text": "Anna"}\n')
    result = run("load", "store.db", "x.jsonl")
    assert "x.jsonl: most of its lines could not be loaded; it looks like records of doccano" in result.stderr
    (tmp_path / "y.jsonl").write_text('{"text": 1}\n{\n{"text": "Anna"}\n')
    assert "most lines" not in run("load", "store.db", "y.jsonl").stderr


@pytest.mark.full
def test_what_stood_before_a_source_that_breaks_off_is_said(run: Run, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "x.jsonl", [{"text": f"Anna {number}"} for number in range(3)])
    (tmp_path / "y.jsonl.gz").write_bytes(gzip.compress(b'{"text": "Bob"}\n' * 99)[:-9])
    result = run("load", "store.db", "x.jsonl", "y.jsonl.gz", check=False)
    assert result.returncode == 1
    assert "not a whole gzip file" in result.stderr
    with open_store(tmp_path / "store.db") as store:
        (kept,) = store.execute("SELECT count(*) FROM examples").fetchone()
    assert kept >= 3
    assert "records before it were loaded" in result.stderr
    result = run("load", "new.db", "x.jsonl", "y.jsonl.gz", "--strict", check=False)
    assert "in the store" not in result.stderr
    assert not list(tmp_path.glob("new.db*"))


def test_standard_input_says_what_it_is_read_as(run: Run) -> None:
    result = run("load", "store.db", "-", stdin="Anna met Bob\n", check=False)
    assert result.returncode == 1
    assert "standard input is read as JSONL; name another format with --format" in result.stderr


@pytest.mark.full
def test_of_each_kind_of_bad_line_twenty_are_told_and_the_rest_is_counted(run: Run, tmp_path: Path) -> None:
    lines = [json.dumps({"text": number}) for number in range(50)] + ["{"] * 21 + ['{"text": "Anna"}']
    (tmp_path / "x.jsonl").write_text("\n".join(lines))
    for command in (("load", "new.db", "x.jsonl"), ("diff", "x.jsonl", "x.jsonl")):
        told = run(*command).stderr.splitlines()
        times = 1 if command[0] == "load" else 2
        assert sum("text is a number" in line for line in told) == 21
        assert f"and {50 * times - 20} more like x.jsonl:1: text is a number, not a string" in told
        assert sum(line.startswith("x.jsonl:") and "not JSON" in line for line in told) == 20


@pytest.mark.full
def test_complaints_of_endless_kinds_end(capsys: pytest.CaptureFixture[str]) -> None:
    from tiebreak.tui.cli.common import Complaints

    complaints = Complaints()
    for number in range(1000):
        complaints.add("x" * (number + 1))
    complaints.end()
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 41
    assert told[-1] == "and 960 more of other kinds"


def test_diff_says_where_a_file_says_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "prodigy.jsonl").write_bytes(PRODIGY)
    (tmp_path / "empty.jsonl").write_bytes(b"")
    result = run("diff", "prodigy.jsonl", "prodigy.jsonl", "--format-a", "doccano")
    assert "prodigy.jsonl: none of its records has an annotation" in result.stderr
    assert "--format-a jsonl" in result.stderr
    result = run("diff", "prodigy.jsonl", "empty.jsonl", check=False)
    assert (result.returncode, "empty.jsonl: no text in it" in result.stderr) == (1, True)


def test_review_with_a_source_of_nothing_leaves_no_store(tmp_path: Path) -> None:
    from tiebreak.core.errors import SourceError
    from tiebreak.tui.cli.open_texts import load_texts

    (tmp_path / "none.jsonl").write_text("")
    with pytest.raises(SourceError, match="it has no records"):
        load_texts(tmp_path / "new.db", None, [str(tmp_path / "none.jsonl")])
    assert not list(tmp_path.glob("new.db*"))
