"""Several records of one text by one predictor: decisions merge, rivals give way, and `load` and `diff` agree."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from files import write_jsonl
from hypothesis import given
from hypothesis import strategies as st
from stores import create_store

from tiebreak.core.formats.annotated_file import read_annotated
from tiebreak.core.label_map import KEEP_ALL, LabelMap
from tiebreak.core.loading import sources as loading
from tiebreak.core.loading.sources import LoadOptions, load_sources
from tiebreak.core.loading.summary import LoadSummary
from tiebreak.core.records import Span, Task, TaskKind
from tiebreak.core.store.encoding import decode_cats, decode_spans

TEXT = "Anna Berg leads Acme in Bonn"
ANNA, BERG, ACME, BONN = Span(0, 4, "PER"), Span(0, 9, "PER"), Span(16, 20, "ORG"), Span(24, 28, "LOC")

Saved = dict[str, tuple[tuple[Span, ...], dict[str, float] | None]]
Load = Callable[..., tuple[Saved, LoadSummary]]


def record(*spans: Span, text: str = TEXT, **fields: Any) -> dict[str, Any]:
    return {"text": text, "spans": [span._asdict() for span in spans], **fields}


def decision(span: Span, answer: str = "accept", **fields: Any) -> dict[str, Any]:
    return record(span, answer=answer, _view_id="ner", **fields)


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Loads each list of records as gold into a new store; returns gold's spans by text, and the last report."""
    number = iter(range(1000))

    def load(*loads: list[Any], task: Task = Task.NER, batch: int = 10_000, labels: str | None = None) -> Any:
        monkeypatch.setattr(loading, "BATCH", batch)
        with create_store(tmp_path / f"{next(number)}.db", task) as store:
            for records in loads:
                source = str(write_jsonl(tmp_path / "source.jsonl", records))
                loaded = load_sources(store, [source], LoadOptions("gold", LabelMap.parse(labels)))
            rows = store.execute(
                "SELECT text, spans, cats FROM predictions JOIN examples ON examples.id = example_id"
            ).fetchall()
        return {
            text: (decode_spans(spans), None if cats is None else decode_cats(cats)) for text, spans, cats in rows
        }, loaded

    return load


def test_decisions_on_single_spans_are_merged_by_text(load: Load) -> None:
    said, loaded = load([decision(ANNA), decision(ACME), decision(BONN), decision(Span(0, 1, "X"), text="Bob")])
    assert said == {TEXT: ((ANNA, ACME, BONN), None), "Bob": ((Span(0, 1, "X"),), None)}
    assert (loaded.decisions, loaded.gave_way, loaded.records) == (4, 0, 4)


@pytest.mark.parametrize("view", ["ner", "spans"])
def test_a_decision_that_was_reviewed_is_one_too(load: Load, view: str) -> None:
    said, loaded = load([decision(ANNA) | {"_view_id": "review", "view_id": view}, decision(ACME)])
    assert (said[TEXT][0], loaded.decisions) == ((ANNA, ACME), 2)
    whole = {"answer": "accept", "_view_id": "review", "view_id": f"{view}_manual"}
    said, loaded = load([record(ANNA, **whole), record(ACME, **whole)])
    assert (said[TEXT][0], loaded.decisions, loaded.gave_way) == ((ACME,), 0, 1)


def test_a_rejected_span_is_one_that_the_predictor_decided_against(load: Load) -> None:
    said, loaded = load([decision(ACME), decision(BONN, "reject"), decision(ANNA, "reject", text="Anna")])
    assert said == {TEXT: ((ACME,), None), "Anna": ((), None)}
    assert loaded.unaccepted == 0
    said, _ = load([decision(ANNA), decision(ACME), decision(ANNA, "reject")])
    assert said[TEXT][0] == (ACME,)
    said, loaded = load([decision(ANNA, "reject"), decision(ANNA)])
    assert (said[TEXT][0], loaded.gave_way) == ((ANNA,), 0)


