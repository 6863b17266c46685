"""The records that an export leaves out by a filter, counted by reason, and a named model's in place of answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tiebreak.core.errors import ConfigError, SettingError
from tiebreak.core.export.records import ExportCounts, ExportSelection, exported_records
from tiebreak.core.export.targets import Target, export_files
from tiebreak.core.formats.registry import WRITTEN
from tiebreak.core.loading.sources import load_sources
from tiebreak.core.predictors.tasks.few_shot import read_examples
from tiebreak.core.records import Answer, AnswerValue, Prediction, Record, Span, Task
from tiebreak.core.selection.filter import QueueFilter
from tiebreak.core.store.answers import AUTO, save_answer
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.left_out import leave_out
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.core.store.queue import current_predictions
from tiebreak.core.store.remarks import save_remark
from tiebreak.tui.cli.application import app
from tiebreak.tui.cli.running import add_commands
from tiebreak.tui.ways_out import message_of

add_commands()

A, B = Span(0, 4, "A"), Span(5, 6, "B")
ANSWERS: Mapping[int, tuple[str, AnswerValue]] = {
    1: ("sam", "accept"),
    2: ("sam", "accept"),
    3: ("sam", "reject"),
    4: ("sam", "ignore"),
    5: (AUTO, "accept"),
}


@pytest.fixture
def mixed(store: Store) -> Store:
    """Eight texts: five have an answer, two of them accepted by sam; of the others one failed and one is unread."""
    records = [Record(f"text {at}", meta={"section": "odd" if at % 2 else "even"}) for at in range(1, 9)]
    ids, _ = add_examples(store, records, "test")
    run = start_run(store, predictor="left", kind="file", fingerprint="old", model="model-1")
    save_predictions(store, run, [Prediction(each, (A,)) for each in ids[:7]])
    run = start_run(store, predictor="left", kind="file", fingerprint="new", model="model-2")
    save_predictions(store, run, [Prediction(1, (A, B)), Prediction(7, error="no answer")])
    run = start_run(store, predictor="right", kind="file", fingerprint="1", model="model-3")
    save_predictions(store, run, [Prediction(2, (B,)), Prediction(7, error="no answer")])
    for id, (annotator, value) in ANSWERS.items():
        save_answer(store, Answer(id, annotator, "s", value, (B,), answered_at=1.0))
    save_remark(store, 2, "sam", "s", flagged=True, note="")
    return store


def out(store: Store, **options: Any) -> tuple[list[str], dict[str, int]]:
    exported = ExportCounts()
    texts = [record["text"][-1] for record in exported_records(store, ExportSelection(**options), exported)]
    return texts, {reason: count for reason, count in exported.not_exported.items() if count}


def test_what_is_left_out_is_counted_by_reason(mixed: Store) -> None:
    assert out(mixed) == (["1", "2", "5"], {"rejected": 1, "ignored": 1, "unanswered": 3})
    assert out(mixed, include=("auto",)) == (["5"], {"human": 2, "rejected": 1, "ignored": 1, "unanswered": 3})
    assert out(mixed, kinds=("reject",), include=("human",))[1] == {"accepted": 3, "ignored": 1, "unanswered": 3}
    rest = {"rejected": 1, "ignored": 1, "unread": 1, "failed": 1}
    assert out(mixed, include=("human", "auto", "unanswered")) == (["1", "2", "5", "6"], rest)
    assert out(mixed, include=("human", "auto", "best")) == (["1", "2", "5", "6"], rest)


@pytest.mark.parametrize("options", [{}, {"include": ("human", "auto", "best")}, {"reading": "left"}])
@pytest.mark.parametrize("split", [None, 0.5, "slice"])
def test_each_example_goes_out_or_is_left_out_once(mixed: Store, tmp_path: Path, options: Any, split: Any) -> None:
    for line in ("", "meta.section:odd"):
        selection = ExportSelection(filter=QueueFilter.parse(line) if line else None, **options)
        summary = export_files(mixed, Target(tmp_path / "out.jsonl", force=True), selection, split)
        written = sum(each.records for _, each in summary.files)
        assert written + summary.counts.not_exported.total() == 8


def test_a_filter_says_what_goes_out(mixed: Store) -> None:
    filtered = {"filter": QueueFilter.parse("meta.section:odd")}
    assert out(mixed, **filtered) == (["1", "5"], {"filtered": 4, "rejected": 1, "unanswered": 1})
    assert out(mixed, **filtered, include=("unanswered",))[0] == []
    assert out(mixed, filter=QueueFilter.parse("status:answered meta.section:even"))[0] == ["2"]
    assert out(mixed, **filtered, reading="left") == (["1", "3", "5"], {"filtered": 4, "failed": 1})


def test_flagged_answers_become_few_shot_examples(mixed: Store, tmp_path: Path) -> None:
    flagged = ExportSelection(filter=QueueFilter.parse("is:flagged"))
    export_files(mixed, Target(tmp_path / "few.jsonl"), flagged)
    [example] = read_examples("task", str(tmp_path / "few.jsonl"), ["B"])
    assert example.text == "text 2"


def test_the_reading_of_a_model_goes_out_with_its_run(
    mixed: Store, tmp_path: Path, new_store: Callable[..., Store]
) -> None:
    records = list(exported_records(mixed, ExportSelection(reading="left")))
    assert [(each["text"][-1], len(each["spans"]), each["_run"]["model"]) for each in records] == [
        ("1", 2, "model-2"),
        *((str(at), 1, "model-1") for at in range(2, 7)),
    ]
    assert {(each["_annotator_id"], each["_provenance"], each["answer"]) for each in records} == {
        ("left", "reading", "accept")
    }
    assert set(records[0]["_run"]) == {"kind", "model", "fingerprint", "label_map", "started_at"}
    export_files(mixed, Target(tmp_path / "left.jsonl"), ExportSelection(reading="left"))
    again = new_store(Task.NER)
    load_sources(again, [str(tmp_path / "left.jsonl")])
    assert current_predictions(again, 1)["left"].marks == (A, B)


@pytest.mark.parametrize("format", sorted({*WRITTEN} - {"csv"}))
def test_a_reading_goes_out_in_each_format(mixed: Store, tmp_path: Path, format: str) -> None:
    [(_, written)] = export_files(mixed, Target(tmp_path / "out", format), ExportSelection(reading="left")).files
    assert (written.records, written.spans) == (6, 7)


def test_the_categories_that_a_model_reads_go_out(new_store: Callable[[Task], Store]) -> None:
    store = new_store(Task.TEXTCAT)
    ids, _ = add_examples(store, [Record("text")], "test")
    run = start_run(store, predictor="left", kind="file", fingerprint="1", model="m")
    save_predictions(store, run, [Prediction(ids[0], cats={"A": 0.4, "B": 0.3, "C": 0.3})])
    [record] = exported_records(store, ExportSelection(reading="left"))
    assert record["accept"] == ["A"]  # the best of several labels, however sure the model is


def test_a_reading_of_nobody_is_refused(mixed: Store, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="no such predictor; it has left, right"):
        list(exported_records(mixed, ExportSelection(reading="middle")))
    with pytest.raises(SettingError, match="it is exported without answers"):
        ExportSelection(reading="left", include=("best",))
    with pytest.raises(ConfigError, match="has every predictor's reading"):
        export_files(mixed, Target(tmp_path / "out.csv"), ExportSelection(reading="left"))


def test_a_reading_of_a_predictor_that_is_left_out_says_how_to_put_it_back(mixed: Store) -> None:
    leave_out(mixed, "right", lambda at, last: None)
    with pytest.raises(SettingError, match="reading right: it is left out of the comparison") as raised:
        list(exported_records(mixed, ExportSelection(reading="right")))
    assert message_of(raised.value).endswith("; put it back with `tiebreak predictors DB --put-back right`")


def test_the_command_says_what_it_left_out(mixed: Store, tmp_path: Path) -> None:
    def run(*options: str) -> Any:
        return CliRunner().invoke(app, ["export", str(mixed.path), *options])

    path = str(tmp_path / "out.jsonl")
    done = run(path, "--filter", "meta.section:odd", "--json")
    assert done.stderr.splitlines()[-1] == "left out: 4 not matched by --filter, 1 rejected, 1 unanswered"
    assert json.loads(done.stdout) == {
        "files": [{"path": path, "records": 2, "spans": 2, "notes": {}}],
        "provenance": {"human": 1, "auto": 1},
        "left_out": {"filtered": 4, "rejected": 1, "unanswered": 1},
        "drafts": 0,
    }
    assert "left out: 1 failed, 1 not read by the models asked for" in run("-", "--reading", "left").stderr
    assert run("-", "--json").exit_code == 2
    assert len(run("-", "--filter", '"text 2"').stdout.splitlines()) == 1
