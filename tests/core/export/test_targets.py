"""Exporting to files: the deciding annotator, every reading, two parts, and the records of an original replaced."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiebreak.core.errors import ConfigError, TiebreakError
from tiebreak.core.export.onto import export_onto
from tiebreak.core.export.records import ExportSelection, exported_records
from tiebreak.core.export.targets import Target, export_files
from tiebreak.core.formats.read_options import ReadOptions
from tiebreak.core.formats.registry import WRITTEN, read_records
from tiebreak.core.loading.sources import LoadOptions, load_sources
from tiebreak.core.records import Prediction, Record, Span, Task
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.selection.filter import DISAGREEING
from tiebreak.core.store import team
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.core.store.queue import current_predictions
from tiebreak.core.ways_out import Way

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]
A, B, C = Span(0, 4, "A"), Span(5, 6, "B"), Span(7, 8, "C")
EVERYBODY = ("human", "auto", "unanswered")


@pytest.fixture
def reviewed(store: Store, predict: Predict) -> Store:
    """Four texts: sam took `right`'s reading of the first two, `auto` accepted the third, the fourth is open."""
    predict(store, "left", {"text 0": [A], "text 1": [A], "text 2": [A], "text 3": [A]})
    predict(store, "right", {"text 0": [A, B], "text 1": [], "text 2": [A], "text 3": [B]})
    session = ReviewSession(store, "sam")
    session.accept_agreed()
    for text in ("text 0", "text 1"):
        review = session.open(id_of(store, text))
        review.choose_all("right")
        session.answer(review, "accept", seconds=1, keys=1)
    return store


def id_of(store: Store, text: str) -> int:
    return int(store.execute("SELECT id FROM examples WHERE text = ?", (text,)).fetchone()[0])


def records(store: Store, **options: Any) -> dict[str, dict[str, Any]]:
    return {record["text"]: record for record in exported_records(store, ExportSelection(**options))}


def bare(record: Mapping[str, Any]) -> list[tuple[int, int, str]]:
    return [(span["start"], span["end"], span["label"]) for span in record["spans"]]


def test_each_record_says_who_decided_it(reviewed: Store) -> None:
    found = {text: record["_provenance"] for text, record in records(reviewed, include=EVERYBODY).items()}
    assert found == {"text 0": "human", "text 1": "human", "text 2": "auto", "text 3": "unanswered"}
    assert set(records(reviewed, include=["human"])) == {"text 0", "text 1"}
    assert set(records(reviewed, include=["auto"])) == {"text 2"}
    assert set(records(reviewed)) == {"text 0", "text 1", "text 2"}


def test_what_nobody_has_answered_goes_out_as_the_best_predictor_reads_it(reviewed: Store) -> None:
    record = records(reviewed, include=["unanswered"])["text 3"]
    assert (bare(record), record["_annotator_id"], record["answer"]) == ([B], "right", "accept")
    session = ReviewSession(reviewed, "sam")
    assert session.undo() is not None
    assert session.undo() is not None
    for text in ("text 0", "text 1"):
        review = session.open(id_of(reviewed, text))
        review.choose_all("left")
        session.answer(review, "accept", seconds=1, keys=1)
    assert bare(records(reviewed, include=["unanswered"])["text 3"]) == [A]


def test_the_best_predictor_that_failed_gives_way_to_the_next(reviewed: Store) -> None:
    run = start_run(reviewed, predictor="right", kind="file", fingerprint="2", model="m")
    save_predictions(reviewed, run, [Prediction(id_of(reviewed, "text 3"), error="timeout")])
    assert records(reviewed, include=["unanswered"])["text 3"]["_annotator_id"] == "left"


def test_versions_say_what_each_predictor_and_annotator_said(reviewed: Store) -> None:
    versions = records(reviewed, versions=True)["text 1"]["versions"]
    assert [(each["kind"], each["sessions"], bare(each), each["answer"]) for each in versions] == [
        ("predictor", ["left"], [A], "accept"),
        ("predictor", ["right"], [], "accept"),
        ("annotator", ["sam"], [], "accept"),
    ]