def test_an_ignored_decision_decides_nothing(load: Load) -> None:
    said, loaded = load([decision(ANNA), decision(ACME, "ignore")])
    assert (said[TEXT][0], loaded.unaccepted) == ((ANNA,), 1)


def test_of_decisions_that_exclude_each_other_the_later_counts(load: Load) -> None:
    said, loaded = load([decision(ANNA), decision(BERG)])
    assert (said[TEXT][0], loaded.gave_way) == ((BERG,), 1)
    said, loaded = load([decision(ANNA), decision(BERG)], task=Task.SPANCAT)
    assert (said[TEXT][0], loaded.gave_way) == ((ANNA, BERG), 0)


def test_decisions_join_what_was_said_of_the_whole_text_and_what_was_loaded_before(load: Load) -> None:
    said, loaded = load([record(ANNA, answer="accept", _view_id="ner_manual"), decision(ACME)])
    assert (said[TEXT][0], loaded.gave_way) == ((ANNA, ACME), 0)
    said, _ = load([decision(ANNA)], [decision(ACME)])
    assert said[TEXT][0] == (ANNA, ACME)
    said, loaded = load([decision(ANNA), record(BONN, _view_id="ner_manual")])
    assert (said[TEXT][0], loaded.gave_way) == ((ANNA,), 1)  # an answer beats a record without an answer
    said, loaded = load([decision(ANNA), record(BONN, answer="accept", _view_id="ner_manual")])
    assert (said[TEXT][0], loaded.gave_way) == ((BONN,), 1)


def test_questions_of_old_exports_are_distinguished_by_their_hashes(load: Load) -> None:
    asked = [record(ANNA, answer="accept", _task_hash=1), record(ACME, answer="accept", _task_hash=2)]
    questions = [*asked, record(BONN, answer="reject", _task_hash=3), record(ACME, answer="reject", _task_hash=4)]
    for batch in (1, 10_000):
        said, loaded = load(questions, batch=batch)
        assert (said[TEXT][0], loaded.decisions, loaded.gave_way) == ((ANNA,), 4, 0)
    said, loaded = load([asked[0], {**asked[1], "_task_hash": 1}])
    assert (said[TEXT][0], loaded.gave_way) == ((ACME,), 1)
    said, loaded = load([record(ANNA, answer="reject", _task_hash=3)])
    assert (said, loaded.unaccepted) == ({}, 1)


def test_of_rivals_the_last_counts_and_the_others_are_counted(load: Load) -> None:
    said, loaded = load([record(ANNA, ACME), record(BERG), record(BERG), record(ACME, BONN), record(BERG)])
    assert (said[TEXT][0], loaded.gave_way) == ((BERG,), 3)
    said, loaded = load([record(ANNA)], [record(BERG)])
    assert (said[TEXT][0], loaded.gave_way) == ((BERG,), 0)


def test_an_answer_goes_before_a_suggestion(load: Load) -> None:
    answer, suggestion = record(ANNA, answer="accept"), record(BONN)
    for records in ([answer, suggestion], [suggestion, answer]):
        said, loaded = load(records)
        assert (said[TEXT][0], loaded.gave_way) == ((ANNA,), 1)


def test_the_label_map_applies_before_records_are_merged(load: Load) -> None:
    said, loaded = load([decision(ANNA), decision(ACME), decision(BERG)], labels="PER:PERSON")
    assert (said[TEXT][0], loaded.gave_way) == ((Span(0, 9, "PERSON"),), 1)
    said, _ = load([decision(ACME)], labels="PER:PERSON")
    assert said == {}


def test_where_one_category_holds_a_later_one_takes_its_place(load: Load) -> None:
    records = [{"text": "x", "label": "A", "answer": "accept"}, {"text": "x", "label": "B", "answer": "accept"}]
    said, loaded = load(records, task=Task.TEXTCAT)
    assert (said["x"][1], loaded.gave_way) == ({"A": 0.0, "B": 1.0}, 1)
    said, loaded = load(records, task=Task.TEXTCAT_MULTILABEL)
    assert (said["x"][1], loaded.gave_way) == ({"A": 1.0, "B": 1.0}, 0)


