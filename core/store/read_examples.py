"""Read examples with their predictions, remarks and answers, hundreds with one query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import Any, TypeVar

from tiebreak.core.errors import StoreError
from tiebreak.core.records import Answer, CurrentPrediction, Example, Remark
from tiebreak.core.store.answers import people_by_example
from tiebreak.core.store.connection import Store, in_batches
from tiebreak.core.store.encoding import decode_json, decode_span_fields, decode_token_fields, decode_tokens
from tiebreak.core.store.remarks import remarks_by_example
from tiebreak.core.store.task_columns import reader_of
from tiebreak.core.ways_out import Way, WayOut

T = TypeVar("T")

PART = 200  # examples read at a time


def batches_of(values: Iterable[T], size: int = PART) -> Iterator[list[T]]:
    """Yield the values in lists of this size; the last may be shorter."""
    values = iter(values)
    while part := list(islice(values, size)):
        yield part


class ReadExamples:
    """The examples with these ids, their predictions, remarks and answers.

    Each kind is read with one query, when first used. A value is decoded each time it is asked for, and not kept: long
    texts have many tokens.
    """

    def __init__(self, store: Store, example_ids: Iterable[int]) -> None:
        self._store = store
        self._ids: Sequence[int] = list(dict.fromkeys(example_ids))

    def example(self, example_id: int, *, whole: bool = False) -> Example:
        """Return the example; `whole` adds the fields of its record's spans and tokens, which only an export needs.

        Raises StoreError if it does not exist.
        """
        row, path = self._rows.get(example_id), self._store.path
        if row is None:
            raise StoreError(f"{path}: there is no example {example_id}", WayOut(Way.CHECK, str(path)))
        if not isinstance(row[1], str):
            raise StoreError(f"{path}: example {example_id} has no text", WayOut(Way.CHECK, str(path)))
        return Example(
            id=row[0],
            text=row[1],
            input_hash=row[2],
            task_hash=row[3],
            tokens=decode_tokens(row[4]),
            meta=decode_json(row[5], dict),
            other_fields=decode_json(row[6], dict) or {},
            span_fields=decode_span_fields(row[7]) if whole else (),
            token_fields=decode_token_fields(row[8]) if whole else {},
        )

    def predictions(self, example_id: int) -> dict[str, CurrentPrediction]:
        """Return the newest prediction of each predictor for the example, the left predictor's first."""
        return dict(self._prediction(example_id, *row[1:]) for row in self._prediction_rows.get(example_id, ()))

    def run_of(self, example_id: int, predictor: str) -> int:
        """Return the id of the run that made the predictor's newest prediction of the example."""
        return next(int(run_id) for run_id, name, *_ in self._prediction_rows[example_id] if name == predictor)

    def remark(self, example_id: int, annotator: str) -> Remark | None:
        """Return the annotator's remark in force on the example; None if there is neither a flag nor a note."""
        return next((each for each in self._remarks.get(example_id, ()) if each.annotator == annotator), None)

    def answers_of_people(self, example_id: int) -> list[Answer]:
        """Return the answers in force of people for the example, sorted by name, without adjudications."""
        return self._people.get(example_id, [])

    @cached_property
    def _rows(self) -> dict[int, tuple[Any, ...]]:
        return {
            row[0]: row
            for marks, part in in_batches(self._ids)
            for row in self._store.execute(
                f"""
                SELECT id, text, input_hash, task_hash, tokens, meta, other_fields, span_fields, token_fields
                FROM examples WHERE id IN ({marks})
                """,
                part,
            )
        }

    @cached_property
    def _prediction_rows(self) -> dict[int, list[tuple[Any, ...]]]:
        """The rows by example. The query names each id: with a subquery, SQLite would read all rows of the view."""
        found: dict[int, list[tuple[Any, ...]]] = {}
        for marks, part in in_batches(self._ids):
            for example_id, *row in self._store.execute(
                f"""
                SELECT example_id, run_id, predictor, spans, cats, error, dropped FROM current_predictions
                WHERE example_id IN ({marks}) ORDER BY example_id, predictor_id
                """,
                part,
            ):
                found.setdefault(example_id, []).append(tuple(row))
        return found

    def _prediction(
        self, example_id: int, predictor: str, spans: str | None, cats: str | None, error: str | None, dropped: str
    ) -> tuple[str, CurrentPrediction]:
        prediction = self._read(example_id, spans, cats)
        lost = tuple(decode_json(dropped, list) or ())
        marks = self._store.rules.marks_of(prediction)
        return predictor, CurrentPrediction(predictor, marks, error, lost, prediction.cats or {})

    @cached_property
    def _read(self) -> Any:
        return reader_of(self._store)

    @cached_property
    def _remarks(self) -> dict[int, list[Remark]]:
        return remarks_by_example(self._store, self._ids)

    @cached_property
    def _people(self) -> dict[int, list[Answer]]:
        return people_by_example(self._store, self._ids)
