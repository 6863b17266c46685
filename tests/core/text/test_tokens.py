"""Tokens of texts that came without any: laws for arbitrary texts, and what people expect of a word."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc
from spacy.vocab import Vocab

from tiebreak.core.text.tokens import tokenize


@given(st.text())
def test_tokens_stand_in_order_are_never_empty_and_leave_out_single_spaces_alone(text: str) -> None:
    tokens = tokenize(text)
    assert all(start < end for start, end in tokens)
    assert all(one[1] <= other[0] for one, other in pairwise(tokens))
    outside = set(range(len(text))) - {at for start, end in tokens for at in range(start, end)}
    assert all(text[at] == " " for at in outside)
    ends = {end for _, end in tokens}
    assert outside <= ends
    assert all(text[start:end].isspace() or not any(map(str.isspace, text[start:end])) for start, end in tokens)


@given(st.text())
def test_the_tokens_make_a_doc_of_the_same_text(text: str) -> None:
    tokens = tokenize(text)
    spaces = [text[end : end + 1] == " " for _, end in tokens]
    assert Doc(Vocab(), words=[text[start:end] for start, end in tokens], spaces=spaces).text == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ada met Bob.", ["Ada", "met", "Bob", "."]),
        ("Uber’s 1,000.50 cars", ["Uber", "’", "s", "1,000.50", "cars"]),
        ("a  b\tc\r\nd", ["a", " ", "b", "\t", "c", "\r\n", "d"]),
        ("e\u0301cole", ["e\u0301cole"]),
        ("क्षेत्र में", ["क्षेत्र", "में"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),
        ("👩\u200d💻 works", ["👩\u200d💻", "works"]),
        ("\u0301", ["\u0301"]),
        ("   ", ["   "]),
    ],
)
def test_words_numbers_and_signs_are_tokens_with_their_marks_and_joiners(text: str, words: list[str]) -> None:
    assert [text[start:end] for start, end in tokenize(text)] == words


def test_gold_spans_of_arabic_text_fall_on_token_bounds(data: Path) -> None:
    for line in (data / "ar_wojood.jsonl").read_text("utf-8").splitlines():
        record = json.loads(line)
        tokens = tokenize(record["text"])
        for span in record["spans"] + record["nested"]:
            assert span["start"] in {start for start, _ in tokens}
            assert span["end"] in {end for _, end in tokens}
