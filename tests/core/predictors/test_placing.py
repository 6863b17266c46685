"""Placing mentions in a text: whole words, exact spelling first, and an outcome for each."""

from __future__ import annotations

import time
import unicodedata
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiebreak.core.predictors.folding import fold
from tiebreak.core.predictors.placing import Mention, Placed, place
from tiebreak.core.records import Span


def placed(text: str, *mentions: str | tuple[str, str], overlap: bool = False) -> Placed:
    """Make mentions from words, with the label A, or from (words, label)."""
    return place(
        text, [Mention(each, "A") if isinstance(each, str) else Mention(*each) for each in mentions], overlap=overlap
    )


def at(text: str, *mentions: str | tuple[str, str], overlap: bool = False) -> list[tuple[int, int]]:
    return [span[:2] for span in placed(text, *mentions, overlap=overlap).spans]


def reasons(result: Placed) -> list[tuple[str, str]]:
    return [(each["text"], each["reason"]) for each in result.dropped]


@pytest.mark.parametrize(
    ("text", "mention", "place"),
    [
        ("told us the US", "US", (12, 14)),
        ("told us the US", "us", (5, 7)),
        ("by bus, us", "us", (8, 10)),
        ("snake_us us", "us", (9, 11)),
        ("us\u0301 us", "us", (4, 6)),
        ("the US-based firm", "US", (4, 6)),
        ("$1,000, Washington, D.C.", "Washington, D.C.", (8, 24)),
        ("  Acme  fell ", " Acme\n", (2, 6)),
        ("a ba a a", "a a", (5, 8)),
        ("东京都很大", "京都", (1, 3)),
        ("USAの人", "USA", (0, 3)),
        ("アトムとタワー", "タワー", (4, 7)),
        ("ไปเชียงใหม่กัน", "เชียงใหม่", (2, 11)),
        ("والكتاب كتاب", "كتاب", (8, 12)),
        ("قرأ والكتاب", "كتاب", (7, 11)),
        ("ראיתי בירושלים", "ירושלים", (7, 14)),
        ("삼성전자는 서울에서 발표했다", "삼성전자", (0, 4)),
        ("삼성전자는 서울에서 발표했다", "서울", (6, 8)),
        ("한국은행에서는 말했다", "한국은행", (0, 4)),
        ("LG와 SK하이닉스는 KBS방송에", "LG", (0, 2)),
        ("LG와 SK하이닉스는 KBS방송에", "SK하이닉스", (4, 10)),
        ("LG와 SK하이닉스는 KBS방송에", "KBS", (12, 15)),
        ("서울시민들이 모였다", "서울", (0, 2)),
        ("주미대사와 미대", "미대", (6, 8)),
        ("_Acme_ fell", "Acme", (1, 5)),
        ("__Acme Corp__ fell", "Acme Corp", (2, 11)),
        ("snake_Acme, Acme", "Acme", (12, 16)),
    ],
)
def test_a_mention_is_placed_where_words_begin_and_end(text: str, mention: str, place: tuple[int, int]) -> None:
    result = placed(text, mention)
    assert [span[:2] for span in result.spans] == [place]
    assert result.counts == {"placed": 1}


@pytest.mark.parametrize(
    ("text", "mention", "place"),
    [
        ("ACME fell", "Acme", (0, 4)),
        ("New\u00a0\n York", "New York", (0, 10)),
        ("New York", "New  York", (0, 8)),
        ("O’Brien said “no”", "O'Brien", (0, 7)),
        ("it said “no” once", 'said "no"', (3, 12)),
        ("Anglo–Dutch", "Anglo-Dutch", (0, 11)),
        ("Cafe\u0301 Uno", "Café", (0, 5)),
        ("Café Uno", "Cafe\u0301", (0, 4)),
        ("in İstanbul now", "İSTANBUL", (3, 11)),
        ("İİ in Straße 5", "STRASSE", (6, 12)),
        ("die ﬁnanzen", "Finanzen", (4, 11)),
        ("Ac\u200bme fell", "Acme", (0, 5)),
        ("re\u00adcord \u200b Labels", "record Labels", (0, 16)),
        ("Acme fell", "Ac\u00adme", (0, 4)),
        ("한국 사람", unicodedata.normalize("NFD", "한국"), (0, 2)),
    ],
)
def test_a_mention_that_is_written_otherwise_is_folded_in_place(
    text: str, mention: str, place: tuple[int, int]
) -> None:
    result = placed(text, mention)
    assert [span[:2] for span in result.spans] == [place]
    assert result.counts == {"folded": 1}


