"""Texts that one model or none has read: the learner proposes what people marked elsewhere, and what looks like it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from files import rows
from teaching_steps import caught_up, hold, say

from tiebreak.core.learning.following import learn
from tiebreak.core.learning.learner import Learner
from tiebreak.core.records import Learned, Marks, Offer, Record, Span, Task
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.review.spans import SpanReview
from tiebreak.core.selection.filter import Order
from tiebreak.core.store.answers import undo_last_answer
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples, add_labels_in_order
from tiebreak.core.store.learned import learned_of
from tiebreak.core.store.queue import queue_item
from tiebreak.core.store.teaching import upcoming_examples

NAMES = ("Ada", "Ben", "Cleo", "Dora", "Emil", "Fritz", "Gerd", "Hanna", "Ida", "Jonas", "Karl", "Lena")
TOWNS = ("Ulm", "Bonn", "Kiel", "Trier", "Gera", "Hof", "Jena", "Worms", "Aalen", "Fulda", "Celle", "Soest")
PEOPLE = [f"Yesterday Mr. {name} went to {town} by train" for name, town in zip(NAMES, TOWNS, strict=True)]


def load(store: Store, texts: Iterable[str]) -> list[int]:
    """Add texts that no predictor has read."""
    ids, _ = add_examples(store, [Record(text) for text in texts], "test")
    return ids


def spans_in(text: str, **labels: str) -> list[Span]:
    """Return a span at the first occurrence of each word, by label."""
    return sorted(Span(text.index(word), text.index(word) + len(word), label) for label, word in labels.items())


def mark_people(store: Store, ids: list[int], texts: list[str] = PEOPLE) -> None:
    """Answer with the name and the town of each text."""
    for example_id, text in zip(ids, texts, strict=False):
        words = text.split()
        hold(store, example_id, spans_in(text, PER=words[2], LOC=words[5]))


def learned(store: Store, example_id: int) -> Learned:
    """Return what a learner leaves in the store of an example, and the review reads."""
    learn(store, Learner)
    found = learned_of(store, example_id, queue_item(store, example_id).differences)
    return found or Learned(0, ())


def first_marks(found: Learned) -> list[Marks]:
    """Return the first candidate of each row."""
    return [offer.learned.candidates[0].marks for offer in found.offers]


def proposed(found: Learned) -> set[Span]:
    """Return the spans of the first candidates of all rows."""
    return {mark for marks in first_marks(found) for mark in marks if isinstance(mark, Span)}


@pytest.mark.parametrize("word", ["New York", "ad-hoc", "กรุงเทพ", "e\u0301te\u0301"])
def test_words_that_were_marked_are_proposed_where_they_stand_again(store: Store, word: str) -> None:
    texts = [f"a{number} {word} b{number}" for number in range(9)]
    ids = load(store, texts)
    for example_id, text in zip(ids[:8], texts, strict=False):
        hold(store, example_id, spans_in(text, LOC=word))
    [offer] = learned(store, ids[8]).offers
    assert offer.place == (3, 3 + len(word), "unmarked", {})
    first, *others = offer.learned.candidates
    assert first.marks == offer.instead == (Span(3, 3 + len(word), "LOC"),)
    assert 0.5 < first.probability <= 1
    assert all(each.marks == () for each in others)


def test_words_of_scripts_without_spaces_are_found_between_others(store: Store) -> None:
    texts = [f"{before}東京{behind}" for before, behind in zip("私彼今昨明毎先来次", "にはへでがをもとや", strict=True)]
    ids = load(store, texts)
    for example_id in ids[:8]:
        hold(store, example_id, [Span(1, 3, "LOC")])
    assert proposed(learned(store, ids[8])) == {Span(1, 3, "LOC")}


def test_what_looks_like_what_was_marked_is_proposed(store: Store) -> None:
    ids = load(store, PEOPLE)
    mark_people(store, ids[:11])
    assert proposed(learned(store, ids[11])) == set(spans_in(PEOPLE[11], PER="Lena", LOC="Soest"))


def test_what_stays_unmarked_elsewhere_is_not_proposed(store: Store) -> None:
    texts = [f"{letter}1 Ulm {letter}2" for letter in "abcdefghijkl"]
    ids = load(store, texts)
    hold(store, ids[0], [Span(3, 6, "LOC")])
    assert proposed(learned(store, ids[11])) == {Span(3, 6, "LOC")}
    for example_id in ids[1:11]:
        hold(store, example_id, [])
    assert learned(store, ids[11]).offers == ()


def test_of_words_that_overlap_the_longest_is_proposed(store: Store) -> None:
    texts = [f"a{number} New York Times b{number}" if number % 2 else f"in New York {number}" for number in range(14)]
    ids = load(store, texts)
    for example_id, text in zip(ids[:12], texts, strict=False):
        hold(
            store, example_id, spans_in(text, **({"ORG": "New York Times"} if "Times" in text else {"LOC": "New York"}))
        )
    assert proposed(learned(store, ids[12])) == {Span(3, 11, "LOC")}
    assert proposed(learned(store, ids[13])) == {Span(4, 18, "ORG")}


def test_spans_that_may_overlap_are_proposed_together(new_store: Callable[[Task], Store]) -> None:
    store = new_store(Task.SPANCAT)
    texts = [f"a{number} New York Times" for number in range(9)]
    ids = load(store, texts)
    both = spans_in(texts[0], ORG="New York Times", LOC="New York", GPE="New York")
    for example_id in ids[:8]:
        hold(store, example_id, both)
    assert proposed(learned(store, ids[8])) == set(both)


def test_the_review_shows_what_is_proposed(store: Store) -> None:
    ids = load(store, PEOPLE)
    mark_people(store, ids[:11])
    found = learned(store, ids[11])
    review = SpanReview(queue_item(store, ids[11]), Task.NER, ["LOC", "PER"], found)
    lena, soest = spans_in(PEOPLE[11], PER="Lena", LOC="Soest")
    assert [place.readings[-1].marks for place in review.places] == [(lena,), (soest,)]
    assert all(place.difference.is_offer and place.learned is not None for place in review.places)


def test_what_teaches_nothing_proposes_nothing(store: Store) -> None:
    ids = load(store, PEOPLE)
    for example_id, text in zip(ids[:11], PEOPLE, strict=False):
        hold(store, example_id, spans_in(text, PER=text.split()[2]), value="reject")
        hold(store, example_id, spans_in(text, PER=text.split()[2]), annotator="auto")
    assert learned(store, ids[11]) == Learned(0, ())


def test_a_learner_that_kept_up_says_the_same_as_one_that_begins_from_nothing(store: Store) -> None:
    ids = load(store, PEOPLE)
    say(store, "a", {text: [Span(0, 9, "LOC")] for text in PEOPLE[:4]})
    kept_up = Learner(store)
    before = None
    for number in range(8):
        mark_people(store, ids[number : number + 1], PEOPLE[number : number + 1])
        if number == 5:
            before = caught_up(store).say(caught_up(store).texts(ids))
            for _ in range(2):
                kept_up.catch_up()
                hold(store, ids[10], [Span(0, 9, "LOC")])
                kept_up.catch_up()
                assert kept_up.say(kept_up.texts(ids)) != before
                undo_last_answer(store, "sam", "s")
                kept_up.catch_up()
                assert kept_up.say(kept_up.texts(ids)) == before
        kept_up.catch_up()
        from_start = caught_up(store)
        assert kept_up.say(kept_up.texts(ids)) == from_start.say(from_start.texts(ids))
    learn(store, lambda _: kept_up)
    kept = rows(store.path, "SELECT * FROM learned ORDER BY 1")
    assert kept
    learn(store, Learner)
    assert rows(store.path, "SELECT * FROM learned ORDER BY 1") == kept


def test_answers_to_open_texts_change_nothing_where_two_models_have_read(
    store: Store, new_store: Callable[[Task], Store]
) -> None:
    other = new_store(Task.NER)
    texts = [f"Ulm lies at {number} km" for number in range(12)]
    tables = []
    for each in (store, other):
        say(each, "a", dict.fromkeys(texts, ()))
        ids = [*say(each, "b", dict.fromkeys(texts, (Span(0, 3, "LOC"),))).values()]
        open_ids = load(each, PEOPLE)
        for at in range(6):
            if each is other:
                mark_people(each, open_ids[at : at + 1], PEOPLE[at : at + 1])
            hold(each, ids[at], [Span(0, 3, "LOC")])
        learn(each, Learner)
        said = f"SELECT example_id, basis, places, offers FROM learned WHERE example_id <= {ids[-1]} ORDER BY 1"
        values = f"SELECT example_id, value, errors, seconds FROM queue WHERE example_id <= {ids[-1]} ORDER BY 1"
        tables.append([rows(each.path, sql) for sql in (said, values, "SELECT * FROM learned_patterns ORDER BY 1, 2")])
    assert len(tables[0][0]) == 6
    assert tables[0][0] == tables[1][0]
    assert tables[0][2] == tables[1][2]


@pytest.fixture
def one(store: Store) -> tuple[Store, list[int]]:
    """Twelve texts in which the only model has marked the towns, and the word Yesterday."""
    said = {text: spans_in(text, PER="Yesterday", LOC=text.split()[5]) for text in PEOPLE}
    return store, [*say(store, "model", said).values()]


def offers_at(store: Store, example_id: int) -> dict[str, Offer]:
    """Return the rows of a text by their words."""
    text = queue_item(store, example_id).example.text
    return {text[slice(*offer.place[:2])]: offer for offer in learned(store, example_id).offers}


def test_each_span_of_the_only_model_is_a_question(one: tuple[Store, list[int]]) -> None:
    store, ids = one
    hold(store, ids[0], spans_in(PEOPLE[0], LOC="Ulm"))
    offers = offers_at(store, ids[11])
    assert {"Yesterday", "Soest"} <= set(offers)
    for word, label in (("Yesterday", "PER"), ("Soest", "LOC")):
        place, place_learned = offers[word]
        [span] = spans_in(PEOPLE[11], **{label: word})
        assert place == (span.start, span.end, "agreed", {"model": (span,)})
        marks = [each.marks for each in place_learned.candidates]
        other = span._replace(label="LOC" if label == "PER" else "PER")
        assert set(marks) == {(span,), (), (other,)}
        assert sum(each.probability for each in place_learned.candidates) + place_learned.edit == pytest.approx(
            1, abs=0.001
        )


def test_what_people_drop_relabel_and_add_is_learned(one: tuple[Store, list[int]]) -> None:
    store, ids = one
    add_labels_in_order(store, ["ORG"])
    for example_id, text in zip(ids[:11], PEOPLE, strict=False):
        hold(store, example_id, spans_in(text, PER=text.split()[2], ORG=text.split()[5]))
    found = learned(store, ids[11])
    lena, soest = spans_in(PEOPLE[11], PER="Lena", ORG="Soest")
    assert first_marks(found) == [(), (lena,), (soest,)]
    assert [offer.place.kind for offer in found.offers] == ["agreed", "unmarked", "agreed"]
    assert caught_up(store).best(ids[11]).marks == (lena, soest)


def test_what_the_only_model_marks_elsewhere_is_proposed_once_people_add_it(store: Store) -> None:
    texts = [f"{a} and {b} sing" for a, b in zip(NAMES, TOWNS, strict=True)]
    repeated = [f"{b} is {number}" for number, b in enumerate(TOWNS)]
    said = {text: spans_in(text, LOC=town) for text, town in zip(texts, TOWNS, strict=True)}
    ids = [*say(store, "model", said | dict.fromkeys(repeated, ())).values()][12:]
    for example_id, text, town in zip(ids[:11], repeated, TOWNS, strict=False):
        hold(store, example_id, spans_in(text, LOC=town))
    assert proposed(learned(store, ids[11])) == {Span(0, len(TOWNS[11]), "LOC")}


def test_open_texts_are_worth_something_and_the_first_to_come_are_saved_first(one: tuple[Store, list[int]]) -> None:
    store, ids = one
    nobody = load(store, [f"Nobody has read {number}" for number in range(3)])
    mark_people(store, ids[:5])
    learner = caught_up(store)
    learner.rank(learner.unranked())
    values = rows(store.path, "SELECT example_id, value FROM queue WHERE answered = 0 ORDER BY value DESC, tie")
    assert {each for each, _ in values} == {*ids[5:], *nobody}
    assert all(value > 0 for _, value in values)
    assert upcoming_examples(store, 4) == [each for each, _ in values[:4]]
    assert learner.stale(first=[ids[11]], count=4) == [
        ids[11],
        *[each for each, _ in values if each != ids[11]][:3],
    ]


def test_what_comes_next_at_random_is_saved_first_where_nobody_has_read_anything(store: Store) -> None:
    ids = load(store, [f"{at} of many texts" for at in range(40)])
    add_labels_in_order(store, ["LOC"])
    hold(store, ids[7], [])
    session = ReviewSession(store, "sam")
    assert session.order is Order.RANDOM
    wanted = session.upcoming(5)
    assert len(set(wanted)) == 5
    assert set(wanted) <= set(upcoming_examples(store, 5))
    assert ids[7] not in wanted


ODD = {
    "nothing": "",
    "emoji": "👩‍👩‍👧‍👦 🏴‍☠️ ✈️",
    "combining marks": "e\u0301 n\u0303 \u0301\u0301",
    "white space": " \t\r\n\u00a0\u200b ",
    "one long word": "w" * 5000,
    "many words": "Ulm is far. " * 400,
}


@pytest.mark.full
@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
@pytest.mark.parametrize("task", [Task.NER, Task.SPANCAT])
def test_odd_texts_teach_and_are_asked_about(task: Task, text: str, new_store: Callable[[Task], Store]) -> None:
    store = new_store(task)
    ids = load(store, [text, *(f"{text}{number}" for number in range(4))])
    for example_id in ids[:4]:
        hold(store, example_id, [Span(0, 1, "PER")] if text else [])
    for offer in learned(store, ids[4]).offers:
        assert 0 <= offer.place.start < offer.place.end <= len(text) + 1
