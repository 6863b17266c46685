"""The result of a check, and running a check: bounded in time, and without harm to other checks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from tiebreak.core.errors import TiebreakError
from tiebreak.core.ways_out import WayOut

SECONDS = 10.0  # that one check may take; then the doctor goes on without its result
_LONGEST = 600  # characters of a finding; longer texts are cut, since an endpoint may answer with a page


class CheckState(StrEnum):
    """The verdict: `ok`, `note` (it works, but you should know), `FAIL` (something will not work)."""

    OK = "ok"
    NOTE = "note"
    FAIL = "FAIL"


@dataclass(frozen=True)
class Check:
    """The name of a check, its verdict, what it found, and what to do (empty if nothing is to do).

    `way_out` is a remedy that the front end puts into words.
    """

    name: str
    state: CheckState
    found: str
    todo: str = ""
    way_out: WayOut | None = None


def ok(name: str, found: str) -> Check:
    return Check(name, CheckState.OK, found)


def note(name: str, found: str, todo: str = "", way_out: WayOut | None = None) -> Check:
    return Check(name, CheckState.NOTE, found, todo, way_out)


def fail(name: str, found: str, todo: str = "", way_out: WayOut | None = None) -> Check:
    return Check(name, CheckState.FAIL, found, todo, way_out)


def one_line(error: object) -> str:
    """Put an error or a text on one line, and cut it if it is long."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def bounded(
    name: str,
    check: Callable[[], Iterable[Check]],
    *,
    seconds: float = SECONDS,
    late: Check | None = None,
) -> list[Check]:
    """Run `check` in a thread for at most `seconds`; return its findings, or `late` (else a FAIL) if it is not done.

    Any error is a FAIL with its message; an error that is not Tiebreak's is a fault of the check itself.
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
