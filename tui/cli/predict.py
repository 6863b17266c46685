"""predict: run predictors over the examples that are pending."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tiebreak.core.errors import ConfigError, TiebreakError, UsageError
from tiebreak.tui.cli.application import app
from tiebreak.tui.cli.common import (
    AsJson,
    Database,
    note_left_out,
    plural,
    print_json,
    print_note,
    progress_bar,
    typed_label_map,
)

if TYPE_CHECKING:
    from rich.progress import TaskID

    from tiebreak.core.engine.progress import EngineOptions, Estimate, RunProgress
    from tiebreak.core.project.config import PredictorConfig
    from tiebreak.core.store.connection import Store

_NICE = 5  # niceness of an engine, so that annotators' screens go first
_LOADING = 120.0  # seconds; then the command stops waiting for a detached engine to open its predictors


@app.command()
def predict(
    database: Database,
    pipeline: Annotated[
        str | None,
        typer.Argument(
            metavar="PIPELINE", help="A package or folder that spacy.load opens, or a .cfg of spaCy or spacy-llm."
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="The predictor's name (default: the pipeline's).")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="A project config, to run all predictors that it names."),
    ] = None,
    label_map: Annotated[
        str | None,
        typer.Option("--label-map", metavar="MAP", help="Rename, keep or drop labels, e.g. ORG:ORGANISATION,PERSON."),
    ] = None,
    spans_key: Annotated[
        str | None,
        typer.Option("--spans-key", metavar="KEY", help="The key of doc.spans to read (task spancat; default: sc)."),
    ] = None,
    n_process: Annotated[int, typer.Option("--n-process", min=1, help="Processes of a spaCy pipeline.")] = 1,
    batch_size: Annotated[int, typer.Option("--batch-size", min=1, help="Texts in a batch of a spaCy pipeline.")] = 256,
    concurrency: Annotated[
        int | None,
        typer.Option("--concurrency", min=1, help="LLM calls in flight (default: as the config says, else 16)."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, metavar="N", help="Run at most N examples a predictor.")
    ] = None,
    budget: Annotated[
        float | None,
        typer.Option("--budget", min=0.0, metavar="COST", help="Stop before the LLM calls cost more, e.g. 5.00."),
    ] = None,
    cache: Annotated[
        Path | None,
        typer.Option("--cache", metavar="FILE", help="A file of LLM responses that several stores share."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what a run would take: calls, tokens, cost. Send nothing.")
    ] = False,
    reparse: Annotated[
        bool, typer.Option("--reparse", help="Parse the LLM responses in the store again. Send nothing.")
    ] = False,
    stock_model: Annotated[
        bool, typer.Option("--stock-model", help="Keep spacy-llm's own models, which send one text at a time.")
    ] = False,
    detach: Annotated[
        bool, typer.Option("--detach", help="Run in the background; `status --watch` and E in the review show it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run predictors over the examples that are pending.

    Failed examples are tried again. You can stop this at any time; run it again to go on.
    """
    from tiebreak.core.engine.progress import EngineOptions
    from tiebreak.core.project.config import PredictorConfig
    from tiebreak.core.project.environment import load_env
    from tiebreak.core.project.label_use import label_use
    from tiebreak.core.store.opening import open_store
    from tiebreak.tui.pages.label_text import label_lines

    if (pipeline is None) == (config is None):
        raise UsageError("name either a PIPELINE or a project with --config FILE")
    of_one = (name, label_map, spans_key, n_process, batch_size, concurrency)
    if config is not None and of_one != (None, None, None, 1, 256, None):
        raise UsageError("--config takes the options of each predictor from the file; leave them out here")
    if reparse and (dry_run or budget is not None or limit is not None):
        raise UsageError("--reparse sends nothing; leave out --dry-run, --budget and --limit")
    if name is not None and not name.strip():
        raise UsageError("--as: the name is empty; name the predictor")
    names = typed_label_map(label_map)
    load_env(config or (Path(pipeline) if pipeline is not None and pipeline.endswith(".cfg") else None))
    options = EngineOptions(budget, limit, cache, reparse, stock_model)
    with open_store(database) as store:
        if config is not None:
            predictors, options = _project(store, config, options)
        else:
            assert pipeline is not None
            named = (name or _name(pipeline), pipeline, names)
            predictors = [PredictorConfig(*named, spans_key, n_process, batch_size, concurrency)]
        if dry_run:
            _estimate(store, predictors, options, as_json=as_json)
            return
        if detach:
            _detach(store, as_json=as_json)
            return
        if hasattr(os, "nice"):  # not on Windows
            os.nice(_NICE)
        runs = run_with_progress(store, predictors, options)
        uses = label_use(store)
        note_left_out(store, [progress.predictor for progress in runs])
    for line in label_lines(uses, [progress.predictor for progress in runs]):
        print_note(line)
    _tell(runs, as_json=as_json)


def _project(store: Store, config: Path, options: EngineOptions) -> tuple[Sequence[PredictorConfig], EngineOptions]:
    """Return the project's predictors, and the options with its cache; have the store remember the config."""
    from tiebreak.core.project.config import read_project
    from tiebreak.core.project.guidelines import remember_config
    from tiebreak.core.store.scoring import set_scorer

    project = read_project(config)
    if not project.predictors:
        raise ConfigError(f"{config}: [predictors] is missing; name the predictors to run there")
    if project.task is not store.task:
        raise ConfigError(
            f"{config}: [project] task is {project.task.value}, but {store.path} has the task {store.task.value}"
        )
    remember_config(store, config)
    if project.scorer is not None:
        set_scorer(store, project.scorer)
    return project.predictors, replace(options, cache=options.cache or project.cache)