def test_versions_come_back_as_the_predictions_of_those_who_said_it(
    reviewed: Store, new_store: Callable[[Task], Store], tmp_path: Path
) -> None:
    path = tmp_path / "out.jsonl"
    export_files(reviewed, Target(path), ExportSelection(include=EVERYBODY, versions=True))
    again = new_store(Task.NER)
    loaded = load_sources(again, [str(path)])
    assert (loaded.records, loaded.bad, loaded.new) == (4, 0, 4)
    for text in ("text 0", "text 1", "text 2"):
        before = current_predictions(reviewed, id_of(reviewed, text))
        after = current_predictions(again, id_of(again, text))
        assert {name: after[name].marks for name in before} == {name: each.marks for name, each in before.items()}
    one = new_store(Task.NER)
    load_sources(one, [str(path)], LoadOptions("reviewed"))
    assert list(current_predictions(one, id_of(one, "text 0"))) == ["reviewed"]


def test_what_prodigys_review_writes_is_read_with_its_versions(tmp_path: Path) -> None:
    version = {"text": "Ada met", "_input_hash": 1, "tokens": [], "_view_id": "ner_manual"}
    person = [{"start": 0, "end": 3, "label": "PERSON"}]
    record = {
        "text": "Ada met",
        "spans": person,
        "answer": "accept",
        "_annotator_id": "review-lead",
        "view_id": "ner_manual",
        "versions": [
            {
                **version,
                "spans": [{"start": 0, "end": 3, "label": "PERSON"}],
                "answer": "accept",
                "sessions": ["n-sam", "n-kim"],
            },
            {**version, "spans": [], "answer": "reject", "sessions": ["n-ada"], "default": True},
        ],
    }
    path = tmp_path / "review.jsonl"
    path.write_text(json.dumps(record))
    found = [each for _, each in read_records(str(path), ReadOptions(Task.NER))]
    assert all(isinstance(each, Record) for each in found)
    assert [
        (each.annotator, each.answer, len(each.spans or ()), each.is_version)
        for each in found
        if isinstance(each, Record)
    ] == [
        ("review-lead", "accept", 1, False),
        ("n-sam", "accept", 1, True),
        ("n-kim", "accept", 1, True),
        ("n-ada", "reject", 0, True),
    ]
    path.write_text(json.dumps({"text": "x", "versions": "1.2"}))
    [(_, own)] = read_records(str(path), ReadOptions(Task.NER))
    assert isinstance(own, Record)
    assert own.other_fields == {"versions": "1.2"}


def test_a_split_holds_out_a_stable_share_and_loses_nothing(store: Store, predict: Predict, tmp_path: Path) -> None:
    texts = [f"text {number}" for number in range(300)]
    predict(store, "left", {text: [A] for text in texts})
    everything = ExportSelection(include=["unanswered"])
    summary = export_files(store, Target(tmp_path / "corpus.jsonl"), everything, 0.2)
    assert [path.name for path, _ in summary.files] == ["corpus.train.jsonl", "corpus.dev.jsonl"]
    train, dev = ({json.loads(line)["text"] for line in path.read_text().splitlines()} for path, _ in summary.files)
    assert train | dev == set(texts)
    assert not train & dev
    assert 30 < len(dev) < 90
    predict(store, "left", {f"more {number}": [A] for number in range(50)})
    export_files(store, Target(tmp_path / "corpus.jsonl", force=True), everything, 0.2)
    again = {json.loads(line)["text"] for line in (tmp_path / "corpus.dev.jsonl").read_text().splitlines()}
    assert {text for text in again if text.startswith("text")} == dev


@given(st.floats(0.01, 0.99), st.text(min_size=1))
def test_a_text_is_in_one_part_alone(share: float, text: str) -> None:
    parts = [ExportSelection(dev=share, held_out=held_out).takes(text) for held_out in (False, True)]
    assert sorted(parts) == [False, True]


@pytest.mark.parametrize("split", [0, 1, -0.5, 2.0])
def test_a_split_that_is_no_share_is_refused(reviewed: Store, tmp_path: Path, split: float) -> None:
    with pytest.raises(ConfigError, match="the share to hold out is above 0 and below 1"):
        export_files(reviewed, Target(tmp_path / "out.jsonl"), ExportSelection(), split)
    assert not list(tmp_path.glob("out*"))


