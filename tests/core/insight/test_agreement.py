"""Agreement: numbers that were worked out by hand, published examples, and laws."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from typer.testing import CliRunner

from tiebreak.core.compare.chance import cohen_kappa, krippendorff_alpha
from tiebreak.core.insight.agreement import Agreement, Matches, measure
from tiebreak.core.records import Answer, AnsweredExample, AnswerValue, Record, Span, Task, TaskKind
from tiebreak.core.store.agreements import answered_by_several
from tiebreak.core.store.answers import save_answer, undo_last_answer
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples
from tiebreak.tui.cli import agreement
from tiebreak.tui.cli.application import app
from tiebreak.tui.cli.json_objects import agreement_object

Said = Sequence[Span] | Mapping[str, float]
TEXT = "Uber hires Ada in Paris"  # five tokens
UBER, UBER_PERSON = Span(0, 4, "ORG"), Span(0, 4, "PERSON")
ADA, ADA_IN, PARIS = Span(11, 14, "PERSON"), Span(11, 17, "PERSON"), Span(18, 23, "GPE")


def answer(name: str, said: Said, verdict: AnswerValue = "accept", example_id: int = 1) -> Answer:
    if isinstance(said, Mapping):
        return Answer(example_id, name, "one", verdict, (), cats=dict(said))
    return Answer(example_id, name, "one", verdict, tuple(said))


def example(**said: Said) -> AnsweredExample:
    return AnsweredExample(TEXT, (), {name: answer(name, each) for name, each in said.items()})


# Krippendorff 2011, section D: four observers, twelve units, missing values; alpha = 0.743.
KRIPPENDORFF = ("12332141 2___", "12332241 25_3", "_3332342 251_", "12332441 251_")


def published_units() -> Counter[tuple[str, ...]]:
    columns = zip(*(row.replace(" ", "") for row in KRIPPENDORFF), strict=True)
    return Counter(tuple(value for value in column if value != "_") for column in columns)


def test_alpha_is_the_published_one() -> None:
    assert krippendorff_alpha(published_units()) == pytest.approx(0.743, abs=5e-4)


def test_kappa_is_the_published_one() -> None:
    """Cohen's kappa of 50 grant proposals, two readers: 20 both yes, 15 both no, 5 and 10 apart; kappa = 0.4."""
    table = {("yes", "yes"): 20, ("yes", "no"): 5, ("no", "yes"): 10, ("no", "no"): 15}
    assert cohen_kappa(table) == pytest.approx(0.4)


def test_kappa_and_alpha_are_not_defined_without_variation_or_units() -> None:
    assert cohen_kappa({}) is cohen_kappa({("a", "a"): 9}) is None
    assert krippendorff_alpha({}) is krippendorff_alpha({("a", "a"): 9}) is krippendorff_alpha({("a",): 3}) is None
    assert cohen_kappa({("a", "b"): 4}) == 0.0
    assert krippendorff_alpha({("a", "b"): 4}) == pytest.approx(1 - 7 * 8 / 32)


@given(st.lists(st.lists(st.sampled_from("abc"), max_size=5), max_size=12))
def test_alpha_is_what_the_package_krippendorff_says(units: list[list[str]]) -> None:
    package = pytest.importorskip("krippendorff")
    counts = [[unit.count(value) for value in "abc"] for unit in units]
    ours = krippendorff_alpha(Counter(map(tuple, units)))
    if ours is not None:
        assert ours == pytest.approx(package.alpha(value_counts=counts, level_of_measurement="nominal"))


