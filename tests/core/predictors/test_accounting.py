"""Counts of the items that spacy-llm's own parsers drop, by reason."""

from __future__ import annotations

from typing import Any

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc
from spacy_llm.registry import registry

from tiebreak.core.errors import AnswerError
from tiebreak.core.predictors.accounting import Accounted, account, check_readable

NLP = spacy.blank("en")


def make(name: str, **options: Any) -> Any:
    return registry.llm_tasks.get(f"spacy.{name}")(**{"labels": ["ORG", "LOC"], **options})


def said(task: Any, text: str, *responses: str) -> tuple[Doc, Accounted]:
    """Parse the answers, and return the Doc and its account."""
    for response in responses:
        check_readable(task, response)
    doc = NLP.make_doc(text)
    [parsed] = task.parse_responses([[doc]], [list(responses)])
    return parsed, account(task, parsed, [doc], list(responses))


def lost(accounted: Accounted) -> dict[str, str]:
    assert sum(accounted.mentions.values()) >= len(accounted.dropped)
    return {each["text"]: each["reason"] for each in accounted.dropped}


REASONS = """Here are the entities:

1. Acme | True | ORG | a firm
2. fell | False | ==NONE== | a verb
3. Rome | True | LOC | a city
4. Initech | True | ORG | not there
5. Acme | True | FOO | a label of its own
6) Acme | ORG
7. Acme | True | ORG | again, though out of order
8. Acme | True | ORG | once too often
"""


def test_lines_with_reasons_are_accounted_for() -> None:
    doc, accounted = said(make("NER.v3"), "Acme fell, Acme rose in Rome", REASONS)
    assert [entity.text for entity in doc.ents] == ["Acme", "Rome"]
    assert accounted.mentions == {
        "placed": 2,
        "not in text": 1,
        "label unknown": 1,
        "unreadable": 1,
        "lost by the parser": 1,
        "no further occurrence": 1,
    }
    assert [(each["text"], each["label"], each["reason"]) for each in accounted.dropped] == [
        ("Initech", "ORG", "not in text"),
        ("Acme", "FOO", "label unknown"),
        ("6) Acme | ORG", "", "unreadable"),
        ("Acme", "ORG", "lost by the parser"),
        ("Acme", "ORG", "no further occurrence"),
    ]


@pytest.mark.parametrize("version", ["NER.v1", "NER.v2"])
def test_lists_are_accounted_for(version: str) -> None:
    task = make(version, labels="ORG,LOC")
    answer = "ORG: Acme, Initech\nLOC: Rome, us\nFOO: Acme, Bob\n- ORG: Cola\nsome prose\nLOC:\n\nPER: none"
    doc, accounted = said(task, "Acme of Rome told us by Cola", answer)
    assert [entity.text for entity in doc.ents] == ["Acme", "Rome", "us"]
    assert accounted.mentions == {"placed": 3, "not in text": 1, "label unknown": 2, "unreadable": 2}
    assert lost(accounted) == {
        "Initech": "not in text",
        "Acme": "label unknown",
        "Bob": "label unknown",
        "Cola": "unreadable",
        "some prose": "unreadable",
    }


def test_what_commas_and_white_space_split_is_lost() -> None:
    _, accounted = said(make("NER.v2"), "New\nYork, $1,000", "LOC: New York\nORG: $1,000")
    assert lost(accounted) == {"New York": "lost by the parser", "000": "lost by the parser"}
    doc, accounted = said(make("NER.v2"), "Bank of Rome", "ORG: Bank of Rome\nLOC: Rome")
    assert ([entity.text for entity in doc.ents], lost(accounted)) == (["Bank of Rome"], {"Rome": "lost by the parser"})


@pytest.mark.parametrize("version", ["SpanCat.v1", "SpanCat.v2"])
def test_lists_of_spans_that_may_overlap(version: str) -> None:
    _, accounted = said(make(version, labels="ORG,LOC"), "Bank of Rome", "ORG: Bank of Rome\nLOC: Rome, Paris")
    assert (accounted.mentions, lost(accounted)) == ({"placed": 2, "not in text": 1}, {"Paris": "not in text"})


def test_nested_spans_are_lost_inner_first() -> None:
    lines = ["1. Bank of Rome | True | ORG | a bank", "2. Rome | True | LOC | a city"]
    task = make("SpanCat.v3", spans_key="mine")
    assert said(task, "the Bank of Rome", "\n".join(lines))[1].mentions == {"placed": 2}
    accounted = said(task, "the Bank of Rome", "\n".join(reversed(lines)))[1]
    assert lost(accounted) == {"Bank of Rome": "lost by the parser"}


@pytest.mark.parametrize("version", ["TextCat.v1", "TextCat.v2", "TextCat.v3"])
def test_unknown_categories_are_accounted_for(version: str) -> None:
    task = make(version, labels="SPORT,ARTS")
    doc, accounted = said(task, "a text", "sport, FOO, ==NONE==,")
    assert (doc.cats, accounted.mentions) == ({"SPORT": 1.0, "ARTS": 0.0}, {"placed": 1, "label unknown": 1})
    assert accounted.dropped == [{"text": "FOO", "label": "FOO", "reason": "label unknown"}]
    assert said(task, "a text", "==NONE==")[1] == Accounted({}, [])
    assert said(make(version, labels="SPORT"), "a text", "POS")[1].mentions == {"placed": 1}
    assert said(make(version, labels="SPORT"), "a text", "NEG")[1].mentions == {}


