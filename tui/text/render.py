"""From records to styled text: the one place that makes text from outside harmless and shows it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from rich.cells import cell_len, set_cell_size
from rich.style import Style
from rich.text import Text

from tiebreak.core.records import Category, Marks, Span, Spans
from tiebreak.tui.text import cell_widths
from tiebreak.tui.text.cutting import cut_middle

_JOINERS = frozenset("\u200b\u200c\u200d\u2060\ufeff")
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_SELECTORS = (*range(0x180B, 0x180E), 0x180F, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)
_TONES = range(0x1F3FB, 0x1F400)
# Symbols whose width changed between versions of Unicode, blanks that count as letters, and marks of two cells.
_UNSURE = frozenset(
    chain(
        (0x115F, 0x1160, 0x302E, 0x302F, 0x3164, 0xFFA0, 0x16FF0, 0x16FF1),
        range(0x2630, 0x2638),
        range(0x268A, 0x2690),
        range(0x3248, 0x3250),
        range(0x4DC0, 0x4E00),
        range(0x1D300, 0x1D380),
    )
)


SLICE_SIGN = "◇"  # marks a text of the slice
_BLANKS = " \u3000"
_BLANK = "␣"  # stands for a blank at the edge of a span
_MOST_SPANS = 20  # spans of one reading that are described; the others are counted
_MOST_ANSWERED = 2000  # characters of an answer that are drawn: more than any bar holds


class _StandIns(dict[int, str]):
    """The sign that is shown for each code point: itself, or a visible sign if a terminal would act on it or hide it.

    Terminals disagree on the width of joined emoji, so each part is drawn as a sign of its own, one cell wide. A joiner
    becomes `¦`, a skin tone `▒`, a letter of a flag that letter in a circle. A variation selector is left out, and the
    character before it is drawn without it.
    """

    def __missing__(self, code: int) -> str:
        shown = self[code] = _stand_in(code)
        return shown


def _stand_in(code: int) -> str:
    character = chr(code)
    if code < 0x20:
        return {"\n": "⏎", "\t": "→", "\r": "␍"}.get(character, chr(0x2400 + code))
    if code == 0x7F:
        return "␡"
    if code in _SELECTORS:
        return ""
    if code in _FLAG_LETTERS:
        return chr(0x24B6 + code - _FLAG_LETTERS.start)
    if code in _TONES:
        return "▒"
    if character in _JOINERS:
        return "¦"
    if code in _UNSURE or unicodedata.category(character) in _UNSEEN:
        return "�"
    if unicodedata.category(character) == "Zs":
        return "\u3000" if code == 0x3000 else " "
    return character


_STAND_INS = _StandIns()
cell_widths.set_spacing_mark_width(1)  # until the terminal reports another


def visible(text: str) -> str:
    """Return `text` with one visible stand-in for every control, format and unassigned character.

    Only variation selectors have no stand-in: they are left out.
    """
    if text.isascii() and text.isprintable():
        return text
    return text.translate(_STAND_INS)


def shorten(text: str, width: int) -> str:
    """Return `text` made visible and cut to `width` characters."""
    enough = 2 * width  # a character may come with a variation selector, which is not shown
    shown = visible(text[:enough])
    return shown if len(shown) <= width and len(text) <= enough else shown[: max(width - 1, 0)] + "…"


def fit(text: str, width: int) -> str:
    """Return visible `text` in exactly `width` cells, cut with an ellipsis or filled up."""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(text, max(width - 1, 0)) + "…"


def describe_dropped(dropped: Iterable[object]) -> str:
    """Return dropped mentions by reason: `Atlantis, Eldorado (not in text) · X as GOD (label unknown)`.

    Mentions that were recorded without a reason were not found in the text.
    """
    by_reason: dict[str, list[str]] = {}
    for mention in dropped:
        if not isinstance(mention, Mapping):
            by_reason.setdefault("not in text", []).append(visible(str(mention)))
            continue
        reason = visible(str(mention.get("reason", "not in text")))
        label = f" as {visible(str(mention.get('label')))}" if reason == "label unknown" else ""
        by_reason.setdefault(reason, []).append(visible(str(mention.get("text", mention))) + label)
    return " · ".join(f"{', '.join(texts)} ({reason})" for reason, texts in by_reason.items())


def words_of(text: str, start: int, end: int, width: int) -> str:
    """Return the text of a span, visible, in at most `width` cells: its beginning and end, with blanks at the edges."""
    if end - start <= width and (words := text[start:end]).isascii() and words.isprintable() and words == words.strip():
        return words  # a short cut for most spans: a list shows all of them again at each key
    enough = 3 * width  # signs may come with marks and selectors, which have no cell
    far = end - start > 2 * enough
    shown = visible(text[start : start + enough] + text[end - enough : end] if far else text[start:end])
    inner = shown.strip(_BLANKS)
    if len(inner) < len(shown):
        before = len(shown) - len(shown.lstrip(_BLANKS))
        shown = f"{_BLANK * before}{inner}{_BLANK * (len(shown) - before - len(inner))}"
    return cut_middle(shown, width)


def describe_spans(
    text: str, spans: Spans, width: int = 40, names: Mapping[str, str] | None = None, *, with_bounds: bool = False
) -> str:
    """Return spans as `LABEL covered text`, all labels of the same bounds together; a dash if there are no spans.

    Spans after the first 20 are counted. `names` has short forms of labels; with `with_bounds` the code points of each
    span stand after it.
    """
    labels: dict[tuple[int, int], list[str]] = {}
    for span in spans:
        labels.setdefault((span.start, span.end), []).append((names or {}).get(span.label) or visible(span.label))
    shown = [
        f"{'+'.join(own)} {words_of(text, *bounds, width)}" + (f" {bounds[0]}:{bounds[1]}" if with_bounds else "")
        for bounds, own in islice(labels.items(), _MOST_SPANS)
    ]
    if len(labels) > _MOST_SPANS:
        shown.append(f"+{len(labels) - _MOST_SPANS}")
    return " · ".join(shown) or "–"


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours and strokes of a theme; a colour that is None is the terminal's own.

    `lines` are the strokes of the predictors' lanes, which differ without colour, too. `agreed_line` is the stroke of
    agreed spans, `human_line` the stroke of spans that the annotator added.
    """

    agreed: str | None
    human: str | None
    error: str | None
    predictors: tuple[str | None, ...]
    lines: tuple[str, ...] = ("━", "╌", "═", "≈", "°")
    agreed_line: str = "·"
    human_line: str = "+"

    def colour(self, number: int | None) -> str | None:
        """Return the colour of the predictor `number`, the left one is 0; None: of agreement; -1: of the annotator."""
        if number is None:
            return self.agreed
        return self.predictors[number % len(self.predictors)] if number >= 0 else self.human

    def line(self, number: int) -> str:
        """Return the stroke of the predictor `number`."""
        return self.lines[number % len(self.lines)]

    def style(self, number: int | None, *, bold: bool = False, dim: bool = False) -> Style:
        """Return the style of the predictor `number`; see `colour`."""
        return Style(color=self.colour(number), bold=bold, dim=dim)