def test_spans_of_two_annotators() -> None:
    found = measure(
        [
            example(ann=[UBER, ADA, PARIS], bob=[UBER_PERSON, ADA_IN, PARIS]),
            example(ann=[UBER], bob=[UBER, PARIS]),
        ],
        Task.NER,
    )
    pair = found.pairs["ann", "bob"]
    assert (pair.examples, pair.equal, pair.accepted, pair.verdict_chance) == (2, 2, 2, None)
    assert pair.matches == Matches(both=2, partial=1, first=4, second=5)
    assert pair.matches.f1 == pytest.approx(4 / 9)
    assert pair.matches.partial_f1 == pytest.approx(5 / 9)
    assert pair.labels == {"GPE": Matches(1, 0, 1, 2), "ORG": Matches(1, 0, 2, 1), "PERSON": Matches(0, 1, 1, 2)}
    assert pair.confusions == {
        ("ORG", "PERSON"): 1,
        ("PERSON", None): 1,
        (None, "PERSON"): 1,
        ("GPE", "GPE"): 1,
        ("ORG", "ORG"): 1,
        (None, "GPE"): 1,
    }
    # Tokens of the first: ORG/PERSON, -/-, PERSON/PERSON, -/PERSON, GPE/GPE; of the second: ORG/ORG, 3 -/-, -/GPE.
    equal = 7 / 10
    chance = (2 * 1 + 6 * 4 + 1 * 3 + 1 * 2) / 100  # ORG, nothing, PERSON, GPE
    assert pair.chance == pytest.approx((equal - chance) / (1 - chance))
    chance = (1 * 2 + 9 * 8) / 100  # GPE and not GPE
    assert pair.label_chances["GPE"] == pytest.approx((0.9 - chance) / (1 - chance))


def test_alpha_over_tokens_of_three_annotators_of_whom_one_is_missing() -> None:
    found = measure([example(ann=[UBER], bob=[UBER], cyd=[]), example(ann=[PARIS], bob=[PARIS])], Task.NER)
    # Units of the first: (ORG, ORG, -), four times (-, -, -); of the second: four times (-, -), (GPE, GPE).
    # 25 values: 2 ORG, 2 GPE, 21 none; pairs that differ: 4 in a unit of 3.
    assert found.overall.chance == pytest.approx(1 - 24 * (4 / 2) / (25 * 25 - 2 * 2 - 2 * 2 - 21 * 21))
    assert found.overall.label_chances["ORG"] == pytest.approx(1 - 24 * (4 / 2) / (25 * 25 - 2 * 2 - 23 * 23))
    assert (found.overall.examples, found.overall.comparisons, found.overall.accepted) == (2, 4, 4)
    assert found.overall.matches == Matches(2, 0, 4, 2)
    assert found.overall.confusions == {("GPE", "GPE"): 1, ("ORG", "ORG"): 1, ("ORG", None): 2}


def test_only_what_both_accepted_counts_for_spans() -> None:
    answers = {"ann": answer("ann", [UBER]), "bob": answer("bob", [ADA], "reject"), "cyd": answer("cyd", [UBER])}
    found = measure([AnsweredExample(TEXT, (), answers)], Task.NER)
    assert found.pairs["ann", "bob"].equal_share == 0.0
    assert found.pairs["ann", "bob"].matches.f1 is found.pairs["ann", "bob"].chance is None
    assert found.pairs["ann", "bob"].labels == {"ORG": Matches()}
    assert found.pairs["ann", "cyd"].matches == Matches(1, 0, 1, 1)
    assert found.overall.verdict_chance == pytest.approx(1 - 2 * (4 / 2) / (9 - 4 - 1))


def test_a_label_that_one_side_or_neither_has_is_no_error() -> None:
    found = measure([example(ann=[UBER, ADA], bob=[UBER], cyd=[UBER])], Task.NER)
    assert found.pairs["ann", "bob"].labels["PERSON"] == Matches(0, 0, 1, 0)
    assert found.pairs["ann", "bob"].labels["PERSON"].f1 == 0.0
    assert found.pairs["ann", "bob"].label_chances["PERSON"] == 0.0
    assert found.pairs["bob", "cyd"].labels["PERSON"].f1 is None
    assert found.pairs["bob", "cyd"].label_chances["PERSON"] is None


