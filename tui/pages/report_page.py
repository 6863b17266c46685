"""A report as a page of Markdown, for the reflection's screen and for standard output."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tiebreak.core.insight.by_run import RunCount
from tiebreak.core.insight.corrected import CorrectionCounts, OpenAnswers
from tiebreak.core.insight.counts import Count, Counts
from tiebreak.core.insight.estimates import Estimates
from tiebreak.core.insight.findings import Finding
from tiebreak.core.insight.learned import LearnedAlike
from tiebreak.core.insight.report import Report, confidence
from tiebreak.tui.pages.by_run_page import BY_RUN, origin_lines, run_text
from tiebreak.tui.pages.estimates_page import estimate_lines
from tiebreak.tui.pages.learned_page import learned_lines
from tiebreak.tui.pages.markdown import escaped, minutes_text, table
from tiebreak.tui.pages.reflection_page import finding_lines
from tiebreak.tui.text.values import counted

_FLAGS = 20  # flags and notes that a page lists at most
_LABELS = 12  # rows of a table by label, and of changed labels
_FATES = ("label", "kept", "other label", "other bounds", "dropped", "missed")

RIGHT = (
    "A model was *right* at a place (a difference of an accepted example) if its reading equals the answer there. "
    "Rejected and ignored examples do not count."
)
CHOSEN = (
    "This says nothing about the rest: an order or a filter chose these texts. Texts of the slice are left out here."
)
BIAS = (
    "Places that were not confirmed count for the reading that was shown first, the left model's; `--confirm-all` or "
    "`--blind` avoids that."
)
HIDDEN = "This is a blind session. Once it is over, `tiebreak report` shows which model was right."


def report_markdown(
    report: Report,
    estimates: Estimates | None,
    learned: Sequence[LearnedAlike] | None,
    *,
    findings: Sequence[Finding] = (),
    with_open: bool = True,
    blind: bool = False,
) -> str:
    """Return the report as Markdown: estimates, findings, answers, and what was `learned`, unless these are None.

    With `with_open` what was learned covers open places, too; else only settled places. `findings` are what to do
    next. `blind` leaves out how good each model is.
    """
    if learned is not None and not learned and report.open_answers.texts:
        learned = None  # no differences, so nothing to say of them
    unanswered = 0 if estimates is None else estimates.texts - estimates.answered
    lines = [
        *_head(report),
        *([] if estimates is None else estimate_lines(estimates, report.pace, blind=blind)),
        *finding_lines(findings),
        *_answers(report),
        *_places(report, blind),
        *_corrected(report.open_answers, blind),
        *([] if learned is None else learned_lines(learned, with_open=with_open, unanswered=unanswered)),
        *_patterns(report),
        *_changed(report),
        *_flagged(report),
        *_left(report),
    ]
    return "\n".join(lines) + "\n"


def _head(report: Report) -> Iterator[str]:
    of = f"session {escaped(report.session)}" if report.session else "all sessions"
    by = ", ".join(escaped(name, 24) for name in report.annotators)
    yield f"# Report: {of}{f', by {by}' if by else ''}"
    yield ""


def _answers(report: Report) -> Iterator[str]:
    yield "## What was answered"
    yield ""
    if not report.given:
        yield "No answers yet."
    else:
        kinds = ", ".join(f"{count} {name}" for name, count in report.answers.items())
        yield f"**{counted(report.given, 'answer')}** ({kinds}) in {minutes_text(report.seconds / 60)} on screen: "
        yield f"{report.pace:.1f} a minute, {report.keys / report.given:.1f} keys an answer."
        if report.of_slice:
            yield f"Of these, {report.of_slice} to texts of the slice."
    if report.places:
        yield ""
        yield f"**{counted(report.places, 'place')} settled**, {report.confirmed} confirmed one by one; no model was "
        yield f"right at {report.nobody}."
    yield ""


def _places(report: Report, blind: bool) -> Iterator[str]:
    if report.places:
        yield from ([HIDDEN, ""] if blind else _right(report))


def _corrected(answers: OpenAnswers, blind: bool) -> Iterator[str]:
    """Yield what became of a model's marks in texts that only it had read, and the marks in texts without a model."""
    if answers.corrected and blind:
        yield from (HIDDEN, "")
    for name, found in {} if blind else answers.corrected.items():
        yield f"## What became of the marks of {escaped(name, 24)}"
        yield ""
        yield f"In {counted(found.texts, 'text')} that only this model had read. {CHOSEN}"
        yield ""
        by_label = sorted(found.by_label.items(), key=lambda row: (-row[1].marks - row[1].added, row[0]))
        rows = [("all", found.all), *((escaped(label, 24), fate) for label, fate in by_label[:_LABELS])]
        yield from table(_FATES, (_fate(*each) for each in rows))
    if answers.marked.texts:
        yield "## What was marked in texts that no model had read"
        yield ""
        marks = answers.marked.labels
        yield f"{counted(marks.total(), 'mark')} in {counted(answers.marked.texts, 'text')}."
        yield ""
        if marks:
            most = marks.most_common(_LABELS)
            yield from table(("label", "marks"), ((escaped(label, 24), str(count)) for label, count in most))


