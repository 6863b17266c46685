"""Categories from a file or a pipeline through the store to Prodigy's choices, and back in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import spacy
import srsly
from hypothesis import given, settings
from hypothesis import strategies as st
from murmurhash import hash as murmurhash
from rulers import save_ruler

from tiebreak.core.engine.engine import run_predictors
from tiebreak.core.errors import AnswerError, PredictorError
from tiebreak.core.export.records import ExportSelection, exported_records
from tiebreak.core.export.targets import Target, export_files
from tiebreak.core.label_map import LabelMap
from tiebreak.core.loading.sources import LoadOptions, load_sources
from tiebreak.core.loading.summary import LoadSummary
from tiebreak.core.predictors.accounting import check_readable
from tiebreak.core.project.config import PredictorConfig
from tiebreak.core.records import Task
from tiebreak.core.review.categories import CategoryReview
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.store.comparisons import compare_examples
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import label_names
from tiebreak.core.store.queue import current_predictions, iterate_queue

OPTIONS = [{"id": "A", "text": "the first"}, {"id": 2, "text": "zwei"}]
NewStore = Callable[[Task], Store]


def load(store: Store, *records: dict[str, Any], name: str | None = "left", **options: Any) -> LoadSummary:
    path = store.path.with_suffix(".jsonl")
    path.write_text("".join(json.dumps({"text": "x", **record}) + "\n" for record in records))
    return load_sources(store, [str(path)], LoadOptions(name, **options))


def said(store: Store, name: str = "left", example_id: int = 1) -> dict[str, float]:
    return dict(current_predictions(store, example_id)[name].cats)


@pytest.mark.parametrize(
    ("record", "cats"),
    [
        ({"cats": {"A": 0.25, "B": True}}, {"A": 0.25, "B": 1.0}),
        ({"options": OPTIONS, "accept": [2]}, {"A": 0.0, "2": 1.0}),
        ({"options": OPTIONS, "accept": []}, {"A": 0.0, "2": 0.0}),
        ({"label": "A", "answer": "accept"}, {"A": 1.0}),
        ({"label": "A", "answer": "reject"}, {"A": 0.0}),
        ({"label": "A"}, {"A": 1.0}),
        ({"cats": {"A": 0.9, "2": 0.1}, "options": OPTIONS, "accept": ["A"]}, {"A": 0.9, "2": 0.1}),
        ({"cats": {"A": 1.0, "2": 0.0}, "options": OPTIONS, "accept": [2]}, {"A": 0.0, "2": 1.0}),  # ticked since
    ],
)
def test_cats_choices_and_binary_records_are_predictions(
    new_store: NewStore, record: dict[str, Any], cats: dict[str, float]
) -> None:
    for task in (Task.TEXTCAT, Task.TEXTCAT_MULTILABEL):
        store = new_store(task)
        assert load(store, record).predictions == {"left": 1}
        assert said(store) == cats
        assert label_names(store) == sorted(cats)


def test_a_choice_that_nobody_made_is_no_prediction(new_store: NewStore) -> None:
    loaded = load(new_store(Task.TEXTCAT), {"options": OPTIONS}, {"text": "y", "label": "A", "answer": "ignore"})
    assert (loaded.predictions, loaded.unaccepted, loaded.new) == ({}, 1, 2)


def test_binary_records_say_one_label_beside_the_others(new_store: NewStore) -> None:
    store = new_store(Task.TEXTCAT_MULTILABEL)
    load(store, {"label": "A", "answer": "accept"}, {"label": "B", "answer": "reject"})
    load(store, {"label": "C", "answer": "accept"}, {"label": "B", "answer": "accept"})
    assert said(store) == {"A": 1.0, "B": 1.0, "C": 1.0}
    load(store, {"label": "dropped"}, label_map=LabelMap.parse("A,B,C"))
    load(store, {"cats": {"B": 1.0}})
    assert said(store) == {"B": 1.0}


def test_annotators_of_a_prodigy_export_are_predictors(new_store: NewStore) -> None:
    store = new_store(Task.TEXTCAT)
    choice = {"options": OPTIONS, "answer": "accept"}
    load(
        store,
        {**choice, "accept": ["A"], "_annotator_id": "sam"},
        {**choice, "accept": [2], "_annotator_id": "kim"},
        name=None,
    )
    session = ReviewSession(store, "me")
    review = session.next()
    assert review is not None
    assert (review.item.score, [each.label for each in review.differences]) == (1.0, ["2", "A"])


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"cats": {"A": 1.5}}, "cats: the score of 'A' is 1.5, not between 0 and 1"),
        ({"cats": {"": 1.0}}, "cats: a label is empty"),
        ({"cats": {"A": 1.0, "B": 1.0}}, "'A' and 'B' both hold, but the task textcat takes one"),
        ({"options": OPTIONS, "accept": ["A", 2]}, "both hold"),
    ],
)
def test_categories_that_cannot_be_are_bad_lines(new_store: NewStore, record: dict[str, Any], reason: str) -> None:
    store = new_store(Task.TEXTCAT)
    store.path.with_suffix(".jsonl").write_text(json.dumps({"text": "x", **record}))
    bad: list[str] = []
    load_sources(store, [str(store.path.with_suffix(".jsonl"))], LoadOptions("left"), on_bad=bad.append)
    [message] = bad
    assert reason in message


def answer_next(store: Store, *labels: str) -> None:
    session = ReviewSession(store, "sam")
    review = session.open(1)
    assert isinstance(review, CategoryReview)
    for label in labels:
        review.relabel(label)
    session.answer(review, "accept", seconds=1, keys=1)


@pytest.mark.parametrize(("task", "style"), [(Task.TEXTCAT, "single"), (Task.TEXTCAT_MULTILABEL, "multiple")])
def test_an_answer_goes_out_as_prodigys_choice(new_store: NewStore, task: Task, style: str) -> None:
    store = new_store(task)
    spans = [{"start": 0, "end": 1, "label": "X", "custom": 1}]
    config = {"choice_style": "multiple", "buttons": ["accept"]}
    load(store, {"options": OPTIONS, "accept": [2], "config": config, "spans": spans, "meta": {"a": 1}})
    load(store, {"cats": {"A": 0.8, "B": 0.2}}, name="right")
    answer_next(store, "A")
    [record] = exported_records(store, ExportSelection(["accept"]))
    options = [*OPTIONS, {"id": "B", "text": "B"}]
    both = {"A": 1.0, "B": 0.0, "2": float(task is Task.TEXTCAT_MULTILABEL)}
    if task is Task.TEXTCAT_MULTILABEL:  # A was left's "no", and 2 left's "yes"
        assert record["accept"] == ["A", 2]
    else:
        assert record["accept"] == ["A"]
    assert (record["options"], record["cats"], record["spans"]) == (options, both, spans)
    assert record["config"] == {**config, "choice_style": style}
    assert (record["_view_id"], record["answer"], record["meta"]) == ("choice", "accept", {"a": 1})
    keyed = f"{record['_input_hash']}spans={srsly.json_dumps(spans, sort_keys=True)}"
    assert record["_task_hash"] == murmurhash(f"{keyed}options={srsly.json_dumps(options, sort_keys=True)}")
    rows = store.execute("SELECT spans, cats FROM answers").fetchall()
    assert [(json.loads(spans), json.loads(cats)) for spans, cats in rows] == [([], both)]


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)


@pytest.mark.full
@settings(max_examples=30)
@given(
    st.sampled_from([Task.TEXTCAT, Task.TEXTCAT_MULTILABEL]),
    st.lists(NAMES, min_size=1, max_size=5, unique=True),
    st.lists(st.integers(0, 4), max_size=4),
)
def test_what_goes_out_comes_back_in_as_the_same_cats(
    new_store: NewStore, task: Task, names: list[str], picks: list[int]
) -> None:
    store, again = new_store(task), new_store(task)
    load(store, {"cats": {names[0]: 1.0}})
    load(store, {"cats": dict.fromkeys(names, 0.0)}, name="right")
    answer_next(store, *(names[pick % len(names)] for pick in picks))
    path = store.path.with_suffix(".out.jsonl")
    export_files(store, Target(path, force=True), ExportSelection(["accept"]))
    [exported] = exported_records(store, ExportSelection(["accept"]))
    loaded = load_sources(again, [str(path)], LoadOptions("reviewed"))
    assert (loaded.new, loaded.bad) == (1, 0)
    assert said(again, "reviewed") == exported["cats"]
    assert set(exported["cats"]) == set(names)


def test_real_utterances_keep_their_spans_and_agreed_ones_are_accepted(new_store: NewStore, data: Path) -> None:
    store = new_store(Task.TEXTCAT_MULTILABEL)
    source = data / "nlupp_hotels.jsonl"
    for name in ("left", "right"):
        load_sources(store, [str(source)], LoadOptions(name))
    given_records = [json.loads(line) for line in source.read_text("utf-8").splitlines()]
    assert ReviewSession(store, "sam").accept_agreed() == len(given_records)
    known = set(label_names(store))
    by_text = {record["text"]: record for record in given_records}
    for record in exported_records(store, ExportSelection(["accept"])):
        came = by_text[record["text"]]
        assert {label for label, score in record["cats"].items() if score} == set(came["cats"])
        assert set(record["cats"]) == known
        assert record["spans"] == came["spans"]


def test_an_answer_is_undone_and_a_place_resumed_with_its_categories(new_store: NewStore) -> None:
    store = new_store(Task.TEXTCAT_MULTILABEL)
    load(store, {"cats": {"A": 1.0, "B": 0.0, "C": 0.0}})
    load(store, {"cats": {"A": 0.0, "B": 1.0}}, name="right")
    session = ReviewSession(store, "sam")
    review = session.next()
    assert isinstance(review, CategoryReview)
    review.relabel("C")
    review.step(1)
    before = review.decision(), review.settled()
    session.leave(review)
    resumed = ReviewSession(store, "sam").resume()
    assert resumed is not None
    assert (resumed.decision(), resumed.settled()) == before
    session.answer(resumed, "accept", seconds=1, keys=1)
    undone = ReviewSession(store, "sam").undo()
    assert undone is not None
    assert (undone.decision(), undone.settled()) == before


@pytest.mark.full
def test_a_pipeline_gives_its_scores_under_the_label_map(new_store: NewStore, tmp_path: Path) -> None:
    store = new_store(Task.TEXTCAT_MULTILABEL)
    load(store, {"text": "A here"}, {"text": "poison"}, name=None)
    letters = save_ruler(tmp_path / "letters", "tests_cats_of_letters")
    [progress] = run_predictors(store, [PredictorConfig("left", letters, LabelMap.parse("A:first"))])
    assert (progress.ok, progress.failed) == (1, 1)
    assert said(store) == {"first": 0.9}
    assert current_predictions(store, 2)["left"].error == "the score of 'A' is 3, not between 0 and 1"


@pytest.mark.parametrize("factory", ["textcat", pytest.param("textcat_multilabel", marks=pytest.mark.full)])
def test_spacys_own_components_predict_categories(new_store: NewStore, tmp_path: Path, factory: str) -> None:
    nlp = spacy.blank("en")
    pipe = nlp.add_pipe(factory)
    for label in ("news", "sport"):
        pipe.add_label(label)  # type: ignore[attr-defined]
    nlp.initialize()
    nlp.to_disk(tmp_path / factory)
    store = new_store(Task.TEXTCAT)
    load(store, {"text": "a goal"}, name=None)
    run_predictors(store, [PredictorConfig("left", str(tmp_path / factory))])
    assert said(store) == pytest.approx(dict(nlp("a goal").cats))
    with pytest.raises(PredictorError, match="predicts nothing"):
        run_predictors(new_store(Task.NER), [PredictorConfig("left", str(tmp_path / factory))])
    with pytest.raises(PredictorError, match="label map keeps none"):
        run_predictors(store, [PredictorConfig("l", str(tmp_path / factory), LabelMap.parse("x"))])


@pytest.mark.full
def test_a_pipeline_that_says_nothing_of_categories_is_refused(new_store: NewStore, tmp_path: Path) -> None:
    ruler = save_ruler(tmp_path / "ruler", "entity_ruler")
    with pytest.raises(PredictorError, match=r"no component that predicts categories .*only entity_ruler"):
        run_predictors(new_store(Task.TEXTCAT), [PredictorConfig("left", ruler)])


@pytest.mark.parametrize(
    ("labels", "exclusive", "response", "readable"),
    [
        (["A"], True, " pos\n", True),
        (["A"], True, "maybe", False),
        (["A", "B"], True, "B", True),
        (["A", "B"], True, "A, B", False),
        (["A", "B"], False, "A, b", True),
        (["A", "B"], False, "==NONE==", True),
        (["A", "B"], False, "I cannot tell", False),
    ],
)
def test_an_llms_answer_that_names_no_category_is_no_verdict(
    labels: list[str], exclusive: bool, response: str, readable: bool
) -> None:
    from spacy_llm.tasks.textcat import make_textcat_task_v3

    task = make_textcat_task_v3(labels=labels, exclusive_classes=exclusive)
    if readable:
        check_readable(task, response)
    else:
        with pytest.raises(AnswerError):
            check_readable(task, response)


@pytest.mark.parametrize(("task", "other"), [(Task.TEXTCAT, "spans"), (Task.NER, "cats")])
def test_what_stands_in_the_column_of_the_other_kind_of_task_is_not_read(
    new_store: NewStore, task: Task, other: str
) -> None:
    store = new_store(task)
    said = {"cats": {"A": 1.0}} if task is Task.TEXTCAT else {"spans": [{"start": 0, "end": 1, "label": "A"}]}
    load(store, said)
    load(store, {**said, "cats": {"B": 1.0}} if task is Task.TEXTCAT else {"spans": []}, name="right")
    store.execute(f"UPDATE predictions SET {other} = 'junk'")
    compare_examples(store, [1])
    [item] = iterate_queue(store)
    assert item.score == 1.0
