"""What a check says, and how one is run: bounded in time, and without harm to the others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from tiebreak.core.errors import TiebreakError
from tiebreak.core.ways_out import WayOut

SECONDS = 10.0  # that one check may take
_LONGEST = 600  # characters of what was found: an endpoint may answer with a page


class State(StrEnum):
    """How it stands: `ok`, `note` (works, but know it), `FAIL` (something will not work)."""

    OK = "ok"
    NOTE = "note"
    FAIL = "FAIL"


@dataclass(frozen=True)
class Check:
    """What was looked at, how it stands, what was found, and what to do (empty where there is nothing to do).

    `way_out` is what of that a front end words.
    """

    name: str
    state: State
    found: str
    todo: str = ""
    way_out: WayOut | None = None


def ok(name: str, found: str) -> Check:
    return Check(name, State.OK, found)


def note(name: str, found: str, todo: str = "", way_out: WayOut | None = None) -> Check:
    return Check(name, State.NOTE, found, todo, way_out)


def fail(name: str, found: str, todo: str = "", way_out: WayOut | None = None) -> Check:
    return Check(name, State.FAIL, found, todo, way_out)


def one_line(error: object) -> str:
    """An error or a text on one line, cut where it is long."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def bounded(
    name: str,
    check: Callable[[], Iterable[Check]],
    *,
    seconds: float = SECONDS,
    late: Check | None = None,
) -> list[Check]:
    """What `check` finds, in a thread that is left behind after `seconds`: then `late`, or a FAIL.

    An error of ours is a FAIL with its message, any other one too: it is the check that is wrong then.
    """
    found: list[Check] = []
    ended = threading.Event()

    def run() -> None:
        try:
            found.extend(check())
        except TiebreakError as error:
            found.append(fail(name, one_line(error), way_out=error.way_out))
        except BaseException as error:
            found.append(fail(name, f"{type(error).__name__}: {one_line(error)}"))
        ended.set()

    threading.Thread(target=run, name=f"doctor: {name}", daemon=True).start()
    if ended.wait(seconds):
        return found
    return [late or fail(name, f"not finished after {seconds:g} seconds", "run it again when the machine is less busy")]