def _fate(label: str, fate: CorrectionCounts) -> tuple[str, ...]:
    counts = fate.relabelled, fate.moved, fate.dropped, fate.added
    return label, _share(fate.kept, fate.marks), *map(str, counts)


def _right(report: Report) -> Iterator[str]:
    names = list(report.by_predictor)
    yield "## Which model was right at the differences you chose"
    yield ""
    yield CHOSEN
    yield ""
    yield from table(
        ("model", "right", "95% sure", "of those confirmed"),
        ((escaped(name, 24), *_certainty(count)) for name, count in report.by_predictor.items()),
    )
    yield RIGHT + (f" {BIAS}" if report.confirmed < report.places else "")
    yield ""
    yield from _by_run(report.by_run)
    for what, counts in (("kind", report.by_kind), ("label", report.by_label)):
        yield from table((f"by {what}", *(escaped(name, 24) for name in names)), _rows(counts, names))
        if len(counts) > _LABELS:
            yield f"and {counted(len(counts) - _LABELS, f'more {what}')} (`--json` has them)."
            yield ""


def _by_run(counts: Sequence[RunCount]) -> Iterator[str]:
    """Yield the runs of each model that has several."""
    if counts:
        yield from table(
            ("run", "model", "right", "95% sure", "of those confirmed"),
            ((run_text(each.run), escaped(each.run.model, 24), *_certainty(each.count)) for each in counts),
        )
        yield BY_RUN
        yield ""
        yield from origin_lines(counts)


def _certainty(count: Count) -> tuple[str, str, str]:
    low, high = confidence(count.right, count.places)
    return (
        _share(count.right, count.places),
        f"{low:.0%} to {high:.0%}",
        _share(count.right_confirmed, count.confirmed),
    )


def _share(right: int, places: int) -> str:
    return f"{right}/{places} ({right / places:.0%})" if places else "–"


def _rows(table: Mapping[str, Counts], names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    most = sorted(table.items(), key=lambda row: (-max(count.places for count in row[1].values()), row[0]))
    for key, counts in most[:_LABELS]:
        shown = [counts.get(name, Count()) for name in names]
        yield escaped(key, 24), *(_share(count.right, count.places) for count in shown)


def _patterns(report: Report) -> Iterator[str]:
    if not report.patterns:
        return
    yield "## What came up again"
    yield ""
    for each in report.patterns:
        labels = ", ".join(escaped(label, 24) for label in each.pattern.labels)
        words = escaped(each.pattern.text) or "the whole text"
        yield f"- **{words}**: {each.pattern.kind} ({labels}), {each.times} times"
        for before, covered, after in each.places:
            yield f"  - …{escaped(before)}**{escaped(covered) or ' '}**{escaped(after)}…"
    yield ""


def _changed(report: Report) -> Iterator[str]:
    if not report.changed_labels:
        return
    yield "## Labels you changed"
    yield ""
    yield from table(
        ("shown as", "saved as", "times"),
        ((escaped(old, 24), escaped(new, 24), str(times)) for old, new, times in report.changed_labels[:_LABELS]),
    )


def _flagged(report: Report) -> Iterator[str]:
    if not report.flagged:
        return
    yield "## Flags and notes"
    yield ""
    for each in report.flagged[:_FLAGS]:
        note = f": {escaped(each.remark.note, 200)}" if each.remark.note else ""
        sign = "⚑ " if each.remark.flagged else ""
        yield f"- {sign}{escaped(each.text)} (example {each.remark.example_id}){note}"
    if len(report.flagged) > _FLAGS:
        yield f"- and {len(report.flagged) - _FLAGS} more (`--json` has them)"
    yield ""


def _left(report: Report) -> Iterator[str]:
    yield "## What is left"
    yield ""
    at_this_pace = ""
    if report.left and report.minutes_left is not None:
        at_this_pace = f": about {minutes_text(report.minutes_left)} at this pace"
    yield f"{counted(report.left, 'example')} in the queue{at_this_pace}."
