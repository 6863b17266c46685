"""Keys that come in one read, on a slow line or held down: no screen closes twice, no unseen example is answered."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
from screen_examples import HEADLINE, LLM, SPACY, MakeApp, screen_below, until
from textual import events
from textual.screen import Screen

from tiebreak.core.records import Task
from tiebreak.tui import screens
from tiebreak.tui.app import TiebreakApp
from tiebreak.tui.review.screen import ReviewScreen
from tiebreak.tui.review.seen import AFTER_ESCAPE, LEAST_SEEN, LONGEST_PAINT, UNSEEN
from tiebreak.tui.screens.closing import ClosesOnce


class Clock:
    """A clock that stands still until the test moves it."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def send(app: TiebreakApp, *keys: str) -> None:
    """Give keys to the app as the terminal's reader does: all at once, without waiting for their effects."""
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else {"space": " ", "enter": "\r"}.get(key)))


def is_painted(app: TiebreakApp) -> bool:
    """Return whether the first example is on screen; after some time there, a key may answer it."""
    return screen_below(app).seen.is_painted


CLOSING = [
    *((("question_mark",), (key, key)) for key in ("question_mark", "escape", "enter")),
    *((("r",), keys) for keys in (("z", "z"), ("enter", "z"), ("q", "q"))),
    *((("n",), keys) for keys in (("enter", "enter"), ("escape", "escape"), ("x", "enter", "a", "enter"))),
    *((("t",), keys) for keys in (("enter", "enter"), ("escape", "enter"))),
    *((("l",), keys) for keys in (("enter", "enter"), ("escape", "escape"), ("q", "q", "q"))),
    *((("slash",), keys) for keys in (("enter", "enter"), ("escape", "escape"))),
    *((("e",), keys) for keys in (("enter", "enter"), ("escape", "escape"), ("slash", "enter", "enter"))),
    *((("i",), keys) for keys in (("escape", "escape"), ("i", "i", "i"))),
    *((("E",), keys) for keys in (("escape", "escape"), ("E", "E"))),
    *((("g",), keys) for keys in (("g", "g"), ("escape", "escape"))),
    *((("ctrl+p",), keys) for keys in (("escape", "escape"), ("enter", "enter"), ("pagedown", "down", "pageup"))),
    *(((), ("ctrl+p", *keys)) for keys in (("pagedown", "pageup"), ("enter", "enter"), ("down", "end", "escape"))),
    *((("e", "slash"), keys) for keys in (("enter", "enter"), ("escape", "escape", "escape"))),
    *((("e", "t"), keys) for keys in (("enter", "enter"), ("escape", "enter"))),
]


@pytest.mark.parametrize(
    ("opening", "keys"),
    [each if at % 3 == 0 else pytest.param(*each, marks=pytest.mark.full) for at, each in enumerate(CLOSING)],
    ids=" ".join,
)
async def test_a_burst_of_closing_keys_ends_nothing(
    make_app: MakeApp, opening: tuple[str, ...], keys: tuple[str, ...]
) -> None:
    app = make_app(*((f"{HEADLINE} {number}", {"spacy": SPACY, "llm": LLM}) for number in range(3)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press(*opening)
        send(app, *keys)
        await pilot.pause()
        assert app.failure is None
        assert isinstance(app.screen_stack[0], ReviewScreen) or "q" in keys


async def test_a_burst_on_the_introduction_begins_once(make_app: MakeApp) -> None:
    app = make_app()
    app.introduce = True
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        send(app, "z", "z", "a")
        await pilot.pause()
        assert app.failure is None
        assert isinstance(app.screen, ReviewScreen)


def test_every_screen_closes_once() -> None:
    """This finds new screens that could close twice, as the tests above show it by example."""
    modules = [
        importlib.import_module(f"{screens.__name__}.{each.name}") for each in pkgutil.iter_modules(screens.__path__)
    ]
    ours = {
        each
        for module in modules
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, Screen) and each.__module__.startswith("tiebreak.")
    }
    assert len(ours) > 10
    assert [each.__name__ for each in ours if each.__mro__.index(ClosesOnce) > each.__mro__.index(Screen)] == []


@pytest.fixture
def seen(make_app: MakeApp) -> tuple[TiebreakApp, Clock]:
    """An app on five examples, by whose clock nobody has seen the first yet."""
    app = make_app(*((f"{HEADLINE} {number}", {"spacy": SPACY, "llm": LLM}) for number in range(5)))
    app.clock = clock = Clock()
    return app, clock


@pytest.mark.parametrize("key", ["a", "A", "x", "space"])
async def test_a_key_answers_nothing_that_was_not_seen(seen: tuple[TiebreakApp, Clock], key: str) -> None:
    app, clock = seen
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: is_painted(app))
        await pilot.press(key)
        assert app.session.done == 0
        assert screen_below(app).message.plain.strip() == UNSEEN
        clock.now += LEAST_SEEN + 0.02
        send(app, *[key] * 5)  # held down, or pasted into a terminal that does not mark a paste
        await until(pilot, lambda: app.session.done == 1)
        assert screen_below(app).message.plain.strip() == UNSEEN
        clock.now += LEAST_SEEN + 0.02
        await pilot.press(key)
        assert app.session.done == 2


