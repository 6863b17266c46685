"""A reflection: findings that are sure, confusions of labels, and what more answers would bring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from tiebreak.core.compare.alike import Alike, Outcome
from tiebreak.core.insight.confusion import NOTHING, OTHER, against_answers, against_each_other
from tiebreak.core.insight.doubts import doubts
from tiebreak.core.insight.findings import LabelPlaces, findings, settled_patterns
from tiebreak.core.insight.learned import LearnedAlike
from tiebreak.core.insight.reflection import moments, reflect
from tiebreak.core.records import Span
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.selection.filter import QueueFilter
from tiebreak.core.store.connection import Store
from tiebreak.core.store.queue import queue_length
from tiebreak.core.store.reflecting import WaitingDifferences, Worth, waiting_differences

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]
MODELS = ("spacy", "llm")
ALONE = Alike("missing", (("spacy", ()), ("llm", ("MISC",))))
LABELS = Alike("label", (("spacy", ("ORG",)), ("llm", ("LOC",))))


def learned(alike: Alike, held: Mapping[Outcome, int]) -> LearnedAlike:
    return LearnedAlike(alike, Counter(held))


def test_a_finding_says_how_often_a_model_is_right_and_finds_those_that_wait() -> None:
    said = [learned(ALONE, {"neither": 115})]
    [found] = findings(said, [WaitingDifferences("missing", (None, "MISC"), 214)], MODELS)
    assert (found.right, found.settled, found.waiting) == (0, 115, 214)
    assert found.places in (LabelPlaces("llm", "MISC"), LabelPlaces("llm", "MISC", (("spacy", ""),)))
    assert QueueFilter.parse(str(found.places.queue)) == found.places.queue


def test_what_is_no_more_than_chance_or_has_none_waiting_is_not_shown() -> None:
    waits = [WaitingDifferences("missing", (None, "MISC"), 50), WaitingDifferences("label", ("ORG", "LOC"), 50)]
    assert not findings([learned(ALONE, {"neither": 5, ("llm",): 5})], waits, MODELS)
    assert not findings([learned(ALONE, {"neither": 4})], waits, MODELS)
    assert not findings([learned(ALONE, {"neither": 40})], [], MODELS)


def test_the_most_places_come_first_and_each_label_of_a_model_once() -> None:
    said = [learned(ALONE, {"neither": 40}), learned(LABELS, {("spacy",): 40})]
    waits = [WaitingDifferences("missing", (None, "MISC"), 10), WaitingDifferences("label", ("ORG", "LOC"), 100)]
    found = findings(said, waits, MODELS)
    assert [(each.places.predictor, each.places.label) for each in found] == [
        ("llm", "LOC"),
        ("spacy", "ORG"),
        ("llm", "MISC"),
    ]
    assert found[0].weight == found[1].weight > found[2].weight


def test_a_predictor_is_right_where_its_name_stands_among_those_that_were() -> None:
    said = [LearnedAlike(Alike("label", (("the", ("ORG",)), ("llm", ("LOC",)))), Counter({"other": 20}))]
    [found, _] = findings(said, [WaitingDifferences("label", ("ORG", "LOC"), 1)], ("the", "llm"))
    assert found.right == 0


def test_what_a_model_says_against_what_holds() -> None:
    settled = settled_patterns(
        [learned(ALONE, {"neither": 3, ("llm",): 1}), learned(LABELS, {("spacy",): 4, "other": 2})], MODELS
    )
    found = against_answers(settled, MODELS, "llm")
    assert found.labels == ("LOC", "MISC", "ORG", NOTHING, OTHER)
    assert found.counts == {("MISC", NOTHING): 3, ("MISC", "MISC"): 1, ("LOC", "ORG"): 4, ("LOC", OTHER): 2}


def test_more_labels_than_a_table_has_room_for_are_others() -> None:
    waits = [WaitingDifferences("label", (f"L{number}", "X"), 20 - number) for number in range(12)]
    found = against_each_other(waits, MODELS, *MODELS)
    assert len(found.labels) == 10
    assert sum(found.counts.values()) == sum(each.places for each in waits)
    assert found.counts[OTHER, "X"] == sum(20 - number for number in range(8, 12))


def test_a_cell_finds_its_examples(store: Store, predict: Predict) -> None:
    predict(store, "spacy", {"Uber sues": [Span(0, 4, "ORG")], "a quiet day": [], "Ada": [Span(0, 3, "PER")]})
    predict(store, "llm", {"Uber sues": [Span(0, 4, "LOC")], "a quiet day": [Span(8, 11, "LOC")], "Ada": []})
    found = against_each_other(waiting_differences(store, MODELS), MODELS, *MODELS)
    assert found.counts == {("ORG", "LOC"): 1, (NOTHING, "LOC"): 1, ("PER", NOTHING): 1}
    assert all(length_of(store, found.queue(*cell)) == 1 for cell in found.counts)
    assert found.queue(OTHER, "LOC") is None


def length_of(store: Store, queue: QueueFilter | None) -> int:
    assert queue is not None
    return queue_length(store, queue)


def test_errors_left_fall_as_time_goes_on() -> None:
    found = moments([Worth(2.0, 100.0), Worth(1.0, 150.0), Worth(0.5, 400.0)], 3.5)
    assert [(each.minutes, each.errors) for each in found] == [(0, 3.5), (5, 0.5), (10, 0.5), (20, 0.0)]
    assert moments([], 0.0) == []


def test_a_doubtful_label_has_places_where_the_model_erred(store: Store, predict: Predict) -> None:
    texts = [f"Uber {number} sues" for number in range(6)]
    predict(store, "spacy", {text: [] for text in texts})
    predict(store, "llm", {text: [Span(0, 4, "LOC")] for text in texts})
    session = ReviewSession(store, "sam")
    review = session.next()
    for _ in range(5):
        assert review is not None
        review.choose_neither()
        review = session.answer(review, "accept", seconds=10.0, keys=2)
    settled = settled_patterns(
        [LearnedAlike(Alike("missing", (("spacy", ()), ("llm", ("LOC",)))), Counter({"neither": 5}))], MODELS
    )
    [found] = doubts(store, settled, MODELS, MODELS)
    assert (found.predictor, found.label, found.too_many, found.mistaken, found.missed) == ("llm", "LOC", 5, 0, 0)
    assert [covered for _, covered, _ in found.places] == ["Uber"] * 3
    reflection = reflect(store)
    assert [(each.answers, each.seconds, each.keys) for each in reflection.sittings] == [(5, 50.0, 10)]


def test_an_empty_store_has_nothing_to_tell(store: Store) -> None:
    found = reflect(store)
    assert not any((found.findings, found.confusions, found.doubts, found.ahead, found.sittings))


def test_a_name_may_hold_anything(store: Store, predict: Predict) -> None:
    names = ('a"b', "$.x[0] - é")
    predict(store, names[0], {"Uber sues": [Span(0, 4, "ORG")]})
    predict(store, names[1], {"Uber sues": [Span(0, 4, "LOC")]})
    assert waiting_differences(store, names) == [WaitingDifferences("label", ("ORG", "LOC"), 1)]
    found = against_each_other(waiting_differences(store, names), names, *names)
    assert all(length_of(store, found.queue(*cell)) == 1 for cell in found.counts)
