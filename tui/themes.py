"""The themes: the colours of the screen's parts, and the palette of the predictors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.theme import Theme

from tiebreak.core.errors import ConfigError, UsageError
from tiebreak.tui.text.render import Palette

DEFAULT = "dark"
MONOCHROME = "monochrome"
_COLOURLESS = re.compile(r"|dumb|unknown|vt\d.*|.*-m(ono)?")  # TERM of a terminal without colours


class Dim(LineFilter):
    """Draws dim text in its colour blended with the background, so that its contrast is known.

    `share` of the colour is left; 1 leaves all of it, for annotators who need contrast.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self._share = share

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            Segment(text, _undimmed(style, self._share), control) if style is not None and style.dim else segment
            for segment in segments
            for text, style, control in (segment,)
        ]


class Colourless(LineFilter):
    """Removes every colour; bold, dim, reverse and underline stay."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [Segment(text, style and _colourless(style), control) for text, style, control in segments]


@lru_cache(4096)
def _undimmed(style: Style, share: float) -> Style:
    bright = style + Style(dim=False)
    if style.color is None or style.bgcolor is None or style.color.is_default or style.bgcolor.is_default:
        return bright
    pairs = zip(style.color.get_truecolor(), style.bgcolor.get_truecolor(), strict=True)
    return bright + Style(color=RichColor.from_rgb(*(below + (above - below) * share for above, below in pairs)))


@lru_cache(4096)
def _colourless(style: Style) -> Style:
    kept = ("bold", "dim", "italic", "underline", "strike", "underline2", "reverse")
    return Style(link=style.link, meta=style.meta or None, **{name: getattr(style, name) for name in kept})


@dataclass(frozen=True)
class Look:
    """A theme for one kind of terminal; `filters` apply to every line that is drawn."""

    help: str
    theme: Theme
    palette: Palette
    filters: tuple[LineFilter, ...] = ()


def _full(name: str, help: str, palette: Palette, share: float, *, dark: bool = True, **parts: str) -> Look:
    """Return a theme in its own colours; a terminal with 256 colours takes the nearest."""
    theme = Theme(
        name,
        primary=parts["primary"],
        secondary=parts["primary"],
        accent=parts["accent"],
        warning=parts["accent"],
        error=parts["error"],
        success=parts["agreed"],
        foreground=parts["foreground"],
        background=parts["background"],
        surface=parts["panel"],
        panel=parts["panel"],
        dark=dark,
        text_alpha=1.0,
        variables={"scrollbar": parts["scrollbar"], "scrollbar-background": parts["panel"]},
    )
    return Look(help, theme, palette, (Dim(share),))


def _ansi(name: str, help: str, palette: Palette, *filters: LineFilter, **parts: str) -> Look:
    """Return a theme in the terminal's 16 colours, on the terminal's background unless `parts` names another."""
    foreground, background = parts.get("foreground", "ansi_default"), parts.get("background", "ansi_default")
    accent = parts.get("accent", "ansi_default")
    theme = Theme(
        name,
        ansi=True,
        primary=accent,
        foreground=foreground,
        background=background,
        variables={
            "ansi-background": background,
            "ansi-foreground": foreground,
            "text": foreground,
            "border-blurred": foreground,
            "border": foreground,
            "scrollbar": foreground,
            "scrollbar-hover": foreground,
            "scrollbar-active": foreground,
            "scrollbar-background": background,
            "scrollbar-background-hover": background,
            "scrollbar-background-active": background,
            "scrollbar-corner-color": background,
            "block-cursor-foreground": foreground,
            "block-cursor-background": background,
            "block-cursor-text-style": "bold reverse",
            "input-cursor-foreground": foreground,
            "input-cursor-background": background,
            "input-selection-foreground": foreground,
            "input-selection-background": background,
            "screen-selection-foreground": foreground,
            "screen-selection-background": background,
            "link-color": foreground,
        },
    )
    return Look(help, theme, palette, filters)


def _palette(left: str, right: str, agreed: str, human: str, error: str, *others: str) -> Palette:
    return Palette(agreed=agreed, human=human, error=error, predictors=(left, right, *others))


# After the colours of Okabe and Ito that the colour-blind can distinguish ("Color Universal Design", 2008). Some are
# lighter or darker, for contrast with the background. Left is blue, right orange, agreed green, human pink.
_DARK = _palette("#56b4e9", "#e69f00", "#00af87", "#d787af", "#ff6b6b", "#f0e442", "#e8701a", "#bcbcbc")
_LIGHT = _palette("#005faf", "#a04000", "#006b4f", "#a3247a", "#b00000", "#6b5900", "#8a1c1c", "#4e4e4e")
_HIGH = _palette("#87d7ff", "#ffaf00", "#00d7a0", "#ffafd7", "#ff9b9b", "#ffff87", "#ff9f70", "#e4e4e4")
_DARK_16 = _palette("cyan", "yellow", "green", "bright_magenta", "bright_red", "bright_yellow", "red", "white")
_LIGHT_16 = _palette("blue", "red", "green", "magenta", "red", "yellow", "cyan", "bright_black")
_HIGH_16 = _palette(
    "bright_cyan", "bright_yellow", "bright_green", "bright_magenta", "bright_red", "yellow", "cyan", "white"
)
_NO_COLOURS = Palette(agreed=None, human=None, error=None, predictors=(None,))

_HELP = {
    "dark": "pale text on black",
    "light": "dark text on white",
    "high-contrast": "white on black, every colour at 7:1 or more",
    MONOCHROME: "no colours",
}
NAMES = tuple(_HELP)
_MONOCHROME = _ansi(MONOCHROME, _HELP[MONOCHROME], _NO_COLOURS, Colourless())

_FULL = {
    "dark": _full(
        "dark",
        _HELP["dark"],
        _DARK,
        0.8,
        primary="#56b4e9",
        accent="#e69f00",
        error="#ff6b6b",
        agreed="#00af87",
        foreground="#e4e4e4",
        background="#121212",
        panel="#1c1c1c",
        scrollbar="#8a8a8a",
    ),
    "light": _full(
        "light",
        _HELP["light"],
        _LIGHT,
        0.9,
        dark=False,
        primary="#005faf",
        accent="#a04000",
        error="#b00000",
        agreed="#006b4f",
        foreground="#1c1c1c",
        background="#ffffff",
        panel="#eeeeee",
        scrollbar="#767676",
    ),
    "high-contrast": _full(
        "high-contrast",
        _HELP["high-contrast"],
        _HIGH,
        1.0,
        primary="#87d7ff",
        accent="#ffaf00",
        error="#ff9b9b",
        agreed="#00d7a0",
        foreground="#ffffff",
        background="#000000",
        panel="#1c1c1c",
        scrollbar="#ffffff",
    ),
    MONOCHROME: _MONOCHROME,
}
_SIXTEEN = {
    "dark": _ansi("dark", _HELP["dark"], _DARK_16, accent="ansi_cyan"),
    "light": _ansi("light", _HELP["light"], _LIGHT_16, accent="ansi_blue"),
    "high-contrast": _ansi(
        "high-contrast",
        _HELP["high-contrast"],
        _HIGH_16,
        Dim(1.0),
        accent="ansi_bright_cyan",
        foreground="ansi_bright_white",
        background="ansi_black",
    ),
    MONOCHROME: _MONOCHROME,
}


def looks(*, sixteen_colours: bool) -> Mapping[str, Look]:
    """Return the themes by name, in their own colours or in the terminal's 16."""
    return _SIXTEEN if sixteen_colours else _FULL


@dataclass(frozen=True, slots=True)
class Appearance:
    """The theme to begin with, and whether the terminal has only 16 colours."""

    theme: str
    sixteen_colours: bool = False


DARK_SCREEN = Appearance(DEFAULT)


def appearance(theme: str | None, environment: Mapping[str, str], where: str = "") -> Appearance:
    """Return the appearance for the terminal that `environment` describes, which decides the theme if `theme` is None.

    Raises UsageError if there is no such theme, or ConfigError if the name came from a config, the place `where`.
    """
    from rich.console import Console

    if theme is not None and theme not in NAMES:
        problem = f"no theme {theme!r}; choose one of {', '.join(NAMES)}"
        raise ConfigError(f"{where}: {problem}") if where else UsageError(f"--theme: {problem}")
    colours = Console(force_terminal=True, _environ={**environment, "NO_COLOR": ""}).color_system
    if theme is None:
        colourless = environment.get("NO_COLOR") or _COLOURLESS.fullmatch(environment.get("TERM", ""))
        theme = MONOCHROME if colourless else DEFAULT
    return Appearance(theme, colours in (None, "standard"))
