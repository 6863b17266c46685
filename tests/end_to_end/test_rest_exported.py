"""Exporting the texts without an answer as a person does it, with a learner that learns from the store's answers."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from command_line import TIEBREAK, Run, headline
from files import read_jsonl, write_jsonl

from tiebreak.core.review.session import ReviewSession
from tiebreak.core.store.opening import open_store

EVERYBODY = "human,auto,best"


def bare(record: Mapping[str, Any]) -> list[tuple[int, int, str]]:
    return [(span["start"], span["end"], span["label"]) for span in record["spans"]]


def answer(store: Path, side: str, count: int) -> None:
    """Answer the next examples of the queue with the reading of this side."""
    with open_store(store) as opened:
        session = ReviewSession(opened, "sam")
        for _ in range(count):
            review = session.next()
            assert review is not None
            review.choose_all(side)
            session.leave(session.answer(review, "accept", seconds=2, keys=1))


def test_without_answers_the_rest_is_what_the_left_model_says(store: Path, run: Run, tmp_path: Path) -> None:
    run("export", store, "unanswered.jsonl", "--include", "unanswered")
    told = run("export", store, "best.jsonl", "--include", EVERYBODY).stderr
    best, unanswered = (
        {each["text"]: each for each in read_jsonl(tmp_path / f"{n}.jsonl")} for n in ("best", "unanswered")
    )
    assert {text: bare(each) for text, each in best.items()} == {text: bare(each) for text, each in unanswered.items()}
    assert all(each["_provenance"] == "learned" and 0 < each["_confidence"] < 1 for each in best.values())
    assert "10 unanswered examples at the most probable reading, nothing learned yet" in told


def test_answers_decide_what_goes_out_of_the_rest_and_stand_beside_it(store: Path, run: Run, tmp_path: Path) -> None:
    answer(store, "right", 6)
    before = store.read_bytes()
    told = run("export", store, "best.jsonl", "--include", EVERYBODY).stderr
    assert "10 examples written" in told
    assert "of these 6 human, 4 learned" in told
    assert "learned from 6 answers" in told
    records = read_jsonl(tmp_path / "best.jsonl")
    learned = {each["text"]: each for each in records if each["_provenance"] == "learned"}
    assert [each["label"] for each in learned[headline(9)]["spans"]] == ["ORG"]  # both agree on this text
    disagreeing = [each for text, each in learned.items() if text not in (headline(8), headline(9))]
    assert len(disagreeing) == 2
    assert all([span["label"] for span in each["spans"]] == ["LOCATION"] for each in disagreeing)
    assert all("_confidence" not in each for each in records if each["_provenance"] == "human")
    assert store.read_bytes() == before
    assert run("export", store, "-", "--include", EVERYBODY).stdout == (tmp_path / "best.jsonl").read_text()


def test_what_is_less_sure_stays_out_and_is_counted(store: Path, run: Run, tmp_path: Path) -> None:
    answer(store, "right", 4)
    sure = sorted(
        json.loads(line)["_confidence"] for line in run("export", store, "-", "--include", "best").stdout.splitlines()
    )
    middle = sure[len(sure) // 2]
    left_out = sum(each < middle for each in sure)
    done = run("export", store, "-", "--include", "best", "--min-confidence", str(middle))
    assert len(done.stdout.splitlines()) == len(sure) - left_out
    assert f"{left_out} below --min-confidence" in done.stderr
    assert run("export", store, "all.spacy", "--include", "best", "--min-confidence", "1").stderr.startswith(
        "0 examples"
    )


@pytest.mark.parametrize("name", ["out.jsonl", "out.spacy", "out.conll", "out.jsonl.gz"])
def test_every_ending_and_both_parts_take_the_rest(store: Path, run: Run, tmp_path: Path, name: str) -> None:
    told = run("export", store, name, "--include", "best", "--split", "0.4").stderr
    assert sum(int(line.split()[0]) for line in told.splitlines() if " written to " in line) == 10
    run("load", "back.db", tmp_path / name.replace("out.", "out.train."))


def test_the_rest_goes_onto_the_file_it_came_from(store: Path, run: Run, tmp_path: Path) -> None:
    told = run("export", store, "onto.jsonl", "--onto", "left.jsonl", "--include", "best").stderr
    assert "10 records replaced, 0 lines unchanged" in told
    assert {each["meta"]["number"] for each in read_jsonl(tmp_path / "onto.jsonl")} == {*range(10)}


def test_categories_and_three_models(run: Run, tmp_path: Path) -> None:
    texts = [f"Rates rise again {number}" for number in range(8)]
    for name, label in (("one", "SPORT"), ("two", "BUSINESS"), ("three", "BUSINESS")):
        records = [
            {"text": text, "cats": {"SPORT": float(label == "SPORT"), "BUSINESS": float(label != "SPORT")}}
            for text in texts
        ]
        run("load", "cats.db", write_jsonl(tmp_path / f"{name}.jsonl", records), "--as", name, "--task", "textcat")
    answer(tmp_path / "cats.db", "three", 5)
    records = [json.loads(line) for line in run("export", "cats.db", "-", "--include", EVERYBODY).stdout.splitlines()]
    assert len(records) == 8
    assert [each["accept"] for each in records if each["_provenance"] == "learned"] == [["BUSINESS"]] * 3


def test_overlapping_spans_and_three_models(run: Run, tmp_path: Path) -> None:
    for name, spans in (("one", [(0, 4, "A")]), ("two", [(0, 8, "B")]), ("three", [(0, 4, "A"), (0, 8, "B")])):
        objects = [{"start": start, "end": end, "label": label} for start, end, label in spans]
        records = [{"text": f"some text {number}", "spans": objects} for number in range(8)]
        run("load", "nested.db", write_jsonl(tmp_path / f"{name}.jsonl", records), "--as", name, "--task", "spancat")
    answer(tmp_path / "nested.db", "three", 5)
    records = [json.loads(line) for line in run("export", "nested.db", "-", "--include", EVERYBODY).stdout.splitlines()]
    assert len(records) == 8
    assert all(bare(each) == [(0, 4, "A"), (0, 8, "B")] for each in records)


def test_the_report_says_what_goes_out_at_the_open_places(store: Path, run: Run) -> None:
    assert "Nothing was learned yet" in run("report", store).stdout
    answer(store, "right", 4)
    run("learn", store)
    told = run("report", store).stdout
    assert "- **missing**: right LOCATION, left nothing\n  - right: left 0 of 4 (0%), right 4 of 4 (100%)\n" in told
    records = [json.loads(line) for line in run("export", store, "-", "--include", "best").stdout.splitlines()]
    labels = [span["label"] for each in records for span in each["spans"]]
    learned = json.loads(run("report", store, "--json").stdout)["learned"]
    [paris] = [each for each in learned if each["said"] == {"left": [], "right": ["LOCATION"]}]
    assert (paris["settled"], paris["right"], paris["open"]) == (4, {"left": 0, "right": 4}, 4)
    assert sum(each["places"] for each in paris["exported"] if each["reading"] == ["right"]) == labels.count("LOCATION")


@pytest.mark.full
def test_a_kill_while_it_learns_or_writes_leaves_no_file(store: Path, tmp_path: Path) -> None:
    answer(store, "right", 4)
    for seconds in (0.3, 0.6, 0.9, 1.2):
        process = subprocess.Popen([TIEBREAK, "export", store, "out.jsonl", "--include", "best"], cwd=tmp_path)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert not (tmp_path / "out.jsonl").exists() or len(read_jsonl(tmp_path / "out.jsonl")) == 6
