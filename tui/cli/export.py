"""export: reviewed data from the store into files."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tiebreak.core.errors import ConfigError, SourceError, UsageError
from tiebreak.core.records import OffsetUnit
from tiebreak.tui.cli.application import app
from tiebreak.tui.cli.common import AsJson, Database, print_json, print_note, progress_bar, waiting
from tiebreak.tui.cli.export_summary import export_object, note_lines, rest_lines, summary_lines
from tiebreak.tui.cli.queue import Filter, checked_filter

if TYPE_CHECKING:
    from tiebreak.core.export.records import ExportSelection
    from tiebreak.core.export.targets import ExportSummary, Split, Target
    from tiebreak.core.learning.learner import Learner
    from tiebreak.core.store.connection import Store


@app.command()
def export(
    database: Database,
    out: Annotated[str, typer.Argument(metavar="OUT", help="The file or folder to write, or - for standard output.")],
    answers: Annotated[
        str,
        typer.Option(
            "--answers", metavar="KINDS", help="The answers to export: accept, reject or ignore, separated by commas."
        ),
    ] = "accept",
    include: Annotated[
        str,
        typer.Option(
            "--include",
            metavar="WHO",
            help="Texts decided by: human, or auto (all models agreed). Unanswered texts, too: best (the most probable "
            "reading by all that was learned) or unanswered (the best model's reading).",
        ),
    ] = "human,auto",
    min_confidence: Annotated[
        float,
        typer.Option(
            "--min-confidence",
            metavar="P",
            help="With `--include best`, leave out texts whose probability is below P (0 to 1).",
        ),
    ] = 0.0,
    versions: Annotated[
        bool, typer.Option("--versions", help="Add every reading to each record, with its predictors (JSONL).")
    ] = False,
    onto: Annotated[
        Path | None,
        typer.Option(
            "--onto", metavar="ORIGINAL", help="Copy this JSONL file to OUT, with the reviewed records replaced."
        ),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(
            "--split",
            metavar="SHARE|slice",
            help="Hold out this share, or the random slice: write a .train and a .dev file in place of OUT.",
        ),
    ] = None,
    spans_key: Annotated[
        str, typer.Option("--spans-key", metavar="KEY", help="The key of doc.spans in a DocBin (task spancat).")
    ] = "sc",
    format: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="jsonl (Prodigy's), spacy, conll, doccano, labelstudio, argilla, datasets, or csv (the differences).",
        ),
    ] = None,
    offsets: Annotated[
        OffsetUnit | None,
        typer.Option(
            "--offsets",
            help="What the offsets of spans count: code-points or utf-16 units (default: as the format's tool counts).",
        ),
    ] = None,
    card: Annotated[
        Path | None,
        typer.Option(
            "--card", metavar="FILE", help="Write a card, too: what the data holds, how it was made, how good it is."
        ),
    ] = None,
    filter: Filter = "",
    reading: Annotated[
        str | None,
        typer.Option(
            "--reading", metavar="NAME", help="Export this model's predictions for all that it has read, not answers."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite OUT, and the card.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write the reviewed examples to a file. OUT appears whole or not at all."""
    from tiebreak.core.export.onto import export_onto
    from tiebreak.core.export.records import ExportSelection
    from tiebreak.core.export.targets import Target, export_files
    from tiebreak.core.files.whole import check_target
    from tiebreak.core.store.opening import open_store
    from tiebreak.core.store.words import index_words

    selection = ExportSelection(
        _named(answers),
        _named(include),
        versions,
        min_confidence=min_confidence,
        filter=checked_filter(filter) if filter.strip() else None,
        reading=reading,
        learner=cache(_caught_up),
        track=list if out == "-" and sys.stdout.isatty() else _tracked,  # no bar between records on a terminal
    )
    target = Target(Path(out), format, spans_key, force, offsets)
    held_out = None if split is None else _split(split)
    _check_together(out, onto=onto, split=split, card=card, as_json=as_json)
    if named := format or ("jsonl" if out == "-" else None):
        _check_format(replace(target, format=named), selection)
    with open_store(database) as store:
        if onto is not None and not onto.exists():
            raise SourceError(f"{onto}: no such file")
        if named is None:
            _check_format(target, selection)
        if selection.filter is not None and selection.filter.words:
            index_words(store, seconds=float("inf"))
        if card is not None:
            check_target(card, force=force, never=store.path)
        if out == "-":
            with store.snapshot():
                _write_out(store, format or "jsonl", selection, spans_key, offsets)
            return
        summary = (
            export_files(store, target, selection, held_out)
            if onto is None
            else export_onto(store, onto, target, selection)
        )
        if card is not None:
            _write_card(store, card, summary)
    for line in summary_lines(summary):
        print_note(line)
    if as_json:
        print_json(export_object(summary))
    if card is not None:
        print_note(f"card written to {card}")


