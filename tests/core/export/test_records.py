"""Exporting: Prodigy's record key by key, whole files only, and a lossless way back in."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import srsly
from files import read_jsonl
from hypothesis import example, given, settings
from hypothesis import strategies as st
from murmurhash import hash as murmurhash

from tiebreak.core.errors import TiebreakError
from tiebreak.core.export.records import ExportSelection, exported_records
from tiebreak.core.export.targets import Target, export_files
from tiebreak.core.files.whole import write_whole
from tiebreak.core.formats.prodigy_writing import export_record
from tiebreak.core.loading.sources import LoadOptions, load_sources
from tiebreak.core.records import Answer, AnswerValue, Example, Record, Span, Spans, Task, Token
from tiebreak.core.store.answers import save_answer, undo_last_answer
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.queue import current_predictions, read_example
from tiebreak.core.text.hashes import input_hash
from tiebreak.core.text.tokens import tokenize
from tiebreak.core.ways_out import Way, WayOut

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]
TEXT = "Ada\tmet Bob  Ray."


def save(store: Store, example_id: int, spans: Spans, answer: AnswerValue = "accept", at: float = 1700000000.9) -> None:
    save_answer(store, Answer(example_id, "sam", "sam-1", answer, tuple(sorted(spans)), answered_at=at))


def export_jsonl(store: Store, path: Path, kinds: Collection[str], *, force: bool = False) -> int:
    [(_, written)] = export_files(store, Target(path, force=force), ExportSelection(kinds)).files
    return written.records


def test_a_record_is_prodigys_key_by_key(store: Store, predict: Predict) -> None:
    add_examples(store, [Record(TEXT, meta={"source": "x"})], "test")
    predict(store, "left", {TEXT: [Span(0, 3, "PERSON")]})
    ids = predict(store, "right", {TEXT: [Span(0, 3, "PERSON"), Span(8, 11, "PERSON")]})
    spans = (Span(0, 3, "PERSON"), Span(8, 11, "PERSON"), Span(8, 16, "BAND"), Span(1, 3, "PART"))
    save(store, ids[TEXT], spans)
    [record] = exported_records(store, ExportSelection(["accept"]))
    number = input_hash(TEXT)
    task_hash = murmurhash(f"{number}spans=" + srsly.json_dumps(record["spans"], sort_keys=True))
    assert record == {
        "text": TEXT,
        "meta": {"source": "x"},
        "_input_hash": number,
        "_task_hash": task_hash,
        "tokens": [
            {"text": "Ada", "start": 0, "end": 3, "id": 0, "ws": False},
            {"text": "\t", "start": 3, "end": 4, "id": 1, "ws": False},
            {"text": "met", "start": 4, "end": 7, "id": 2, "ws": True},
            {"text": "Bob", "start": 8, "end": 11, "id": 3, "ws": True},
            {"text": " ", "start": 12, "end": 13, "id": 4, "ws": False},
            {"text": "Ray", "start": 13, "end": 16, "id": 5, "ws": False},
            {"text": ".", "start": 16, "end": 17, "id": 6, "ws": False},
        ],
        "spans": [
            {"start": 0, "end": 3, "token_start": 0, "token_end": 0, "label": "PERSON", "source": "left, right"},
            {"start": 1, "end": 3, "label": "PART", "source": "human"},
            {"start": 8, "end": 11, "token_start": 3, "token_end": 3, "label": "PERSON", "source": "right"},
            {"start": 8, "end": 16, "token_start": 3, "token_end": 5, "label": "BAND", "source": "human"},
        ],
        "answer": "accept",
        "_timestamp": 1700000000,
        "_annotator_id": "sam",
        "_session_id": "sam-1",
        "_view_id": "ner_manual",
        "_provenance": "human",
    }
    assert list(record) == [
        *("text", "meta", "_input_hash", "_task_hash", "tokens", "spans", "answer"),
        *("_timestamp", "_annotator_id", "_session_id", "_view_id", "_provenance"),
    ]


def test_nested_spans_go_out_under_prodigys_view_for_them(new_store: Callable[[Task], Store], predict: Predict) -> None:
    store = new_store(Task.SPANCAT)
    ids = predict(store, "left", {TEXT: [Span(0, 3, "A")]})
    save(store, ids[TEXT], (Span(0, 3, "A"), Span(0, 7, "B")))
    [record] = exported_records(store, ExportSelection(["accept"]))
    assert record["_view_id"] == "spans_manual"
    assert [(span["token_start"], span["token_end"]) for span in record["spans"]] == [(0, 0), (0, 2)]


def test_a_record_keeps_the_hashes_tokens_and_fields_it_came_with(store: Store, tmp_path: Path) -> None:
    came = {
        "text": "Ada met",
        "tokens": [{"text": "Ada me", "start": 0, "end": 6, "id": 0}, {"start": 6, "end": 7}],
        "_input_hash": 2**40,
        "_task_hash": -3,
        "custom": {"a": [1.5, None, "\u2028"]},
        "answer": "reject",
        "_timestamp": 1,
    }
    (tmp_path / "in.jsonl").write_text(json.dumps(came))
    load_sources(store, [str(tmp_path / "in.jsonl")])
    save(store, 1, (Span(0, 6, "X"),))
    [record] = exported_records(store, ExportSelection(["accept"]))
    assert (record["_input_hash"], record["_task_hash"], record["custom"]) == (2**40, -3, came["custom"])
    assert (record["answer"], record["_timestamp"]) == ("accept", 1700000000)
    assert [(token["text"], token["ws"]) for token in record["tokens"]] == [("Ada me", False), ("t", False)]
    assert record["spans"][0]["token_end"] == 0


def test_only_answers_in_force_of_the_kinds_asked_for_go_out_oldest_first(
    store: Store, predict: Predict, tmp_path: Path
) -> None:
    ids = predict(store, "left", {"one": [], "two": [], "three": [], "four": [], "open": []})
    save(store, ids["two"], ())
    save(store, ids["one"], (), "reject")
    save(store, ids["one"], (Span(0, 3, "X"),), "accept")
    save(store, ids["three"], (), "ignore")
    save(store, ids["four"], ())
    undo_last_answer(store, "sam", "sam-2")
    for kinds, texts in ((["accept"], ["two", "one"]), (["ignore", "reject"], ["three"]), (["reject"], [])):
        path = tmp_path / f"{'-'.join(kinds)}.jsonl"
        assert export_jsonl(store, path, kinds) == len(texts)
        assert [record["text"] for record in read_jsonl(path)] == texts


def test_an_existing_file_is_overwritten_only_by_force(store: Store, predict: Predict, tmp_path: Path) -> None:
    save(store, predict(store, "left", {"one": []})["one"], ())
    path = tmp_path / "out.jsonl"
    path.write_text("mine")
    path.chmod(0o640)
    with pytest.raises(TiebreakError, match=f"{path}: exists already") as refused:
        export_jsonl(store, path, ["accept"])
    assert refused.value.way_out == WayOut(Way.OVERWRITE)
    assert path.read_text() == "mine"
    assert export_jsonl(store, path, ["accept"], force=True) == 1
    assert [record["text"] for record in read_jsonl(path)] == ["one"]
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_new_file_has_the_permissions_that_the_umask_leaves(store: Store, tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        export_jsonl(store, tmp_path / "out.jsonl", ["accept"])
    finally:
        os.umask(before)
    assert (tmp_path / "out.jsonl").stat().st_mode & 0o777 == 0o600


def test_an_export_that_fails_half_way_leaves_the_old_file_and_nothing_else(
    store: Store, predict: Predict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = predict(store, "left", {f"text {number}": [] for number in range(5)})
    for example_id in ids.values():
        save(store, example_id, ())
    path = tmp_path / "out.jsonl"
    path.write_text("old")
    files = sorted(each.name for each in tmp_path.iterdir())

    def fail_on_the_third(example: Example, *others: Any) -> dict[str, Any]:
        assert path.read_text() == "old"
        if example.id == 3:
            raise KeyboardInterrupt
        return export_record(example, *others)

    monkeypatch.setattr("tiebreak.core.export.making.export_record", fail_on_the_third)
    with pytest.raises(KeyboardInterrupt):
        export_jsonl(store, path, ["accept"], force=True)
    assert path.read_text() == "old"
    assert sorted(each.name for each in tmp_path.iterdir()) == files


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with write_whole(path) as file:
        file.write(b"first half\n" * 10_000)
        file.flush()
        assert not path.exists()
    assert path.read_text() == "first half\n" * 10_000


def test_a_file_that_cannot_be_written_is_one_plain_error(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "folder.jsonl"
    folder.mkdir()
    for path in (tmp_path / "none" / "out.jsonl", folder):
        with pytest.raises(TiebreakError, match=f"{path}: cannot be written"):
            export_files(store, Target(path, "jsonl", force=True), ExportSelection(["accept"]))


def round_trip(
    new_store: Callable[[Task], Store], text: str, spans: Spans, tokens: tuple[Token, ...], meta: dict[str, Any] | None
) -> None:
    store = new_store(Task.SPANCAT)
    [example_id], _ = add_examples(store, [Record(text, tokens=tokens, meta=meta, other_fields={"x": [meta]})], "test")
    save(store, example_id, spans)
    path = store.path.with_suffix(".jsonl")
    export_jsonl(store, path, ["accept"])
    again = new_store(Task.SPANCAT)
    loaded = load_sources(again, [str(path)], LoadOptions("reviewed"))
    assert (loaded.records, loaded.new, loaded.bad) == (1, 1, 0)
    before, after = read_example(store, example_id), read_example(again, 1)
    [exported] = read_jsonl(path)
    assert (after.text, after.meta, after.other_fields) == (before.text, before.meta or {}, before.other_fields)
    assert (after.input_hash, after.task_hash) == (before.input_hash, exported["_task_hash"])
    assert after.tokens == (before.tokens or tokenize(text))
    assert current_predictions(again, 1)["reviewed"].marks == spans
    save(again, 1, spans)
    second = path.with_suffix(".again.jsonl")
    export_jsonl(again, second, ["accept"])
    [exported_again] = read_jsonl(second)
    for record in (exported, exported_again):
        for span in record["spans"]:
            span.pop("source")
    assert exported_again == exported


HOSTILE = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from("\x00\x1b\x9b\u2028\u2029\x85\ufeff\u202e\u200b\u200d\u0301\r\n\t [red]\\\"'😀İ"),
    ),
    min_size=1,
    max_size=30,
)


@st.composite
def reviewed(draw: st.DrawFn) -> tuple[str, Spans, tuple[Token, ...]]:
    text = draw(HOSTILE)
    bounds = st.lists(st.integers(0, len(text)), min_size=2, max_size=2, unique=True).map(sorted)
    spans = draw(
        st.lists(st.builds(lambda at, label: Span(at[0], at[1], label), bounds, HOSTILE), max_size=3, unique=True)
    )
    cuts = sorted(draw(st.sets(st.integers(0, len(text)))))
    tokens = draw(st.sampled_from([(), tuple(pairwise(cuts))]))
    return text, tuple(sorted(spans)), tokens


@settings(max_examples=40)
@given(
    reviewed(),
    st.none()
    | st.dictionaries(HOSTILE, HOSTILE | st.integers() | st.floats(allow_nan=False, allow_infinity=False), max_size=2),
)
@example(("a\u2028b\r\n", (Span(1, 2, "\x1b[0m"),), ()), {"\x00": "\ufeff"})
def test_what_goes_out_comes_back_in_unchanged(
    new_store: Callable[[Task], Store], case: tuple[str, Spans, tuple[Token, ...]], meta: dict[str, Any] | None
) -> None:
    round_trip(new_store, *case, meta)


@pytest.mark.full
def test_real_texts_with_crlf_and_nested_arabic_come_back_in_unchanged(
    new_store: Callable[[Task], Store], data: Path
) -> None:
    texts = []
    for name in ("github_docs", "ar_wojood", "nlupp_hotels"):
        for line in (data / f"{name}.jsonl").read_text("utf-8").splitlines():
            record = json.loads(line)
            texts.append(record["text"])
            spans = record.get("spans", []) + record.get("nested", [])
            round_trip(new_store, record["text"], tuple(sorted({Span(**span) for span in spans})), (), record["meta"])
    assert sum("\r\n" in text for text in texts) == 3
