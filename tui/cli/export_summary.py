"""The summary of an export: what was written, by whom it was decided, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tiebreak.tui.cli.common import plural
from tiebreak.tui.ways_out import told_note, told_notes

if TYPE_CHECKING:
    from tiebreak.core.export.records import Exported, Reason
    from tiebreak.core.export.targets import ExportReport
    from tiebreak.core.formats.writing import WriteReport

_LEFT_OUT: Mapping[Reason, str] = {
    "unanswered": "{} unanswered",
    "accepted": "{} accepted",
    "rejected": "{} rejected",
    "ignored": "{} ignored",
    "human": "{} answered by annotators",
    "auto": "{} accepted by auto",
    "unread": "{} not read by the models asked for",
    "failed": "{} failed",
    "unsure": "{} below --min-confidence",
    "filtered": "{} not matched by --filter",
}


def summary_lines(report: ExportReport) -> list[str]:
    """Return the lines of the summary: what was written, to where, and what was left out."""
    lines = []
    if report.kept or report.replaced:
        lines.append(f"{plural(report.replaced, 'record')} replaced, {plural(report.kept, 'line')} unchanged")
    if report.missing:
        lines.append(f"{plural(report.missing, 'answered example')} not written: not in the original")
    for path, written in report.files:
        lines.append(f"{plural(written.records, 'example')} written to {path}")
        lines += note_lines(written)
    counts = report.exported.by_provenance
    if len(counts) > 1 or counts.keys() & {"unanswered", "learned"}:
        lines.append("of these " + ", ".join(f"{count} {provenance}" for provenance, count in counts.items()))
    return lines + rest_lines(report.exported)


def note_lines(written: WriteReport) -> list[str]:
    """Return a line for each note on what the format could not hold unchanged."""
    return [f"  {count} × {told_note(reason)}" for reason, count in written.notes.most_common()]


def rest_lines(exported: Exported) -> list[str]:
    """Return the lines on examples without an answer (whose reading was taken) and on what was left out."""
    lines = [f"  {plural(count, 'unanswered example')}, as {name} reads them" for name, count in exported.best.items()]
    if learned := exported.by_provenance["learned"]:
        from_what = f"learned from {plural(exported.answers, 'answer')}" if exported.answers else "nothing learned yet"
        lines.append(f"  {plural(learned, 'unanswered example')} at the most probable reading, {from_what}")
    return [*lines, *left_out_line(exported)]


def left_out_line(exported: Exported) -> list[str]:
    """Return one line on what was left out and why; no line if everything was exported."""
    parts = [_LEFT_OUT[reason].format(count) for reason, count in exported.left_out.items() if count]
    if exported.drafts:
        parts.append(f"{plural(exported.drafts, 'draft')} (begun place by place, not finished)")
    return [f"left out: {', '.join(parts)}"] if parts else []


def export_object(report: ExportReport) -> dict[str, Any]:
    """Return what was written and what was left out, as `--json` prints it."""
    exported = report.exported
    return {
        "files": [
            {"path": str(path), "records": each.records, "spans": each.spans, "notes": told_notes(each.notes)}
            for path, each in report.files
        ],
        "provenance": dict(exported.by_provenance),
        "left_out": {reason: count for reason, count in exported.left_out.items() if count},
        "drafts": exported.drafts,
    }
