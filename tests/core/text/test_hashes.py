"""Prodigy's hashes, against values from public Prodigy exports, and the identity of a text."""

from __future__ import annotations

import pytest
import srsly
from hypothesis import example, given
from hypothesis import strategies as st
from murmurhash import hash as murmurhash

from tiebreak.core.text.hashes import input_hash, task_hash, text_digest

ANF = (
    "ANF Rawalpindi arrested Afghan Citizen Muhammad Naveed from Islamabad International Airport and recovered "
    "798 Grams Amphetamine from his personal possession."
)


@pytest.mark.parametrize(
    ("text", "published"),
    [
        ("Uber’s Lesson: Silicon Valley’s Start-Up Machine Needs Fixing", 1886699658),  # from explosion/prodigy-recipes
        (ANF, 932777898),
    ],
)
def test_the_input_hash_is_the_one_that_prodigy_published(text: str, published: int) -> None:
    assert input_hash(text) == published


def test_the_task_hash_is_the_one_that_prodigy_published() -> None:
    assert task_hash(932777898, []) == -313169072


@given(st.text())
@example("\x7f\x80 / <a href='x'>\"\\ \x00\x1f\u2028\ufffe\uffff 😀")
def test_the_input_hash_is_murmurhash_over_the_text_as_json(text: str) -> None:
    assert input_hash(text) == murmurhash("text=" + srsly.json_dumps(text, sort_keys=True))
    assert -(2**31) <= input_hash(text) < 2**31


@given(
    st.integers(-(2**31), 2**31 - 1),
    st.lists(st.fixed_dictionaries({"start": st.integers(0, 9), "end": st.integers(0, 9), "label": st.text()})),
)
def test_the_task_hash_is_murmurhash_over_input_hash_and_spans(number: int, spans: list[dict[str, object]]) -> None:
    assert task_hash(number, spans) == murmurhash(f"{number}spans=" + srsly.json_dumps(spans, sort_keys=True))
    assert task_hash(number, [dict(reversed(list(span.items()))) for span in spans]) == task_hash(number, spans)


def test_texts_whose_input_hashes_collide_have_digests_of_their_own() -> None:
    seen: dict[int, str] = {}
    for number in range(400_000):
        text = f"text {number}"
        other = seen.setdefault(input_hash(text), text)
        if other != text:
            break
    assert other != text, "no collision found: 400,000 texts in 32 bits should have one"
    assert text_digest(text) != text_digest(other)
    assert len(text_digest(text)) * 8 >= 128
