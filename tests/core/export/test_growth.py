"""Reading all examples takes a few queries for hundreds of examples, not a query for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from pathlib import Path

import pytest
from stores import create_store

from tiebreak.core.export.records import ExportCounts, ExportSelection
from tiebreak.core.export.targets import write_stream
from tiebreak.core.formats.write_options import WriteOptions
from tiebreak.core.records import Answer, Span
from tiebreak.core.selection.filter import EVERYTHING, Order
from tiebreak.core.store.answers import save_answer
from tiebreak.core.store.connection import Store
from tiebreak.core.store.predictions import pending_texts
from tiebreak.core.store.queue import iterate_queue
from tiebreak.core.store.remarks import save_remark
from tiebreak.core.store.searching import example_rows, matching_ids

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]
A, B = Span(0, 4, "A"), Span(0, 4, "B")


def written(selection: ExportSelection, format: str = "jsonl") -> Callable[[Store], object]:
    return lambda store: write_stream(store, BytesIO(), format, selection, WriteOptions(store.task), ExportCounts())


def listed(store: Store) -> object:
    return example_rows(store, matching_ids(store, EVERYTHING, Order.SOURCE))


READERS: dict[str, Callable[[Store], object]] = {
    "export": written(ExportSelection()),
    "export with versions": written(ExportSelection(("accept", "reject", "ignore"), versions=True)),
    "export of the unanswered": written(ExportSelection(include=("human", "auto", "unanswered"))),
    "export of the best": written(ExportSelection(include=("best",))),
    "export of differences": written(ExportSelection(), "csv"),
    "queue": lambda store: list(iterate_queue(store, EVERYTHING)),
    "what is pending": lambda store: list(pending_texts(store, None)),
    "list": listed,
}


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory, predict: Predict) -> Iterable[tuple[Store, Store]]:
    """Stores of 10 and of 200 examples, half of them answered by two people, with a note on each."""
    folder: Path = tmp_path_factory.mktemp("growth")
    with create_store(folder / "few.db") as few, create_store(folder / "many.db") as many:
        for store, count in ((few, 10), (many, 200)):
            texts = [f"text {number}" for number in range(count)]
            with store.transaction():
                predict(store, "left", {text: [A] for text in texts})
                ids = predict(store, "right", {text: [B] for text in texts})
                for example_id in [*ids.values()][::2]:
                    for annotator in ("sam", "kim"):
                        save_answer(store, Answer(example_id, annotator, "s", "accept", (A,), answered_at=1.0))
                    save_remark(store, example_id, "sam", "s", flagged=True, note="")
        yield few, many


@pytest.mark.parametrize("reader", READERS)
def test_no_example_takes_a_query_of_its_own(stores: tuple[Store, Store], reader: str) -> None:
    counts = []
    for store in stores:
        statements: list[str] = []
        store.connection.set_trace_callback(statements.append)
        assert READERS[reader](store)
        store.connection.set_trace_callback(None)
        counts.append(len(statements))
    assert counts[1] <= counts[0] + 2, statements[-3:]


@pytest.mark.parametrize("reader", [name for name in READERS if "best" not in name])  # `best` learns from all of them
def test_no_part_is_looked_for_among_all_predictions(stores: tuple[Store, Store], reader: str) -> None:
    """SQLite would read all current predictions for each part if the view did not take in the ids."""
    _, store = stores
    statements: list[str] = []
    store.connection.set_trace_callback(statements.append)
    READERS[reader](store)
    store.connection.set_trace_callback(None)
    asked = [each for each in statements if "FROM current_predictions" in each]
    plans = [row[3] for each in asked for row in store.execute(f"EXPLAIN QUERY PLAN {each}")]
    assert not [each for each in plans if each.startswith("SCAN predictions")]