def test_overlapping_spans_have_kappa_by_label_only() -> None:
    whole = Span(0, 23, "CLAIM")
    pair = measure([example(ann=[whole, UBER, UBER_PERSON], bob=[whole, UBER])], Task.SPANCAT).pairs["ann", "bob"]
    assert pair.chance is None
    assert pair.label_chances == {"CLAIM": None, "ORG": 1.0, "PERSON": 0.0}
    assert pair.confusions == {("CLAIM", "CLAIM"): 1, ("ORG", "ORG"): 1, ("PERSON", None): 1}
    pair = measure([example(ann=[UBER, UBER_PERSON, whole], bob=[Span(0, 4, "X"), whole])], Task.SPANCAT).pairs[
        "ann", "bob"
    ]
    assert pair.confusions == {("CLAIM", "CLAIM"): 1, ("ORG", None): 1, ("PERSON", None): 1, (None, "X"): 1}


def test_spans_of_a_label_are_matched_in_part_once_each() -> None:
    ours = [Span(0, 10, "A"), Span(12, 14, "A"), Span(15, 20, "B")]
    theirs = [Span(0, 4, "A"), Span(6, 13, "A"), Span(15, 19, "C")]
    matches = measure([example(ann=ours, bob=theirs)], Task.NER).pairs["ann", "bob"].matches
    assert matches == Matches(0, 2, 3, 3)
    assert matches.partial_f1 == pytest.approx(1 / 3)


def test_tokens_of_the_example_come_before_those_of_tokenize() -> None:
    answers = {"ann": answer("ann", [Span(0, 2, "ORG")]), "bob": answer("bob", [])}
    two = measure([AnsweredExample(TEXT, ((0, 4), (5, 23)), answers)], Task.NER)
    # Units (ORG, -) and (-, -); a token that a span covers in part is covered.
    assert two.overall.chance == pytest.approx(1 - 3 * 2 / (16 - 1 - 9))


def test_exclusive_categories_are_compared_on_the_chosen_label() -> None:
    sport, news, nothing = {"SPORT": 1.0, "NEWS": 0.0}, {"SPORT": 0.0, "NEWS": 1.0}, {"SPORT": 0.0, "NEWS": 0.0}
    found = measure(
        [example(a=sport, b=sport), example(a=sport, b=news), example(a=nothing, b=nothing), example(a=news, b=news)],
        Task.TEXTCAT,
    )
    pair = found.pairs["a", "b"]
    assert pair.chance == pytest.approx((3 / 4 - 5 / 16) / (1 - 5 / 16))
    assert pair.confusions == {("SPORT", "SPORT"): 1, ("SPORT", "NEWS"): 1, ("NEWS", "NEWS"): 1}
    assert pair.matches == Matches(2, 0, 3, 3)
    assert found.overall.chance == pytest.approx(1 - 7 * 2 / (64 - 9 - 9 - 4))


def test_categories_of_which_several_hold_have_kappa_by_label() -> None:
    found = measure(
        [example(a={"X": 1.0, "Y": 1.0}, b={"X": 1.0, "Y": 0.0}), example(a={"X": 0.0, "Y": 0.0}, b={"X": 0.0})],
        Task.TEXTCAT_MULTILABEL,
    )
    assert found.pairs["a", "b"].chance is found.overall.chance is None
    assert found.pairs["a", "b"].label_chances == {"X": 1.0, "Y": 0.0}
    assert found.pairs["a", "b"].labels == {"X": Matches(1, 0, 1, 1), "Y": Matches(0, 0, 1, 0)}


def test_nothing_to_compare_is_an_object_with_empty_lists() -> None:
    printed = agreement_object(measure([example(ann=[UBER])], Task.NER))
    assert (printed["annotators"], printed["pairs"], printed["overall"]["labels"]) == ([], [], [])
    assert printed["overall"]["examples"] == 0
    assert printed["overall"]["alpha"] is printed["overall"]["f1"] is printed["overall"]["equal_share"] is None


