"""load: what goes in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tiebreak.core.errors import SourceError, TiebreakError, UsageError
from tiebreak.core.records import OffsetUnit, Task
from tiebreak.tui.cli.application import app
from tiebreak.tui.cli.common import (
    AsJson,
    ColumnsOption,
    Complaints,
    Database,
    Shared,
    TextColumn,
    format_hint,
    named_columns,
    named_format,
    note,
    note_left_out,
    plural,
    print_json,
    progress_bar,
    typed_label_map,
    usage_of,
)
from tiebreak.tui.ways_out import told_note

if TYPE_CHECKING:
    from tiebreak.core.loading.report import LoadReport
    from tiebreak.core.loading.sources import LoadOptions
    from tiebreak.core.project.label_use import LabelUse
    from tiebreak.core.store.connection import Store


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
    scorer: Annotated[
        str | None,
        typer.Option(
            "--scorer",
            metavar="NAME",
            help="What the store's queue is ordered by: span_f1, partial_f1, count, jaccard, ..., or your own.",
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
            help="jsonl, json, txt, csv, tsv, spacy, conll, doccano, labelstudio, argilla, datasets; or by the ending.",
        ),
    ] = None,
    columns: ColumnsOption = None,
    text_column: TextColumn = None,
    class_names: Annotated[
        str | None,
        typer.Option(
            "--class-names",
            metavar="NAMES",
            help="What numbers in tags and labels stand for, from 0 on, e.g. O,B-PER,I-PER; or the files say it.",
        ),
    ] = None,
    offsets: Annotated[
        OffsetUnit | None,
        typer.Option(
            "--offsets",
            help="What the offsets of spans count: code-points, or utf-16 units; otherwise the files show it.",
        ),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at the first bad line and leave the store as it was.")
    ] = False,
    shared: Shared = None,
    as_json: AsJson = False,
) -> None:
    """Load texts, or a predictor's annotations, from files.

    A text that is there already is not loaded again. Records with an `_annotator_id` are that predictor's.
    """
    from tiebreak.core.loading.sources import LoadOptions
    from tiebreak.tui.cli.json_objects import load_object
    from tiebreak.tui.pages.label_text import label_lines

    if predictor is not None and not predictor.strip():
        raise UsageError("--as: the name is empty")
    chosen = named_format("--format", format)
    options = LoadOptions(
        predictor,
        typed_label_map(label_map),
        chosen,
        strict,
        named_columns(columns),
        offsets,
        text_column,
        _named_classes(class_names),
    )
    report = load_into(database, task, sources, options, shared, scorer)
    uses = _label_use(database) if report.predictions else []
    if as_json:
        print_json(load_object(report, [use for use in uses if use.predictor in report.predictions]))
    else:
        typer.echo("\n".join([load_summary(report), *label_lines(uses, report.predictions)]))
    if not strict:
        _check_predictor(report, sources, options)


def _named_classes(value: str | None) -> tuple[str, ...]:
    """The names of `--class-names`, in their order. Raises UsageError."""
    names = tuple(name.strip() for name in value.split(",")) if value is not None else ()
    if not all(names) or len(set(names)) < len(names):
        raise UsageError(f"--class-names {value}: names are needed, each once, as in O,B-PER,I-PER")
    return names


def _label_use(database: Path) -> list[LabelUse]:
    from tiebreak.core.project.label_use import label_use
    from tiebreak.core.store.opening import open_store

    with open_store(database) as store:
        return label_use(store)


def load_into(
    database: Path,
    task: Task | None,
    sources: Sequence[str],
    options: LoadOptions,
    shared: str | None = None,
    scorer: str | None = None,
) -> LoadReport:
    """Load the sources into the store, which is made where it is missing; bad lines are told on stderr.

    With `scorer` the store is scored by that from now on.

    Raises UsageError for a scorer or a group that there is not, and TiebreakError, also where nothing at all could be
    read; a store that was made and is empty is gone then.
    """
    from tiebreak.core.formats.registry import check_source
    from tiebreak.core.loading.sources import open_or_create
    from tiebreak.core.store.permissions import group_id, share_with
    from tiebreak.core.store.replacing import remove_if_empty
    from tiebreak.core.store.scoring import set_scorer
    from tiebreak.core.tasks.compare import scorer_of

    for source in sources:
        check_source(source, options.format)
    if shared is not None:
        with usage_of("--shared"):
            group_id(shared)
    store, created = open_or_create(database, task)
    try:
        with store:
            if shared is not None:
                share_with(database, shared)
            if scorer is not None:
                with usage_of("--scorer"):
                    scorer_of(store.task, scorer)
                set_scorer(store, scorer)
            report = _load_with_progress(store, sources, options)
            note_left_out(store, report.predictions)
        _check_sources(report, sources, options)
    except TiebreakError:
        if created:
            remove_if_empty(database)
        raise
    return report


def _load_with_progress(store: Store, sources: Sequence[str], options: LoadOptions) -> LoadReport:
    from tiebreak.core.loading.sources import load_sources

    complaints = Complaints()
    with progress_bar() as progress:
        bar = progress.add_task("load", total=None)
        try:
            return load_sources(
                store,
                sources,
                options,
                on_bad=complaints.add,
                on_progress=lambda report: progress.update(bar, completed=report.records),
                check=lambda report: _check_predictor(report, sources, options) if options.strict else None,
            )
        finally:
            complaints.end()


def _check_sources(report: LoadReport, sources: Sequence[str], options: LoadOptions) -> None:
    """Say of which sources nothing could be read. Raises SourceError where that is all of them."""
    nothing = "no line of it could be loaded" if report.bad else "there is no record in it, so nothing was loaded"
    told = [
        "; ".join(filter(None, (f"{source}: {nothing}", format_hint(source, options.format))))
        for source in dict.fromkeys(sources)
        if not report.by_source[source]
    ]
    if not report.records:
        raise SourceError("\n".join(told))
    for source in dict.fromkeys(sources):
        if report.bad_by_source[source] > report.by_source[source] > 0:
            hint = format_hint(source, options.format)
            told += [f"{source}: most lines of it could not be loaded; {hint}"] if hint else []
    for message in told:
        note(message)


def _check_predictor(report: LoadReport, sources: Sequence[str], options: LoadOptions) -> None:
    """Say of which sources no record says anything, where they were to be a predictor's. Raises SourceError where that
    is all of them.
    """
    if options.predictor is None or not report.records:
        return
    silent = [source for source in dict.fromkeys(sources) if report.by_source[source] and not report.annotated[source]]
    nothing = "none of which says anything that the store's task is about"
    if not report.predictions and not report.unaccepted:
        hints = [f"{source}: {hint}" for source in silent if (hint := format_hint(source, options.format))]
        texts = "nothing was loaded (--strict)" if options.strict else "the texts are in the store"
        what = f"{plural(report.records, 'record')}, {nothing}: {options.predictor} has no prediction; {texts}"
        raise SourceError("\n".join([what, *hints]))
    for source in silent:
        what = f"{source}: {plural(report.by_source[source], 'record')}, {nothing}"
        note("; ".join(filter(None, (what, format_hint(source, options.format)))))


def load_summary(report: LoadReport) -> str:
    from tiebreak.tui.text.render import visible

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
    lines += [f"{count} × {visible(told_note(reason))}" for reason, count in report.notes.most_common()]
    if report.of_other_task:
        lines.append(
            f"{plural(report.of_other_task, 'record')} with spans where the store's task is categories, or categories "
            "where it is spans: another store, with its own --task, takes these"
        )
    if report.bad:
        lines.append(f"{plural(report.bad, 'bad line')} left out (see above)")
    return "\n".join(lines)
