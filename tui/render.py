"""From records to styled text: the one place that shows text from outside, harmlessly."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.style import Style
from rich.text import Text

from tiebreak.core.records import Span, Spans

_JOINERS = frozenset("\u200b\u200c\u200d\u2060\ufeff")
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))


class _StandIns(dict[int, str]):
    """What is shown for each code point: itself, or one visible sign for what a terminal would act on or hide."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if code < 0x20:
            shown = {"\n": "⏎", "\t": "→", "\r": "␍"}.get(character, chr(0x2400 + code))
        elif code == 0x7F:
            shown = "␡"
        elif character in _JOINERS:
            shown = "¦"
        elif unicodedata.category(character) in _UNSEEN:
            shown = "�"
        else:
            shown = " " if character.isspace() else character
        self[code] = shown
        return shown


_STAND_INS = _StandIns()


def visible(text: str) -> str:
    """`text` with every control, format and unassigned character as one visible stand-in: as long as it was."""
    if text.isascii() and text.isprintable():
        return text
    return text.translate(_STAND_INS)


def shorten(text: str, width: int) -> str:
    """`text` made visible and cut to `width` characters."""
    text = visible(text)
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…"


def fit(text: str, width: int) -> str:
    """Visible `text` in exactly `width` cells, cut with an ellipsis or filled up."""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(text, max(width - 1, 0)) + "…"


def describe_spans(text: str, spans: Spans, width: int = 40) -> str:
    """Spans as `LABEL covered text`, all labels of the same bounds together; a dash where there are none."""
    labels: dict[tuple[int, int], list[str]] = {}
    for span in spans:
        labels.setdefault((span.start, span.end), []).append(visible(span.label))
    described = [f"{'+'.join(names)} {shorten(text[start:end], width)}" for (start, end), names in labels.items()]
    return " · ".join(described) or "–"


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours and strokes of a theme; a colour that is None is the terminal's own.

    `lines` are the strokes of the predictors' lanes, told apart without colour, too; `agreed_line` is the one of what
    all agree on.
    """

    agreed: str | None
    human: str | None
    error: str | None
    predictors: tuple[str | None, ...]
    lines: tuple[str, ...] = ("━", "╌", "═", "┄", "─")
    agreed_line: str = "┈"

    def colour(self, number: int) -> str | None:
        """The colour of the predictor `number`, the left one being 0."""
        return self.predictors[number % len(self.predictors)]

    def line(self, number: int) -> str:
        """The stroke of the predictor `number`."""
        return self.lines[number % len(self.lines)]

    def style(self, number: int, *, bold: bool = False, dim: bool = False) -> Style:
        """How what the predictor `number` says is drawn."""
        return Style(color=self.colour(number), bold=bold, dim=dim)


# Okabe and Ito's colours, which the colour-blind can tell apart ("Color Universal Design", 2008); the left one blue.
DARK = Palette(
    agreed="#009e73",
    human="#cc79a7",
    error="red",
    predictors=("#56b4e9", "#e69f00", "#f0e442", "#d55e00", "#0072b2"),
)


def palette_of(app: object) -> Palette:
    """The palette of the app's theme, where it has one."""
    palette = getattr(app, "palette", DARK)
    return palette if isinstance(palette, Palette) else DARK


def letter(number: int) -> str:
    """The letter of a predictor: A is the left one."""
    return chr(ord("A") + number) if number < 26 else "*"


def origin_style(span: Span, spans_by_predictor: Sequence[Spans], palette: Palette) -> Style:
    """The colour of a span of the answer: agreed, the first predictor's that has it, or the person's."""
    having = [number for number, spans in enumerate(spans_by_predictor) if span in spans]
    if not having:
        return Style(color=palette.human, bold=True, underline=True)
    colour = palette.agreed if len(having) == len(spans_by_predictor) else palette.colour(having[0])
    return Style(color=colour, bold=True, underline=True)


def answer_text(
    text: str, spans: Spans, proposals: Sequence[Spans], palette: Palette, current: Span | None = None
) -> Text:
    """The answer as it would be saved, each span in the colour of where it comes from; `current` stands out."""
    answer = Text().append(" Answer ", "bold reverse").append(" ")
    if not spans:
        answer.append("no spans", "dim")
    for span in spans:
        answer.append(shorten(text[span.start : span.end], 40), origin_style(span, proposals, palette))
        answer.append(f" {visible(span.label)}   ", "bold" if span == current else "")
    return answer


def label_text(labels: Sequence[str], width: int, others: str = "t") -> Text:
    """The labels that have a digit, with it, in `width` cells: names are cut where there is no room for them.

    `others` are the keys for the labels that have none.
    """
    more = f" +{len(labels) - 9}: {others}" if len(labels) > 9 else ""
    for size in (60, 16, 12, 9, 7, 5, 4, 3):
        text = Text(" Labels ")
        for number, name in enumerate(labels[:9], start=1):
            text.append(f" {number}", "bold").append(f" {shorten(name, size)} ")
        text.append(more, "dim")
        if text.cell_len <= width:
            break
    return text
