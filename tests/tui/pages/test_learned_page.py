"""The part of the report about what was learned: within 80 columns, the most frequent first."""

from __future__ import annotations

from collections import Counter

from tiebreak.core.compare.alike import Alike, Outcome
from tiebreak.core.insight.learned import LearnedAlike
from tiebreak.tui.pages.learned_page import learned_lines

ONLY_SPACY = Alike("missing", (("llm", ()), ("spacy", ("PERSON",))))


def learned(
    alike: Alike, held: dict[Outcome, int], likely: dict[Outcome, int] | None = None, probability: float = 0.5
) -> LearnedAlike:
    exported = Counter(likely or {})
    return LearnedAlike(alike, Counter(held), 0, exported, probability * exported.total())


def page(*of: LearnedAlike, with_open: bool = True, unanswered: int = 0) -> str:
    return "\n".join(learned_lines(of, with_open=with_open, unanswered=unanswered))


def test_it_says_how_often_each_model_was_right_and_what_would_be_exported() -> None:
    said = page(
        learned(
            ONLY_SPACY, {("spacy",): 14, ("llm",): 1, "other": 1}, {("spacy",): 118, ("llm",): 2, "other": 3}, 0.874
        )
    )
    assert "- **missing**: spacy PERSON, llm nothing\n" in said
    assert "  - right: llm 1 of 16 (6%), spacy 14 of 16 (88%), no model 1\n" in said
    assert "  - open: 123; exported now 118 as spacy, 3 as no model has it, 2 as llm; 87%\n    sure on average" in said


def test_models_that_say_the_same_stand_together() -> None:
    three = Alike("label", (("gliner", ("ORG",)), ("llm", ("ORG",)), ("spacy", ("GPE", "ORG"))))
    said = page(learned(three, {}, {("gliner", "llm"): 4, "neither": 1}))
    assert "- **label**: gliner and llm ORG, spacy GPE + ORG\n  - no such place is settled yet\n" in said
    assert "  - open: 5; exported now 4 as gliner and llm, 1 with nothing there; 50% sure on" in said


def test_where_nothing_was_learned_it_says_what_would_teach() -> None:
    said = page().replace("\n", " ")
    assert "Nothing was learned yet about places where models differ." in " ".join(said.split())
    assert "`tiebreak learn`" in said
    assert page().count("\n") < 6


def test_the_rest_of_many_patterns_is_counted() -> None:
    many = [learned(Alike("missing", (("llm", ()), ("spacy", (f"L{n}",)))), {("llm",): 1}) for n in range(15)]
    said = page(*many)
    assert "spacy L11, llm nothing\n" in said
    assert "spacy L12, llm nothing\n" not in said
    assert "- and 3 more (`tiebreak report --json` has them)" in said


def test_names_and_labels_from_outside_fit_and_mean_nothing_to_markdown() -> None:
    names = [f"a model with a very long name {number} *x*" for number in range(5)]
    wide = Alike("mixed", tuple((name, ("*LABEL* OF SEVERAL | WORDS", "\x1b[2J")) for name in names))
    said = page(learned(wide, {(names[0],): 3}, {tuple(names): 7}))
    assert max(map(len, said.splitlines())) <= 80
    assert not set(said) & {"\x1b"}
    assert "\\*LABEL\\*" in said


def test_a_page_without_the_open_places_names_the_command_that_has_them() -> None:
    said = page(learned(ONLY_SPACY, {("spacy",): 1}), with_open=False)
    assert "open:" not in said
    assert "`tiebreak report` adds" in said


def test_the_limit_of_open_texts_is_named_if_there_are_more() -> None:
    few, many = (page(learned(ONLY_SPACY, {}, {"neither": 1}), unanswered=each) for each in (10, 10_001))
    assert "most valuable texts" not in few
    assert "open places of the 10,000 most valuable texts." in " ".join(many.split())
