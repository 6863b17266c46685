"""diff: compare two annotated files without a store."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from tiebreak.core.errors import SourceError, UsageError
from tiebreak.core.records import OffsetUnit, Task, TaskKind
from tiebreak.tui.cli.application import app
from tiebreak.tui.cli.common import (
    AsJson,
    ColumnsOption,
    Complaints,
    TextColumn,
    format_hint,
    named_columns,
    named_format,
    plural,
    print_json,
    print_note,
    typed_label_map,
)
from tiebreak.tui.ways_out import note_text

if TYPE_CHECKING:
    from tiebreak.core.formats.registry import Format
    from tiebreak.core.insight.file_diff import DifferingText, FileDiff, MatchCounts

_CONFUSED = 10  # pairs of labels that are printed at most
_TEXT = 200  # characters; a longer text is cut
_LABEL = 30  # characters; a longer label is cut


@app.command()
def diff(
    a: Annotated[str, typer.Argument(metavar="A", help="An annotated file, or - for standard input.")],
    b: Annotated[str, typer.Argument(metavar="B", help="The file to compare it with, taken as gold.")],
    task: Annotated[
        Task | None,
        typer.Option("--task", help="ner, spancat, textcat or textcat_multilabel (default: as the files show)."),
    ] = None,
    label_map: Annotated[
        str | None,
        typer.Option("--label-map", metavar="MAP", help="Rename, keep or drop labels of A, e.g. ORG:ORGANISATION,GPE."),
    ] = None,
    format_a: Annotated[
        str | None,
        typer.Option("--format-a", metavar="FORMAT", help="The format of A (default: by its file ending)."),
    ] = None,
    format_b: Annotated[
        str | None,
        typer.Option("--format-b", metavar="FORMAT", help="The format of B (default: by its file ending)."),
    ] = None,
    columns: ColumnsOption = None,
    text_column: TextColumn = None,
    offsets: Annotated[
        OffsetUnit | None,
        typer.Option("--offsets", help="What the offsets of both files count: code-points or utf-16 units."),
    ] = None,
    offsets_a: Annotated[
        OffsetUnit | None, typer.Option("--offsets-a", help="What the offsets of A count (default: as A shows).")
    ] = None,
    offsets_b: Annotated[
        OffsetUnit | None, typer.Option("--offsets-b", help="What the offsets of B count (default: as B shows).")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=0, help="Show at most N differing texts.")] = 20,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with status 1 if the files differ, else with 0.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare two annotated files. Print their agreement, confused labels, and the texts on which they differ."""
    from tiebreak.core.insight.file_diff import diff_files
    from tiebreak.core.project.label_use import use_of_map
    from tiebreak.tui.cli.json_objects import diff_object
    from tiebreak.tui.pages.label_text import label_lines

    formats = named_format("--format-a", format_a), named_format("--format-b", format_b)
    if a == b == "-":
        raise UsageError("A and B are both -, but standard input can be read only once; name a file")
    names = typed_label_map(label_map)
    units = offsets_a or offsets, offsets_b or offsets
    found = diff_files(a, b, task, *formats, names, named_columns(columns), *units, text_column)
    if as_json:
        print_json(diff_object(found, limit))
    else:
        typer.echo("\n".join(diff_lines(found, limit)))
    complaints = Complaints()
    for message in found.bad:
        complaints.add(message)
    complaints.end()
    for reason, count in found.notes.most_common():
        print_note(f"{count} × {note_text(reason)}")
    for line in label_lines([use_of_map("A", names, found.labels_of_a)]):
        print_note(line)
    _check_read(found, formats)
    if exit_code and not found.is_same:
        raise typer.Exit(1)


def _check_read(found: FileDiff, formats: tuple[Format | None, Format | None]) -> None:
    """Print which file has no annotations. Raises SourceError if a file has no text at all."""
    empty = []
    sides = ((found.a, found.texts_a, found.annotated_a), (found.b, found.texts_b, found.annotated_b))
    for (source, texts, annotated), format, side in zip(sides, formats, "ab", strict=True):
        hint = format_hint(source, format, f"--format-{side}")
        if not texts:
            empty.append("; ".join(filter(None, (f"{source}: no text in it could be read", hint))))
        elif not annotated:
            print_note("; ".join(filter(None, (f"{source}: none of its records has an annotation", hint))))
    if empty:
        raise SourceError("\n".join(empty))