SPAN = st.tuples(st.integers(0, 18), st.integers(1, 5), st.sampled_from("ABC"))
SPANS = st.lists(SPAN.map(lambda drawn: Span(drawn[0], drawn[0] + drawn[1], drawn[2])), max_size=5)
CATS = st.dictionaries(st.sampled_from("ABC"), st.sampled_from([0.0, 1.0]))
VERDICTS: st.SearchStrategy[AnswerValue] = st.sampled_from(["accept", "accept", "reject", "ignore"])


@st.composite
def answered(draw: st.DrawFn) -> tuple[Task, list[AnsweredExample]]:
    task = draw(st.sampled_from(list(Task)))
    said: st.SearchStrategy[Any] = CATS if task.kind is TaskKind.CATEGORIES else SPANS
    return task, [
        AnsweredExample(
            TEXT,
            (),
            {name: answer(name, draw(said), draw(VERDICTS)) for name in draw(st.sets(st.sampled_from("abcd")))},
        )
        for _ in range(draw(st.integers(0, 5)))
    ]


def renamed(examples: Sequence[AnsweredExample], names: Mapping[str, str]) -> list[AnsweredExample]:
    return [
        AnsweredExample(each.text, each.tokens, {names[name]: said for name, said in each.answers.items()})
        for each in examples
    ]


@given(answered())
def test_nothing_is_above_one_and_shares_are_shares(drawn: tuple[Task, list[AnsweredExample]]) -> None:
    task, examples = drawn
    found = measure(examples, task)
    for each in (*found.pairs.values(), found.overall):
        coefficients = [each.chance, each.verdict_chance, *each.label_chances.values()]
        assert all(value is None or value <= 1 for value in coefficients)
        for matches in (each.matches, *each.labels.values()):
            assert matches.both + matches.partial <= min(matches.first, matches.second)
            assert matches.f1 is None or 0 <= matches.f1 <= (matches.partial_f1 or 0.0) <= 1
    json.dumps(agreement_object(found), allow_nan=False)


@given(answered())
def test_it_does_not_matter_who_is_who(drawn: tuple[Task, list[AnsweredExample]]) -> None:
    task, examples = drawn
    found = measure(examples, task)
    turned = measure(renamed(examples[::-1], dict(zip("abcd", "dcba", strict=True))), task)
    for one, other in combinations("abcd", 2):
        there = tuple(sorted("dcba"["abcd".index(name)] for name in (one, other)))
        ours, theirs = found.pairs.get((one, other)), turned.pairs.get((there[0], there[1]))
        if ours is None or theirs is None:
            assert ours is theirs
            continue
        assert ours.confusions == {(b, a): count for (a, b), count in theirs.confusions.items()}
        assert ours.matches == Matches(
            *(getattr(theirs.matches, key) for key in ("both", "partial", "second", "first"))
        )
        assert (ours.chance, ours.verdict_chance, ours.label_chances) == (
            theirs.chance,
            theirs.verdict_chance,
            theirs.label_chances,
        )
    same = ("examples", "comparisons", "equal", "verdict_chance", "accepted", "chance", "label_chances", "confusions")
    for key in same:
        assert getattr(found.overall, key) == getattr(turned.overall, key), key


@given(answered())
def test_who_answers_alike_agrees_wherever_that_is_defined(drawn: tuple[Task, list[AnsweredExample]]) -> None:
    task, examples = drawn
    alike = [
        AnsweredExample(each.text, each.tokens, dict.fromkeys("abc", said))
        for each in examples
        for said in each.answers.values()
    ]
    found: Agreement = measure(alike, task)
    for each in (*found.pairs.values(), found.overall):
        measures = [each.chance, each.verdict_chance, each.equal_share, each.matches.f1, *each.label_chances.values()]
        assert {*measures} <= {None, 1.0}


@pytest.fixture
def ids(store: Store) -> list[int]:
    return add_examples(store, [Record(TEXT), Record(TEXT + "!", tokens=((0, 4), (5, 24)))], "test")[0]


