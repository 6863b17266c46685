"""Exporting the texts without an answer, with the spans that are most probable after all that was learned."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from files import read_jsonl

from tiebreak.core.errors import ConfigError
from tiebreak.core.export.onto import export_onto
from tiebreak.core.export.records import ExportCounts, ExportSelection, exported_records
from tiebreak.core.export.targets import Target, export_files
from tiebreak.core.formats.registry import WRITTEN
from tiebreak.core.learning.learner import Best, Learner
from tiebreak.core.loading.sources import LoadOptions, load_sources
from tiebreak.core.records import Answer, AnswerValue, Category, Marks, Prediction, Record, Span, Task
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.store.answers import save_answer
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.core.store.queue import current_predictions

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]
A, B, C = Span(0, 4, "A"), Span(5, 6, "B"), Span(5, 6, "C")
WHOLE = ("human", "auto", "best")


class Knows(Learner):
    """A learner with given spans for each text, and a given probability."""

    def __init__(self, best: Mapping[int, tuple[Marks, float]], answers: int = 3) -> None:
        self.known = best
        self.taught = answers
        self.asked: list[int] = []

    @property
    def answers(self) -> int:
        return self.taught

    def best_of(self, example_ids: Sequence[int]) -> dict[int, Best]:
        self.asked += example_ids
        return {each: Best(*self.known[each], self.taught) for each in example_ids}

    def made(self, store: Store) -> Learner:
        return self


@pytest.fixture
def ids(store: Store, predict: Predict) -> dict[str, int]:
    """Five texts: sam took `right`'s reading of the first and ignored the second, and the others are open.

    The models agree on the last, and one model alone has read the last but one.
    """
    predict(store, "left", {"text 0": [A], "text 1": [A], "text 2": [A, B], "text 3": [A], "text 4": [B]})
    ids = predict(store, "right", {"text 0": [A, B], "text 1": [], "text 2": [A], "text 4": [B]})
    session = ReviewSession(store, "sam")
    answers: tuple[tuple[str, AnswerValue], ...] = (("text 0", "accept"), ("text 1", "ignore"))
    for text, answer in answers:
        review = session.open(ids[text])
        review.choose_all("right")
        session.answer(review, answer, seconds=1, keys=1)
    [(open_id,)] = store.execute("SELECT id FROM examples WHERE text = 'text 3'")
    return {**ids, "text 3": open_id}


@pytest.fixture
def learner(ids: dict[str, int]) -> Knows:
    return Knows({ids["text 2"]: ((A, C), 0.90004), ids["text 3"]: ((A,), 0.5), ids["text 4"]: ((), 0.25)})


def records(store: Store, learner: Knows, **options: Any) -> dict[str, dict[str, Any]]:
    selection = ExportSelection(learner=learner.made, **{"include": ("best",), **options})
    return {record["text"]: record for record in exported_records(store, selection)}


def bare(record: Mapping[str, Any]) -> list[tuple[int, int, str]]:
    return [(span["start"], span["end"], span["label"]) for span in record["spans"]]


def test_each_text_without_an_answer_goes_out_at_what_holds_most_probably(store: Store, learner: Knows) -> None:
    found = records(store, learner)
    assert {text: bare(record) for text, record in found.items()} == {"text 2": [A, C], "text 3": [A], "text 4": []}
    assert {record["answer"] for record in found.values()} == {"accept"}


def test_a_learned_record_says_so_and_how_sure_that_is(store: Store, learner: Knows) -> None:
    record = records(store, learner)["text 2"]
    assert (record["_provenance"], record["_confidence"], record["_annotator_id"]) == ("learned", 0.9, "learned")
    assert [span["source"] for span in record["spans"]] == ["left, right", "learned"]
    answered = records(store, learner, include=WHOLE)["text 0"]
    assert answered["_provenance"] == "human"
    assert "_confidence" not in answered


def test_answers_of_any_kind_are_no_rest(store: Store, learner: Knows) -> None:
    assert "text 1" not in records(store, learner, include=WHOLE)
    everything = records(store, learner, include=WHOLE, kinds=("accept", "ignore"))
    assert [(text, record["_provenance"]) for text, record in everything.items()] == [
        ("text 0", "human"),
        ("text 1", "human"),
        *((f"text {number}", "learned") for number in (2, 3, 4)),
    ]
    assert records(store, learner, kinds=("reject",)) == {}


def test_an_export_without_options_asks_no_learner_and_holds_answers_alone(store: Store, learner: Knows) -> None:
    plain = list(exported_records(store, ExportSelection(learner=learner.made)))
    assert [record["text"] for record in plain] == ["text 0"]
    assert learner.asked == []


def test_less_sure_texts_stay_out_and_are_counted(store: Store, learner: Knows) -> None:
    exported = ExportCounts()
    selection = ExportSelection(include=WHOLE, min_confidence=0.5, learner=learner.made)
    found = [record["text"] for record in exported_records(store, selection, exported)]
    assert found == ["text 0", "text 2", "text 3"]
    assert (exported.not_exported["unsure"], exported.answers, exported.by_provenance["learned"]) == (1, 3, 2)


@pytest.mark.parametrize("wrong", [-0.1, 1.01, float("nan")])
def test_a_confidence_that_is_no_probability_is_refused(wrong: float) -> None:
    with pytest.raises(ConfigError, match="a probability is within 0 and 1"):
        ExportSelection(include=["best"], min_confidence=wrong)


def test_only_what_was_learned_has_a_confidence_and_one_way_is_chosen_for_the_rest() -> None:
    with pytest.raises(ConfigError, match="only learned examples have one: include best as well"):
        ExportSelection(min_confidence=0.5)
    with pytest.raises(ConfigError, match="include best,unanswered: unanswered and best are the same examples"):
        ExportSelection(include=["best", "unanswered"])


def test_a_text_that_no_model_could_read_is_no_rest(store: Store, learner: Knows, ids: dict[str, int]) -> None:
    run = start_run(store, predictor="left", kind="file", fingerprint="2", model="m")
    save_predictions(store, run, [Prediction(ids["text 3"], error="timeout")])
    assert set(records(store, learner)) == {"text 2", "text 4"}


def test_both_parts_of_a_split_together_are_the_whole(store: Store, learner: Knows, tmp_path: Path) -> None:
    selection = ExportSelection(include=WHOLE, min_confidence=0.5, learner=learner.made)
    summary = export_files(store, Target(tmp_path / "corpus.jsonl"), selection, 0.5)
    found = [record["text"] for path, _ in summary.files for record in read_jsonl(path)]
    assert sorted(found) == ["text 0", "text 2", "text 3"]
    assert summary.counts.not_exported["unsure"] == 1
    assert sorted(learner.asked) == sorted(learner.known)


@pytest.mark.parametrize("format", [each for each in WRITTEN if each != "csv"])
def test_every_format_takes_the_rest(store: Store, learner: Knows, tmp_path: Path, format: str) -> None:
    summary = export_files(
        store, Target(tmp_path / "out", format), ExportSelection(include=WHOLE, learner=learner.made)
    )
    [(_, written)] = summary.files
    assert written.records == 4


def test_onto_replaces_what_was_learned_too(store: Store, learner: Knows, tmp_path: Path) -> None:
    original, out = tmp_path / "original.jsonl.gz", tmp_path / "out.jsonl.gz"
    original.write_bytes(gzip.compress(b'{"text": "text 2", "id": 7, "_confidence": 0.1}\n{"text": "other"}\n'))
    summary = export_onto(store, original, Target(out), ExportSelection(include=WHOLE, learner=learner.made))
    assert (summary.replaced, summary.kept, summary.missing) == (1, 1, 3)
    record = json.loads(gzip.decompress(out.read_bytes()).splitlines()[0])
    assert (record["id"], bare(record), record["_provenance"], record["_confidence"]) == (7, [A, C], "learned", 0.9)


def test_versions_stand_beside_what_was_learned(store: Store, learner: Knows) -> None:
    versions = records(store, learner, versions=True)["text 2"]["versions"]
    assert [(each["sessions"], bare(each)) for each in versions] == [(["left"], [A, B]), (["right"], [A])]


def test_what_was_written_comes_back_as_spans_and_nothing_else(
    store: Store, learner: Knows, ids: dict[str, int], new_store: Callable[[Task], Store], tmp_path: Path
) -> None:
    save_answer(
        store, Answer(ids["text 0"], "sam", "sam-2", "accept", (B,), screen={"selected_by": "list", "blind": False})
    )
    path = tmp_path / "out.jsonl"
    export_files(store, Target(path), ExportSelection(include=WHOLE, learner=learner.made))
    assert {record["text"]: record.get("_selected_by") for record in read_jsonl(path)}["text 0"] == "list"
    again = new_store(Task.NER)
    load_sources(again, [str(path)], LoadOptions("reviewed"))
    assert again.execute("SELECT count(*) FROM examples WHERE other_fields IS NOT NULL").fetchone()[0] == 0
    said = {text: current_predictions(again, id)["reviewed"].marks for id, text in _texts(again)}
    assert said == {"text 0": (B,), "text 2": (A, C), "text 3": (A,), "text 4": ()}


def test_a_reviewed_record_says_how_it_came_up(store: Store, predict: Predict) -> None:
    predict(store, "left", {"text 0": [A], "text 1": [A], "text 2": [A]})
    ids = predict(store, "right", {"text 0": [B], "text 1": [B], "text 2": [A]})
    session = ReviewSession(store, "sam")
    first = session.next()
    assert first is not None
    session.answer(first, "accept", seconds=1, keys=1)
    other = next(id for text, id in ids.items() if text not in ("text 2", first.item.example.text))
    session.answer(session.open(other), "accept", seconds=1, keys=1)
    session.accept_agreed()

    def selected_by() -> dict[int, str | None]:
        return {ids[each["text"]]: each.get("_selected_by") for each in exported_records(store)}

    assert selected_by() == {first.item.example.id: "disagreement", other: "list", ids["text 2"]: None}
    session.answer(session.open(other), "accept", seconds=1, keys=1)
    assert selected_by()[other] == "hand"


def _texts(store: Store) -> list[tuple[int, str]]:
    return store.execute("SELECT id, text FROM examples").fetchall()


def test_overlapping_spans_go_out_where_the_task_has_them(new_store: Callable[[Task], Store], predict: Predict) -> None:
    store = new_store(Task.SPANCAT)
    ids = predict(store, "left", {"text 0": [A]})
    learner = Knows({ids["text 0"]: ((A, Span(0, 6, "B")), 0.7)})
    assert bare(records(store, learner)["text 0"]) == [A, (0, 6, "B")]


def test_categories_go_out_at_what_holds_most_probably(new_store: Callable[[Task], Store]) -> None:
    store = new_store(Task.TEXTCAT_MULTILABEL)
    [id], _ = add_examples(store, [Record("one")], "test")
    for name, cats in (("left", {"A": 0.9, "B": 0.1}), ("middle", {"A": 0.1, "B": 0.1}), ("right", {"B": 0.8})):
        run = start_run(store, predictor=name, kind="file", fingerprint="1", model="m")
        save_predictions(store, run, [Prediction(id, cats=cats)])
    learner = Knows({id: ((Category("B"),), 0.61234)})
    record = records(store, learner)["one"]
    assert (record["accept"], record["_provenance"], record["_confidence"]) == (["B"], "learned", 0.6123)
