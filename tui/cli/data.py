"""load: what goes in."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from tiebreak.core.errors import ConfigError, TiebreakError
from tiebreak.core.records import Task
from tiebreak.tui.cli import app
from tiebreak.tui.cli.common import AsJson, Database, Shared, note, plural, print_json, progress_bar

if TYPE_CHECKING:
    from tiebreak.core.formats import Format
    from tiebreak.core.load_report import LoadReport
    from tiebreak.core.loading import LoadOptions
    from tiebreak.core.store import Store


@app.command()
def load(
    database: Database,
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE...", help="Files, or - for standard input.")],
    predictor: Annotated[
        str | None,
        typer.Option("--as", metavar="NAME", help="Store the sources' spans (or categories) as this predictor's."),
    ] = None,
    task: Annotated[
        Task | None,
        typer.Option(
            "--task",
            help="The task of a new store: ner, spancat where spans may overlap, textcat, or textcat_multilabel.",
        ),
    ] = None,
    label_map: Annotated[
        str | None,
        typer.Option("--label-map", metavar="MAP", help="Rename, keep or drop labels, e.g. ORG:ORGANISATION,PERSON."),
    ] = None,
    format: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="jsonl, txt, csv, spacy, conll, doccano, labelstudio, argilla, datasets; or the ending says it.",
        ),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at the first bad line and leave the store as it was.")
    ] = False,
    shared: Shared = None,
    as_json: AsJson = False,
) -> None:
    """Load texts, or a predictor's spans or categories, from files of many formats.

    A text that is there already is not loaded again. Records with an `_annotator_id` are that predictor's.
    """
    from tiebreak.core.formats import check_source
    from tiebreak.core.labels import LabelMap
    from tiebreak.core.loading import LoadOptions, open_or_create, remove_if_empty
    from tiebreak.core.store.permissions import group_id, share_with

    if predictor is not None and not predictor.strip():
        raise ConfigError("--as: the name is empty")
    chosen = _format(format)
    for source in sources:
        check_source(source, chosen)
    options = LoadOptions(predictor, LabelMap.parse(label_map), chosen, strict)
    if shared is not None:
        group_id(shared)
    store, created = open_or_create(database, task)
    try:
        with store:
            if shared is not None:
                share_with(database, shared)
            report = load_with_progress(store, sources, options)
    except TiebreakError:
        if created and strict:
            remove_if_empty(database)
        raise
    if as_json:
        print_json(dataclasses.asdict(report))
    else:
        typer.echo(load_summary(report))


def load_with_progress(store: Store, sources: Sequence[str], options: LoadOptions) -> LoadReport:
    """Load the sources behind a progress bar; bad lines are told on stderr."""
    from tiebreak.core.loading import load_sources

    with progress_bar() as progress:
        bar = progress.add_task("load", total=None)
        return load_sources(
            store,
            sources,
            options,
            on_bad=note,
            on_progress=lambda report: progress.update(bar, completed=report.records),
        )


def _format(name: str | None) -> Format | None:
    from tiebreak.core.formats import FORMATS

    if name is None:
        return None
    for format in FORMATS:
        if name == format:
            return format
    raise ConfigError(f"--format {name}: no such format; it is one of {', '.join(FORMATS)}")


def load_summary(report: LoadReport) -> str:
    from tiebreak.tui.render import visible

    lines = [
        f"{plural(report.records, 'record')}: {plural(report.new, 'new example')}, {report.skipped} skipped as known"
    ]
    for predictor, count in report.predictions.items():
        lines.append(f"{visible(predictor)}: {plural(count, 'prediction')} new or changed")
    if report.decisions:
        lines.append(
            f"{plural(report.decisions, 'decision')} on single spans, merged by text; of the rest of a text they say "
            "nothing, which is compared as no span"
        )
    if report.gave_way:
        lines.append(
            f"{plural(report.gave_way, 'record')} gave way to another of the same text: an answer goes before what "
            "nobody answered, else the last one counts"
        )
    if report.unaccepted:
        lines.append(
            f"{plural(report.unaccepted, 'record')} rejected or ignored: the text counts, what it says does not"
        )
    if report.ignored_spans:
        lines.append(
            f"{plural(report.ignored_spans, 'record')} with spans or categories that are nobody's were loaded as texts "
            "alone; --as NAME stores them as that predictor's"
        )
    lines += [f"{count} × {visible(reason)}" for reason, count in report.notes.most_common()]
    if report.bad:
        lines.append(f"{plural(report.bad, 'bad line')} left out (see above)")
    return "\n".join(lines)