def give(store: Store, example_id: int, name: str, said: Said, view: str = "review") -> None:
    each = answer(name, said, example_id=example_id)
    save_answer(store, Answer(example_id, name, "one", "accept", each.spans, cats=each.cats, view=view))


def test_standing_answers_of_people_are_read(store: Store, ids: list[int]) -> None:
    give(store, ids[1], "sam", [UBER])
    give(store, ids[1], "kim", [PARIS])
    give(store, ids[1], "kim", [UBER])
    give(store, ids[1], "kim", [ADA], view="adjudicate")
    give(store, ids[1], "auto", [], view="auto-accept")
    give(store, ids[0], "sam", [UBER])
    give(store, ids[0], "auto", [UBER], view="auto-accept")
    give(store, ids[0], "kim", [UBER], view="adjudicate")
    give(store, ids[0], "lee", [UBER])
    undo_last_answer(store, "lee", "one")
    [found] = answered_by_several(store)
    assert (found.text, found.tokens) == (TEXT + "!", ((0, 4), (5, 24)))
    assert {name: said.spans for name, said in found.answers.items()} == {"sam": (UBER,), "kim": (UBER,)}


def test_only_the_annotators_that_are_named_are_read(store: Store, ids: list[int]) -> None:
    for name in ("kim", "lee", "sam"):
        give(store, ids[0], name, [UBER])
    give(store, ids[1], "lee", [UBER])
    give(store, ids[1], "sam", [UBER])
    assert [sorted(each.answers) for each in answered_by_several(store)] == [["kim", "lee", "sam"], ["lee", "sam"]]
    assert [sorted(each.answers) for each in answered_by_several(store, ["kim", "sam"])] == [["kim", "sam"]]


def test_categories_are_read(new_store: Callable[[Task], Store]) -> None:
    store = new_store(Task.TEXTCAT)
    [example_id] = add_examples(store, [Record(TEXT)], "test")[0]
    give(store, example_id, "sam", {"SPORT": 1.0, "NEWS": 0.0})
    give(store, example_id, "kim", {"SPORT": 0.0, "NEWS": 1.0})
    found = measure(answered_by_several(store), store.task)
    assert found.pairs["kim", "sam"].confusions == {("NEWS", "SPORT"): 1}


def run(store: Store, *arguments: str) -> Any:
    assert agreement  # its import has added the command
    return CliRunner().invoke(app, ["agreement", str(store.path), *arguments])


def test_without_common_answers_one_sentence_says_how_to_get_them(store: Store, ids: list[int]) -> None:
    give(store, ids[0], "sam", [UBER])
    result = run(store)
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 1)
    assert "tiebreak review DB --overlap 0.1" in result.stdout
    assert json.loads(run(store, "--json").stdout)["pairs"] == []


@pytest.mark.parametrize("labels", [5, 12])
def test_what_is_printed_fits_and_is_harmless(store: Store, ids: list[int], labels: int) -> None:
    names = [f"\x1b[31mLABEL OF SOME LENGTH {number}\n" for number in range(labels)]
    for example_id in ids:
        for annotator in ("sam", "kim\x1b[2J of a long name", "会社会社会社会社会社"):
            shift = 1 if annotator == "sam" else 0
            give(store, example_id, annotator, [Span(n, n + 1, names[(n + shift) % labels]) for n in range(labels)])
    result = run(store)
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout
    assert max(map(cell_len, result.stdout.splitlines())) <= 80
    assert ("most frequent confusions" in result.stdout) == (labels > 5)
    assert len(json.loads(run(store, "--json").stdout)["pairs"]) == 3


@pytest.mark.parametrize(
    ("names", "said"), [(("zoe", "sam"), "zoe: no answers by that name"), (("sam",), "name another as well")]
)
def test_names_that_cannot_be_compared_are_refused(
    store: Store, ids: list[int], names: Sequence[str], said: str
) -> None:
    give(store, ids[0], "sam", [UBER])
    result = run(store, *(word for name in names for word in ("--annotator", name)))
    assert result.exit_code == 1
    assert said in str(result.exception)
