"""The label map: rename, keep or drop, from a string or a mapping."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiebreak.core.errors import ConfigError
from tiebreak.core.label_map import KEEP_ALL, LabelMap
from tiebreak.core.records import Span

NAMES = st.text("ABCDE_-é", min_size=1, max_size=4)


def test_a_label_map_renames_keeps_and_drops() -> None:
    label_map = LabelMap.parse("ORG:ORGANISATION, PERSON,GPE:PLACE,LOC:PLACE")
    spans = [Span(9, 12, "LOC"), Span(0, 3, "ORG"), Span(4, 8, "PERSON"), Span(4, 8, "DATE"), Span(9, 12, "GPE")]
    assert label_map.apply(spans) == (Span(0, 3, "ORGANISATION"), Span(4, 8, "PERSON"), Span(9, 12, "PLACE"))


def test_without_a_label_map_every_label_stays() -> None:
    spans = [Span(4, 8, "b"), Span(0, 3, "a"), Span(4, 8, "b")]
    assert LabelMap.parse(None) == KEEP_ALL
    assert KEEP_ALL.apply(spans) == (Span(0, 3, "a"), Span(4, 8, "b"))
    assert KEEP_ALL.apply_to_cats({"x": 0.5}) == {"x": 0.5}
    assert KEEP_ALL.apply_to_cats(None) is None


def test_a_mapping_says_the_same_as_a_string() -> None:
    assert LabelMap.parse({"ORG": "ORGANISATION", "PERSON": "PERSON"}) == LabelMap.parse("ORG:ORGANISATION,PERSON")


def test_categories_that_become_one_keep_the_higher_score() -> None:
    label_map = LabelMap.parse("good:positive,great:positive,bad")
    cats = {"good": 0.7, "great": 0.2, "bad": 0.1, "odd": 1.0}
    assert label_map.apply_to_cats(cats) == {"positive": 0.7, "bad": 0.1}


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("", "empty"),
        ("ORG,,PERSON", "empty"),
        ("ORG:", "'ORG:'"),
        (":ORG", "':ORG'"),
        ("ORG,PERSON,ORG:X", "'ORG' appears twice"),
    ],
)
def test_a_bad_label_map_is_refused_with_its_bad_part(value: str, named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        LabelMap.parse(value)


@pytest.mark.parametrize("mapping", [{}, {"ORG": ""}, {"": "ORG"}, {"ORG": "  "}])
def test_a_mapping_that_is_empty_or_has_an_empty_label_is_refused(mapping: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        LabelMap.parse(mapping)


@given(st.dictionaries(NAMES, NAMES, min_size=1))
def test_a_label_map_reads_back_from_its_text(names: dict[str, str]) -> None:
    assert LabelMap.parse(str(LabelMap.parse(names))) == LabelMap.parse(names)


def test_two_label_maps_that_do_different_things_never_have_the_same_text() -> None:
    maps = [None, {"A": "B"}, {"A:B": "A:B"}, {"A": "A", "B": "B"}, {"A,B": "A,B"}]
    assert len({str(LabelMap.parse(each)) for each in maps}) == len(maps)


def test_the_order_of_a_label_map_changes_nothing() -> None:
    assert str(LabelMap.parse("ORG,PERSON:P")) == str(LabelMap.parse("PERSON:P,ORG"))