def _check_together(out: str, *, onto: Path | None, split: str | None, card: Path | None, as_json: bool) -> None:
    """Raise UsageError if options exclude one another, or standard output."""
    to_stdout = out == "-"
    if onto is not None and (split is not None or to_stdout):
        raise UsageError("--onto writes one file: leave out --split, and name a file for OUT")
    if to_stdout and (card is not None or split is not None):
        raise UsageError(f"{'--card describes a file' if split is None else '--split writes two files'}: name OUT")
    if to_stdout and as_json:
        raise typer.BadParameter("standard output has the records already: name OUT", param_hint="--json")


def _check_format(target: Target, selection: ExportSelection) -> None:
    """Raise ConfigError if there is no such format to write, and UsageError if an option does not go with it."""
    from tiebreak.core.formats.registry import check_offsets

    if selection.versions and target.chosen != "jsonl":
        raise UsageError(f"--versions: the format {target.chosen} cannot hold them; export JSONL")
    check_offsets(target.chosen, target.offsets)


def _write_card(store: Store, path: Path, summary: ExportSummary) -> None:
    """Write the card of what was exported."""
    from tiebreak.core.export.card import make_card
    from tiebreak.core.files.whole import write_whole
    from tiebreak.tui.pages.card_page import card_markdown

    with waiting("estimating how good it is"):
        card = make_card(store, [each.name for each, _ in summary.files], summary.counts)
    with write_whole(path) as file:
        file.write(card_markdown(card).encode())


def _caught_up(store: Store) -> Learner:
    """Return a learner that has learned from all answers, behind a line: thousands of answers take seconds."""
    from tiebreak.core.export.records import caught_up

    with waiting("learning from the answers"):
        return caught_up(store)


def _tracked(example_ids: Sequence[int]) -> Iterator[int]:
    """Yield the ids behind a progress bar: to find the best reading of 100,000 examples takes minutes."""
    with progress_bar() as progress:
        yield from progress.track(example_ids, description="unanswered")


def _split(typed: str) -> Split:
    """Return the share to hold out, or "slice". Raises UsageError."""
    from tiebreak.core.export.records import bad_split

    if typed == "slice":
        return "slice"
    try:
        share = float(typed)
    except ValueError:
        raise UsageError(f"--split {typed}: neither a share nor slice; name a share such as 0.2, or slice") from None
    if not 0 < share < 1:
        raise bad_split(share)
    return share


def _named(line: str) -> list[str]:
    return [each.strip() for each in line.split(",") if each.strip()]


def _write_out(
    store: Store,
    format: str,
    selection: ExportSelection,
    spans_key: str,
    offsets: OffsetUnit | None,
) -> None:
    from tiebreak.core.export.records import ExportCounts, exported_records
    from tiebreak.core.export.targets import write_stream
    from tiebreak.core.formats.jsonl import with_offsets_in
    from tiebreak.core.formats.write_options import WriteOptions

    exported = ExportCounts()
    lines: list[str] = []
    if not sys.stdout.isatty():
        options = WriteOptions(store.task, spans_key, offsets)
        lines = note_lines(write_stream(store, sys.stdout.buffer, format, selection, options, exported))
        sys.stdout.buffer.flush()
    elif format == "jsonl":
        for record in exported_records(store, selection, exported):
            print_json(with_offsets_in(record, offsets, store.task))  # escaped: no text may act on a terminal
    else:
        raise ConfigError(f"--format {format}: a terminal cannot show it; name OUT, or send it through a pipe")
    for line in (*lines, *rest_lines(exported)):
        print_note(line)