@pytest.mark.parametrize(
    ("version", "answer"),
    [
        ("NER.v3", "None"),
        ("NER.v3", "1. none | False | ==NONE== | nothing"),
        ("NER.v2", "ORG:\nLOC: \n"),
        ("NER.v2", "ORG: none\nLOC: N/A"),
        ("NER.v2", "ORG: -\nLOC: None."),
        ("NER.v2", "No entities found.\n---\n**LOC:**"),
        ("NER.v2", "There are no entities in this text."),
        ("NER.v3", "The text contains no entities of the specified types."),
        ("NER.v3", "No named entities were identified in the given text."),
    ],
)
def test_an_answer_that_there_is_nothing_drops_nothing(version: str, answer: str) -> None:
    assert said(make(version), "no luck", answer)[1] == Accounted({}, [])


@pytest.mark.parametrize(
    ("version", "answer", "reason"),
    [
        ("NER.v3", "", "the answer is empty"),
        ("NER.v3", "I found nothing of use", "holds nothing that the task can read: “I found"),
        ("NER.v2", '[{"text": "Acme"}]', "holds nothing that the task can read"),
        ("SpanCat.v3", "- Acme (ORG)", "holds nothing that the task can read"),
        ("NER.v3", "1. Acme | Yes | ORG | a firm", "holds nothing that the task can read"),
        ("NER.v3", "There are no entities but Acme, which is an ORG.", "holds nothing that the task can read"),
        ("TextCat.v3", "**ORG**", "holds nothing that the task can read"),
    ],
)
def test_an_answer_of_which_nothing_can_be_read_is_a_failure(version: str, answer: str, reason: str) -> None:
    with pytest.raises(AnswerError, match=reason):
        check_readable(make(version), answer)


def test_several_categories_are_a_failure_if_one_was_asked_for() -> None:
    with pytest.raises(AnswerError):
        check_readable(make("TextCat.v3", exclusive_classes=True), "ORG, LOC")


def test_our_own_tasks_have_accounted_for_themselves() -> None:
    one, two = (registry.llm_tasks.get("tiebreak.NER.v1")(labels=[label]) for label in ("ORG", "LOC"))
    doc = NLP.make_doc("Acme in Rome")
    answers = ['[{"text": "Acme", "label": "ORG"}]', '[{"text": "Paris", "label": "LOC"}]']
    for task, answer in zip((one, two), answers, strict=True):
        check_readable(task, answer)
        list(task.parse_responses([doc], [[answer]]))
    assert account(one, doc, [doc], answers[:1]) == Accounted({"placed": 1}, [])
    assert account(two, doc, [doc], answers[1:]).mentions == {"not in text": 1}


def test_of_other_tasks_and_parsers_nothing_is_known() -> None:
    doc = NLP.make_doc("Acme fell")
    assert account(object(), doc, [doc], ["ORG: Acme"]) == Accounted({}, [])
    task = make("NER.v3", parse_responses=lambda task, shards, responses: [])
    assert account(task, doc, [doc], ["x | True | ORG | y"]) == Accounted({}, [])
    check_readable(object(), "")
    check_readable(object(), "anything")


def test_a_line_that_neither_affirms_nor_denies_is_counted() -> None:
    answer = "1. Acme | True | ORG | a firm\n2. Rome | Yes | LOC | a city\n3. fell | False | ==NONE== | a verb"
    _, accounted = said(make("NER.v3"), "Acme fell in Rome", answer)
    assert accounted.mentions == {"placed": 1, "unreadable": 1}
    assert lost(accounted) == {"2. Rome | Yes | LOC | a city": "unreadable"}


def test_a_listing_more_than_the_text_has_is_no_further_occurrence() -> None:
    accounted = said(make("NER.v2"), "Acme met Acme", "ORG: Acme, Acme, Acme")[1]
    assert accounted.mentions == {"placed": 2, "no further occurrence": 1}


def test_each_part_of_a_text_is_accounted_for_by_its_own_answer() -> None:
    task, parts = make("NER.v2"), [NLP.make_doc("Acme fell. "), NLP.make_doc("Rome rose")]
    responses = ["ORG: Acme", "ORG: Acme\nLOC: Rome"]
    [doc] = task.parse_responses([parts], [responses])
    accounted = account(task, doc, parts, responses)
    assert (accounted.mentions, lost(accounted)) == ({"placed": 2, "not in text": 1}, {"Acme": "not in text"})


WORDS = st.lists(st.sampled_from(["a", "A", "ab", "b", "b c", "c", "aß", "ab."]), max_size=8)


@given(text=WORDS, said=st.lists(st.tuples(st.sampled_from(["ORG", "LOC"]), WORDS), max_size=4), data=st.data())
def test_no_more_mentions_are_placed_than_there_are_spans(
    text: list[str], said: list[tuple[str, list[str]]], data: st.DataObject
) -> None:
    version = data.draw(st.sampled_from(["NER.v2", "SpanCat.v2", "NER.v3", "SpanCat.v3"]))
    alignment = data.draw(st.sampled_from(["strict", "contract", "expand"]))
    task = make(version, alignment_mode=alignment, case_sensitive_matching=data.draw(st.booleans()))
    if version.endswith("v3"):
        lines = [f"1. {word} | True | {label} | x" for label, words in said for word in words]
    else:
        lines = [f"{label}: {', '.join(words)}" for label, words in said]
    doc = NLP.make_doc(" ".join(text))
    [parsed] = task.parse_responses([[doc]], [["\n".join(lines)]])
    accounted = account(task, parsed, [doc], ["\n".join(lines)])
    spans = parsed.ents if version.startswith("NER") else parsed.spans["sc"]
    standing = {(span.start, span.end, span.label) for span in spans}
    listed = [(label, word) for label, words in said for word in words]
    assert sum(accounted.mentions.values()) == len(listed)
    placed = accounted.mentions.get("placed", 0)
    assert placed <= len(standing)
    assert (placed == 0) == (not standing)
    if version.endswith("v3"):
        assert placed == len(standing)
