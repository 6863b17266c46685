"""The form of Tiebreak's JSON objects: names, order and values in the output of `--json`."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, replace
from typing import Any

import pytest

from tiebreak.core.compare.alike import Alike
from tiebreak.core.doctor.checks import fail
from tiebreak.core.engine.reports import RunReport
from tiebreak.core.insight.learned import LearnedAlike
from tiebreak.core.insight.team import Member, Team
from tiebreak.core.label_map import LabelMap
from tiebreak.core.loading.report import LoadReport
from tiebreak.core.project.label_use import LabelUse
from tiebreak.core.records import Category, CurrentPrediction, Difference, Example, QueueItem, Span, Task, Value
from tiebreak.core.ways_out import Note, Way, WayOut
from tiebreak.tui.cli.json_objects import (
    checks_object,
    difference_object,
    example_object,
    learned_object,
    load_object,
    run_object,
    team_object,
)

ADA, ORG = Span(0, 3, "PERSON"), Span(0, 3, "ORG")


def item_of(difference: Difference, **scores: dict[str, float]) -> QueueItem:
    said = {
        name: CurrentPrediction(name, marks, cats=scores.get(name, {})) for name, marks in difference.readings.items()
    }
    return QueueItem(Example(7, "Ada", -12), 0.5, (difference,), said)


def test_an_example_of_the_queue_says_what_it_is_worth() -> None:
    item = replace(item_of(Difference(0, 3, "missing", {"spacy": (ADA,), "llm": ()})), value=Value(1.8, 24.0))
    made = example_object(item, Task.NER)
    assert (made["value"], made["errors"], made["seconds"]) == (0.075, 1.8, 24.0)


def test_an_example_of_the_queue_has_its_differences_with_every_reading() -> None:
    difference = Difference(0, 3, "label", {"spacy": (ADA,), "llm": (ORG,), "other": ()})
    assert json.loads(json.dumps(example_object(item_of(difference), Task.NER))) == {
        "id": 7,
        "input_hash": -12,
        "text": "Ada",
        "score": 0.5,
        "value": None,
        "errors": None,
        "seconds": None,
        "differences": [
            {
                "start": 0,
                "end": 3,
                "kind": "label",
                "readings": {
                    "spacy": [{"start": 0, "end": 3, "label": "PERSON"}],
                    "llm": [{"start": 0, "end": 3, "label": "ORG"}],
                    "other": [],
                },
            }
        ],
        "status": "disagreeing",
    }


def test_a_difference_between_categories_has_the_label_who_says_so_and_the_scores() -> None:
    difference = Difference(0, 0, "missing", {"spacy": (Category("NEWS"),), "llm": ()})
    [told] = example_object(item_of(difference, spacy={"NEWS": 0.8}), Task.TEXTCAT)["differences"]
    assert told == {
        "label": "NEWS",
        "kind": "missing",
        "readings": {"spacy": True, "llm": False},
        "scores": {"spacy": 0.8, "llm": None},
    }


def test_a_category_of_a_file_is_the_empty_span_at_the_beginning() -> None:
    difference = Difference(0, 0, "missing", {"a": (Category("NEWS"),), "b": ()})
    assert difference_object(difference, Task.TEXTCAT)["readings"] == {
        "a": [{"start": 0, "end": 0, "label": "NEWS"}],
        "b": [],
    }


def test_a_load_tells_counts_notes_with_what_to_type_and_labels() -> None:
    note = Note("taken to count code points", WayOut(Way.READ_OFFSETS, "utf-16"))
    report = LoadReport(records=2, predictions={"gold": 1}, by_source=Counter(a=2), notes=Counter({note: 3}))
    use = LabelUse("gold", {"MISC": 1}, {}, {}, {}, LabelMap.parse("ORG"))
    told = json.loads(json.dumps(load_object(report, [use])))
    assert told["notes"] == {"taken to count code points; if that is wrong, use --offsets utf-16": 3}
    assert (told["records"], told["predictions"], told["by_source"], told["bad_by_source"]) == (
        2,
        {"gold": 1},
        {"a": 2},
        {},
    )
    assert told["labels"] == [
        {"predictor": "gold", "left_out": {"MISC": 1}, "unknown": {}, "own": {}, "joins": {}, "label_map": "ORG"}
    ]
    assert list(told) == [*asdict(report), "labels"]


def test_a_run_tells_what_it_did_and_nothing_of_its_process() -> None:
    report = RunReport("llm", "a-model", 10, ok=9, failed=1, last_error="HTTP 500", in_flight=4, signal=2, run_id=3)
    assert list(run_object(report)) == [
        *("predictor", "model", "pending", "ok", "failed", "last_error", "calls", "reused", "retries"),
        *("prompt_tokens", "completion_tokens", "cost", "state", "message"),
    ]


def test_a_team_has_ranges_as_they_are_typed() -> None:
    told: dict[str, Any] = team_object(Team(0.1, 5, (Member("sam", 2, ((0, 500),), "label:ORG", 7),)))
    assert told == {
        "overlap": 0.1,
        "overlap_examples": 5,
        "annotators": [{"name": "sam", "answers": 2, "assigned": [[0, 500]], "filter": "label:ORG", "on_screen": 7}],
    }


@pytest.mark.parametrize(
    ("todo", "way_out", "said"),
    [
        ("free some space", None, "free some space"),
        ("", WayOut(Way.CHECK, "a.db"), "see `tiebreak check a.db`"),
        (
            "correct the file",
            WayOut(Way.LIST_CONFIGS),
            "correct the file; list the ready configs with `tiebreak configs`",
        ),
    ],
)
def test_a_check_says_what_to_do_in_one_sentence(todo: str, way_out: WayOut | None, said: str) -> None:
    told = checks_object([fail("store", "broken", todo, way_out)], healthy=False)
    assert told == {"ok": False, "checks": [{"name": "store", "state": "FAIL", "found": "broken", "todo": said}]}


def test_what_was_learned_says_who_was_right_and_what_would_be_exported() -> None:
    alike = Alike("label", (("llm", ("ORG",)), ("spacy", ("PERSON", "GPE"))))
    learned = LearnedAlike(alike, Counter({("llm",): 2, "other": 1}), 1, Counter({("llm",): 4, "neither": 2}), 4.0)
    assert json.loads(json.dumps(learned_object(learned))) == {
        "kind": "label",
        "said": {"llm": ["ORG"], "spacy": ["PERSON", "GPE"]},
        "settled": 3,
        "confirmed": 1,
        "right": {"llm": 2, "spacy": 0},
        "held": [{"reading": ["llm"], "places": 2}, {"reading": "other", "places": 1}],
        "open": 6,
        "exported": [{"reading": ["llm"], "places": 4}, {"reading": "neither", "places": 2}],
        "probability": 0.6667,
    }