# Okabe and Ito's colours, which the colour-blind can distinguish ("Color Universal Design", 2008); the left is blue.
DARK = Palette(
    agreed="#009e73",
    human="#cc79a7",
    error="red",
    predictors=("#56b4e9", "#e69f00", "#f0e442", "#d55e00", "#0072b2"),
)


def palette_of(app: object) -> Palette:
    """Return the palette of the app's theme, or the default if it has none."""
    palette = getattr(app, "palette", DARK)
    return palette if isinstance(palette, Palette) else DARK


def letter(number: int) -> str:
    """Return the letter of a predictor: A is the left one."""
    return chr(ord("A") + number) if number < 26 else "*"


def letter_number(letter: str) -> int:
    """Return the number of the predictor that has this letter."""
    return max(ord(letter) - ord("A"), 0) if letter != "*" else 26


def span_origins(proposals: Sequence[Marks]) -> dict[Span | Category, int | None]:
    """Return the origin of each span (or category): its first predictor's number, None if all of several have it."""
    origins: dict[Span | Category, int | None] = {}
    for number, spans in reversed([*enumerate(proposals)]):
        origins |= dict.fromkeys(spans, number)
    if len(proposals) > 1:
        origins |= dict.fromkeys(set(proposals[0]).intersection(*proposals[1:]))
    return origins


def origin_style(span: Span | Category, origins: Mapping[Span | Category, int | None], palette: Palette) -> Style:
    """Return the style of a span (or category) of the answer, by its origin: agreement, a predictor, the annotator."""
    return Style(color=palette.colour(origins.get(span, -1)), bold=True, underline=True)


def answer_text(
    text: str,
    spans: Spans,
    proposals: Sequence[Spans],
    palette: Palette,
    current: Span | None = None,
    first: int = 0,
) -> Text:
    """Return the answer as it would be saved, each span in the colour of its origin; `current` stands out.

    It begins with the span number `first` (`first_in_sight`).
    """
    answer = Text().append(" Answer ", "bold reverse").append(" ")
    if not spans:
        answer.append("no spans", "dim")
    if first:
        answer.append("…  ", "dim")
    origins = span_origins(proposals)
    for span in spans[first:]:
        if len(answer) > _MOST_ANSWERED:
            answer.append("…")
            break
        answer.append(words_of(text, span.start, span.end, 40), origin_style(span, origins, palette))
        answer.append(f" {visible(span.label)}   ", "bold" if span == current else "")
    return answer


def first_in_sight(spans: Spans, place: tuple[int, int] | None, room: int) -> int:
    """Return the span to begin with so that those at `place` lie in the first `room` cells: 0 if they do anyway."""
    if place is None:
        return 0
    start, end = place
    first = next((number for number, span in enumerate(spans) if span.end > start), len(spans))
    upto = [span for span in spans if span.start < end]
    used = sum(min(span.end - span.start, 40) + len(span.label) + 4 for span in upto)
    return max(min(first, len(spans) - 1) - 1, 0) if used > room else 0
