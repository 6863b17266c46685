"""The line above the example: progress, pace, time left, and the engines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import ceil
from typing import NamedTuple

from rich.cells import cell_len
from rich.text import Text

from tiebreak.core.queue.lookups import QueueProgress
from tiebreak.core.review.review import AnyReview
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.selection.filter import Order
from tiebreak.tui.pages.engine_text import RunActivity, activities_of, in_all, money_text, rate_text
from tiebreak.tui.text.render import SLICE_SIGN, shorten


class _Part(NamedTuple):
    """A part of the line. Without room the highest `rank` gives way first; `joint` stands before the text."""

    rank: int
    text: str
    style: str = ""
    joint: str = " · "


def status_line(
    session: ReviewSession,
    progress: QueueProgress | None,
    disagreement: float | None,
    width: int,
    trouble: str = "",
    review: AnyReview | None = None,
    names: Mapping[str, str] | None = None,
    *,
    begins: bool = False,
) -> Text:
    """Return the line in `width` cells. `disagreement` is that of the example on screen, or None.

    `trouble` says in a few words what is wrong with the engine of this review. If `review` is of the slice, the line
    names no model. `names` has the shown names of predictors that have another. `begins`: an engine starts that the
    store does not know yet.
    """
    is_sliced = review is not None and review.sliced is not None
    of_engine = _parts(session, progress, disagreement, trouble, is_sliced, names or {}, begins=begins)
    parts = [*_slice(is_sliced), *of_engine]
    while len(parts) > 1 and sum(cell_len(part.text) + len(part.joint) for part in parts) > width + 2:
        parts.remove(max(parts, key=lambda part: part.rank))
    line = Text(" ")
    for number, part in enumerate(parts):
        line.append(part.joint if number else "", "dim").append(part.text, part.style)
    return line


def _slice(is_sliced: bool) -> Iterator[_Part]:
    if is_sliced:
        yield _Part(0, f"{SLICE_SIGN} random text", "bold")


def _parts(
    session: ReviewSession,
    progress: QueueProgress | None,
    disagreement: float | None,
    trouble: str,
    is_sliced: bool,
    names: Mapping[str, str],
    *,
    begins: bool,
) -> Iterator[_Part]:
    texts_left = progress.remaining if progress is not None else 0
    if session.places is not None:
        texts_left = 0  # the pace is one of places, and gives no time for texts
        yield _Part(0, f"{session.places} place{'s' * (session.places != 1)}", "bold")
        yield _Part(0, f"{session.done} text{'s' * (session.done != 1)} done", "bold")
    else:
        yield _Part(0, f"{session.done} done", "bold")
    if progress is not None:
        yield _Part(1, f"{progress.remaining} left")
    if pace := session.pace.rate():
        yield _Part(4, f"{pace:.0f}/min" if pace >= 1 else "<1/min")
    if texts_left and (minutes := session.pace.minutes_left(texts_left)) is not None:
        yield _Part(3, _time_left(minutes))
    if (to_go := session.pace.seconds_to_go()) is not None:
        yield _Part(2, f"{ceil(to_go / 60)}m to go" if to_go > 0 else "the time is up", "dim" if to_go > 0 else "bold")
    yield from _order(session, disagreement)
    if trouble:
        yield _Part(2, trouble, "bold red")
    if begins or (progress is not None and any(not engine.runs for engine in progress.engines)):
        yield _Part(5, "the engine begins", "dim")
    yield from _engine(progress, names, blind=session.options.blind or is_sliced)
    if session.options.adjudicate:
        yield _Part(2, "adjudicating", "bold")
    if progress is not None and (others := [name for name in progress.annotators if name != session.annotator]):
        yield _Part(7, f"with {shorten(others[0], 16)}" if len(others) == 1 else f"with {len(others)} others", "dim")
    yield _Part(8, shorten(session.annotator, 16), "dim")


def _order(session: ReviewSession, disagreement: float | None) -> Iterator[_Part]:
    """Yield the order, and why the sitting took it by itself; `disagreement` if that is the order.

    The answers after which the order changes give way before everything else.
    """
    if session.options.adjudicate or session.order is not Order.VALUE:
        if disagreement is not None:
            yield _Part(6, f"disagreement {disagreement:.2f}", "bold")
            if session.evidence is not None and session.evidence.is_in_reach:
                yield _Part(99, f"by value from {session.evidence.needed} answers on", "dim")
    elif session.evidence is None:
        yield _Part(6, "by value", "bold")
    else:
        yield _Part(6, f"by value, {session.evidence.answers:,} answers", "bold")


def _engine(progress: QueueProgress | None, names: Mapping[str, str], *, blind: bool) -> Iterator[_Part]:
    """Yield the work of the engines, and the counts of other runs; without names if they are hidden."""
    if progress is None:
        return
    works = [work for work in activities_of(progress.engines) if not work.is_over or work.state == "failed"]
    if blind:
        if works:
            yield from _work(in_all(works, "engine"), names)
        elif failed := sum(failed for _, _, failed in progress.runs):
            yield _Part(5, f"{failed} failed", "red")
        return
    for work in works:
        yield from _work(work, names)
    at_work = {work.name for work in works}
    for number, (name, ok, failed) in enumerate(progress.runs):
        if name in at_work:
            continue
        yield _Part(9 + number, f"{_called(name, names)} {ok}", "dim")
        if failed:
            yield _Part(5, f"{_called(name, names)}: {failed} failed", "red")


def _called(name: str, names: Mapping[str, str]) -> str:
    return names.get(name) or shorten(name, 16)


def _work(work: RunActivity, names: Mapping[str, str]) -> Iterator[_Part]:
    """Yield the parts of one run: its state and count, then parts that give way earlier."""
    name = _called(work.name, names)
    if work.state == "running":
        yield _Part(5, f"▶ {name} {work.counts}")
        if work.rate:
            yield _Part(9, rate_text(work.rate), "dim", " ")
    elif work.state in ("waiting", "failed"):
        yield _Part(5, f"{name} {'waits' if work.state == 'waiting' else 'ended'}", "bold")
        if work.message:
            yield _Part(6, shorten(work.message, 60), "", ": ")
    else:
        yield _Part(5, f"{name} {work.counts} {work.state}")
    if work.cost is not None:
        yield _Part(7, money_text(work.cost), "dim", " ")
    if work.failed:
        yield _Part(6, f"{work.failed:,} failed", "red", " ")


def _time_left(minutes: float) -> str:
    if minutes < 1:
        return "<1 min left"
    return f"~{minutes:.0f} min left" if minutes < 120 else f"~{minutes / 60:.0f} h left"
