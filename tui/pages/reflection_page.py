"""A reflection as a page: findings and tables of which parts can be gone through, and what more answers bring."""

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

_NAME = 16  # cells of a model's or label's name
_CELL = 6  # cells of a column of a table: nine labels and two more fit into 80
_ROW = 10  # cells of the name of a row
_NAMED = {NOTHING: "none", OTHER: "other"}
_SENTENCE = 160  # characters of a finding
_BAR = 40  # cells of the longest bar
NO_LABEL = "nothing"
_UNREAD = "No model has read the texts, so that there is none to tell anything of."
_NO_FINDINGS = "Nothing is sure yet: more answers will tell what a model gets right or wrong."


class Act(NamedTuple):
    """Something on the page that can be gone through: the line it stands in, and the filter that finds its examples."""

    line: int
    queue: QueueFilter


class Drawn(NamedTuple):
    """The page, and what on it can be gone through, in order."""

    content: RenderableType
    acts: Sequence[Act]


class _Page:
    """Lines of the page; of its acts the one with the number `focus` is marked."""

    def __init__(self, focus: int) -> None:
        self.lines: list[Text] = []
        self.acts: list[Act] = []
        self._focus = focus

    def act(self, queue: QueueFilter) -> bool:
        """Note something in the line that comes next; returns whether it is the marked one."""
        self.acts.append(Act(len(self.lines), queue))
        return len(self.acts) - 1 == self._focus


def draw_reflection(reflection: Reflection, focus: int) -> Drawn:
    """Return the page, with what has the number `focus` marked."""
    page = _Page(focus)
    _head(page, "What to do next")
    for finding in reflection.findings:
        is_here = page.act(finding.said.queue)
        page.lines.append(Text(f"{'▶' if is_here else ' '} {finding_text(finding)}", "bold" if is_here else ""))
    if not reflection.findings:
        page.lines.append(Text(f"  {_UNREAD if reflection.is_unread else _NO_FINDINGS}", "dim"))
    page.lines += _ahead(reflection.ahead)
    for confusion in reflection.confusions:
        _table(page, confusion)
    page.lines += _doubts(reflection.doubts)
    page.lines += _sittings(reflection.sittings)
    return Drawn(Group(*page.lines, Text()), page.acts)


def finding_lines(findings: Sequence[Finding]) -> Iterator[str]:
    """Yield the findings as a part of a page of Markdown, each with the filter of the places that wait."""
    if findings:
        yield "## What to do next"
        yield ""
        for each in findings:
            yield f"- {escaped(finding_text(each), _SENTENCE)}: `--filter '{each.said.queue}'`"
        yield ""


def finding_text(finding: Finding) -> str:
    """A finding as a sentence."""
    said = finding.said
    who = f"{_name(said.predictor)}{' alone' if said.is_alone else ''}, {_name(said.label)}"
    if not said.is_alone and said.others:
        who += f" against {' and '.join(f'{_name(name)} {_name(label) or NO_LABEL}' for name, label in said.others)}"
    return f"{who}: right at {finding.right} of {finding.settled} places; {finding.waiting:,} such wait"


def _name(name: str) -> str:
    return shorten(name, _NAME)


def _head(page: _Page, words: str) -> None:
    if page.lines:
        page.lines.append(Text())
    page.lines.append(Text(words, "bold underline"))


def _ahead(moments: Sequence[Moment]) -> Iterator[Text]:
    """Bars of the errors that are left as time goes on."""
    if not moments:
        return
    yield Text()
    yield Text("If you go on: errors left in what you export, as the learner expects", "bold underline")
    most = max(each.errors for each in moments) or 1.0
    for each in moments:
        when = "now" if not each.minutes else f"{each.minutes} min"
        bar = "█" * round(_BAR * each.errors / most)
        yield Text(f"  {when:>7}  {bar} {each.errors:,.0f}")


def _table(page: _Page, confusion: Confusion) -> None:
    """Rows of what one model says, columns of what holds or the other says; each number can be gone through."""
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
            is_here = queue is not None and page.act(queue)
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
    yield Text("Labels whose definition the prompt should sharpen", "bold underline")
    for each in found:
        errors = ((each.mistaken, "taken for another"), (each.too_many, "too many"), (each.missed, "missed"))
        said = ", ".join(f"{count} {what}" for count, what in errors if count)
        yield Text(f"  {_name(each.predictor)}, {_name(each.label)}: {said}")
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
        yield Text(
            f"  {began}  {_name(each.annotator):<{_NAME}} {each.answers:>5,} answers in {each.seconds / 60:>4.0f} min, "
            f"{pace:.1f}/min"
        )
