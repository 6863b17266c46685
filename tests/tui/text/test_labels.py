"""The line of labels: each with its digit, whole or in its single abbreviation."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tiebreak.tui.text.labels import label_text, short_labels, short_names

NINE = (
    *("LOCATION_CITY", "ORGANISATION", "ORGANISATION_PRIVATE", "PERSON", "PERSON_LAST"),
    *("PERSON_MALE", "LOCATION_STATE", "ORGANISATION_PUBLIC", "PERSON_OTHER"),
)


@given(
    st.lists(st.text("AB_好", min_size=1, max_size=16), unique=True, max_size=12),
    st.integers(60, 130),
    st.integers(1, 2),
)
def test_every_label_is_whole_or_in_its_abbreviation(labels: list[str], width: int, rows: int) -> None:
    short = short_labels(labels, width)
    lines = label_text(labels, short, width, "t", rows).plain.split("\n")
    assert all(cell_len(line) <= width for line in lines)
    told = re.findall(r"(\d) (\S+)", "\n".join(lines))
    assert [digit for digit, _ in told] == [str(at) for at in range(1, min(len(labels), 9) + 1)]
    assert all(name in (labels[int(digit) - 1], short[labels[int(digit) - 1]]) for digit, name in told)
    assert len({name for _, name in told}) == len(told)


def test_nine_long_labels_fit_on_any_screen() -> None:
    for width in (60, 80, 120):
        for rows in (1, 2):
            assert len(label_text(NINE, short_labels(NINE, width), width, "t", rows).plain.split("\n")) <= rows
    assert "…" not in label_text(NINE, short_labels(NINE, 120), 120, "t", 2).plain


@given(st.lists(st.text("ab_好", min_size=1, max_size=30), unique=True, max_size=6), st.integers(60, 200))
def test_models_are_called_so_that_they_differ(names: list[str], width: int) -> None:
    short = short_names(names, width)
    assert len(set(short.values())) == len(names)
    assert all(cell_len(each) <= cell_len(name) for name, each in short.items())


def test_models_of_one_family_are_cut_to_what_differs() -> None:
    names = ("spacy_en_core_web_sm_conll", "spacy_en_core_web_lg_conll")
    assert [*short_names(names, 120).values()] == ["spacy_en_cor…eb_sm_conll", "spacy_en_cor…eb_lg_conll"]
    assert [*short_names(names, 60).values()] == ["spa…sm_conll", "spa…lg_conll"]
