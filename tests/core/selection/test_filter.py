"""The line that says which examples a queue holds: parsed, printed, and refused with the possible words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiebreak.core.errors import FilterError
from tiebreak.core.selection.filter import (
    DISAGREEING,
    KINDS,
    OPEN,
    STATUSES,
    Condition,
    FieldOrder,
    Order,
    QueueFilter,
    Word,
)

hostile = st.text(min_size=1, max_size=12) | st.sampled_from(['a"b', "a:b", "x,y", "\\", "\x1b[31m", "new york", '"*'])
names = st.lists(hostile, min_size=1, max_size=3).map(tuple)
conditions = st.one_of(
    st.builds(Condition, st.sampled_from(["label", "annotator", "note", "meta.a", "meta.B-1.c"]), names),
    st.builds(Condition, st.just("pair"), st.lists(hostile, min_size=1, max_size=2).map(tuple)),
    st.builds(Condition, st.just("says"), st.lists(hostile.map("llm={}".format), min_size=1).map(tuple)),
    st.builds(Condition, st.just("kind"), st.lists(st.sampled_from(KINDS), min_size=1).map(tuple)),
    st.builds(Condition, st.just("status"), st.lists(st.sampled_from(STATUSES), min_size=1).map(tuple)),
    st.builds(Condition, st.just("score"), st.sampled_from([(">0.5",), ("<=1",), (".25",)])),
    st.sampled_from([Condition("is", ("flagged",)), Condition("has", ("note",))]),
)
words = st.builds(Word, hostile.filter(str.strip), st.booleans())
filters = st.builds(QueueFilter, st.lists(words, max_size=4).map(tuple), st.lists(conditions, max_size=4).map(tuple))


@given(filters)
def test_what_is_printed_reads_back_as_the_same_filter(queue: QueueFilter) -> None:
    line = str(queue)
    assert line.isprintable()
    assert QueueFilter.parse(line) == queue


@given(st.text())
def test_any_line_is_read_or_refused_with_a_message(line: str) -> None:
    try:
        queue = QueueFilter.parse(line)
    except FilterError:
        return
    assert QueueFilter.parse(str(queue)) == queue


def test_words_phrases_and_conditions_stand_in_one_line() -> None:
    queue = QueueFilter.parse('par "New York" label:ORG,"Work of art" pair:spacy,llm score:>0.5 10:30 rock"n"roll')
    assert queue.words == (Word("par"), Word("New York", whole=True), Word("10:30"), Word('rock"n"roll'))
    assert queue.conditions == (
        Condition("label", ("ORG", "Work of art")),
        Condition("pair", ("spacy", "llm")),
        Condition("score", (">0.5",)),
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("lable:ORG", "no filter lable:, only label, kind, pair"),
        ("http://example.org", '"http: …"'),
        ("kind:bounds", "missing, label, boundary, mixed"),
        ("status:", "which one? disagreeing, agreed, open, answered, failed, disputed, all"),
        ("label:", "label: a name is missing"),
        ("says:llm", "says:llm=ORG"),
        ("pair:a,b,c", "two predictors"),
        ("score:high", "a number from 0 to 1"),
        ("is:blue", "flagged"),
        ("x " * 65, "at most 64"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_what_is_possible(line: str, said: str) -> None:
    with pytest.raises(FilterError) as raised:
        QueueFilter.parse(line)
    assert said in str(raised.value)


@pytest.mark.parametrize("line", ["", "   ", '""', '"', "\n"])
def test_an_empty_line_asks_for_what_is_asked_for_without_a_filter(line: str) -> None:
    assert QueueFilter.parse(line) == DISAGREEING


def test_a_quote_that_is_not_closed_ends_with_the_line() -> None:
    assert QueueFilter.parse('"new yo').words == (Word("new yo", whole=True),)
    assert QueueFilter.parse('label:"Work of').conditions == (Condition("label", ("Work of",)),)


@pytest.mark.parametrize(
    ("line", "statuses"),
    [
        ("paris", ("disagreeing",)),
        ("status:agreed,disagreeing", ("disagreeing", "agreed")),
        ("status:agreed status:all", ("all",)),
        ("is:flagged", ("all",)),
        ("annotator:kim status:agreed", ("agreed",)),
    ],
)
def test_what_a_person_left_is_looked_for_among_all_examples(line: str, statuses: tuple[str, ...]) -> None:
    assert QueueFilter.parse(line).statuses == statuses


def test_chips_say_what_is_asked_for() -> None:
    assert QueueFilter.parse('paris "new york" kind:label,boundary is:flagged pair:a,b').chips == (
        "text: paris",
        'text: "new york"',
        "kind: label or boundary",
        "is flagged",
        "pair: a against b",
    )


def test_the_orders_go_round() -> None:
    order = Order.DISAGREEMENT
    seen = [order := order.following for _ in Order]
    assert seen[-1] is Order.DISAGREEMENT
    assert set(seen) == set(Order)


def test_no_order_by_disagreement_comes_where_nothing_is_compared() -> None:
    order = Order.VALUE
    seen = [order := OPEN.order_after(order) for _ in Order]
    assert Order.DISAGREEMENT not in seen
    assert {*seen} == {*Order} - {Order.DISAGREEMENT}
    assert [OPEN.listed.order_after(each) for each in Order] == [OPEN.order_after(each) for each in Order]
    assert [DISAGREEING.order_after(each) for each in Order] == [each.following for each in Order]


@pytest.mark.parametrize("name", ["date", "meta.", "meta.date:up", "meta.a b", ":desc"])
def test_an_order_by_no_field_is_refused(name: str) -> None:
    with pytest.raises(FilterError, match=r"meta\.date:desc"):
        FieldOrder.parse(name)
