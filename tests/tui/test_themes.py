"""Every theme is readable, keeps the predictors distinguishable, and works in every kind of terminal."""

from __future__ import annotations

import itertools

import pytest
from rich.color import Color, ColorSystem
from screen_examples import MakeApp, until
from textual.command import CommandList

from tiebreak.core.errors import ConfigError
from tiebreak.tui.review.screen import ReviewScreen
from tiebreak.tui.text.render import Palette
from tiebreak.tui.themes import NAMES, Look, appearance, looks

FULL = {name: look for name, look in looks(sixteen_colours=False).items() if name != "monochrome"}
SIXTEEN = {name: look for name, look in looks(sixteen_colours=True).items() if name != "monochrome"}


def luminance(colour: str) -> float:
    """Return WCAG 2's relative luminance."""
    parts = [part / 255 for part in Color.parse(colour).get_truecolor()]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def told_apart(palette: Palette) -> list[str]:
    """Return the colours that say whose reading it is: left, right, agreed, and the annotator's."""
    return [str(each) for each in (*palette.predictors[:2], palette.agreed, palette.human)]


def colours(palette: Palette) -> list[str]:
    return [str(each) for each in (*palette.predictors, palette.agreed, palette.human, palette.error)]


@pytest.mark.parametrize("look", FULL.values(), ids=FULL)
def test_every_colour_has_enough_contrast_with_what_it_stands_on(look: Look) -> None:
    least = 7.0 if look.theme.name == "high-contrast" else 4.5
    for ground in (look.theme.background, look.theme.panel, look.theme.surface):
        for colour in (*colours(look.palette), str(look.theme.foreground), look.theme.primary):
            assert contrast(colour, str(ground)) >= least, (colour, ground)


@pytest.mark.parametrize("look", [*FULL.values(), *SIXTEEN.values()], ids=[*FULL, *(f"{name}-16" for name in SIXTEEN)])
@pytest.mark.parametrize("system", [ColorSystem.EIGHT_BIT, ColorSystem.STANDARD])
def test_left_right_agreed_and_human_differ_in_256_and_16_colours(look: Look, system: ColorSystem) -> None:
    if system is ColorSystem.STANDARD and not look.theme.ansi:
        pytest.skip("the theme needs 256 colours or more")
    nearest = [Color.parse(colour).downgrade(system).number for colour in told_apart(look.palette)]
    assert len(set(nearest)) == 4


# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
BLINDNESS = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}


def seen(colour: str, matrix: tuple[tuple[float, ...], ...]) -> tuple[float, float, float]:
    """Return the CIE L*a*b* of a colour as seen with a form of colour blindness."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (part / 255 for part in Color.parse(colour).get_truecolor())
    ]
    red, green, blue = (min(1.0, max(0.0, sum(a * b for a, b in zip(row, linear, strict=True)))) for row in matrix)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    fx, fy, fz = (part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


@pytest.mark.parametrize("look", FULL.values(), ids=FULL)
@pytest.mark.parametrize("blindness", BLINDNESS)
def test_the_colour_blind_tell_left_right_agreed_and_human_apart(look: Look, blindness: str) -> None:
    for one, other in itertools.combinations(told_apart(look.palette), 2):
        pairs = zip(seen(one, BLINDNESS[blindness]), seen(other, BLINDNESS[blindness]), strict=True)
        assert sum((a - b) ** 2 for a, b in pairs) ** 0.5 > 10, (one, other)


@pytest.mark.parametrize(
    ("environment", "theme", "sixteen"),
    [
        ({"TERM": "xterm-256color"}, "dark", False),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "dark", False),
        ({"TERM": "xterm-16color"}, "dark", True),
        ({"TERM": "linux"}, "dark", True),
        ({"TERM": "screen"}, "dark", True),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, "monochrome", False),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, "dark", False),
        ({"TERM": "dumb"}, "monochrome", True),
        ({"TERM": "vt220"}, "monochrome", True),
        ({}, "monochrome", True),
    ],
)
def test_the_terminal_says_the_theme(environment: dict[str, str], theme: str, sixteen: bool) -> None:
    chosen = appearance(None, environment)
    assert (chosen.theme, chosen.sixteen_colours) == (theme, sixteen)


def test_a_theme_that_was_asked_for_wins_over_no_color() -> None:
    assert appearance("light", {"TERM": "xterm-256color", "NO_COLOR": "1"}).theme == "light"


def test_an_unknown_theme_is_named_with_those_that_there_are() -> None:
    with pytest.raises(ConfigError, match=r"--theme: no theme 'pink'; choose one of dark, light, high-contrast, mono"):
        appearance("pink", {})


def offered(found: CommandList) -> str:
    """Return the text that enter would take in the palette."""
    return "" if found.highlighted is None else str(found.get_option_at_index(found.highlighted).prompt)


@pytest.mark.full
async def test_the_palette_offers_each_theme_and_switching_draws_everything_anew(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        assert list(app.available_themes) == list(NAMES)
        for name in ("light", "monochrome", "high-contrast", "dark"):
            await pilot.press("ctrl+p")
            await pilot.pause()
            await pilot.press(*f"theme {name}".replace("-", " ").replace(" ", ""))
            found = app.screen.query_one(CommandList)
            await until(pilot, lambda found=found, name=name: offered(found).startswith(f"theme {name}:"))  # type: ignore[misc]
            await pilot.press("enter")
            await until(pilot, lambda name=name: app.theme == name)  # type: ignore[misc]
            await pilot.pause()
            screen = app.screen
            assert isinstance(screen, ReviewScreen)
            drawn = [segment for strip in screen.rule.render_lines(screen.rule.size.region) for segment in strip]
            left = app.looks[name].palette.predictors[0]
            marked = next(segment for segment in drawn if "A spacy" in segment.text)
            assert marked.style is not None
            assert (marked.style.color is not None and left is not None and marked.style.color.name == left) or not left