ORIGINAL = (
    b'\xef\xbb\xbf{"id": 7, "text": "text 0",   "spans": [], "meta": {"own": 1}, "_input_hash": 5}\r\n'
    b"\n"
    b"not json \xff\n"
    b'{"text":"elsewhere","x":1.50,  "spans":[]}\n'
    b'{"text": "text 3", "spans": [{"start": 0, "end": 4, "label": "A"}]}\n'
    b'{"text": "text 1", "extra": ["\\u00e9"], "spans": [{"start": 0, "end": 4, "label": "A"}]}'
)


def test_onto_replaces_the_reviewed_records_and_leaves_every_other_byte(reviewed: Store, tmp_path: Path) -> None:
    original, out = tmp_path / "original.jsonl", tmp_path / "out.jsonl"
    original.write_bytes(ORIGINAL)
    summary = export_onto(reviewed, original, Target(out), ExportSelection(include=["human"]))
    assert (summary.replaced, summary.kept, summary.missing) == (2, 4, 0)
    before, after = ORIGINAL.split(b"\n"), out.read_bytes().split(b"\n")
    assert after[1:5] == before[1:5]
    first, last = json.loads(after[0].removeprefix(b"\xef\xbb\xbf")), json.loads(after[5])
    assert after[0].startswith(b"\xef\xbb\xbf")
    assert after[0].endswith(b"\r")
    assert (first["id"], first["meta"], first["_input_hash"], bare(first)) == (7, {"own": 1}, 5, [A, B])
    assert (last["extra"], bare(last), last["_annotator_id"], last["answer"]) == (["é"], [], "sam", "accept")
    assert original.read_bytes() == ORIGINAL


def test_onto_tells_of_answered_texts_that_the_original_lacks_and_writes_gzip(reviewed: Store, tmp_path: Path) -> None:
    original, out = tmp_path / "original.jsonl.gz", tmp_path / "out.jsonl.gz"
    original.write_bytes(gzip.compress(b'{"text": "text 0"}\n{"text": "other"}\n'))
    summary = export_onto(reviewed, original, Target(out), ExportSelection(include=["human"]))
    assert (summary.replaced, summary.kept, summary.missing) == (1, 1, 1)
    assert gzip.decompress(out.read_bytes()).split(b"\n")[1] == b'{"text": "other"}'


def test_onto_itself_takes_force_and_a_bad_original_leaves_out_as_it_was(reviewed: Store, tmp_path: Path) -> None:
    original = tmp_path / "original.jsonl"
    original.write_bytes(ORIGINAL)
    with pytest.raises(TiebreakError, match="exists already"):
        export_onto(reviewed, original, Target(original), ExportSelection())
    assert export_onto(reviewed, original, Target(original, force=True), ExportSelection()).replaced == 2
    with pytest.raises(TiebreakError, match=r"none\.jsonl: cannot be read"):
        export_onto(reviewed, tmp_path / "none.jsonl", Target(original, force=True), ExportSelection())
    assert original.read_bytes().count(b"elsewhere") == 1


def test_hardest_first_is_the_order_of_f1_and_goes_back_onto_the_original(
    store: Store, predict: Predict, tmp_path: Path
) -> None:
    gold = {"one two a": [A, B, C], "two two b": [A, B], "six two c": [A]}
    original = tmp_path / "gold.jsonl"
    original.write_text(
        "".join(
            json.dumps({"text": text, "spans": [s._asdict() for s in spans]}) + "\n" for text, spans in gold.items()
        )
    )
    load_sources(store, [str(original)], LoadOptions("gold"))
    predict(store, "model", {"one two a": [A, B], "two two b": [B], "six two c": [B]})
    session = ReviewSession(store, "sam")
    order, review = [], session.next()
    while review is not None:
        order.append(review.item.example.text)
        review.choose_all("model")
        review = session.answer(review, "accept", seconds=1, keys=1)
    assert order == ["six two c", "two two b", "one two a"]
    out = tmp_path / "out.jsonl"
    assert export_onto(store, original, Target(out), ExportSelection()).replaced == 3
    assert [bare(json.loads(line)) for line in out.read_text().splitlines()] == [[A, B], [B], [B]]