def diff_lines(found: FileDiff, limit: int) -> Iterator[str]:
    """Yield a comparison as lines of text, with text from outside made harmless."""
    from tiebreak.tui.text.render import shorten

    yield f"A {shorten(found.a, _TEXT)}"
    yield f"B {shorten(found.b, _TEXT)} (gold)"
    yield ""
    yield from _count_lines(found)
    yield ""
    yield from _table(_label_rows(found))
    yield from _confusion_lines(found)
    for each in found.differing[:limit]:
        yield from _text_lines(each)
    left = len(found.differing) - limit
    if left > 0:
        yield ""
        yield f"{plural(left, 'more differing text')}; show more with --limit N"


def _count_lines(found: FileDiff) -> Iterator[str]:
    counts = {
        "same": found.same,
        "differing": len(found.differing),
        "only in A": len(found.only_in_a),
        "only in B": len(found.only_in_b),
    }
    more = {
        "left out": (found.left_out, "rejected or ignored in one of the files"),
        "gave way in A": (found.repeated_a, "replaced by another record of the same text"),
        "gave way in B": (found.repeated_b, "replaced by another record of the same text"),
        "bad lines": (len(found.bad), "listed on standard error"),
    }
    yield f"{'task':>13}  {found.task.value}"
    for name, count in counts.items():
        yield f"{name:>13}  {count}"
    for name, (count, why) in more.items():
        if count:
            yield f"{name:>13}  {count} ({why})"


def _label_rows(found: FileDiff) -> Iterator[tuple[str, ...]]:
    from tiebreak.tui.text.render import shorten

    yield "label", "A", "B", "both", "precision", "recall", "F1"
    for label, match in found.labels.items():
        yield shorten(label, _LABEL), *_match_cells(match)
    yield "(all)", *_match_cells(found.exact)
    if found.partial is not None:
        yield "(all, partly)", *_match_cells(found.partial)


def _match_cells(match: MatchCounts) -> tuple[str, ...]:
    both = str(match.found) if match.found == match.covered else f"{match.found}/{match.covered}"
    return str(match.a), str(match.b), both, f"{match.precision:.3f}", f"{match.recall:.3f}", f"{match.f1:.3f}"


def _table(rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    """Yield aligned rows: the first column aligned left, the others right."""
    from rich.cells import cell_len

    from tiebreak.tui.text.render import fit

    held = list(rows)
    widths = [max(map(cell_len, column)) for column in zip(*held, strict=True)]
    for first, *others in held:
        cells = [fit(first, widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
        yield "  ".join(cells)


_CONFUSIONS = {
    TaskKind.SPANS: "on the same bounds, the label in A → in B",
    TaskKind.CATEGORIES: "the label in A → in B",
}


def _confusion_lines(found: FileDiff) -> Iterator[str]:
    from tiebreak.tui.text.render import shorten

    confused = [(pair, count) for pair, count in found.confused() if pair[0] != pair[1]]
    if not confused:
        return
    yield ""
    yield _CONFUSIONS[found.task.kind]
    for (in_a, in_b), count in islice(confused, _CONFUSED):
        yield f"{count:>6} × {shorten(in_a, _LABEL)} → {shorten(in_b, _LABEL)}"


def _text_lines(each: DifferingText) -> Iterator[str]:
    from tiebreak.tui.text.readings import describe_reading
    from tiebreak.tui.text.render import shorten

    yield ""
    yield f"{each.score:.2f}  {shorten(each.text, _TEXT)}"
    for difference in each.differences:
        if difference.is_category:
            a, b = (describe_reading(each.text, difference, name) for name in ("a", "b"))
            yield f"      {shorten(difference.label, _LABEL)}: A {a}, B {b}"
            continue
        yield f"      {difference.kind} at {difference.start}-{difference.end}"
        for name in difference.readings:
            yield f"        {name.upper()}  {describe_reading(each.text, difference, name)}"
