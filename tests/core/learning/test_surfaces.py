"""The surfaces that people marked: their other occurrences, and how often these were marked."""

from __future__ import annotations

from tiebreak.core.learning.surfaces import Surfaces
from tiebreak.core.records import Span
from tiebreak.core.text.tokens import tokenize
from tiebreak.core.text.units import token_units

ULM, TEXT = Span(0, 3, "LOC"), "Ulm, and Ulm again"
Said = list[tuple[str, dict[str, int], int]]


def learn(surfaces: Surfaces, text: str, *spans: Span) -> None:
    surfaces.learn(text, token_units(text, tokenize(text)), spans)


def found(surfaces: Surfaces, text: str) -> Said:
    """Return the surfaces in a text, with the counts of their labels and occurrences."""
    units = token_units(text, tokenize(text))
    matches = surfaces.find(text, units)
    return [(text[units.starts[m.first] : units.ends[m.behind - 1]], dict(m.labels), m.occurred) for m in matches]


def test_how_often_words_are_marked_where_they_stand_is_counted() -> None:
    surfaces = Surfaces()
    learn(surfaces, TEXT, ULM)
    learn(surfaces, "Ulm is not a person", Span(0, 3, "PER"))
    learn(surfaces, "Ulm")
    assert found(surfaces, "from Ulm to Bonn, Ulmer") == [("Ulm", {"LOC": 1, "PER": 1}, 4)]


def test_words_within_others_are_found_as_well_the_longest_first() -> None:
    surfaces = Surfaces()
    learn(surfaces, "New York Times", Span(0, 14, "ORG"))
    learn(surfaces, "New York", Span(0, 8, "LOC"))
    assert [surface for surface, _, _ in found(surfaces, "The New York Times")] == ["New York Times", "New York"]


def test_a_copy_stays_what_it_was() -> None:
    surfaces = Surfaces()
    learn(surfaces, TEXT, ULM)
    copied = surfaces.copy()
    before = found(copied, TEXT)
    learn(surfaces, TEXT, ULM, Span(9, 12, "LOC"))
    learn(surfaces, "Bonn", Span(0, 4, "LOC"))
    assert found(copied, TEXT) == before
    assert found(copied, "Bonn") == []
    assert found(surfaces, TEXT) != before
