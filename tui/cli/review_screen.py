"""Opening the review screen from the command line, and printing afterwards what was done."""

from __future__ import annotations

import os
import shlex
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from tiebreak.core.errors import TiebreakError
from tiebreak.tui.cli import streams
from tiebreak.tui.cli.auto_accept import accept_agreed
from tiebreak.tui.cli.common import plural, print_note

if TYPE_CHECKING:
    from tiebreak.core.review.session import ReviewSession
    from tiebreak.tui.app import TiebreakApp
    from tiebreak.tui.engine_process import Started


def screen_options(theme: str | None, config: Path | None = None) -> dict[str, Any]:
    """Return the app's theme, keys and lanes, by the options, the config and the terminal."""
    from tiebreak.tui.keymap import PLACES, keymap
    from tiebreak.tui.themes import appearance

    if config is None:
        return {"appearance": appearance(theme, os.environ), "keymap": PLACES}
    from tiebreak.core.project.config import read_project

    project = read_project(config)
    look = appearance(project.theme, os.environ, f"{config}: [review] theme")
    return {
        "appearance": look if theme is None else appearance(theme, os.environ),
        "keymap": keymap(project.keys, config, print_note),
        "lanes_of_focus": project.lanes_of_focus,
    }


def show_review(
    session: ReviewSession,
    *,
    auto_accept: bool = False,
    at_most: float | None = None,
    notice: str = "",
    started: Started | None = None,
    **outfit: Any,
) -> None:
    """Open the review screen with the `outfit` of `screen_options`, and print afterwards what was done.

    `started` is the engine that works beside it. With `auto_accept` the agreed examples are accepted first, unless
    more than the share `at_most` of them may be wrong.
    """
    from tiebreak.core.store.annotators import is_introduced

    if auto_accept:
        accept_agreed(session, at_most)
    need_terminal()
    if os.environ.get("TERM", "dumb").lower() in ("", "dumb", "unknown"):
        os.environ["TERM"] = "vt100"  # Rich takes a dumb terminal for 80x25, whatever its size, and layout never ends
    from tiebreak.tui.app import TiebreakApp
    from tiebreak.tui.learner_process import LearnerProcess

    introduce = not is_introduced(session.store, session.annotator)
    learner = LearnerProcess(session.store.path)
    screen = TiebreakApp(
        session, session.resume(), notice, introduce=introduce, started=started, learner=learner, **outfit
    )
    try:
        screen.run()
    finally:
        unkept = _leave(screen)
    with suppress(OSError):  # the terminal is gone
        _print_what_was_done(session, started)
    if unkept is not None:
        raise TiebreakError(f"your place in the queue and the unanswered example on screen were not saved: {unkept}")
    if screen.failure is not None:
        raise screen.failure
    if screen.return_code:
        raise typer.Exit(screen.return_code)


def _print_what_was_done(session: ReviewSession, started: Started | None) -> None:
    confined = session.options.confined
    if session.places is not None:
        print_note(
            f"{plural(session.places, 'place')} settled; {plural(session.begun, 'text')} begun but not answered yet"
        )
    print_note(f"{plural(session.done, 'answer')} saved" + ("" if confined else f" in {session.store.path}"))
    if session.done and not confined:
        what = "it" if session.done == 1 else "they"
        print_note(f"To see what {what} taught: tiebreak report {shlex.quote(str(session.store.path))} --session last")
    if started is not None:
        print_note(started.closing_message(session.store.path))


def _leave(screen: TiebreakApp) -> TiebreakError | None:
    """Keep what is on screen for the next start; return the error if that fails."""
    try:
        screen.leave()
    except TiebreakError as error:
        return error
    return None


def need_terminal() -> None:
    """Raise TiebreakError if there is no terminal to draw on."""
    if not streams.has_terminal():
        raise TiebreakError("review needs a terminal; to print the queue as text use `tiebreak queue`")
