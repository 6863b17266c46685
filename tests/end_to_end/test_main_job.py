"""The main job as a newcomer does it: the demo, a few answers, an export."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import TIEBREAK, Run, introduce
from end_to_end.terminal import Terminal

ENTER_DEMO = [TIEBREAK, "demo", "--annotator", "sam"]


@pytest.mark.full
def test_the_demo_without_a_terminal_prints_counts_disagreements_and_the_store(run: Run, tmp_path: Path) -> None:
    result = run("demo")
    assert result.stdout.startswith("372 examples, 372 predicted, ")
    assert result.stdout.count("  |  ") >= 5
    assert str(tmp_path / "tiebreak-demo.db") in result.stdout
    assert "recorded" in result.stderr
    assert "--base-url" in result.stderr


@pytest.mark.full
def test_the_demo_goes_on_with_its_own_store_and_leaves_others_alone(run: Run, tmp_path: Path) -> None:
    first = run("demo").stdout
    again = run("demo").stdout
    assert again == first
    run("load", "mine.db", "-", "--format", "txt", stdin="A text of mine.\n")
    before = (tmp_path / "mine.db").read_bytes()
    refused = run("demo", "--store", "mine.db", check=False)
    assert refused.returncode == 1
    assert "mine.db" in refused.stderr
    assert (tmp_path / "mine.db").read_bytes() == before


@pytest.mark.full
def test_the_demo_from_scratch_says_what_there_is_and_goes_on_with_its_own_store(run: Run, tmp_path: Path) -> None:
    first = run("demo", "--from-scratch")
    assert first.stdout.startswith("372 examples, 0 predicted, 372 open, 0 answered\n")
    assert "`tiebreak demo --from-scratch`" in first.stdout
    assert "disagree" not in first.stdout
    assert "1 PERSON, 2 ORG, 3 LOCATION, 4 PRODUCT" in first.stderr
    introduce(tmp_path / "tiebreak-scratch.db", "sam")
    with Terminal([*ENTER_DEMO, "--from-scratch"], folder=tmp_path) as terminal:
        terminal.wait_for("372 left")
        terminal.wait_for("a accept")
        terminal.answer("1a")
        terminal.wait_for("1 done")
        terminal.send("q")
        assert terminal.wait() == 0
    assert run("demo", "--from-scratch").stdout.startswith("372 examples, 0 predicted, 372 open, 1 answered\n")
    run("export", "tiebreak-scratch.db", "reviewed.jsonl")
    [record] = [json.loads(line) for line in (tmp_path / "reviewed.jsonl").read_text().splitlines()]
    assert [(span["start"], span["label"], span["source"]) for span in record["spans"]] == [(0, "PERSON", "human")]


@pytest.mark.full
def test_the_two_demos_leave_the_stores_of_one_another_alone(run: Run) -> None:
    run("demo", "--from-scratch", "--store", "bare.db")
    refused = run("demo", "--store", "bare.db", check=False)
    assert refused.returncode == 1
    assert "bare.db: this store is that of the demo from scratch, not with two models" in refused.stderr
    assert "--store" in refused.stderr
    assert run("demo", "--from-scratch", "--store", "bare.db").stdout.count("--from-scratch --store bare.db") == 1
    run("demo", "--store", "two.db")
    refused = run("demo", "--from-scratch", "--store", "two.db", check=False)
    assert refused.returncode == 1
    assert "two.db: this store is that of the demo with two models, not from scratch" in refused.stderr
    refused = run("demo", "--from-scratch", "--model", "x", "--base-url", "http://localhost:1", check=False)
    assert refused.returncode == 2
    assert "--from-scratch runs no model" in refused.stderr


@pytest.mark.full
def test_answers_given_in_the_demo_come_out_as_jsonl_and_load_back(run: Run, tmp_path: Path) -> None:
    queue = [json.loads(line) for line in run_demo_queue(run)]
    introduce(tmp_path / "tiebreak-demo.db", "sam")
    with Terminal(ENTER_DEMO, folder=tmp_path) as terminal:
        terminal.wait_for(queue[0]["text"][:20])
        terminal.answer("a")
        terminal.wait_for("1 done")
        terminal.answer("]a")
        terminal.wait_for("2 done")
        terminal.answer("x")
        terminal.wait_for("3 done")
        terminal.send("q")
        assert terminal.wait() == 0
    run("export", "tiebreak-demo.db", "reviewed.jsonl")
    reviewed = [json.loads(line) for line in (tmp_path / "reviewed.jsonl").read_text().splitlines()]
    assert [record["text"] for record in reviewed] == [queue[0]["text"], queue[1]["text"]]
    left, right = reviewed
    assert [(span["start"], span["end"], span["label"]) for span in left["spans"]] == readings(queue[0], "spacy")
    assert [(span["start"], span["end"], span["label"]) for span in right["spans"]] == readings(queue[1], "llm")
    assert left["_annotator_id"] == "sam"
    run("load", "again.db", "reviewed.jsonl")
    status = json.loads(run("status", "again.db", "--json").stdout)
    assert (status["examples"], status["predicted"]) == (2, 2)
    assert [each["predictor"] for each in status["runs"]] == ["sam"]


def run_demo_queue(run: Run) -> list[str]:
    run("demo")
    return run("queue", "tiebreak-demo.db", "--json").stdout.splitlines()


def readings(item: dict[str, object], predictor: str) -> list[tuple[int, int, str]]:
    """Return the spans of `predictor` in all differences of an item of the queue without agreed spans."""
    differences = item["differences"]
    assert isinstance(differences, list)
    return [
        (span["start"], span["end"], span["label"])
        for difference in differences
        for span in difference["readings"][predictor]
    ]


def test_the_queue_is_in_priority_order_and_has_the_promised_shape(run: Run, store: Path) -> None:
    queue = [json.loads(line) for line in run("queue", store, "--json").stdout.splitlines()]
    assert len(queue) == 8
    assert [item["score"] for item in queue] == sorted((item["score"] for item in queue), reverse=True)
    worth = {"value", "errors", "seconds"}
    assert set(queue[0]) == {"id", "input_hash", "text", "score", "differences", "status", *worth}
    assert set(queue[0]["differences"][0]) == {"start", "end", "kind", "readings"}
    assert set(queue[0]["differences"][0]["readings"]) == {"left", "right"}


def test_status_counts_examples_and_runs(run: Run, store: Path) -> None:
    status = json.loads(run("status", store, "--json").stdout)
    counts = {name: status[name] for name in ("examples", "predicted", "agreed", "disagreeing", "failed", "answered")}
    assert counts == {"examples": 10, "predicted": 10, "agreed": 2, "disagreeing": 8, "failed": 0, "answered": 0}
    assert [(each["predictor"], each["ok"]) for each in status["runs"]] == [("left", 10), ("right", 10)]


def test_auto_accept_with_a_bound_says_what_it_takes(run: Run, store: Path, tmp_path: Path) -> None:
    with Terminal(
        [TIEBREAK, "review", str(store), "--annotator", "sam", "--auto-accept", "--max-error", "5%"]
    ) as terminal:
        terminal.wait_for("8 left")
        terminal.send("q")
        assert terminal.wait() == 0
        shown = terminal.text
    assert "nothing accepted: to be sure of at most 5.0% wrong, this look needs 72 answered slice texts" in " ".join(
        shown.split()
    )
    assert run("review", store, "--max-error", "5%", check=False).returncode == 2


@pytest.mark.full
def test_auto_accept_records_agreed_examples_as_auto(run: Run, store: Path, tmp_path: Path) -> None:
    with Terminal([TIEBREAK, "review", str(store), "--annotator", "sam", "--auto-accept"]) as terminal:
        terminal.wait_for("8 left")
        terminal.send("q")
        assert terminal.wait() == 0
    run("export", store, "reviewed.jsonl")
    records = [json.loads(line) for line in (tmp_path / "reviewed.jsonl").read_text().splitlines()]
    assert [record["_annotator_id"] for record in records] == ["auto", "auto"]
    assert all(span["source"] == "left, right" for record in records for span in record["spans"])
