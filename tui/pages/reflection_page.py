"""A reflection as a page: findings and tables, whose examples can be gone through, and what more answers bring."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.text import Text

from tiebreak.core.insight.confusion import NOTHING, OTHER, Confusion
from tiebreak.core.insight.doubts import Doubt
from tiebreak.core.insight.findings import Finding
from tiebreak.core.insight.reflection import Moment, Reflection
from tiebreak.core.selection.filter import QueueFilter
from tiebreak.core.store.reflecting import Sitting
from tiebreak.tui.pages.markdown import escaped
from tiebreak.tui.text.render import shorten, visible
from tiebreak.tui.text.values import counted

_NAME = 16  # cells; a longer name of a model or label is cut
_CELL = 6  # cells of a column of a table: nine labels and two more columns fit into 80
_ROW = 10  # cells; a longer name of a row is cut
_NAMED = {NOTHING: "none", OTHER: "other"}
_SENTENCE = 160  # characters; a longer finding is cut
_BAR = 40  # cells of the longest bar
NO_LABEL = "nothing"
_UNREAD = "No model has read the texts, so there is nothing to show about a model."
_NO_FINDINGS = "Nothing is sure yet: more answers will show what a model gets right or wrong."


class PageLink(NamedTuple):
    """A finding or number on the page: the line it stands in, and the filter that finds its examples."""

    line: int
    queue: QueueFilter


class ReflectionPage(NamedTuple):
    """The page, and its findings and numbers in order."""

    content: RenderableType
    links: Sequence[PageLink]


class _Page:
    """The lines of the page; its act number `focus` is marked."""

    def __init__(self, focus: int) -> None:
        self.lines: list[Text] = []
        self.links: list[PageLink] = []
        self._focus = focus

    def link(self, queue: QueueFilter) -> bool:
        """Add an act in the next line, and return whether it is to be marked."""
        self.links.append(PageLink(len(self.lines), queue))
        return len(self.links) - 1 == self._focus


def draw_reflection(reflection: Reflection, focus: int) -> ReflectionPage:
    """Return the page, with its act number `focus` marked."""
    page = _Page(focus)
    _head(page, "What to do next")
    for finding in reflection.findings:
        is_here = page.link(finding.places.queue)
        page.lines.append(Text(f"{'▶' if is_here else ' '} {finding_text(finding)}", "bold" if is_here else ""))
    if not reflection.findings:
        page.lines.append(Text(f"  {_UNREAD if reflection.is_unread else _NO_FINDINGS}", "dim"))
    page.lines += _ahead(reflection.ahead)
    for confusion in reflection.confusions:
        _table(page, confusion)
    page.lines += _doubts(reflection.doubts)
    page.lines += _sittings(reflection.sittings)
    return ReflectionPage(Group(*page.lines, Text()), page.links)


def finding_lines(findings: Sequence[Finding]) -> Iterator[str]:
    """Yield the findings as a part of a page of Markdown, each with the filter that finds the places that wait."""
    if findings:
        yield "## What to do next"
        yield ""
        for each in findings:
            yield f"- {escaped(finding_text(each), _SENTENCE)}: `--filter '{each.places.queue}'`"
        yield ""


def finding_text(finding: Finding) -> str:
    """Return a finding as a sentence."""
    said = finding.places
    situation = f"{_name(said.predictor)}{' alone' if said.is_alone else ''}, {_name(said.label)}"
    if not said.is_alone and said.others:
        others = " and ".join(f"{_name(name)} {_name(label) or NO_LABEL}" for name, label in said.others)
        situation += f" against {others}"
    settled, wait = counted(finding.settled, "place"), "waits" if finding.waiting == 1 else "wait"
    return f"{situation}: right at {finding.right} of {settled}; {finding.waiting:,} more {wait}"


def _name(name: str) -> str:
    return shorten(name, _NAME)


def _head(page: _Page, words: str) -> None:
    if page.lines:
        page.lines.append(Text())
    page.lines.append(Text(words, "bold underline"))


def _ahead(moments: Sequence[Moment]) -> Iterator[Text]:
    """Yield bars of the errors that are left as time goes on."""
    if not moments:
        return
    yield Text()
    yield Text("If you go on: errors that the learner expects to be left in the export", "bold underline")
    most = max(each.errors for each in moments) or 1.0
    for each in moments:
        when = "now" if not each.minutes else f"{each.minutes} min"
        bar = "█" * round(_BAR * each.errors / most)
        yield Text(f"  {when:>7}  {bar} {each.errors:,.0f}")


def _table(page: _Page, confusion: Confusion) -> None:
    """Add a table: rows are the labels of one model, columns those of the answers or of the other model.

    The examples of each number can be gone through.
    """
    left, right = confusion.by
    if not any(confusion.counts.values()):
        return
    what = "the answers, at settled places" if right is None else f"{_name(right)}, at places that wait"
    _head(page, f"{_name(left)} (rows) by {what} (columns)")
    labels = confusion.labels
    room = max(cell_len(_label(each)) for each in labels) + 2
    page.lines.append(Text(" " * room + "".join(f"{_label(each)[: _CELL - 1]:>{_CELL}}" for each in labels), "dim"))
    for row in labels:
        line = Text(f"  {_label(row):<{room - 2}}")
        for column in labels:
            count = confusion.counts.get((row, column), 0)
            queue = confusion.queue(row, column) if count else None
            is_here = queue is not None and page.link(queue)
            style = "reverse" if is_here else "dim" if row == column or not count else ""
            number = f"{count:,}" if count else "·"
            line.append(" " * (_CELL - len(number))).append(number, style)
        page.lines.append(line)


def _label(label: str) -> str:
    return _NAMED.get(label) or shorten(label, _ROW)


def _doubts(found: Sequence[Doubt]) -> Iterator[Text]:
    if not found:
        return
    yield Text()
    yield Text("Labels to define more sharply in the prompt", "bold underline")
    for each in found:
        errors = ((each.mistaken, "taken for another"), (each.too_many, "too many"), (each.missed, "missed"))
        listed = ", ".join(f"{count} {what}" for count, what in errors if count)
        yield Text(f"  {_name(each.predictor)}, {_name(each.label)}: {listed}")
        for before, covered, after in each.places:
            yield Text("    …").append(visible(before)).append(visible(covered), "bold").append(f"{visible(after)}…")


def _sittings(found: Sequence[Sitting]) -> Iterator[Text]:
    if not found:
        return
    yield Text()
    yield Text("Sittings, this one first", "bold underline")
    for each in found:
        began = time.strftime("%Y-%m-%d %H:%M", time.localtime(each.began_at))
        pace = 60 * each.answers / each.seconds if each.seconds else 0.0
        answers = "answer" if each.answers == 1 else "answers"
        yield Text(
            f"  {began}  {_name(each.annotator):<{_NAME}} {each.answers:>5,} {answers:<7} in "
            f"{each.seconds / 60:>4.0f} min, {pace:.1f}/min"
        )
