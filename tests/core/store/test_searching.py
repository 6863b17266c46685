"""The examples that filters find in a store, their order, and steps through them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tiebreak.core.compare.patterns import pattern_of
from tiebreak.core.queue.lookups import Lookups
from tiebreak.core.records import Prediction, Record, Span, Task
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.review.spans import SpanReview
from tiebreak.core.selection.filter import DISAGREEING, EVERYTHING, Condition, FieldOrder, Order, QueueFilter, Word
from tiebreak.core.store import words as words_module
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.core.store.queue import iterate_queue, queue_item, queue_length
from tiebreak.core.store.searching import (
    SupersededError,
    alike,
    example_rows,
    give_up_once,
    known_names,
    matching_ids,
)
from tiebreak.core.store.words import index_words, spaced, word_index

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]
FOREVER = float("inf")
# Letters to Python, but marks to SQLite, which indexes none of them alone.
MARKS = "".join(map(chr, [*range(0x19B0, 0x19C1), 0x19C8, 0x19C9, 0x1CF2, 0x1CF3]))
ANY = st.characters(codec="utf-8", exclude_characters=MARKS)


def whole(text: str, label: str) -> list[Span]:
    return [Span(0, len(text), label)]


@pytest.fixture
def news(store: Store, predict: Predict) -> Store:
    """Five texts by two predictors with their differences: label, missing, boundary, none, and a failure."""
    predict(
        store,
        "left",
        {
            "Uber sues": [Span(0, 4, "ORG")],
            "Café in New York": [Span(8, 16, "GPE")],
            "東京で会う": [Span(0, 2, "GPE")],
            "quiet day": [],
            "broken": [],
        },
    )
    predict(
        store,
        "right",
        {
            "Uber sues": [Span(0, 4, "PERSON")],
            "Café in New York": [],
            "東京で会う": [Span(0, 3, "GPE")],
            "quiet day": [],
            "broken": "HTTP 500",
        },
    )
    add_examples(store, [Record("nobody said anything")], "later.txt")
    index_words(store, FOREVER)
    return store


def found(store: Store, line: str, order: Order = Order.SOURCE) -> list[str]:
    ids = matching_ids(store, QueueFilter.parse(line), order)
    assert len(ids) == queue_length(store, QueueFilter.parse(line))
    return [row.text.split()[0] for row in example_rows(store, ids)]


@pytest.mark.parametrize(
    ("line", "texts"),
    [
        ("", ["Uber", "Café", "東京で会う"]),
        ("uber", ["Uber"]),
        ("ub", ["Uber"]),
        ('"ub"', []),
        ("cafe york", ["Café"]),
        ('"new york"', ["Café"]),
        ('"york new"', []),
        ("東京", ["東京で会う"]),
        ("会う", ["東京で会う"]),
        ("京東", []),
        ("label:GPE", ["Café", "東京で会う"]),
        ("label:GPE,PERSON kind:label", ["Uber"]),
        ("label:ORG label:PERSON", ["Uber"]),
        ("label:GONE", []),
        ("kind:boundary,missing", ["Café", "東京で会う"]),
        ("pair:left,right kind:boundary", ["東京で会う"]),
        ("pair:left,nobody", []),
        ("pair:right", ["Uber", "Café", "東京で会う"]),
        ("status:agreed", ["quiet"]),
        ("status:failed", ["broken"]),
        ("status:all", ["Uber", "Café", "東京で会う", "quiet", "broken", "nobody"]),
        ("status:all said", ["nobody"]),
        ("score:>0.99", ["Uber", "Café", "東京で会う"]),
        ("score:<0.5", []),
        ("annotator:kim", []),
        ("is:flagged", []),
        ("%", []),
    ],
)
def test_a_filter_finds_what_it_says(news: Store, line: str, texts: list[str]) -> None:
    assert found(news, line) == texts


def test_what_people_left_is_found(news: Store) -> None:
    session = ReviewSession(news, "kim")
    review = session.next()
    assert review is not None
    session.answer(review, "accept", seconds=1, keys=1)
    news.execute(
        "INSERT INTO remarks (example_id, annotator, session, flagged, note, made_at) "
        "VALUES (2, 'kim', 's', 1, '5% off', 0)"
    )
    [answered] = found(news, "annotator:kim")
    assert answered == review.item.example.text.split()[0]
    assert found(news, "status:answered") == [answered]
    assert found(news, "is:flagged") == found(news, "has:note") == found(news, "note:5%") == ["Café"]
    assert found(news, "note:5x") == []
    assert known_names(news).annotators == ("kim",)


@pytest.mark.parametrize(
    "line", ['"', "*", "NEAR(", "a AND", "(", "^x", "a*b", "-x", "\x00", "{words}", "x" * 10_000, "'"]
)
def test_nothing_that_is_typed_is_syntax(news: Store, predict: Predict, line: str) -> None:
    """A search finds the text that has the typed words, as words and as a phrase, and no other text."""
    text = f"then {line} came"
    predict(news, "left", {text: [Span(0, 4, "X")]})
    predict(news, "right", {text: []})
    index_words(news, FOREVER)
    held = [item.example.id for item in iterate_queue(news) if item.example.text == text]
    parsed = QueueFilter.parse(line)
    assert list(matching_ids(news, parsed, Order.SOURCE)) == ([1, 2, 3, *held] if line == '"' else held)
    phrase = QueueFilter((Word(line, whole=True), Word(line)))
    assert list(matching_ids(news, phrase, Order.SOURCE)) == held


@pytest.mark.full
@given(st.text(ANY, min_size=1).filter(str.strip), st.text(ANY, max_size=5))
@example("0\U00040000", "")  # not a character yet
@example("\u0640", "")  # tatweel, which SQLite does not index
@example("a\x00b", "\x00")
@example("\u00ad", "a")
def test_any_word_is_found_where_it_stands(
    new_store: Callable[..., Store], predict: Predict, word: str, other: str
) -> None:
    assume(spaced(word + other).startswith(spaced(word)))  # only if the two do not merge into one character
    store = new_store(Task.NER)
    text = f"so {word}{other} it is"
    predict(store, "left", {text: [Span(0, 2, "X")], "so it is": [Span(0, 2, "X")]})
    predict(store, "right", {text: [], "so it is": []})
    index_words(store, FOREVER)
    held = QueueFilter((Word(word), Word(word + other, whole=True)))
    assert 1 in matching_ids(store, held, Order.SOURCE)


@pytest.mark.full
@example(name="a\x00b")
@given(
    name=st.text(st.characters(codec="utf-8"), min_size=1, max_size=8).filter(
        lambda name: name.strip() and name != "other"
    )
)
def test_hostile_names_are_found(new_store: Callable[..., Store], predict: Predict, name: str) -> None:
    store = new_store(Task.NER)
    predict(store, name, {"ab": whole("ab", name)})
    predict(store, "other", {"ab": []})
    line = str(QueueFilter((), (Condition("label", (name,)), Condition("pair", (name, "other")))))
    expected = [] if "\x00" in name else ["ab"]  # SQLite's JSON ends a key there
    assert found(store, line) == expected


def test_the_orders(news: Store) -> None:
    def ids(order: Order) -> list[int]:
        return list(matching_ids(news, DISAGREEING, order))

    assert ids(Order.SOURCE) == [1, 2, 3]
    assert ids(Order.RECENT) == [3, 2, 1]
    assert ids(Order.SHORTEST) == [3, 1, 2]
    assert ids(Order.RANDOM) == ids(Order.RANDOM)
    assert sorted(ids(Order.RANDOM)) == [1, 2, 3]
    assert ids(Order.DISAGREEMENT) == [item.example.id for item in iterate_queue(news)]


@pytest.mark.parametrize("line", ["", "status:disagreeing,agreed", "label:GPE,ORG,PERSON"])
@pytest.mark.parametrize("order", list(Order))
def test_a_session_goes_through_any_queue_once(news: Store, line: str, order: Order) -> None:
    queue = QueueFilter.parse(line)
    expected = list(matching_ids(news, queue, order))
    session = ReviewSession(news, "sam", queue, order=order)
    if order is Order.VALUE:  # the order draws the first three at random
        expected = session.upcoming(10)
        assert set(expected) == set(matching_ids(news, queue, order))
    assert session.upcoming(10) == expected
    seen: list[int] = []
    review = session.next()
    while review is not None:
        seen.append(review.item.example.id)
        review = session.answer(review, "accept", seconds=1, keys=1)
    assert seen == expected


def test_answered_examples_come_once_where_they_are_asked_for(news: Store) -> None:
    session = ReviewSession(news, "sam", EVERYTHING, order=Order.SOURCE)
    seen: list[int] = []
    review = session.next()
    while review is not None and len(seen) < 20:
        seen.append(review.item.example.id)
        review = session.answer(review, "accept", seconds=1, keys=1)
    assert seen == [1, 2, 3, 4, 5, 6]
    undone = session.undo()
    assert undone is not None
    assert undone.item.example.id == 6


def test_what_was_skipped_in_a_list_comes_back_as_it_was_left(news: Store) -> None:
    session = ReviewSession(news, "sam", order=Order.SOURCE)
    first = session.next()
    assert first is not None
    first.choose_neither()
    second = session.skip(first)
    third = session.skip(second) if second else None
    again = session.skip(third) if third else None
    assert again is not None
    assert again.item.example.id == first.item.example.id
    assert again.choices[0].name == "neither"


def test_what_came_in_meanwhile_comes_at_the_end_of_the_list(news: Store, predict: Predict) -> None:
    session = ReviewSession(news, "sam", QueueFilter.parse("kind:boundary"))
    review = session.next()
    predict(news, "left", {"ab cd": [Span(0, 2, "X")]})
    predict(news, "right", {"ab cd": [Span(0, 5, "X")]})
    assert review is not None
    following = session.answer(review, "accept", seconds=1, keys=1)
    assert following is not None
    assert following.item.example.text == "ab cd"


def test_the_index_follows_what_is_loaded(store: Store) -> None:
    add_examples(store, [Record(f"text {number}") for number in range(500)], "x")
    assert word_index(store).indexed == 0
    assert index_words(store, FOREVER).complete
    add_examples(store, [Record("another")], "x")
    assert not word_index(store).complete
    assert index_words(store).complete
    assert found(store, "status:all another") == ["another"]


def test_without_fts5_words_are_looked_for_in_every_text(news: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words_module, "_possible", lambda store: False)
    assert found(news, "uber") == ["Uber"]
    assert index_words(news, FOREVER).complete


def test_a_look_up_that_nobody_waits_for_ends(store: Store) -> None:
    slow = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    with pytest.raises(SupersededError), give_up_once(store, lambda: True):
        store.execute(slow)
    assert store.execute("SELECT 1").fetchone() == (1,)


def test_alike_are_waiting_examples_with_the_same_pattern_in_queue_order(store: Store, predict: Predict) -> None:
    texts = ["Uber one", "Uber two", "Uber, other", "uber five", "Übermut"]
    predict(store, "left", {text: [Span(0, 4, "ORG")] for text in texts})
    predict(store, "right", {text: [Span(0, 4, "LOC" if "other" in text else "PERSON")] for text in texts})
    item = queue_item(store, 1)
    pattern = pattern_of(item.example.text, item.differences[0])
    for indexed in (False, True):
        if indexed:
            index_words(store, FOREVER)
        result = alike(store, pattern, 1)
        assert result.whole
        order = [each.example.id for each in iterate_queue(store)]
        assert [each.example_id for each in result.found] == [each for each in order if each in (1, 2, 4)]
    assert not alike(store, pattern, 1, seconds=-1).whole


def test_progress_is_counted_again_once_something_was_written(news: Store) -> None:
    lookups = Lookups(news.path)
    assert lookups.progress(DISAGREEING).remaining == 3
    session = ReviewSession(news, "sam")
    review = session.next()
    assert review is not None
    session.answer(review, "accept", seconds=1, keys=1)
    lookups._count_again = 0.0
    assert lookups.progress(DISAGREEING).remaining == 2
    lookups.close()


@pytest.fixture
def only(store: Store, predict: Predict) -> Store:
    """Texts, all but the last read by one predictor."""
    said: dict[str, list[Span] | str] = {
        "Uber sues": whole("Uber", "ORG"),
        "quiet day": [],
        "Paris": whole("Paris", "GPE"),
        "broken": "HTTP 500",
    }
    predict(store, "spacy", said)
    add_examples(store, [Record("nobody said anything")], "later.txt")
    return store


@pytest.mark.parametrize(
    ("line", "texts"),
    [
        ("status:open", ["Uber", "quiet", "Paris", "broken", "nobody"]),
        ("status:open label:ORG", ["Uber"]),
        ("status:open label:ORG,GPE", ["Uber", "Paris"]),
        ("status:open label:ORG label:GPE", []),
        ("status:open says:spacy=ORG", ["Uber"]),
        ("status:open says:spacy=", ["quiet"]),
        ("status:open says:llm=ORG", []),
        ("status:open label:ORG says:spacy=ORG", ["Uber"]),
        ("status:open label:ORG kind:missing", []),
        ("status:all says:spacy=GPE", ["Paris"]),
        ("label:ORG", []),
    ],
)
def test_of_open_texts_a_filter_asks_the_only_predictor(only: Store, line: str, texts: list[str]) -> None:
    assert found(only, line) == texts


def test_of_open_texts_the_newest_run_counts_and_what_was_answered(only: Store) -> None:
    run = start_run(only, predictor="spacy", kind="file", fingerprint="2", model="test")
    save_predictions(only, run, [Prediction(1, tuple(whole("Uber", "PER")))])
    assert found(only, "status:open label:ORG") == []
    assert found(only, "status:open says:spacy=PER") == ["Uber"]
    session = ReviewSession(only, "kim")
    review = session.open(5)
    assert isinstance(review, SpanReview)
    review.replace_spans([Span(0, 6, "WHO")])
    session.answer(review, "accept", seconds=1, keys=1)
    assert found(only, "status:open,answered label:WHO") == ["nobody"]


def test_a_sitting_with_one_predictor_goes_through_what_it_says(only: Store) -> None:
    session = ReviewSession(only, "kim", QueueFilter.parse("says:spacy=GPE"))
    review = session.next()
    assert review is not None
    assert review.item.example.text == "Paris"


@pytest.mark.parametrize(("task", "held"), [(Task.TEXTCAT, ["a"]), (Task.TEXTCAT_MULTILABEL, ["a", "b"])])
def test_of_open_texts_a_category_is_said_if_it_holds(
    new_store: Callable[[Task], Store], task: Task, held: list[str]
) -> None:
    store = new_store(task)
    ids, _ = add_examples(store, [Record("text")], "test")
    run = start_run(store, predictor="m", kind="file", fingerprint="1", model="test")
    save_predictions(store, run, [Prediction(ids[0], cats={"a": 0.9, "b": 0.6, "c": 0.1})])
    assert [label for label in "abc" if found(store, f"status:open label:{label}")] == held
    assert [label for label in "abc" if found(store, f"status:open says:m={label}")] == held


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("meta.section:business", [1, 2]),
        ("meta.section:BUSINESS,sports", [1, 2, 3]),
        ('meta.section:"world news"', [4]),
        ("meta.by.name:zoë", [1]),
        ("meta.by.name:ZOË meta.section:business", [1]),
        ("meta.a.b:1", [2]),
        ("meta.tags:new", [3]),
        ("meta.year:2019", [1]),
        ("meta.year:>2018", [1, 3]),
        ("meta.year:<=2018", [2, 4]),
        ("meta.date:>=2020-02-01", [2]),
        ("meta.paid:true", [1]),
        ("meta.paid:false,null", [2, 3]),
        ("meta.paid:1", []),
        ("meta.missing:x", []),
        ("meta.section:business status:answered", []),
        ('meta."section":business', None),
    ],
)
def test_fields_of_meta_are_found_by_their_values(store: Store, line: str, found: list[int] | None) -> None:
    metas: list[dict[str, Any] | None] = [
        {"section": "Business", "by": {"name": "Zoë"}, "year": 2019, "date": "2020-01-31", "paid": True},
        {"section": "business", "a.b": 1, "year": "2018", "date": "2020-02-01", "paid": False},
        {"section": "sports", "tags": ["old", "new"], "year": 2019.5, "paid": None},
        {"section": "world news", "year": 9},
        None,
    ]
    add_examples(store, [Record(f"text {at}", meta=meta) for at, meta in enumerate(metas)], "test")
    if found is None:  # an unknown name, so these are words
        assert QueueFilter.parse(line).conditions == ()
        return
    queue = QueueFilter.parse(f"status:all {line}" if "status" not in line else line)
    assert QueueFilter.parse(str(queue)) == queue
    assert list(matching_ids(store, queue, Order.SOURCE)) == found
    assert queue_length(store, queue) == len(found)


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("meta.date", [3, 1, 4, 2, 5]),
        ("meta.date:desc", [2, 4, 1, 3, 5]),
        ("meta.by.name", [5, 4, 1, 2, 3]),
    ],
)
def test_an_order_by_a_field_of_meta_puts_what_has_none_last(store: Store, order: str, found: list[int]) -> None:
    metas: list[dict[str, Any] | None] = [
        {"date": "2020-01-31"},
        {"date": "2021-01-01"},
        {"date": 7},
        {"date": "2020-12-31", "by": {"name": "b"}},
        {"by.name": "A"},
    ]
    add_examples(store, [Record(f"text {at}", meta=meta) for at, meta in enumerate(metas)], "test")
    asked = FieldOrder.parse(order)
    assert asked.value == order
    assert list(matching_ids(store, EVERYTHING, asked)) == found
    assert [each.example.id for each in iterate_queue(store, EVERYTHING, 2, asked)] == found[:2]
    queue = QueueFilter.parse("status:all meta.date:>2020")
    assert list(matching_ids(store, queue, asked)) == [each for each in found if each in (1, 2, 4)]


def test_a_review_by_a_field_of_meta_goes_through_it(news: Store) -> None:
    ids = list(matching_ids(news, DISAGREEING, Order.SOURCE))
    for at, example_id in enumerate(ids):
        news.execute("UPDATE examples SET meta = ? WHERE id = ?", (f'{{"at": {-at}}}', example_id))
    session = ReviewSession(news, "sam", order=FieldOrder("meta.at"))
    assert session.order.shown_name == "meta.at"
    seen = []
    while (review := session.next()) is not None:
        seen.append(review.item.example.id)
        session.answer(review, "accept", seconds=1, keys=1)
    assert seen == ids[::-1]
    assert session.queue.order_after(session.order) is Order.VALUE


def test_the_fields_of_meta_are_among_the_names(store: Store) -> None:
    metas = [{"section": "x", "by": {"name": "a"}, "tags": [{"b": 1}], "a b": 1}, None, {"a.b": 1, "section": 2}]
    add_examples(store, [Record(f"text {at}", meta=meta) for at, meta in enumerate(metas)], "test")
    assert known_names(store).meta == ("meta.section", "meta.by.name", "meta.a.b")


def test_meta_that_is_no_json_is_found_by_nothing(store: Store) -> None:
    add_examples(store, [Record("text", meta={"a": 1})], "test")
    store.execute("UPDATE examples SET meta = '{a'")
    assert not matching_ids(store, QueueFilter.parse("status:all meta.a:1"), Order.SOURCE)
    assert known_names(store).meta == ()
