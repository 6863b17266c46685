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
    note_left_out,
    plural,
    print_json,
    print_note,
    progress_bar,
    typed_label_map,
    usage_of,
)
from tiebreak.tui.ways_out import note_text

if TYPE_CHECKING:
    from tiebreak.core.loading.sources import LoadOptions
    from tiebreak.core.loading.summary import LoadSummary
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
    loaded = load_into(database, task, sources, options, shared, scorer)
    uses = _label_use(database) if loaded.predictions else []
    if as_json:
        print_json(load_object(loaded, [use for use in uses if use.predictor in loaded.predictions]))
    else:
        typer.echo("\n".join([load_summary(loaded), *label_lines(uses, loaded.predictions)]))
    if not strict:
        _check_predictor(loaded, sources, options)


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
) -> LoadSummary:
    """Load the sources into the store, and create it if it is missing; print bad lines on stderr.

    With `scorer` the store uses that scorer from now on.

    Raises UsageError for an unknown scorer or group, and TiebreakError for what else fails, also if no source could be
    read. A store that was created and is still empty is then removed.
    """
    from tiebreak.core.formats.registry import check_source
    from tiebreak.core.loading.sources import open_or_create
    from tiebreak.core.store.permissions import give_group_access, group_id
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
                give_group_access(database, shared)
            if scorer is not None:
                with usage_of("--scorer"):
                    scorer_of(store.task, scorer)
                set_scorer(store, scorer)
            loaded = _load_with_progress(store, sources, options)
            note_left_out(store, loaded.predictions)
        _check_sources(loaded, sources, options)
    except TiebreakError:
        if created:
            remove_if_empty(database)
        raise
    return loaded


def _load_with_progress(store: Store, sources: Sequence[str], options: LoadOptions) -> LoadSummary:
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
                on_progress=lambda loaded: progress.update(bar, completed=loaded.records),
                check=lambda loaded: _check_predictor(loaded, sources, options) if options.strict else None,
            )
        finally:
            complaints.end()


def _check_sources(loaded: LoadSummary, sources: Sequence[str], options: LoadOptions) -> None:
    """Print which sources could not be read. Raises SourceError if that is all of them."""
    nothing = "no line of it could be loaded" if loaded.bad else "it has no records, so nothing was loaded"
    messages = [
        "; ".join(filter(None, (f"{source}: {nothing}", format_hint(source, options.format))))
        for source in dict.fromkeys(sources)
        if not loaded.by_source[source]
    ]
    if not loaded.records:
        raise SourceError("\n".join(messages))
    for source in dict.fromkeys(sources):
        if loaded.bad_by_source[source] > loaded.by_source[source] > 0:
            hint = format_hint(source, options.format)
            messages += [f"{source}: most of its lines could not be loaded; {hint}"] if hint else []
    for message in messages:
        print_note(message)


def _check_predictor(loaded: LoadSummary, sources: Sequence[str], options: LoadOptions) -> None:
    """Print which sources of a predictor have no annotations. Raises SourceError if that is all of them."""
    if options.predictor is None or not loaded.records:
        return
    silent = [source for source in dict.fromkeys(sources) if loaded.by_source[source] and not loaded.annotated[source]]
    nothing = "without any annotation for the store's task"
    if not loaded.predictions and not loaded.unaccepted:
        hints = [f"{source}: {hint}" for source in silent if (hint := format_hint(source, options.format))]
        texts = "nothing was loaded (--strict)" if options.strict else "the texts are in the store"
        message = f"{plural(loaded.records, 'record')} {nothing}: {options.predictor} has no prediction; {texts}"
        raise SourceError("\n".join([message, *hints]))
    for source in silent:
        message = f"{source}: {plural(loaded.by_source[source], 'record')} {nothing}"
        print_note("; ".join(filter(None, (message, format_hint(source, options.format)))))


def load_summary(loaded: LoadSummary) -> str:
    from tiebreak.tui.text.render import visible

    lines = [f"{plural(loaded.records, 'record')}: {plural(loaded.new, 'new example')}, {loaded.skipped} already known"]
    for predictor, count in loaded.predictions.items():
        lines.append(f"{visible(predictor)}: {plural(count, 'new or changed prediction')}")
    if loaded.decisions:
        lines.append(
            f"{plural(loaded.decisions, 'decision')} on single spans, merged by text; the rest of each text is "
            "compared as having no span"
        )
    if loaded.gave_way:
        lines.append(
            f"{plural(loaded.gave_way, 'record')} replaced by another of the same text: an answered record wins, "
            "else the last record"
        )
    if loaded.unaccepted:
        lines.append(
            f"{plural(loaded.unaccepted, 'record')} rejected or ignored: loaded as text only, without annotations"
        )
    if loaded.ignored_spans:
        lines.append(
            f"{plural(loaded.ignored_spans, 'record')} with annotations of no named predictor: loaded as text only; "
            "to store them as a predictor's, use --as NAME"
        )
    lines += [f"{count} × {visible(note_text(reason))}" for reason, count in loaded.notes.most_common()]
    if loaded.of_other_task:
        lines.append(
            f"{plural(loaded.of_other_task, 'record')} with annotations of another kind (spans, not categories, or the "
            "reverse): load these into another store with its own --task"
        )
    if loaded.bad:
        lines.append(f"{plural(loaded.bad, 'bad line')} skipped (see above)")
    return "\n".join(lines)
