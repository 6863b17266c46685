"""Names that look alike: a known annotator keeps the name, and the program reports a twin."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiebreak.core.errors import ConfigError
from tiebreak.core.project.annotator_names import resolve_annotator

NAMES = st.text(st.sampled_from("sSaAmßéÉ e\u0301ﬁk\u212a\u200b\u202e"), max_size=5) | st.text(max_size=5)


@pytest.mark.full
@given(NAMES, st.sets(NAMES, max_size=4))
def test_a_known_name_is_itself_and_any_other_stays_what_it_became(typed: str, known: set[str]) -> None:
    known.discard("auto")
    for name in known:
        assert resolve_annotator(name, known) == (name, None)
    try:
        name, twin = resolve_annotator(typed, known)
    except ConfigError:
        return
    assert resolve_annotator(name, known) == (name, twin)
    assert resolve_annotator(name, {*known, name}) == (name, None)
    assert twin is None or (twin in known and name not in known)
    assert typed in known or name == unicodedata.normalize("NFC", name).strip()


@pytest.mark.parametrize(
    ("typed", "known", "expected"),
    [
        (" sam ", set(), ("sam", None)),
        ("sam ", {"sam"}, ("sam", None)),
        ("sam ", {"sam", "sam "}, ("sam ", None)),
        ("Jose\u0301", {"José"}, ("José", None)),
        ("José", {"Jose\u0301"}, ("José", "Jose\u0301")),
        ("Sam", {"sam"}, ("Sam", "sam")),
        ("Sam", {"sam", "Sam"}, ("Sam", None)),
        ("sam\u200b", {"sam\u200b"}, ("sam\u200b", None)),
    ],
)
def test_who_is_meant(typed: str, known: set[str], expected: tuple[str, str | None]) -> None:
    assert resolve_annotator(typed, known) == expected


@pytest.mark.parametrize("typed", ["", " ", "auto", " auto", "Auto", "sa\u200bm", "\u202esam", "s\ud800", "\u3164"])
def test_what_cannot_be_a_new_name_is_refused(typed: str) -> None:
    with pytest.raises(ConfigError):
        resolve_annotator(typed, {"auto", "sam"})
