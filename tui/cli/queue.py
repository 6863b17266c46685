"""queue: the examples to settle, in priority order, as text or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tiebreak.core.errors import FilterError, UsageError
from tiebreak.core.selection.filter import AnyOrder, FieldOrder, Order
from tiebreak.tui.cli.application import app
from tiebreak.tui.cli.common import AsJson, Database, print_json, usage_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tiebreak.core.records import Difference, QueueItem
    from tiebreak.core.selection.filter import QueueFilter
    from tiebreak.core.store.connection import Store

Filter = Annotated[
    str, typer.Option("--filter", metavar="FILTER", help="Only these examples; written as after / in the review.")
]
InOrder = Annotated[
    str | None,
    typer.Option(
        "--order",
        metavar=f"{'|'.join(Order)}|meta.FIELD[:desc]",
        autocompletion=lambda incomplete: [order.value for order in Order if order.startswith(incomplete)],
        help="The order (default: value once there are enough answers to learn it, else disagreement).",
    ),
]


@app.command()
def queue(
    database: Database,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Print at most this many.")] = None,
    include_agreed: Annotated[
        bool, typer.Option("--include-agreed", help="Include the examples on which all agree.")
    ] = False,
    include_answered: Annotated[
        bool, typer.Option("--include-answered", help="Include the examples that have an answer.")
    ] = False,
    filter: Filter = "",
    order: InOrder = None,
    as_json: AsJson = False,
) -> None:
    """Print the examples in priority order. With score, value, differences and their kinds.

    A text that only one model has read is printed with that model's prediction.
    """
    from tiebreak.core.store.opening import open_store
    from tiebreak.core.store.queue import iterate_queue
    from tiebreak.tui.cli.json_objects import example_object

    checked_filter(filter, says_status=include_agreed or include_answered)
    asked_order = named_order(order)
    with open_store(database) as store:
        wanted = asked_for(store, filter, agreed=include_agreed, answered=include_answered)
        for item in iterate_queue(store, wanted, limit, asked_order or _order_by_itself(store, wanted)):
            if as_json:
                print_json(example_object(item, store.task))
            else:
                typer.echo(queue_text(item, is_exclusive=store.task.is_exclusive))


def named_order(name: str | None) -> AnyOrder | None:
    """Return the order that was named. Raises BadParameter."""
    if name is None or name in list(Order):
        return None if name is None else Order(name)
    try:
        return FieldOrder.parse(name)
    except FilterError as error:
        known = f"choose one of {', '.join(Order)}, or a field of meta, as in meta.date or meta.date:desc"
        raise typer.BadParameter(f"{name!r}: no such order; {known}", param_hint="--order") from error


def _order_by_itself(store: Store, queue: QueueFilter) -> Order:
    """Return the order that a review takes by default: by value for texts on which no models are compared."""
    from tiebreak.core.review.evidence import evidence_of

    return Order.VALUE if queue.statuses == ("open",) else evidence_of(store).order


def checked_filter(line: str, *, says_status: bool = False) -> QueueFilter:
    """Return the filter of `line`. Raises UsageError, also if other options choose the statuses and `line` does, too.

    `says_status`: other options choose the statuses.
    """
    from tiebreak.core.selection.filter import QueueFilter

    with usage_of("--filter"):
        queue = QueueFilter.parse(line)
    if says_status and any(each.key == "status" for each in queue.conditions):
        raise UsageError("--include-agreed and --include-answered clash with status: in --filter; use only one")
    return queue


def asked_for(store: Store, line: str, *, agreed: bool, answered: bool = False) -> QueueFilter:
    """Return the filter of `line` and the --include options; if it has words, complete the index of words first."""
    from tiebreak.core.queue.default_queue import default_queue, with_default_status
    from tiebreak.core.store.words import index_words

    queue = with_default_status(checked_filter(line, says_status=agreed or answered), default_queue(store))
    if agreed or answered:
        queue = queue.with_statuses(*queue.statuses, *["agreed"] * agreed, *["answered"] * answered)
    if queue.words:
        index_words(store, seconds=float("inf"))
    return queue


def _open_lines(item: QueueItem) -> Iterator[str]:
    """Yield an example that fewer than two models have read: its value, its text, and the model's prediction."""
    from tiebreak.core.records import Category, Span
    from tiebreak.tui.text.render import describe_spans, shorten, visible
    from tiebreak.tui.text.values import value_text

    text = item.example.text
    worth = "" if item.value is None else f"{value_text(item.value)}  "
    yield f"open  {worth}{shorten(text, 200)}"
    for name, each in item.predictions.items():
        labels = [visible(mark.label) for mark in each.marks if isinstance(mark, Category)]
        spans = tuple([mark for mark in each.marks if isinstance(mark, Span)])
        reading = ", ".join(labels) if labels else describe_spans(text, spans)
        failed = None if each.error is None else f"failed: {shorten(each.error, 100)}"
        yield f"      {shorten(name, 24)}: {failed or reading}"


def _decision_line(item: QueueItem) -> str:
    """Return the category of each predictor that did not fail, and its score; they make one decision."""
    from tiebreak.tui.text.render import shorten

    readings = []
    for name, each in item.predictions.items():
        if each.error is None:
            labels = [mark.label for mark in each.marks]
            score = each.cats.get(labels[0]) if labels else None
            shown = "" if score in (None, 0.0, 1.0) else f" {score:.2f}"
            readings.append(f"{shorten(name, 24)}: {shorten(', '.join(labels) or 'none', 40)}{shown}")
    return f"      {'  |  '.join(readings)}"


def queue_text(item: QueueItem, *, is_exclusive: bool = False) -> str:
    """Return an example of the queue as text: score, value if it was learned, text, then a line a difference.

    If the task is exclusive (one category holds), all differences are one decision, and have one line.
    """
    from tiebreak.tui.text.readings import describe_reading, difference_name
    from tiebreak.tui.text.render import shorten
    from tiebreak.tui.text.values import value_text

    def reading_of(name: str, difference: Difference) -> str:
        prediction = item.predictions.get(name)
        score = None if prediction is None else prediction.cats.get(difference.label)
        return describe_reading(text, difference, name, score)

    text = item.example.text
    if item.status == "open":
        return "\n".join(_open_lines(item))
    worth = "" if item.value is None else f"{value_text(item.value)}  "
    lines = [f"{item.score:.2f}  {worth}{shorten(text, 200)}"]
    if is_exclusive and item.differences:
        lines.append(_decision_line(item))
    for difference in () if is_exclusive else item.differences:
        readings = "  |  ".join(f"{shorten(name, 24)}: {reading_of(name, difference)}" for name in difference.readings)
        lines.append(f"      {difference_name(difference):<8}  {readings}")
    failed = [(name, each.error) for name, each in item.predictions.items() if each.error is not None]
    lines += [f"      {shorten(name, 24)}: failed: {shorten(error, 100)}" for name, error in failed]
    return "\n".join(lines)
