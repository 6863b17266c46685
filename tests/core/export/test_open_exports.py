"""Exports of stores with one model's predictions or none, and the effect of a second model on the answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest
from review_steps import answer

from tiebreak.core.export.card import make_card
from tiebreak.core.export.records import ExportCounts, ExportSelection, exported_records
from tiebreak.core.records import Record, Span
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.review.spans import SpanReview
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples, add_labels_in_order
from tiebreak.core.store.slices import set_slice_share
from tiebreak.tui.cli.export_summary import rest_lines
from tiebreak.tui.pages.card_page import card_markdown

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]
NAMES = ["Acme", "Uber", "Nike", "Shell", "Intel", "Sony", "Bosch", "Ford", "Visa", "Dell", "Audi", "Fiat"]
TEXTS = [f"{name} opens in Paris {number:02}" for number, name in enumerate(NAMES * 3)]
BEST = ExportSelection(include=("human", "auto", "best"))


def org(text: str) -> Span:
    return Span(0, text.index(" "), "ORG")


def paris(text: str) -> Span:
    return Span(text.index("Paris"), text.index("Paris") + 5, "GPE")


def word(text: str) -> Span:
    return Span(text.index("opens"), text.index("opens") + 5, "ORG")


def answer_with(store: Store, held: Callable[[str], list[Span]], count: int) -> None:
    session = ReviewSession(store, "sam")
    review = session.next()
    for _ in range(count):
        assert isinstance(review, SpanReview)
        review.replace_spans(held(review.item.example.text))
        review.confirm_all()
        review = answer(session, review)


def labels_of(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(span["label"], span["source"]) for span in record["spans"]]


@pytest.fixture
def one(store: Store, predict: Predict) -> Store:
    """The only model takes "opens" for an ORG; half of the texts are answered, always without that span."""
    set_slice_share(store, 0)
    predict(store, "spacy", {text: [org(text), word(text), paris(text)] for text in TEXTS})
    answer_with(store, lambda text: [org(text), paris(text)], 18)
    return store


def test_the_rest_of_one_model_goes_out_without_what_is_always_wrong(one: Store) -> None:
    exported = ExportCounts()
    records = list(exported_records(one, BEST, exported))
    assert len(records) == len(TEXTS)
    rest = [record for record in records if record["_provenance"] == "learned"]
    assert len(rest) == 18
    assert all(labels_of(record) == [("ORG", "spacy"), ("GPE", "spacy")] for record in rest)
    assert (exported.not_exported["unread"], exported.answers) == (0, 18)


def test_answers_say_how_they_came_up_and_which_marks_are_the_models(one: Store) -> None:
    answer_with(one, lambda text: [org(text), word(text)._replace(label="VERB")], 1)
    *before, last = exported_records(one)
    assert {record["_selected_by"] for record in [*before, last]} == {"value"}
    assert labels_of(last) == [("ORG", "spacy"), ("VERB", "human")]


def test_a_second_model_leaves_the_answers_as_they_are(one: Store, predict: Predict) -> None:
    before = list(exported_records(one))
    predict(one, "llm", {text: [org(text)] for text in TEXTS})
    after = list(exported_records(one))
    assert [labels_of(each) for each in after] == [[("ORG", "spacy, llm"), ("GPE", "spacy")]] * 18
    for each in (*before, *after):
        each["spans"] = [{**span, "source": ""} for span in each["spans"]]
        del each["_task_hash"]  # it counts the sources
    assert after == before


def test_without_a_model_only_what_was_answered_goes_out_and_it_says_so(store: Store) -> None:
    add_examples(store, [Record(text) for text in TEXTS], "test")
    add_labels_in_order(store, ["ORG", "GPE"])
    answer_with(store, lambda text: [org(text)], 3)
    for include in ("best", "unanswered"):
        exported = ExportCounts()
        records = list(exported_records(store, ExportSelection(include=("human", "auto", include)), exported))
        assert [labels_of(record) for record in records] == [[("ORG", "human")]] * 3
        assert {record["_selected_by"] for record in records} == {"random"}
        assert rest_lines(exported) == ["left out: 33 not read by the models asked for"]
    card = card_markdown(make_card(store, ["out.jsonl"], exported))
    assert "Not measured: no model has read the texts" in card
    assert "came up in random order" in card
    assert "slice" not in card


def test_a_card_of_one_model_is_about_what_it_has_read(one: Store) -> None:
    answer_with(one, lambda text: [org(text), paris(text)], 18)
    card = " ".join(card_markdown(make_card(one, ["out.jsonl"], ExportCounts())).split())
    assert "Over all 36 texts that the model has read (36 answered)" in card
    assert "| model spacy | 0.67 | 1.00 | 0.80 |" in card
    assert "spacy, ORG: right at" not in card  # no answer of this model waits
