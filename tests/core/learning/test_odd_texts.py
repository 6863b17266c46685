"""Odd texts and stores: the learner learns from them, or says in one sentence what is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from files import change, rows
from hypothesis import given
from hypothesis import strategies as st
from teaching_steps import caught_up, hold, likely_at, say

from tiebreak.core.learning.corpus import Corpus, unmarked
from tiebreak.core.learning.following import learn
from tiebreak.core.learning.learner import Learner
from tiebreak.core.records import Span, Task
from tiebreak.core.store.connection import Store
from tiebreak.core.store.learned import learned_of
from tiebreak.core.store.learners import learner_at_work
from tiebreak.core.store.queue import queue_item

LEARN = "import sys; from tiebreak.tui.cli import main; sys.argv = ['tiebreak', 'learn', sys.argv[1]]; main()"
TABLES = ("learned", "learned_patterns")
ODD = {
    "emoji": "👩‍👩‍👧‍👦 🏴‍☠️ ✈️",
    "combining marks": "e\u0301 n\u0303 \u0301\u0301",
    "white space": " \t\r\n\u00a0\u200b ",
    "controls": "\x1b[31m\x00\x07 \u202e",
    "one letter": "x",
    "one long word": "w" * 5000,
    "signs": "...---...",
}


def learned_from(store: Store, ids: list[int], truth: list[Span]) -> Learner:
    """Return a learner of a store in which all texts but the last are answered alike."""
    for example_id in ids[:-1]:
        hold(store, example_id, truth)
    learn(store, Learner)
    return caught_up(store)


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_texts_with_few_words_or_none_teach(store: Store, text: str) -> None:
    texts = [text + "." * number for number in range(7)]
    whole, first = Span(0, len(text), "ORG"), Span(0, 1, "PER")
    say(store, "a", dict.fromkeys(texts, (whole,)))
    ids = list(say(store, "b", dict.fromkeys(texts, (first,))).values())
    learner = learned_from(store, ids, [first])
    assert next(iter(likely_at(learner, ids[-1])[0])) == (first,)
    assert learned_of(store, ids[-1], queue_item(store, ids[-1]).differences) is not None


def test_an_empty_text_has_nothing_to_ask(store: Store) -> None:
    for name in ("a", "b"):
        [example_id] = say(store, name, {"": ()}).values()
    hold(store, example_id, [])
    learner = caught_up(store)
    assert learner.answers == 1
    assert learner.best(example_id).marks == ()


def test_arabic_is_learned_from(store: Store, data: Path) -> None:
    said, nested = {}, {}
    for line in (data / "ar_wojood.jsonl").read_text().splitlines():
        record = json.loads(line)
        said[record["text"]] = [Span(each["start"], each["end"], each["label"]) for each in record["spans"]]
        nested[record["text"]] = [Span(each["start"], each["end"], each["label"]) for each in record["nested"][:1]]
    say(store, "a", said)
    ids = say(store, "b", nested)
    for text, example_id in list(ids.items())[:-1]:
        hold(store, example_id, said[text])
    learner = caught_up(store)
    text, example_id = list(ids.items())[-1]
    assert len(set(learner.best(example_id).marks) & set(said[text])) > len(said[text]) / 2


def test_sixty_differences_in_one_text(store: Store) -> None:
    text = " ".join(f"Ulm{number}" for number in range(60))
    places = [Span(text.index(word), text.index(word) + len(word), "LOC") for word in text.split()]
    texts = {text: places, f"{text} ": places}
    say(store, "a", texts)
    ids = list(say(store, "b", dict.fromkeys(texts, ())).values())
    learner = learned_from(store, ids, places)
    row = likely_at(learner, ids[1])
    assert [next(iter(place)) for place in row] == [(place,) for place in places]
    assert learner.best(ids[1]).marks == tuple(places)


def test_spans_that_begin_with_white_space_or_have_nothing_in_them(store: Store) -> None:
    texts = [f" Ulm  is {number}" for number in range(6)]
    say(store, "a", dict.fromkeys(texts, (Span(0, 4, "LOC"), Span(6, 6, "ORG"))))
    ids = list(say(store, "b", dict.fromkeys(texts, (Span(1, 4, "LOC"),))).values())
    learner = learned_from(store, ids, [Span(0, 4, "LOC")])
    assert next(iter(likely_at(learner, ids[-1])[0])) == (Span(0, 4, "LOC"),)


WORDS = st.lists(st.sampled_from(["Ulm", "Bonn", "Ulm.", "von", "\u0301", "👋", " "]), max_size=12).map(" ".join)


@given(st.lists(WORDS, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_unmarked_occurrences_touch_no_span_and_no_other_one(texts: list[str], chance: Any) -> None:
    corpus = Corpus(["a", "b"])
    said: list[dict[str, tuple[Span, ...]]] = []
    for text in texts:
        bounds = sorted(chance.sample(range(len(text) + 1), min(2, len(text) + 1)))
        marks = tuple([Span(start, end, "LOC") for start, end in pairwise(bounds)])
        said.append({"a": marks, "b": marks if chance.random() < 0.7 else ()})
        corpus.add(text, said[-1])
    for text in texts:
        corpus.count(text)
    for text, readings in zip(texts, said, strict=True):
        found = [span for span, _ in unmarked(corpus, text, readings)]
        spans = {span for reading in readings.values() for span in reading}
        for at, span in enumerate(found):
            assert text[span.start : span.end].strip()
            assert not any(span.overlaps(other) for other in (*spans, *found[at + 1 :]))


def learned_in_a_process(store: Store, seed: str) -> list[list[tuple[Any, ...]]]:
    """Return what a new learner keeps in a process whose sets have their own order."""
    change(store.path, *(f"DELETE FROM {table}" for table in TABLES))
    subprocess.run(
        [sys.executable, "-c", LEARN, str(store.path)],
        env=os.environ | {"PYTHONHASHSEED": seed},
        check=True,
        capture_output=True,
    )
    return [rows(store.path, f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES]


def test_two_processes_learn_the_same_of_spans(store: Store) -> None:
    texts = [f"{word} lies at {number} km" for number in range(6) for word in ("Ulm", "Bonn", "Rome")]
    say(store, "a", {text: [Span(0, 3, "LOC"), Span(4, 8, "ORG")] for text in texts})
    say(store, "b", {text: [Span(0, 4, "PER")] for text in texts})
    ids = list(say(store, "c", {text: [Span(0, 8, "LOC")] for text in texts}).values())
    for at, example_id in enumerate(ids[:12]):
        hold(store, example_id, [[Span(0, 4, "LOC")], [Span(0, 3, "LOC"), Span(4, 8, "MISC")], []][at % 3])
    kept = learned_in_a_process(store, "1")
    assert all(kept)
    assert kept == learned_in_a_process(store, "2")


@pytest.mark.parametrize("task", [Task.TEXTCAT, Task.TEXTCAT_MULTILABEL])
def test_two_processes_learn_the_same_of_categories(task: Task, new_store: Callable[[Task], Store]) -> None:
    store = new_store(task)
    texts = [f"{word} lies at {number} km" for number in range(6) for word in ("Ulm", "Bonn", "Rome")]
    say(store, "a", {text: {"A": 0.6, "B": 0.4} for text in texts})
    ids = list(say(store, "b", {text: {"C": 0.9, "D": 0.1} for text in texts}).values())
    for at, example_id in enumerate(ids[:12]):
        hold(store, example_id, [["A"], ["B"], []][at % 3])
    kept = learned_in_a_process(store, "1")
    assert all(kept)
    assert kept == learned_in_a_process(store, "2")


RUBBISH = {
    "an answer's spans": ("answers", "spans", "no JSON"),
    "an answer's choices": ("answers", "choices", '[{"start":"x"}]'),
    "an answer's seconds": ("answers", "seconds", "many"),
    "a prediction's spans": ("predictions", "spans", '[{"start":-1,"end":3,"label":"LOC"}]'),
    "a prediction's labels": ("predictions", "spans", '[{"start":0,"end":3,"label":7}]'),
    "a text": ("examples", "text", b"\x00\xff"),
}


@pytest.mark.parametrize(("table", "column", "value"), RUBBISH.values(), ids=RUBBISH)
def test_what_tiebreak_did_not_write_is_said_in_one_sentence(
    store: Store, table: str, column: str, value: object
) -> None:
    texts = [f"Ulm lies at {number} km" for number in range(4)]
    say(store, "a", dict.fromkeys(texts, ()))
    ids = list(say(store, "b", dict.fromkeys(texts, (Span(0, 3, "LOC"),))).values())
    hold(store, ids[0], [])
    store.execute("DROP TRIGGER answers_are_never_changed")
    key = "example_id" if table == "predictions" else "id"
    store.execute(f"UPDATE {table} SET {column} = ? WHERE {key} = 1", (value,))
    process = subprocess.run([sys.executable, "-c", LEARN, str(store.path)], capture_output=True, text=True)
    assert process.returncode == 1
    assert "Traceback" not in process.stderr
    assert "did not write" in process.stderr.splitlines()[-1]
    assert learner_at_work(store) is None


def test_a_span_that_leaves_its_text_keeps_nobody_from_learning(store: Store) -> None:
    texts = [f"Ulm lies at {number} km" for number in range(4)]
    say(store, "a", dict.fromkeys(texts, ()))
    ids = list(say(store, "b", dict.fromkeys(texts, (Span(0, 3, "LOC"), Span(9, 3000, "LOC")))).values())
    learner = learned_from(store, ids, [Span(0, 3, "LOC")])
    assert learner.best(ids[-1]).marks
