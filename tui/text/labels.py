"""Short names of labels and models for narrow places, and the line of labels with their digits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.cells import cell_len
from rich.text import Text

from tiebreak.tui.text.cutting import abbreviations, cut_middle
from tiebreak.tui.text.render import visible

_LONGEST = 60  # cells; a longer label is cut, however much room there is
_SHORT, _SHORTEST = 4, 3  # cells; labels are cut no shorter on a wide screen, and on a narrow screen
_NARROW = 80  # columns; a screen with fewer is narrow
_NAMES = (24, 16, 12, 8, 6, 4)  # cells of predictors' names; the first size that all fit in is taken
_STROKE = 5  # cells that the legend takes for a stroke, a letter and blanks beside each name
_PLACE = 26  # cells of the legend for the number of the focused difference
_WITH_DIGIT = 9  # labels; later labels have no digit
_HEADING = " Labels "


def whole_labels(labels: Sequence[str]) -> dict[str, str]:
    """Return each label in full; very long labels are cut, and still differ."""
    return _called(labels, _LONGEST)


def short_labels(labels: Sequence[str], width: int) -> dict[str, str]:
    """Return each label's short form, the same everywhere on a screen of `width` cells."""
    return _called(labels, _SHORT if width >= _NARROW else _SHORTEST)


def short_names(names: Iterable[str], width: int) -> dict[str, str]:
    """Return each predictor's name as it is shown everywhere on a screen of `width` cells; different names differ."""
    shown = {name: visible(name) for name in names}
    short: dict[str, str] = {}
    for least in _NAMES:
        short = abbreviations(tuple(shown.values()), least, cut_middle)
        if sum(cell_len(each) + _STROKE for each in short.values()) <= width - _PLACE:
            break
    return {name: short[each] for name, each in shown.items()}


def _called(labels: Sequence[str], least: int) -> dict[str, str]:
    shown = [visible(label) for label in labels]
    short = abbreviations(tuple(shown), least)
    return {label: short[each] for label, each in zip(labels, shown, strict=True)}


def label_text(labels: Sequence[str], short: Mapping[str, str], width: int, others: str, rows: int = 1) -> Text:
    """Return the labels with their digits in `rows` rows of `width` cells; labels without room are as in `short`.

    The longest labels are shortened first. `others` is the key for the labels that have no digit.
    """
    numbered = labels[:_WITH_DIGIT]
    whole = whole_labels(labels)
    names = [whole[label] for label in numbered]
    more = f"+{len(labels) - _WITH_DIGIT}: {others}" if len(labels) > _WITH_DIGIT else ""
    by_length = sorted(range(len(names)), key=lambda at: -cell_len(names[at]))
    for at in [*by_length, None]:
        lines = _lines(names, more, width, _HEADING, "  ")
        if len(lines) <= rows or at is None:
            break
        names[at] = short.get(numbered[at], names[at])
    if len(lines) > rows:
        lines = _lines(names, more, width, "", " ")
    return Text("\n").join(lines)


def _lines(names: Sequence[str], more: str, width: int, heading: str, gap: str) -> list[Text]:
    """Return the names with their digits in lines of `width` cells, `gap` between two names."""
    entries = [Text.assemble((str(digit), "bold"), " ", name) for digit, name in enumerate(names, start=1)]
    if more:
        entries.append(Text(more, "dim"))
    margin = len(heading) + 1
    lines: list[Text] = []
    for entry in entries:
        if lines and lines[-1].cell_len + len(gap) + entry.cell_len <= width:
            lines[-1].append(gap).append(entry)
        else:
            lines.append(Text(" " * margin if lines else heading.ljust(margin)).append(entry))
    return lines or [Text(heading)]