def _name(pipeline: str) -> str:
    """Return the default name of a predictor: the package, or the file or folder without its ending."""
    is_path = "/" in pipeline or pipeline.endswith(".cfg")
    return Path(pipeline.rstrip("/")).stem if is_path else pipeline


def run_with_progress(
    store: Store, predictors: Sequence[PredictorConfig], options: EngineOptions | None = None
) -> list[RunProgress]:
    """Run the predictors, each behind a progress bar."""
    from rich.markup import escape

    from tiebreak.core.engine.engine import run_predictors
    from tiebreak.core.engine.progress import EngineOptions
    from tiebreak.tui.pages.engine_text import money_text
    from tiebreak.tui.text.render import shorten

    with progress_bar("{task.fields[status]}") as progress:
        bars: dict[str, TaskID] = {}

        def show(run: RunProgress) -> None:
            if run.predictor not in bars:
                label = escape(shorten(run.predictor, 24))
                bars[run.predictor] = progress.add_task(label, total=run.pending, status="")
            parts = [f"{run.failed} failed"] if run.failed else []
            parts += [money_text(run.cost)] if run.cost is not None else []
            parts += [shorten(_message(run), 60)] if run.message else []
            progress.update(bars[run.predictor], completed=run.done, status=escape(" ".join(parts)))

        return run_predictors(store, predictors, show, options or EngineOptions())


def _message(progress: RunProgress) -> str:
    if not progress.is_finishing or progress.is_over:
        return progress.message
    return f"{progress.message}; press ctrl+c again to give {'them' if progress.in_flight > 1 else 'it'} up"


def _tell(runs: Sequence[RunProgress], *, as_json: bool) -> None:
    from tiebreak.tui.cli.json_objects import run_object

    for progress in runs:
        if as_json:
            print_json(run_object(progress))
        else:
            typer.echo(_summary(progress))
        if progress.message:
            print_note(f"{progress.predictor}: {progress.message}")
    if number := max((progress.signal for progress in runs), default=0):
        raise typer.Exit(128 + number)
    if any(progress.failed and not progress.ok for progress in runs):
        raise typer.Exit(1)


def _summary(progress: RunProgress) -> str:
    from tiebreak.tui.pages.engine_text import money_text

    if not progress.pending:
        return f"{progress.predictor}: nothing pending"
    summary = f"{progress.predictor}: {plural(progress.ok, 'example')} predicted by {progress.model}"
    if progress.failed:
        summary += f", {progress.failed} failed (the last: {progress.last_error}); run it again to retry them"
    if progress.calls or progress.reused:
        tokens = f"{progress.prompt_tokens:,} tokens in, {progress.completion_tokens:,} out"
        summary += f"; {plural(progress.calls, 'call')}, {plural(progress.reused, 'stored response')}, {tokens}"
    if progress.cost is not None:
        summary += f", {money_text(progress.cost)}"
    if progress.state == "stopped":
        summary += f"; stopped with {progress.remaining} left: run it again to go on"
    return summary


def _estimate(store: Store, predictors: Sequence[PredictorConfig], options: EngineOptions, *, as_json: bool) -> None:
    from tiebreak.core.engine.estimate import estimate_all
    from tiebreak.tui.cli.json_objects import estimate_object
    from tiebreak.tui.pages.engine_text import money_text

    estimates = estimate_all(store, predictors, options)
    for each in estimates:
        if as_json:
            print_json(estimate_object(each))
        else:
            typer.echo(_estimated(each))
    costs = [each.cost for each in estimates if each.cost is not None]
    if len(costs) > 1 and not as_json:
        typer.echo(f"all: about {money_text(sum(costs))}")


def _estimated(each: Estimate) -> str:
    from tiebreak.tui.pages.engine_text import money_text

    line = f"{each.predictor} ({each.model}): {plural(each.pending, 'example')} pending"
    if each.calls or each.known:
        line += (
            f", {each.known} with a stored response; {plural(each.calls, 'call')}, about "
            f"{each.prompt_tokens:,} tokens in, {each.completion_tokens:,} out"
        )
        line += f", {money_text(each.cost)}" if each.cost is not None else ", cost unknown: the config has no prices"
    return line


def _detach(store: Store, *, as_json: bool) -> None:
    """Start the same command without --detach, and wait until it is at work or ends with an error."""
    from tiebreak.core.store.engines import engines
    from tiebreak.tui.engine_process import start_engine

    started = start_engine([argument for argument in sys.argv[1:] if argument != "--detach"])
    until = time.monotonic() + _LOADING
    while started.is_running and time.monotonic() < until:
        if any(engine.pid == started.process.pid for engine in engines(store, live=True)):
            break
        time.sleep(0.1)
    if started.error:
        raise TiebreakError(started.error)
    if as_json:
        print_json({"pid": started.process.pid, "at_work": started.is_running})
        return
    path = shlex.quote(str(store.path))
    state = "is at work" if started.is_running else "has ended already"
    typer.echo(f"The engine (process {started.process.pid}) {state}. To watch it: tiebreak status {path} --watch")
