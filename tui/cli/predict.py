"""predict: run what is pending."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tiebreak.core.errors import ConfigError
from tiebreak.tui.cli import app
from tiebreak.tui.cli.common import AsJson, Database, plural, print_json, progress_bar

if TYPE_CHECKING:
    from rich.progress import TaskID

    from tiebreak.core.config import PredictorConfig
    from tiebreak.core.engine import RunReport
    from tiebreak.core.store import Store


@app.command()
def predict(
    database: Database,
    pipeline: Annotated[
        str | None,
        typer.Argument(metavar="PIPELINE", help="What spacy.load opens (a package, a folder), or a spacy-llm .cfg."),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="The predictor's name (default: the pipeline's).")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="A project config: runs all predictors that it names."),
    ] = None,
    label_map: Annotated[
        str | None,
        typer.Option("--label-map", metavar="MAP", help="Rename, keep or drop labels, e.g. ORG:ORGANISATION,PERSON."),
    ] = None,
    spans_key: Annotated[
        str | None,
        typer.Option("--spans-key", metavar="KEY", help="Where doc.spans holds the spans (task spancat; default sc)."),
    ] = None,
    n_process: Annotated[int, typer.Option("--n-process", min=1, help="Processes of a spaCy pipeline.")] = 1,
    batch_size: Annotated[int, typer.Option("--batch-size", min=1, help="Texts a batch of a spaCy pipeline.")] = 256,
    concurrency: Annotated[
        int | None,
        typer.Option("--concurrency", min=1, help="LLM calls in flight (default: what the config says, else 16)."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run predictors over the examples that they have not predicted yet; what failed is tried again.

    Stop it at any moment: running it again goes on from there.
    """
    from tiebreak.core.config import PredictorConfig, read_project
    from tiebreak.core.environment import load_env
    from tiebreak.core.guidelines import remember_config
    from tiebreak.core.labels import LabelMap
    from tiebreak.core.store import open_store

    if (pipeline is None) == (config is None):
        raise ConfigError("name either a PIPELINE or a project with --config FILE")
    of_one = (name, label_map, spans_key, n_process, batch_size, concurrency)
    if config is not None and of_one != (None, None, None, 1, 256, None):
        raise ConfigError("with --config the options of a predictor stand in the file; leave them out here")
    load_env((config or Path(pipeline or "")).parent, Path.cwd())
    with open_store(database) as store:
        if config is not None:
            project = read_project(config)
            if project.task is not store.task:
                raise ConfigError(
                    f"{config}: [project] task is {project.task.value}, but that of {database} is {store.task.value}"
                )
            predictors: Sequence[PredictorConfig] = project.predictors
            remember_config(store, config)
        else:
            assert pipeline is not None
            predictors = [
                PredictorConfig(
                    name or _name(pipeline),
                    pipeline,
                    LabelMap.parse(label_map),
                    spans_key,
                    n_process,
                    batch_size,
                    concurrency,
                )
            ]
        reports = run_with_progress(store, predictors)
    for report in reports:
        if as_json:
            print_json(vars(report))
        else:
            typer.echo(_summary(report))
    if any(report.failed and not report.ok for report in reports):
        raise typer.Exit(1)


def _name(pipeline: str) -> str:
    """What a predictor is called that was given no name: the package, or the file or folder without its ending."""
    is_path = "/" in pipeline or pipeline.endswith(".cfg")
    return Path(pipeline.rstrip("/")).stem if is_path else pipeline


def run_with_progress(store: Store, predictors: Sequence[PredictorConfig]) -> list[RunReport]:
    """Run the predictors behind a progress bar each."""
    from rich.markup import escape

    from tiebreak.core.engine import run_predictors
    from tiebreak.tui.render import shorten

    with progress_bar("{task.fields[failed]}") as progress:
        bars: dict[str, TaskID] = {}

        def show(report: RunReport) -> None:
            if report.predictor not in bars:
                label = escape(shorten(report.predictor, 24))
                bars[report.predictor] = progress.add_task(label, total=report.pending, failed="")
            failed = f"{report.failed} failed" if report.failed else ""
            progress.update(bars[report.predictor], completed=report.ok + report.failed, failed=failed)

        return run_predictors(store, predictors, show)


def _summary(report: RunReport) -> str:
    if not report.pending:
        return f"{report.predictor}: nothing pending"
    summary = f"{report.predictor}: {plural(report.ok, 'example')} predicted by {report.model}"
    if report.failed:
        summary += f", {report.failed} failed (the last: {report.last_error}); run it again to try those again"
    return summary
