"""Further fields of Prodigy's tokens and spans come back with an export, except at tokens and spans that changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from files import read_jsonl, write_jsonl
from hypothesis import given
from hypothesis import strategies as st
from stores import create_store

from tiebreak.core.errors import StoreError
from tiebreak.core.export.onto import export_onto
from tiebreak.core.export.records import ExportSelection
from tiebreak.core.export.targets import Target, export_files
from tiebreak.core.label_map import LabelMap
from tiebreak.core.loading import sources as loading
from tiebreak.core.loading.sources import LoadOptions, load_sources
from tiebreak.core.records import Answer, Span, Task
from tiebreak.core.store.answers import save_answer
from tiebreak.core.store.connection import Store
from tiebreak.core.store.read_examples import ReadExamples

TEXT = "BRCA1 binds TP53 ."
WORDS = [(0, 5), (6, 11), (12, 16), (17, 18)]
GOLD = LoadOptions("gold")
UNANSWERED = ExportSelection(include=("unanswered", "human"))

Record = dict[str, Any]
Exported = Callable[..., list[Record]]


def token(number: int, **fields: Any) -> Record:
    start, end = WORDS[number]
    return {"text": TEXT[start:end], "start": start, "end": end, "id": number, "ws": number < 3, **fields}


def span(number: int, label: str = "GENE", **fields: Any) -> Record:
    start, end = WORDS[number]
    return {"start": start, "end": end, "token_start": number, "token_end": number, "label": label, **fields}


def written(path: Path, *records: Record) -> str:
    return str(write_jsonl(path, records))


@pytest.fixture
def exported(store: Store, tmp_path: Path) -> Exported:
    def exported(onto: str | None = None) -> list[Record]:
        target = Target(tmp_path / "out.jsonl", force=True)
        if onto is None:
            export_files(store, target, UNANSWERED)
        else:
            export_onto(store, Path(onto), target, UNANSWERED)
        return read_jsonl(target.path)

    return exported


def without_source(spans: list[Record]) -> list[Record]:
    return [{name: field for name, field in each.items() if name != "source"} for each in spans]


FIELDS = st.dictionaries(
    st.sampled_from(["disabled", "style", "kb_id", "type", "score", "pattern", "rank", "text"]),
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.text(max_size=3), st.just({"color": ["red"]})),
)
IDS = st.sampled_from([{}, {"id": 7}, {"ws": True}, {"ws": False}])


@pytest.mark.full
@given(
    st.lists(st.tuples(st.dictionaries(st.just("disabled"), st.booleans()), IDS, FIELDS), min_size=4, max_size=4),
    st.dictionaries(st.integers(0, 3), FIELDS),
    st.booleans(),
)
def test_fields_of_tokens_and_spans_come_back(
    tmp_path_factory: pytest.TempPathFactory, tokens: list[Any], spans: dict[int, Record], text_first: bool
) -> None:
    folder = tmp_path_factory.mktemp("kept")
    record = {
        "text": TEXT,
        "tokens": [
            token(at, **{**disabled, **ids, **{name: field for name, field in fields.items() if name != "text"}})
            for at, (disabled, ids, fields) in enumerate(tokens)
        ],
        "spans": [span(at, **fields) for at, fields in sorted(spans.items())],
    }
    source = written(folder / "source.jsonl", record)
    with create_store(folder / "store.db", Task.NER) as store:
        if text_first:
            load_sources(store, [written(folder / "texts.jsonl", {"text": TEXT})])
        load_sources(store, [source], LoadOptions("gold"))
        export_files(store, Target(folder / "out.jsonl"), UNANSWERED)
        export_onto(store, Path(source), Target(folder / "onto.jsonl"), UNANSWERED)
        for name in ("out", "onto"):
            [back] = read_jsonl(folder / f"{name}.jsonl")
            assert back["tokens"] == record["tokens"]
            assert without_source(back["spans"]) == record["spans"]


def test_a_span_that_changed_brings_nothing_of_the_old_one(store: Store, exported: Exported, tmp_path: Path) -> None:
    record = {"text": TEXT, "spans": [span(0, kb_id="Q1"), span(2, kb_id="Q2")]}
    source = written(tmp_path / "source.jsonl", record)
    load_sources(store, [source], LoadOptions("gold"))
    changed = (Span(0, 5, "GENE"), Span(12, 16, "PROTEIN"))
    save_answer(store, Answer(1, "sam", "s", "accept", changed))
    for onto in (None, source):
        [back] = exported(onto)
        assert [each.get("kb_id") for each in back["spans"]] == ["Q1", None]
        assert [each["source"] for each in back["spans"]] == ["gold", "human"]


@pytest.mark.full
@given(st.permutations(range(4)), st.sampled_from([1, 2, 10_000]))
def test_fields_of_spans_that_came_in_several_records_come_back(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], batch: int
) -> None:
    folder = tmp_path_factory.mktemp("several")
    decisions = [
        {"text": TEXT, "spans": [span(at, score=at / 4)], "answer": "accept", "_view_id": "ner"} for at in order
    ]
    with pytest.MonkeyPatch.context() as patch, create_store(folder / "store.db", Task.NER) as store:
        patch.setattr(loading, "BATCH", batch)
        for _ in range(2):
            load_sources(store, [written(folder / "source.jsonl", *decisions)], LoadOptions("gold"))
        export_files(store, Target(folder / "out.jsonl"), UNANSWERED)
        [(kept,)] = store.execute("SELECT json_array_length(span_fields) FROM examples").fetchall()
    [back] = read_jsonl(folder / "out.jsonl")
    assert without_source(back["spans"]) == [span(at, score=at / 4) for at in range(4)]
    assert kept == 4


def test_of_two_records_of_a_span_the_first_fields_are_kept(store: Store, exported: Exported, tmp_path: Path) -> None:
    for fields in ({"score": 1, "rank": 1}, {"score": 2, "kb_id": "Q"}):
        load_sources(store, [written(tmp_path / "x.jsonl", {"text": TEXT, "spans": [span(0, **fields)]})], GOLD)
    [back] = exported()
    assert without_source(back["spans"]) == [span(0, score=1, rank=1, kb_id="Q")]


def test_fields_follow_their_span_through_a_label_map(store: Store, exported: Exported, tmp_path: Path) -> None:
    record = {"text": TEXT, "spans": [span(0, kb_id="Q1"), span(2, "OTHER", kb_id="Q2")]}
    load_sources(store, [written(tmp_path / "x.jsonl", record)], LoadOptions("gold", LabelMap.parse("GENE:PROTEIN")))
    [back] = exported()
    assert [(each["label"], each["kb_id"]) for each in back["spans"]] == [("PROTEIN", "Q1")]


def test_onto_keeps_the_fields_of_the_line_itself(store: Store, exported: Exported, tmp_path: Path) -> None:
    load_sources(store, [written(tmp_path / "loaded.jsonl", {"text": TEXT, "spans": [span(0)]})], LoadOptions("gold"))
    line = {"text": TEXT, "tokens": [token(at, id=9 - at) for at in range(4)], "spans": [span(0, score=0.5)]}
    [back] = exported(written(tmp_path / "original.jsonl", line))
    assert (back["tokens"], back["spans"][0]["score"]) == (line["tokens"], 0.5)
    [back] = exported(written(tmp_path / "original.jsonl", {"text": TEXT, "spans": "none", "tokens": [7]}))
    assert len(back["spans"]) == 1


def test_fields_that_tiebreak_did_not_write_are_refused(store: Store, tmp_path: Path) -> None:
    load_sources(store, [written(tmp_path / "x.jsonl", {"text": TEXT})])
    for column, value in (("span_fields", '[{"start": 1}]'), ("token_fields", '{"x": {}}'), ("token_fields", "[]")):
        store.execute(f"UPDATE examples SET span_fields = NULL, token_fields = NULL, {column} = ?", (value,))
        with pytest.raises(StoreError, match="did not write"):
            ReadExamples(store, [1]).example(1, whole=True)
