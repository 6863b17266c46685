"""The report and a timed review as a person runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import TIEBREAK, Run
from end_to_end.terminal import Terminal
from files import write_jsonl


@pytest.mark.full
def test_a_report_has_the_session_that_was_just_reviewed(store: Path, run: Run) -> None:
    with Terminal([TIEBREAK, "review", str(store), "--annotator", "sam", "--for", "1h30m"]) as terminal:
        terminal.wait_for("90m to go")
        terminal.answer("f]a")
        terminal.wait_for("1 done")
        terminal.answer("x")
        terminal.wait_for("2 done")
        terminal.send("q")
        assert terminal.wait() == 0
        assert "--session last" in terminal.text
    report = json.loads(run("report", store, "--session", "last", "--annotator", "sam", "--json").stdout)
    assert report["answers"] == {"accept": 1, "reject": 1, "ignore": 0}
    assert (report["places"], report["confirmed"], report["left"]) == (2, 2, 6)
    assert {name: count["right"] for name, count in report["by_predictor"].items()} == {"left": 0, "right": 2}
    assert [each["flag"] for each in report["flagged"]] == [True]
    assert "| right | 2/2 (100%) |" in run("report", store).stdout


@pytest.mark.full
def test_the_first_start_introduces_and_its_key_answers_nothing(store: Path) -> None:
    command = [TIEBREAK, "review", str(store), "--annotator", "new"]
    with Terminal(command, columns=60, rows=16) as terminal:
        terminal.wait_for("Any key begins")
        terminal.answer("a")
        terminal.wait_for("8 left")
        terminal.send("q")
        terminal.wait()
    with Terminal(command) as terminal:
        terminal.wait_for("8 left")
        assert "Any key begins" not in terminal.text


@pytest.mark.full
def test_hostile_remarks_meta_and_responses_never_reach_the_terminal(run: Run, tmp_path: Path, store: Path) -> None:
    link = "https://example.org/x"
    records = [{"text": "Uber opens office 0 in Paris", "meta": {"\x1b[5m": "\x1b[2Jevil", "link": link}}]
    run("load", "h.db", write_jsonl(tmp_path / "h.jsonl", records))
    for name, label in (("one", "\x1b[7mX|"), ("two", "*Y*")):
        spans = [{"start": 0, "end": 4, "label": label}]
        run(
            "load",
            "h.db",
            write_jsonl(tmp_path / "p.jsonl", [{"text": records[0]["text"], "spans": spans}]),
            "--as",
            name,
        )
    with Terminal([TIEBREAK, "review", "h.db", "--annotator", "new"], folder=tmp_path) as terminal:
        terminal.wait_for("Any key begins")
        terminal.send("z")
        terminal.wait_for("1 left")
        terminal.send("n")
        terminal.wait_for("NOTE")
        terminal.send("\x1b[200~a\x1b[2Jevil\x07\nx\x1b[201~\r")
        terminal.wait_for("note saved")
        terminal.send("i")
        terminal.wait_for("INSPECT")
        terminal.send("\x1b[F")  # the End key shows the meta
        terminal.wait_for("example.org")
        assert link.encode() in terminal.output.split(b"\x1b]8;")[1]
        for sequence in (b"\x1b[2Jevil", b"\x1b[5m\x1b", b"\x1b[7mX"):
            assert sequence not in terminal.output
        terminal.send("\x1b")
        terminal.read()
        terminal.answer("a")
        terminal.wait_for("1 done")
        terminal.send("q")
        terminal.wait()
    printed = run("report", "h.db").stdout
    assert "\x1b" not in printed
    assert "\\|" in printed


@pytest.mark.full
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("report", "store.db", "--session", "nope"), "no such session"),
        (("report", "store.db", "--session", "last"), "nobody has answered"),
        (("report", "store.db", "--annotator", "zoe"), "zoe: no answers"),
        (("review", "store.db", "--for", "soon"), "not a length of time"),
        (("review", "store.db", "--for", "0"), "not a length of time"),
        (("review", "store.db", "--config", "gone.cfg"), "gone.cfg: no such file"),
    ],
)
def test_wrong_scopes_and_times_are_one_plain_message(
    run: Run, store: Path, arguments: tuple[str, ...], said: str
) -> None:
    result = run(*arguments, check=False)
    assert result.returncode == (2 if said == "not a length of time" else 1)
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.full
def test_an_empty_report_says_so(run: Run, store: Path) -> None:
    assert "No answers yet." in run("report", store).stdout