async def test_other_keys_are_never_passed_over(seen: tuple[TiebreakApp, Clock]) -> None:
    app, clock = seen
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: is_painted(app))
        clock.now += LEAST_SEEN + 0.02
        send(app, "a", "right", "s", "u")
        await pilot.pause()
        review = screen_below(app).review
        assert app.session.done == 0
        assert review is not None
        send(app, "right", "right_square_bracket", "0")
        await until(pilot, lambda: all(choice.confirmed for choice in review.choices))


async def test_a_key_that_follows_esc_at_once_answers_nothing(seen: tuple[TiebreakApp, Clock]) -> None:
    """Alt with a key arrives as esc and the key, and a slow line may separate the two."""
    app, clock = seen
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: is_painted(app))
        clock.now += LEAST_SEEN + 0.02
        await pilot.press("escape", "space")
        assert app.session.done == 0
        assert screen_below(app).message.plain.strip() == AFTER_ESCAPE
        clock.now += 1.1
        await pilot.press("space")
        assert app.session.done == 1


async def test_esc_in_edit_mode_and_a_go_on_quickly(seen: tuple[TiebreakApp, Clock]) -> None:
    app, clock = seen
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: is_painted(app))
        clock.now += LEAST_SEEN + 0.02
        await pilot.press("e", "escape", "a")
        assert app.session.done == 1


async def test_an_example_that_cannot_be_painted_can_be_answered_in_the_end(seen: tuple[TiebreakApp, Clock]) -> None:
    app, clock = seen
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: is_painted(app))
        clock.now += LEAST_SEEN + 0.02
        app.call_after_refresh = lambda *_: True  # type: ignore[method-assign]
        screen_below(app).call_after_refresh = lambda *_: True  # type: ignore[method-assign]
        await pilot.press("a", "a")
        assert app.session.done == 1
        clock.now += LONGEST_PAINT + LEAST_SEEN + 0.02
        await pilot.press("a")
        assert app.session.done == 2


async def test_the_guard_holds_for_categories(make_app: MakeApp) -> None:
    app = make_app(("Can I book a room?", {}), task=Task.TEXTCAT)
    app.first = app.session.open(1)
    app.clock = Clock()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: is_painted(app))
        await pilot.press("a")
        assert app.session.done == 0
        assert screen_below(app).message.plain.strip() == UNSEEN


async def test_an_answer_and_its_message_are_drawn_in_one_frame(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("a")
        frames: list[set[str | None]] = []
        refresh = ReviewScreen._compositor_refresh

        def recorded(screen: ReviewScreen) -> None:
            frames.append({widget.id for widget in screen._dirty_widgets})
            refresh(screen)

        monkeypatch.setattr(ReviewScreen, "_compositor_refresh", recorded)
        for key in ("u", "a"):  # "taken back" appears, and then goes
            frames.clear()
            await pilot.press(key)
            await pilot.pause(0.1)
            assert [frame for frame in frames if "message" in frame] == [frame for frame in frames if "answer" in frame]