@pytest.mark.parametrize(
    ("text", "mention"),
    [
        ("bus", "us"),
        ("ﬁn", "f"),
        ("ﬁn", "in"),
        ("Straße", "Stras"),
        ("é", "e"),
        ("٢٠٢٠", "٢٠"),
        ("Acme", "Initech"),
        ("Acme", "\u200b"),
    ],
)
def test_what_does_not_stand_in_the_text_is_dropped(text: str, mention: str) -> None:
    assert reasons(placed(text, mention)) == [(mention, "not in text")]


@pytest.mark.parametrize("mention", ["", "  ", "\n\u00a0"])
def test_a_mention_without_words_is_unreadable(mention: str) -> None:
    assert reasons(placed("a text", mention)) == [(mention, "unreadable")]


def test_the_nth_listing_gets_the_nth_occurrence_whatever_stands_between() -> None:
    result = placed("Acme sued Initech, Acme won", ("Initech", "B"), ("Acme", "A"), ("Acme", "B"), ("Acme", "A"))
    assert result.spans == (Span(0, 4, "A"), Span(10, 17, "B"), Span(19, 23, "B"))
    assert result.counts == {"placed": 2, "repeated": 1, "no further occurrence": 1}
    assert reasons(result) == [("Acme", "no further occurrence")]


def test_other_case_is_taken_only_when_what_is_written_alike_is_used_up() -> None:
    assert placed("us US", "US", "US").counts == {"placed": 1, "folded": 1}
    assert at("us US", "US") == [(3, 5)]
    assert placed("us US", "US", "US", ("us", "B")).spans == (Span(0, 2, "B"), Span(3, 5, "A"))


def test_longer_surfaces_go_first_if_spans_may_not_overlap() -> None:
    assert at("New York, York", "York", "New York") == [(0, 8), (10, 14)]
    result = placed("New York", "York", "New York")
    assert result.spans == (Span(0, 8, "A"),)
    assert reasons(result) == [("York", "overlaps")]
    assert reasons(placed("the US Army told us", "US Army", "US")) == [("US", "overlaps")]


def test_spans_may_be_nested_if_they_may_overlap() -> None:
    assert at("New York", "York", "New York", overlap=True) == [(0, 8), (4, 8)]


def test_another_label_shares_an_occurrence_if_there_is_no_further_one_and_the_same_label_never() -> None:
    result = placed("told us of the US", ("US", "A"), ("US", "B"), ("US", "A"), overlap=True)
    assert result.spans == (Span(5, 7, "A"), Span(15, 17, "A"), Span(15, 17, "B"))
    result = placed("US", ("US", "A"), ("US", "B"), ("US", "B"), overlap=True)
    assert (result.spans, result.counts) == (
        (Span(0, 2, "A"), Span(0, 2, "B")),
        {"placed": 2, "no further occurrence": 1},
    )
    assert at("US and US", ("US", "A"), ("US", "B"), overlap=True) == [(0, 2), (7, 9)]


WORDS = [
    "us",
    "US",
    "Us",
    "new york",
    "York",
    "New  York",
    "İs",
    "straße",
    "STRASSE",
    "ﬁn",
    "é",
    "e\u0301",
    "كتاب",
    "东京",
]
TEXTS = st.lists(
    st.one_of(st.sampled_from(WORDS), st.sampled_from([" ", "\n", "\u00a0", "-", "–", "’", "و"]), st.text(max_size=3)),
    max_size=14,
).map(lambda parts: "".join(parts))
MENTIONS = st.lists(
    st.builds(
        Mention,
        st.one_of(st.sampled_from(WORDS), st.sampled_from([word.upper() for word in WORDS]), st.text(max_size=3)),
        st.sampled_from(["A", "B"]),
    ),
    max_size=8,
)


