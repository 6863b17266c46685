"""Opening the review screen from the command line, and saying afterwards what was done."""

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
from tiebreak.tui.cli.common import note, plural

if TYPE_CHECKING:
    from tiebreak.core.review.session import ReviewSession
    from tiebreak.tui.app import TiebreakApp
    from tiebreak.tui.engine_process import Started


def screen_options(theme: str | None, config: Path | None = None) -> dict[str, Any]:
    """The app's theme, keys and lanes, as the options, the config and the terminal say."""
    from tiebreak.tui.keymap import PLACES, keymap
    from tiebreak.tui.themes import appearance

    if config is None:
        return {"appearance": appearance(theme, os.environ), "keymap": PLACES}
    from tiebreak.core.project.config import read_project

    project = read_project(config)
    look = appearance(project.theme, os.environ, f"{config}: [review] theme")
    return {
        "appearance": look if theme is None else appearance(theme, os.environ),
        "keymap": keymap(project.keys, config, note),
        "lanes_of_focus": project.lanes_of_focus,
    }


def open_review(
    session: ReviewSession,
    *,
    auto_accept: bool = False,
    at_most: float | None = None,
    notice: str = "",
    started: Started | None = None,
    **outfit: Any,
) -> None:
    """Open the review screen, as `outfit` of `screen_options` has it, and say afterwards what was done.

    `started` is the engine that works beside it. With `auto_accept` what all agree on is accepted first, where at most
    the share `at_most` of it is wrong if one is named.
    """
    from tiebreak.core.store.annotators import is_introduced

    if auto_accept:
        accept_agreed(session, at_most)
    need_terminal()
    if os.environ.get("TERM", "dumb").lower() in ("", "dumb", "unknown"):
        os.environ["TERM"] = "vt100"  # a dumb one is 80x25 for Rich, whatever its size, so that layout has no end
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
    with suppress(OSError):  # the terminal has gone
        _say_what_was_done(session, started)
    if unkept is not None:
        raise TiebreakError(
            f"where the review stood, and what was chosen there and not answered, is not kept: {unkept}"
        )
    if screen.failure is not None:
        raise screen.failure
    if screen.return_code:
        raise typer.Exit(screen.return_code)


def _say_what_was_done(session: ReviewSession, started: Started | None) -> None:
    confined = session.options.confined
    if session.places is not None:
        note(f"{plural(session.places, 'place')} settled; {plural(session.begun, 'text')} begun and not answered yet")
    note(f"{plural(session.done, 'answer')} saved" + ("" if confined else f" in {session.store.path}"))
    if session.done and not confined:
        note(f"What they taught: tiebreak report {shlex.quote(str(session.store.path))} --session last")
    if started is not None:
        note(started.told_at_the_end(session.store.path))


def _leave(screen: TiebreakApp) -> TiebreakError | None:
    """Keep what is on screen for the next start; where that fails, the error."""
    try:
        screen.leave()
    except TiebreakError as error:
        return error
    return None


def need_terminal() -> None:
    """Raise TiebreakError where there is no terminal to draw on."""
    if not streams.has_terminal():
        raise TiebreakError("review needs a terminal; `tiebreak queue` prints the same as text")
