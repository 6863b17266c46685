"""demo: the main job on real headlines, with one command."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tiebreak.core.errors import UsageError
from tiebreak.tui.cli.annotators import NewAnnotator, checked_annotator, chosen_annotator, typed_annotator
from tiebreak.tui.cli.application import app
from tiebreak.tui.cli.common import Theme, print_note
from tiebreak.tui.cli.predict import run_with_progress
from tiebreak.tui.cli.queue import queue_text
from tiebreak.tui.cli.review_screen import screen_options, show_review
from tiebreak.tui.cli.streams import has_terminal

if TYPE_CHECKING:
    from tiebreak.core.store.connection import Store

_RECORDED = (
    "The spans of `llm` are recorded from Qwen2.5-Coder-1.5B-Instruct; those of `spacy` are predicted now. "
    "To run a live LLM: tiebreak demo --base-url URL --model NAME"
)

_STORES = {False: "tiebreak-demo.db", True: "tiebreak-scratch.db"}  # by `from_scratch`


@app.command()
def demo(
    database: Annotated[
        Path | None,
        typer.Option(
            "--store",
            metavar="DB",
            help="The demo's store, created if missing (default: tiebreak-demo.db, or tiebreak-scratch.db with "
            "--from-scratch).",
        ),
    ] = None,
    from_scratch: Annotated[
        bool, typer.Option("--from-scratch", help="Mark the same headlines yourself, without any model.")
    ] = False,
    base_url: Annotated[
        str | None,
        typer.Option("--base-url", metavar="URL", help="Run a live LLM at this OpenAI-compatible endpoint."),
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", metavar="NAME", help="The name of the LLM at --base-url.")
    ] = None,
    annotator: Annotated[
        str | None,
        typer.Option("--annotator", metavar="NAME", help="Your name as annotator (default: the login name)."),
    ] = None,
    new_annotator: NewAnnotator = False,
    theme: Theme = None,
) -> None:
    """Review real headlines on which spaCy and an LLM disagree.

    With --from-scratch, mark them without any model. Without a terminal, print a summary.
    Run it again to go on with the same store.
    If the endpoint at --base-url needs a key, set OPENAI_API_KEY.
    """
    if (base_url is None) != (model is None):
        raise UsageError("--base-url and --model go together; name both, the endpoint and the LLM's name there")
    if from_scratch and model is not None:
        raise UsageError("--from-scratch runs no model; leave out --base-url and --model")
    from tiebreak.core.loading.demo import open_demo_store

    if annotator is not None:
        checked_annotator(annotator)
    path = database or Path(_STORES[from_scratch])
    outfit = screen_options(theme)
    with open_demo_store(path, from_scratch=from_scratch) as store:
        if from_scratch:
            notice = _prepare_from_scratch(store)
        else:
            notice = _prepare(store, None if base_url is None or model is None else (base_url, model))
        if notice:
            print_note(notice)
        if has_terminal():
            from tiebreak.core.review.session import ReviewSession

            name = chosen_annotator(store, typed_annotator(annotator), new=new_annotator)
            show_review(ReviewSession(store, name), notice="" if from_scratch else notice, **outfit)
        else:
            _print_summary(store, _command(path, from_scratch=from_scratch))
    print_note(f"To export what you settled: tiebreak export {shlex.quote(str(path))} reviewed.jsonl")


def _prepare(store: Store, live: tuple[str, str] | None) -> str:
    """Load the headlines and run the two models; return the notice on the LLM."""
    from tiebreak.core.loading.demo import prepare

    recorded = prepare(store, live, run_with_progress)
    return _RECORDED if recorded else "" if live is None else f"`llm` is {live[1]} at {live[0]}, live"


def _prepare_from_scratch(store: Store) -> str:
    """Load the headlines; return the notice on them."""
    from tiebreak.core.loading.demo import prepare_from_scratch
    from tiebreak.core.store.examples import label_names

    prepare_from_scratch(store)
    digits = ", ".join(f"{digit} {label}" for digit, label in enumerate(label_names(store), start=1))
    return f"No model runs here: you mark the headlines yourself. The labels are {digits}"


def _command(path: Path, *, from_scratch: bool) -> str:
    """Return the command that opens the review screen."""
    words = ["tiebreak", "demo", *["--from-scratch"] * from_scratch]
    return shlex.join(words if path == Path(_STORES[from_scratch]) else [*words, "--store", str(path)])


def _print_summary(store: Store, command: str) -> None:
    from tiebreak.core.store.queue import iterate_queue
    from tiebreak.core.store.status import store_status

    counts = store_status(store)
    compared = ("open",) if counts.open == counts.examples else ("agreed", "disagreeing", "failed")
    counted = ("examples", "predicted", *compared, "answered")
    typer.echo(", ".join(f"{getattr(counts, name)} {name}" for name in counted))
    if counts.disagreeing:
        typer.echo("\nThe strongest disagreements:\n")
        for item in iterate_queue(store, limit=5):
            typer.echo(queue_text(item))
    typer.echo(f"\nThe store is {store.path.resolve()}. To review it, run `{command}` in a terminal.")