def test_two_annotations_of_one_label_studio_task_are_rivals(load: Load, tmp_path: Path) -> None:
    def annotation(span: Span) -> dict[str, Any]:
        value = {"start": span.start, "end": span.end, "labels": [span.label]}
        return {"result": [{"type": "labels", "from_name": "label", "to_name": "text", "value": value}]}

    task = {"data": {"text": TEXT}, "annotations": [annotation(ANNA), annotation(ACME)]}
    path = tmp_path / "tasks.json"
    path.write_text(json.dumps([{**task, "predictions": [annotation(BONN)]}]))
    with create_store(tmp_path / "studio.db", Task.NER) as store:
        loaded = load_sources(store, [str(path)], LoadOptions("gold", format="labelstudio"))
        [(spans,)] = store.execute("SELECT spans FROM predictions").fetchall()
    assert (decode_spans(spans), loaded.gave_way) == ((ACME,), 2)
    diffed = read_annotated(str(path), Task.NER, "labelstudio", KEEP_ALL)
    assert ([each.spans for each in diffed.texts.values()], diffed.gave_way) == ([(ACME,)], 2)


def test_two_taggings_of_one_sentence_are_rivals(tmp_path: Path) -> None:
    path = tmp_path / "x.conll"
    path.write_text("Reuters B-ORG\n\nReuters O\n\nAnna B-PER\n\nAnna B-PER\n\n")
    with create_store(tmp_path / "store.db", Task.NER) as store:
        loaded = load_sources(store, [str(path)], LoadOptions("gold"))
    assert loaded.gave_way == 1
    assert read_annotated(str(path), Task.NER, None, KEEP_ALL).gave_way == 1


SPANS = st.sampled_from([ANNA, BERG, ACME, BONN])
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "answer": st.sampled_from(["accept", "reject", "ignore"]),
        "_view_id": st.sampled_from(["ner", "spans", "ner_manual", "blocks"]),
        "_task_hash": st.integers(1, 3),
    },
)


@st.composite
def one_record(draw: Any, task: Task) -> dict[str, Any]:
    fields = {"text": draw(st.sampled_from([TEXT, TEXT + "."])), **draw(FIELDS)}
    if task.kind is TaskKind.CATEGORIES:
        cats = st.dictionaries(st.sampled_from("AB"), st.sampled_from([0.0, 0.25]), max_size=2)
        said = st.one_of(cats.map(lambda cats: {"cats": cats}), st.sampled_from("AB").map(lambda each: {"label": each}))
        return {**fields, **draw(said)}
    chosen = draw(st.lists(SPANS, max_size=2, unique=True))
    if not task.allows_overlap and {ANNA, BERG} <= {*chosen}:
        chosen.remove(ANNA)
    spans = [] if draw(st.booleans()) and not chosen else [("spans", [span._asdict() for span in chosen])]
    return {**fields, **dict(spans)}


FILES = st.sampled_from([*Task]).flatmap(lambda task: st.tuples(st.just(task), st.lists(one_record(task), max_size=6)))


@pytest.mark.full
@given(FILES, st.sampled_from([None, "PER:ORG,ORG", "A:B,LOC,PER"]))
def test_load_and_diff_agree_wherever_a_batch_ends(
    load: Load, tmp_path: Path, file: tuple[Task, list[Any]], labels: str | None
) -> None:
    task, records = file
    said, _ = load(records, task=task, labels=labels)
    for batch in (1, 2, 3):
        assert load(records, task=task, batch=batch, labels=labels)[0] == said
    source = str(write_jsonl(tmp_path / "diffed.jsonl", records))
    annotated = read_annotated(source, task, None, LabelMap.parse(labels)).texts.values()
    diffed = {each.text: each.cats if task.kind is TaskKind.CATEGORIES else each.spans for each in annotated}
    assert {text: value for text, value in diffed.items() if value is not None} == {
        text: cats if task.kind is TaskKind.CATEGORIES else spans for text, (spans, cats) in said.items()
    }
