"""load: texts and predictions from files into the store."""

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
            help="The task of a new store: ner, spancat (spans may overlap), textcat or textcat_multilabel.",
        ),
    ] = None,
    scorer: Annotated[
        str | None,
        typer.Option(
            "--scorer",
            metavar="NAME",
            help="The scorer that orders the store's queue: span_f1, partial_f1, count, jaccard, ..., or your own.",
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
            help="jsonl, json, txt, csv, tsv, spacy, conll, doccano, labelstudio, argilla or datasets (default: by the "
            "file ending).",
        ),
    ] = None,
    columns: ColumnsOption = None,
    text_column: TextColumn = None,
    class_names: Annotated[
        str | None,
        typer.Option(
            "--class-names",
            metavar="NAMES",
            help="The names of numbered tags and labels, from 0 on, e.g. O,B-PER,I-PER (default: as the files say).",
        ),
    ] = None,
    offsets: Annotated[
        OffsetUnit | None,
        typer.Option(
            "--offsets",
            help="What the offsets of spans count: code-points or utf-16 units (default: as the files show).",
        ),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at the first bad line, and leave the store as it was.")
    ] = False,
    shared: Shared = None,
    as_json: AsJson = False,
) -> None:
    """Load texts, or a predictor's annotations, from files.

    A text that the store has already is not loaded again. Records with an `_annotator_id` are stored as that
    predictor's.
    """
    from tiebreak.core.loading.sources import LoadOptions
    from tiebreak.tui.cli.json_objects import load_object
    from tiebreak.tui.pages.label_text import label_lines

    if predictor is not None and not predictor.strip():
        raise UsageError("--as: the name is empty; name the predictor")
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
    """Return the names of `--class-names`, in their order. Raises UsageError."""
    names = tuple(name.strip() for name in value.split(",")) if value is not None else ()
    if not all(names) or len(set(names)) < len(names):
        raise UsageError(f"--class-names {value}: a name is empty or repeated; write them as in O,B-PER,I-PER")
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
    """Load the sources into the store, and create it if it is missing; print bad lines on stderr.

    With `scorer` the store uses that scorer from now on.

    Raises UsageError for an unknown scorer or group, and TiebreakError for what else fails, also if no source could be
    read. A store that was created and is still empty is then removed.
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
    """Print which sources could not be read. Raises SourceError if that is all of them."""
    nothing = "no line of it could be loaded" if report.bad else "it has no records, so nothing was loaded"
    messages = [
        "; ".join(filter(None, (f"{source}: {nothing}", format_hint(source, options.format))))
        for source in dict.fromkeys(sources)
        if not report.by_source[source]
    ]
    if not report.records:
        raise SourceError("\n".join(messages))
    for source in dict.fromkeys(sources):
        if report.bad_by_source[source] > report.by_source[source] > 0:
            hint = format_hint(source, options.format)
            messages += [f"{source}: most of its lines could not be loaded; {hint}"] if hint else []
    for message in messages:
        note(message)


def _check_predictor(report: LoadReport, sources: Sequence[str], options: LoadOptions) -> None:
    """Print which sources of a predictor have no annotations. Raises SourceError if that is all of them."""
    if options.predictor is None or not report.records:
        return
    silent = [source for source in dict.fromkeys(sources) if report.by_source[source] and not report.annotated[source]]
    nothing = "without any annotation for the store's task"
    if not report.predictions and not report.unaccepted:
        hints = [f"{source}: {hint}" for source in silent if (hint := format_hint(source, options.format))]
        texts = "nothing was loaded (--strict)" if options.strict else "the texts are in the store"
        message = f"{plural(report.records, 'record')} {nothing}: {options.predictor} has no prediction; {texts}"
        raise SourceError("\n".join([message, *hints]))
    for source in silent:
        message = f"{source}: {plural(report.by_source[source], 'record')} {nothing}"
        note("; ".join(filter(None, (message, format_hint(source, options.format)))))


def load_summary(report: LoadReport) -> str:
    from tiebreak.tui.text.render import visible

    lines = [f"{plural(report.records, 'record')}: {plural(report.new, 'new example')}, {report.skipped} already known"]
    for predictor, count in report.predictions.items():
        lines.append(f"{visible(predictor)}: {plural(count, 'new or changed prediction')}")
    if report.decisions:
        lines.append(
            f"{plural(report.decisions, 'decision')} on single spans, merged by text; the rest of each text is "
            "compared as having no span"
        )
    if report.gave_way:
        lines.append(
            f"{plural(report.gave_way, 'record')} replaced by another of the same text: an answered record wins, "
            "else the last record"
        )
    if report.unaccepted:
        lines.append(
            f"{plural(report.unaccepted, 'record')} rejected or ignored: loaded as text only, without annotations"
        )
    if report.ignored_spans:
        lines.append(
            f"{plural(report.ignored_spans, 'record')} with annotations of no named predictor: loaded as text only; "
            "to store them as a predictor's, use --as NAME"
        )
    lines += [f"{count} × {visible(told_note(reason))}" for reason, count in report.notes.most_common()]
    if report.of_other_task:
        lines.append(
            f"{plural(report.of_other_task, 'record')} with annotations of another kind (spans, not categories, or the "
            "reverse): load these into another store with its own --task"
        )
    if report.bad:
        lines.append(f"{plural(report.bad, 'bad line')} skipped (see above)")
    return "\n".join(lines)
