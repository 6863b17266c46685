"""Two different texts never look the same once they are cut, and a cut text fits its cells."""

from __future__ import annotations

import unicodedata
from itertools import combinations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from tiebreak.tui.text.cutting import LEAST_APART, abbreviations, cut_apart, cut_end, cut_middle
from tiebreak.tui.text.render import visible

# Few characters, so that many texts begin, go on and end alike: wide letters, marks, right-to-left letters, ellipses.
ALIKE = st.text("aab _…1好\u0301שا\u093e", max_size=40).map(visible)
ANY = st.text(st.characters(codec="utf-8"), max_size=40).map(visible)
GROUPS = st.one_of(
    st.lists(ALIKE, max_size=7),
    st.lists(ANY, max_size=7),
    st.tuples(ALIKE, st.lists(st.text("ab好", max_size=2), max_size=7), ALIKE).map(
        lambda parts: [parts[0] + middle + parts[2] for middle in parts[1]]
    ),
)


@given(GROUPS, st.data())
def test_different_texts_look_different_in_the_cells_there_are(texts: list[str], data: st.DataObject) -> None:
    widths = [data.draw(st.integers(0, 30)) for _ in texts]
    shown = cut_apart(texts, widths)
    assert all(cell_len(each) <= width for each, width in zip(shown, widths, strict=True))
    assert all(each == text for each, text, width in zip(shown, texts, widths, strict=True) if cell_len(text) <= width)
    told = [(text, each) for text, each, width in zip(texts, shown, widths, strict=True) if width >= LEAST_APART]
    assert all(one[0] == other[0] or one[1] != other[1] for one, other in combinations(told, 2))


@given(GROUPS, st.integers(3, 12))
@example(["…", "好\u093e1"], 3)
def test_abbreviations_differ_as_their_names_do(names: list[str], least: int) -> None:
    short = abbreviations(tuple(names), least)
    assert short.keys() == set(names)
    assert len(set(short.values())) == len(short)
    assert all(cell_len(each) <= cell_len(name) for name, each in short.items())
    assert all(short[name] == name for name in names if cell_len(name) <= least)


@given(ALIKE, st.integers(0, 12))
def test_no_mark_is_parted_from_its_sign(text: str, width: int) -> None:
    for shown in (cut_middle(text, width), cut_end(text, width)):
        head, _, tail = shown.partition("…")
        assert cell_len(shown) <= width
        if text and not unicodedata.combining(text[0]):
            assert not (shown and unicodedata.combining(shown[0]))
        assert shown == text or text.startswith(head)
        assert "…" in text or shown == text or text.endswith(tail)


def test_what_differs_stays_in_sight() -> None:
    organisation = "ORGANISATION The University of {} in the Republic of Everywhere Else"
    paris, lyon = cut_apart([organisation.format("Paris"), organisation.format("Lyon")], [30, 30])
    assert "Paris" in paris
    assert "Lyon" in lyon
    assert cut_apart(["Alexander Hamilton", "Alexander Hamlin"], [10, 10]) == ["Alexa…lton", "Alexa…mlin"]


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (("PERSON", "ORG", "GPE"), {"PERSON": "PER…", "ORG": "ORG", "GPE": "GPE"}),
        (
            ("ORGANISATION", "ORGANISATION_PRIVATE", "ORGANISATION_PUBLIC"),
            {"ORGANISATION": "ORG…", "ORGANISATION_PRIVATE": "O…PR", "ORGANISATION_PUBLIC": "O…PU"},
        ),
        (("LOCATION_CITY", "LOCATION_STATE"), {"LOCATION_CITY": "L…CI", "LOCATION_STATE": "L…ST"}),
        (("spacy_en_sm", "spacy_en_lg"), {"spacy_en_sm": "s…sm", "spacy_en_lg": "s…lg"}),
    ],
)
def test_labels_that_begin_alike_are_cut_to_what_differs(names: tuple[str, ...], short: dict[str, str]) -> None:
    assert abbreviations(names) == short