@given(TEXTS, MENTIONS, st.booleans())
def test_each_mention_has_one_outcome_and_each_span_its_words(
    text: str, mentions: list[Mention], overlap: bool
) -> None:
    result = place(text, mentions, overlap=overlap)
    assert sum(result.counts.values()) == len(mentions)
    assert len(result.spans) + len(result.dropped) == len(mentions)
    lost = Counter(Mention(each["text"], each["label"]) for each in result.dropped)
    left = (Counter(mentions) - lost).elements()
    asked = Counter((fold(mention.text.strip()).text, mention.label) for mention in left)
    assert asked == Counter((fold(text[span.start : span.end]).text, span.label) for span in result.spans)
    assert list(result.spans) == sorted(set(result.spans))
    if not overlap:
        assert all(not before.overlaps(after) for before, after in zip(result.spans, result.spans[1:], strict=False))


@given(TEXTS, MENTIONS, st.booleans(), st.data())
def test_the_order_of_an_answer_makes_no_difference_if_its_surfaces_differ(
    text: str, mentions: list[Mention], overlap: bool, data: st.DataObject
) -> None:
    distinct = list({mention.text.strip(): mention for mention in mentions}.values())
    result = place(text, distinct, overlap=overlap)
    other = place(text, data.draw(st.permutations(distinct)), overlap=overlap)
    assert (other.spans, other.counts) == (result.spans, result.counts)


PARTS = st.tuples(st.sampled_from(["us", "US", "new", "bus", "New York", "Zoë", "东京"]), st.sampled_from(["A", "B"]))


@given(st.lists(PARTS, max_size=12), st.sampled_from([", ", " ", "\n", "–"]))
def test_the_spans_of_a_text_listed_in_its_order_come_back(parts: list[tuple[str, str]], between: str) -> None:
    text, spans = "", []
    for words, label in parts:
        text += between if text else ""
        spans.append(Span(len(text), len(text) + len(words), label))
        text += words
    result = place(text, [Mention(*part) for part in parts], overlap=False)
    assert result.spans == tuple(spans)
    assert result.counts.keys() <= {"placed", "repeated"}


def seconds(text: str, mentions: list[Mention], times: int) -> float:
    best = 1e9
    for _ in range(5):
        started = time.perf_counter()
        for _ in range(times):
            place(text, mentions, overlap=False)
        best = min(best, (time.perf_counter() - started) / times)
    return best


def test_placing_costs_next_to_nothing() -> None:
    headline = "Uber and Lyft sue California over a new law in San Francisco"
    assert (
        seconds(headline, [Mention(name, "A") for name in ("Uber", "Lyft", "California", "San Francisco")], 200) < 5e-4
    )
    text = " ".join(f"Wörd{number % 2500}" for number in range(7300))[:64_000]
    mentions = [Mention(f"{'WÖRD' if number % 3 else 'Wörd'}{number * 7}", "A") for number in range(300)]
    assert seconds(text, mentions, 1) < 0.3


@pytest.mark.full
@pytest.mark.parametrize("letters", ["a", "a a", "ك", "东", "은", "_", "\u00ad"])
def test_a_text_of_one_letter_takes_no_longer(letters: str) -> None:
    text = letters * (64_000 // len(letters))
    mentions = [Mention(letters[-1] * number, "A") for number in range(1, 100)]
    assert seconds(text, [*mentions, *(Mention("A" * number, "A") for number in range(1, 100))], 1) < 3.0


def test_many_listings_under_many_labels_take_no_longer() -> None:
    text = "Acme " * 4000
    mentions = [Mention("Acme", "ABCD"[number % 4]) for number in range(20_000)]
    started = time.perf_counter()
    result = place(text, mentions, overlap=True)
    assert result.counts == {"placed": 12_001, "repeated": 3_999, "no further occurrence": 4_000}
    assert time.perf_counter() - started < 3.0
