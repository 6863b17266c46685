"""Slice texts in an export: marked, with their probability, held out on their own, and mentioned in the card."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sliced_stores import give_slice, gold_store
from teaching_steps import hold

from tiebreak.core.export.card import make_card
from tiebreak.core.export.records import Exported, Selection, exported_records
from tiebreak.core.export.targets import Target, export_files
from tiebreak.core.store.connection import Store
from tiebreak.core.store.slices import drawn, mark_reached
from tiebreak.tui.pages.card_page import card_markdown

TEXTS = 100


@pytest.fixture
def answered(store: Store) -> Store:
    """Twelve slice texts and ten others are answered; an order has reached two of the slice texts since."""
    truth = gold_store(store, TEXTS)
    give_slice(store, truth, 12)
    others = [each for each in truth if each not in drawn(store)][:10]
    for example_id in others:
        hold(store, example_id, truth[example_id])
    mark_reached(store, sorted(drawn(store))[:2])
    return store


def test_records_say_that_they_are_of_the_slice_and_for_how_many_texts_they_stand(answered: Store) -> None:
    records = [*exported_records(answered)]
    of_slice = [each for each in records if "_slice" in each]
    assert len(records) == 22
    assert len(of_slice) == 12
    assert all(each["_slice"] is True and "_selected_by" not in each for each in of_slice)
    # 78 texts have no answer; ten answers represent these and themselves, and two only themselves.
    assert sorted(each["_probability"] for each in of_slice) == [round(10 / 88, 6)] * 10 + [1.0] * 2
    assert all("_probability" not in each for each in records if "_slice" not in each)


def test_weights_come_to_the_number_of_texts(answered: Store) -> None:
    weights = [1 / each.get("_probability", 1.0) for each in exported_records(answered)]
    assert sum(weights) == pytest.approx(TEXTS, abs=0.01)


def test_the_slice_is_held_out_on_its_own(answered: Store, tmp_path: Path) -> None:
    export_files(answered, Target(tmp_path / "out.jsonl"), Selection(include=("human", "best")), "slice")
    train, dev = ((tmp_path / f"out.{part}.jsonl").read_text().splitlines() for part in ("train", "dev"))
    assert (len(train), len(dev)) == (TEXTS - 12, 12)
    assert all(json.loads(line)["_slice"] for line in dev)
    assert not any("_slice" in json.loads(line) for line in train)


def test_the_card_says_what_is_in_it_and_how_good_it_is(answered: Store) -> None:
    exported = Exported()
    count = len([*exported_records(answered, Selection(), exported)])
    page = card_markdown(make_card(answered, ["out.jsonl"], exported))
    assert f"{count} records for the task `ner`: {count} accept." in page
    assert "12 slice" in page
    assert "| model left |" in page
    assert "All estimates take the annotators to be right." in page
    assert "Over all 100 compared texts (22 answered)" in page
    labels = exported.labels
    assert f"| LOC | {labels['LOC']} |" in page


def test_the_card_of_a_store_without_a_slice_says_that_nothing_is_known(store: Store) -> None:
    truth = gold_store(store, 50)
    hold(store, 1, truth[1])
    exported = Exported()
    assert len([*exported_records(store, Selection(), exported)]) == 1
    assert "an estimate needs 10 answered texts of the slice, and there are 0" in card_markdown(
        make_card(store, ["a"], exported)
    )
