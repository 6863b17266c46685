"""The summary of an export: what was written, by whom it was decided, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tiebreak.tui.cli.common import plural
from tiebreak.tui.ways_out import note_text, note_texts

if TYPE_CHECKING:
    from tiebreak.core.export.records import ExportCounts, Reason
    from tiebreak.core.export.targets import ExportSummary
    from tiebreak.core.formats.write_options import WriteSummary

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


def summary_lines(summary: ExportSummary) -> list[str]:
    """Return the lines of the summary: what was written, to where, and what was left out."""
    lines = []
    if summary.kept or summary.replaced:
        lines.append(f"{plural(summary.replaced, 'record')} replaced, {plural(summary.kept, 'line')} unchanged")
    if summary.missing:
        lines.append(f"{plural(summary.missing, 'answered example')} not written: not in the original")
    for path, written in summary.files:
        lines.append(f"{plural(written.records, 'example')} written to {path}")
        lines += note_lines(written)
    counts = summary.counts.by_provenance
    if len(counts) > 1 or counts.keys() & {"unanswered", "learned"}:
        lines.append("of these " + ", ".join(f"{count} {provenance}" for provenance, count in counts.items()))
    return lines + rest_lines(summary.counts)


def note_lines(written: WriteSummary) -> list[str]:
    """Return a line for each note on what the format could not hold unchanged."""
    return [f"  {count} × {note_text(reason)}" for reason, count in written.notes.most_common()]


def rest_lines(exported: ExportCounts) -> list[str]:
    """Return the lines on examples without an answer (whose reading was taken) and on what was left out."""
    lines = [f"  {plural(count, 'unanswered example')}, as {name} reads them" for name, count in exported.best.items()]
    if learned := exported.by_provenance["learned"]:
        from_what = f"learned from {plural(exported.answers, 'answer')}" if exported.answers else "nothing learned yet"
        lines.append(f"  {plural(learned, 'unanswered example')} at the most probable reading, {from_what}")
    return [*lines, *left_out_line(exported)]


def left_out_line(exported: ExportCounts) -> list[str]:
    """Return one line on what was left out and why; no line if everything was exported."""
    parts = [_LEFT_OUT[reason].format(count) for reason, count in exported.not_exported.items() if count]
    if exported.drafts:
        parts.append(f"{plural(exported.drafts, 'draft')} (begun place by place, not finished)")
    return [f"left out: {', '.join(parts)}"] if parts else []


def export_object(summary: ExportSummary) -> dict[str, Any]:
    """Return what was written and what was left out, as `--json` prints it."""
    exported = summary.counts
    return {
        "files": [
            {"path": str(path), "records": each.records, "spans": each.spans, "notes": note_texts(each.notes)}
            for path, each in summary.files
        ],
        "provenance": dict(exported.by_provenance),
        "left_out": {reason: count for reason, count in exported.not_exported.items() if count},
        "drafts": exported.drafts,
    }
