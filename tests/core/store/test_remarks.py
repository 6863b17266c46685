"""Flags and notes: an annotator's newest remark is in force, and goes out with that annotator's answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import pytest

from tiebreak.core.errors import StoreError
from tiebreak.core.export.records import ExportSelection, exported_records
from tiebreak.core.records import Answer, Prediction, Span
from tiebreak.core.store.answers import save_answer
from tiebreak.core.store.connection import Store
from tiebreak.core.store.inspection import inspect_example
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.core.store.remarks import remark_of, remarks_on, save_remark

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]


def test_the_newest_remark_of_each_annotator_is_in_force(store: Store, predict: Predict) -> None:
    example_id = predict(store, "left", {"text": []})["text"]
    assert remark_of(store, example_id, "sam") is None
    save_remark(store, example_id, "sam", "s", flagged=True, note="first")
    save_remark(store, example_id, "kim", "k", flagged=False, note="other")
    save_remark(store, example_id, "sam", "s", flagged=True, note="second")
    assert [(each.annotator, each.flagged, each.note) for each in remarks_on(store, example_id)] == [
        ("kim", False, "other"),
        ("sam", True, "second"),
    ]
    save_remark(store, example_id, "sam", "s", flagged=False, note="")
    assert remark_of(store, example_id, "sam") is None


def test_remarks_are_never_changed(store: Store, predict: Predict) -> None:
    example_id = predict(store, "left", {"text": []})["text"]
    save_remark(store, example_id, "sam", "s", flagged=True, note="first")
    with pytest.raises(StoreError, match="append-only"):
        store.execute("UPDATE remarks SET note = ''")
    with pytest.raises(StoreError, match="append-only"):
        store.execute("DELETE FROM remarks")


def test_an_export_has_the_flag_and_the_note_of_who_answered(store: Store, predict: Predict) -> None:
    ids = predict(store, "left", {"one": [], "two": []})
    for annotator in ("sam", "kim"):
        for example_id in ids.values():
            save_answer(store, Answer(example_id, annotator, "s", "accept", ()))
    save_remark(store, ids["one"], "sam", "s", flagged=True, note="")
    save_remark(store, ids["one"], "kim", "s", flagged=False, note="\x1b[2Jhm")
    exported = [
        (record["text"], record["_annotator_id"], record.get("flag"), record.get("note"))
        for record in exported_records(store, ExportSelection(["accept"]))
    ]
    assert exported == [
        ("one", "sam", True, None),
        ("two", "sam", None, None),
        ("one", "kim", None, "\x1b[2Jhm"),
        ("two", "kim", None, None),
    ]


def test_an_inspection_has_predictions_answers_and_remarks(store: Store, predict: Predict) -> None:
    example_id = predict(store, "left", {"Ada": [Span(0, 3, "PERSON")]})["Ada"]
    run = start_run(store, predictor="llm", kind="llm", fingerprint="1", model="gpt")
    save_predictions(store, run, [Prediction(example_id, error="HTTP 500")])
    save_answer(store, Answer(example_id, "sam", "s", "accept", (), seconds=3.0))
    save_remark(store, example_id, "sam", "s", flagged=True, note="")
    seen = inspect_example(store, example_id)
    assert [(each.predictor, each.error, each.spans) for each in seen.predictions] == [
        ("left", None, (Span(0, 3, "PERSON"),)),
        ("llm", "HTTP 500", ()),
    ]
    assert [(answer.annotator, undone) for answer, undone in seen.answers] == [("sam", False)]
    assert (seen.source, seen.remarks[0].flagged) == ("test", True)
