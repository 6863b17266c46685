"""demo: the main job on real headlines, with one command."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tiebreak.core.errors import ConfigError
from tiebreak.tui.cli.annotators import NewAnnotator, chosen_annotator, typed_annotator
from tiebreak.tui.cli.application import app
from tiebreak.tui.cli.common import Theme, note
from tiebreak.tui.cli.predict import run_with_progress
from tiebreak.tui.cli.queue import queue_text
from tiebreak.tui.cli.review_screen import open_review, screen_options
from tiebreak.tui.cli.streams import has_terminal

if TYPE_CHECKING:
    from tiebreak.core.store.connection import Store

_RECORDED = (
    "The spans of `llm` are recorded answers of Qwen2.5-Coder-1.5B-Instruct, those of `spacy` are made now; "
    "for a live LLM: tiebreak demo --base-url URL --model NAME"
)


@app.command()
def demo(
    database: Annotated[
        Path, typer.Option("--store", metavar="DB", help="The demo's store; made where it is missing.")
    ] = Path("tiebreak-demo.db"),
    base_url: Annotated[
        str | None,
        typer.Option("--base-url", metavar="URL", help="Run the LLM live, at this OpenAI-compatible endpoint."),
    ] = None,
    model: Annotated[str | None, typer.Option("--model", metavar="NAME", help="The LLM at --base-url.")] = None,
    annotator: Annotated[
        str | None, typer.Option("--annotator", metavar="NAME", help="Who answers (default: the login name).")
    ] = None,
    new_annotator: NewAnnotator = False,
    theme: Theme = None,
) -> None:
    """Review real headlines on which spaCy and an LLM disagree.

    Without a terminal, print what there is. Running it again goes on with the same store.
    The key for --base-url comes from OPENAI_API_KEY, if it needs one.
    """
    from tiebreak.core.loading.demo import open_demo_store, prepare
    from tiebreak.core.review.session import ReviewSession

    if (base_url is None) != (model is None):
        raise ConfigError("--base-url and --model go together: where the LLM is, and its name there")
    outfit = screen_options(theme)
    with open_demo_store(database) as store:
        live = (base_url, model) if base_url is not None and model is not None else None
        recorded = prepare(store, live, run_with_progress)
        notice = _RECORDED if recorded else f"`llm` is {model} at {base_url}, live" if live else ""
        if notice:
            note(notice)
        if has_terminal():
            name = chosen_annotator(store, typed_annotator(annotator), new=new_annotator)
            open_review(ReviewSession(store, name), notice=notice, **outfit)
        else:
            _print_summary(store)
    note(f"To keep what you settled: tiebreak export {shlex.quote(str(database))} reviewed.jsonl")


def _print_summary(store: Store) -> None:
    from tiebreak.core.store.queue import iterate_queue
    from tiebreak.core.store.status import store_status

    counts = store_status(store)
    counted = ("examples", "predicted", "agreed", "disagreeing", "failed", "answered")
    typer.echo(", ".join(f"{getattr(counts, name)} {name}" for name in counted))
    typer.echo("\nThe strongest disagreements:\n")
    for item in iterate_queue(store, limit=5):
        typer.echo(queue_text(item))
    typer.echo(f"\nThe store is {store.path.resolve()}; in a terminal, `tiebreak demo` opens the review screen.")
