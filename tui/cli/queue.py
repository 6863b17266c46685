"""queue: the examples there are to settle, in priority order, as text or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tiebreak.core.errors import ConfigError
from tiebreak.core.selection.filter import Order
from tiebreak.tui.cli.application import app
from tiebreak.tui.cli.common import AsJson, Database, print_json

if TYPE_CHECKING:
    from tiebreak.core.records import Difference, QueueItem
    from tiebreak.core.selection.filter import QueueFilter
    from tiebreak.core.store.connection import Store

Filter = Annotated[
    str, typer.Option("--filter", metavar="FILTER", help="Which examples, as after / in the review screen.")
]
InOrder = Annotated[
    Order | None,
    typer.Option("--order", help="In which order (default: value once enough answers taught it, else disagreement)."),
]


@app.command()
def queue(
    database: Database,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="How many at most.")] = None,
    include_agreed: Annotated[
        bool, typer.Option("--include-agreed", help="Also the examples on which all agree.")
    ] = False,
    include_answered: Annotated[
        bool, typer.Option("--include-answered", help="Also the examples that have an answer.")
    ] = False,
    filter: Filter = "",
    order: InOrder = None,
    as_json: AsJson = False,
) -> None:
    """Print the examples in priority order. With score, value, differences and kinds."""
    from tiebreak.core.review.evidence import evidence_of
    from tiebreak.core.store.opening import open_store
    from tiebreak.core.store.queue import iterate_queue
    from tiebreak.tui.cli.json_objects import example_object

    with open_store(database) as store:
        wanted = asked_for(store, filter, agreed=include_agreed, answered=include_answered)
        for item in iterate_queue(store, wanted, limit, order or evidence_of(store).order):
            if as_json:
                print_json(example_object(item, store.task))
            else:
                typer.echo(queue_text(item))


def asked_for(store: Store, line: str, *, agreed: bool, answered: bool = False) -> QueueFilter:
    """The filter that `line` and the --include options ask for; its words are looked up in an index that is whole."""
    from tiebreak.core.queue.what_waits import of_what_waits, what_waits
    from tiebreak.core.selection.filter import QueueFilter
    from tiebreak.core.store.words import index_words

    queue = of_what_waits(QueueFilter.parse(line), what_waits(store))
    if agreed or answered:
        if any(each.key == "status" for each in QueueFilter.parse(line).conditions):
            raise ConfigError("--include-agreed and --include-answered say what status: in --filter says; take one")
        queue = queue.with_statuses(*queue.statuses, *["agreed"] * agreed, *["answered"] * answered)
    if queue.words:
        index_words(store, seconds=float("inf"))
    return queue


def queue_text(item: QueueItem) -> str:
    """An example of the queue as text: score, what it is worth if that was learned, the text, a line a difference."""
    from tiebreak.tui.text.readings import describe_reading, difference_name
    from tiebreak.tui.text.render import shorten
    from tiebreak.tui.text.values import value_told

    def told(name: str, difference: Difference) -> str:
        prediction = item.predictions.get(name)
        score = None if prediction is None else prediction.cats.get(difference.label)
        return describe_reading(text, difference, name, score)

    text = item.example.text
    worth = "" if item.value is None else f"{value_told(item.value)}  "
    lines = [f"{item.score:.2f}  {worth}{shorten(text, 200)}"]
    for difference in item.differences:
        readings = "  |  ".join(f"{shorten(name, 24)}: {told(name, difference)}" for name in difference.readings)
        lines.append(f"      {difference_name(difference):<8}  {readings}")
    return "\n".join(lines)