@pytest.mark.parametrize("format", [each for each in WRITTEN if each != "datasets"])
def test_every_format_is_written_whole_and_never_over_the_store(reviewed: Store, tmp_path: Path, format: str) -> None:
    out = tmp_path / "out.any"
    summary = export_files(reviewed, Target(out, format), ExportSelection())
    [(path, written)] = summary.files
    assert (path, written.records) == (out, 3)
    assert out.stat().st_size
    with pytest.raises(TiebreakError, match="exists already"):
        export_files(reviewed, Target(out, format), ExportSelection())
    with pytest.raises(TiebreakError, match="it is the store itself"):
        export_files(reviewed, Target(reviewed.path, format, force=True), ExportSelection())
    assert {each.name for each in tmp_path.iterdir()} <= {"out.any", "store.db", "store.db-wal", "store.db-shm"}


def test_a_datasets_folder_takes_the_place_of_one_and_of_nothing_else(reviewed: Store, tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    summary = export_files(reviewed, Target(folder, "datasets"), ExportSelection(include=EVERYBODY), 0.5)
    assert sum(written.records for _, written in summary.files) == 4
    assert sorted(each.name for each in (folder / "data").iterdir()) == [
        "train-00000-of-00001.parquet",
        "validation-00000-of-00001.parquet",
    ]
    with pytest.raises(TiebreakError, match="exists already"):
        export_files(reviewed, Target(folder, "datasets"), ExportSelection())
    export_files(reviewed, Target(folder, "datasets", force=True), ExportSelection())
    assert [each.name for each in (folder / "data").iterdir()] == ["train-00000-of-00001.parquet"]
    (folder / "thesis.txt").write_text("mine")
    with pytest.raises(TiebreakError, match=r"the folder holds other things \(thesis.txt\)"):
        export_files(reviewed, Target(folder, "datasets", force=True), ExportSelection())
    assert (folder / "thesis.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"kinds": ["accepted"]}, "answers accepted: each is one of accept, reject"),
        ({"include": ["me"]}, "include me: each is one of human, auto"),
    ],
)
def test_what_is_no_choice_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        ExportSelection(**options)


@pytest.mark.parametrize("name", ["out.json", "out", "out.txt", "out.parquet"])
def test_an_ending_that_says_no_format_asks_for_one(reviewed: Store, tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=r"does not show the format|this format cannot be written") as refused:
        export_files(reviewed, Target(tmp_path / name), ExportSelection())
    assert refused.value.way_out is not None
    assert refused.value.way_out.way is Way.NAME_FORMAT


def test_the_adjudicated_answer_is_the_one_that_exports(store: Store, predict: Predict) -> None:
    predict(store, "left", {"text 0": [A]})
    ids = predict(store, "right", {"text 0": []})
    team.set_overlap(store, 1.0)
    for name, side in (("sam", "left"), ("kim", "right")):
        session = ReviewSession(store, name)
        review = session.open(ids["text 0"])
        review.choose_all(side)
        session.leave(session.answer(review, "accept", seconds=1, keys=1))
    assert len(list(exported_records(store))) == 2
    lead = ReviewSession(store, "lead", DISAGREEING, SessionOptions(adjudicate=True))
    disputed = lead.next()
    assert disputed is not None
    disputed.choose_all("kim")
    lead.answer(disputed, "accept", seconds=1, keys=1)
    [record] = exported_records(store, ExportSelection(versions=True))
    assert (record["_annotator_id"], bare(record)) == ("lead", [])
    assert [each["sessions"] for each in record["versions"]] == [["left"], ["right"], ["kim"], ["sam"]]


def test_categories_go_out_at_the_best_reading_and_as_versions(new_store: Callable[[Task], Store]) -> None:
    store = new_store(Task.TEXTCAT)
    ids, _ = add_examples(store, [Record("one")], "test")
    for name, cats in (("left", {"A": 0.9, "B": 0.1}), ("right", {"A": 0.2, "B": 0.8})):
        run = start_run(store, predictor=name, kind="file", fingerprint="1", model="m")
        save_predictions(store, run, [Prediction(id, cats=cats) for id in ids])
    [record] = exported_records(store, ExportSelection(include=EVERYBODY, versions=True))
    assert (record["accept"], record["_annotator_id"], record["_provenance"]) == (["A"], "left", "unanswered")
    assert [(each["sessions"], each["accept"]) for each in record["versions"]] == [
        (["left"], ["A"]),
        (["right"], ["B"]),
    ]
