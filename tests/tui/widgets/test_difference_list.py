"""The rows of the list: different rows look different, and the next difference is in sight."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tiebreak.tui.text.cutting import LEAST_APART
from tiebreak.tui.text.render import DARK, Palette
from tiebreak.tui.widgets.difference_list import DifferenceList, DifferenceRow, ReadingCell

WORDS = st.sampled_from(
    [
        *(f"ORGANISATION The University of {town}, in the Republic of Everywhere Else" for town in ("Lyon", "Paris")),
        *("ORGANISATION University of Lyon", "PERSON 优步在巴黎聘请阿达，苹果公司反对优步在巴黎聘请阿达", "–"),
        *("PERSON 优步在巴黎聘请阿达，苹果公司反对优步在巴黎聘阿达", "ORG جامعة بيرزيت في رام الله إن العام الدراسي"),
        *("ORG جامعة بيرزيت في رام الله، إن العام الدراسي", "ORG Universite\u0301", "ORG Universite"),
    ]
)
ROWS = st.lists(st.lists(WORDS, min_size=2, max_size=4, unique=True), min_size=1, max_size=12)


class Unmounted(DifferenceList):
    """A list that draws without an app."""

    @property
    def palette(self) -> Palette:
        return DARK

    def rows_in_sight(self) -> list[int]:
        return [number for number, _ in self._places]

    def shown(self) -> list[tuple[str, str]]:
        """Return the text of each cell that has room to differ, and the part of it on screen."""
        return [
            (self._rows[number].readings[cell.reading].text, cell.said)
            for number, cells in self._places
            for cell in cells
            if cell.reading is not None and cell.room >= LEAST_APART
        ]


@given(ROWS, st.integers(54, 130), st.integers(2, 12), st.data())
def test_rows_differ_fit_and_the_next_one_is_in_sight(
    rows: list[list[str]], width: int, height: int, data: st.DataObject
) -> None:
    drawn = Unmounted()
    drawn._rows = [
        DifferenceRow("mixed", [ReadingCell("ABCD"[at], said, at, at == 0) for at, said in enumerate(row)], "", False)
        for row in rows
    ]
    for focus in data.draw(st.lists(st.integers(0, len(rows) - 1), min_size=1, max_size=5)):
        drawn._focus = focus
        lines = drawn.draw_lines(width, height)
        assert len(lines) <= height
        assert all(cell_len("".join(segment.text for segment in line).rstrip()) <= width for line in lines)
        by_shown: dict[str, set[str]] = {}
        for said, shown in drawn.shown():
            by_shown.setdefault(shown, set()).add(said)
        assert all(len(said) == 1 for said in by_shown.values())
        assert {focus, min(focus + 1, len(rows) - 1)} <= set(drawn.rows_in_sight())
        assert drawn.rows_in_sight()[-1] == len(rows) - 1 or lines[-1][1].text == "↓"
