"""Look up examples: the ids of a filter in order, the rows of a list, the known names, and alike differences."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from tiebreak.core.compare.patterns import Pattern, pattern_of
from tiebreak.core.errors import StoreError
from tiebreak.core.records import Difference, ExampleRow, QueueItem
from tiebreak.core.selection.filter import AnyOrder, Order, QueueFilter, Word
from tiebreak.core.selection.portion import Portion
from tiebreak.core.selection.rank import Rank, rank_by_disagreement
from tiebreak.core.store.answered import OPEN
from tiebreak.core.store.conditions import selection
from tiebreak.core.store.connection import Store
from tiebreak.core.store.current import IS_COMPARED, IS_FAILED, predictor_names
from tiebreak.core.store.encoding import decode_readings, encode_json
from tiebreak.core.store.examples import label_names
from tiebreak.core.store.meta import meta_keys
from tiebreak.core.store.orders import RANKS
from tiebreak.core.store.plain_errors import plain_errors
from tiebreak.core.store.valued import VALUE_COLUMNS, value_in
from tiebreak.core.store.words import match_term, word_index
from tiebreak.core.text.hashes import text_digest

_SHOWN = 500  # characters; a list shows no more of a text
_FETCHED = 1000  # ids fetched at a time


class SupersededError(Exception):
    """A look-up was given up because nobody waits for it any more."""


@contextmanager
def give_up_once(store: Store, superseded: Callable[[], bool]) -> Iterator[None]:
    """Give up the queries in the block once `superseded()`, asked every few milliseconds. Raises SupersededError."""
    store.connection.set_progress_handler(lambda: int(superseded()), 50_000)
    try:
        yield
    except StoreError:
        if superseded():
            raise SupersededError from None
        raise
    finally:
        store.connection.set_progress_handler(None, 0)


def matching_ids(
    store: Store, queue: QueueFilter, order: AnyOrder, portion: Portion | None = None, *, as_if_open: bool = False
) -> array[int]:
    """Return the ids of all examples of `queue`, within the `portion`, in `order`; a million take a second or two.

    With `as_if_open` the answered slice texts that no order has reached yet count as waiting.
    """
    selected = selection(store, queue, portion, as_if_open=as_if_open)
    ids = array("q")
    with plain_errors(store.path):
        rows = store.execute(selected.ids(order), selected.in_order(order))
        while part := rows.fetchmany(_FETCHED):  # row by row takes half as long again
            ids.extend([example_id for (example_id,) in part])
    return ids


def example_rows(store: Store, ids: Sequence[int]) -> list[ExampleRow]:
    """Return a row of a list for each of `ids` that exists, in their order."""
    wanted = str(list(ids))
    listed = "IN (SELECT value FROM json_each(?))"
    kinds: dict[int, list[str]] = {}
    answers: dict[int, list[tuple[str, str]]] = {}
    with store.snapshot():
        for example_id, kind in store.execute(
            f"SELECT example_id, kind FROM differences WHERE example_id {listed} ORDER BY example_id, position",
            (wanted,),
        ):
            kinds.setdefault(example_id, []).append(kind)
        for example_id, annotator, answer in store.execute(
            f"SELECT example_id, annotator, answer FROM answers_in_force WHERE example_id {listed} ORDER BY id",
            (wanted,),
        ):
            answers.setdefault(example_id, []).append((annotator, answer))
        remarks = {
            example_id: (bool(flagged), bool(noted))
            for example_id, flagged, noted in store.execute(
                f"""
                SELECT example_id, max(flagged), max(note <> '') FROM remarks_in_force
                WHERE example_id {listed} GROUP BY example_id
                """,
                (wanted,),
            )
        }
        failed = {
            example_id
            for (example_id,) in store.execute(
                f"""
                SELECT predictions.example_id FROM predictions JOIN runs ON runs.id = predictions.run_id
                WHERE {IS_FAILED} AND predictions.example_id {listed} AND {IS_COMPARED}
                """,
                (wanted,),
            )
        }
        of_slice = {
            example_id
            for (example_id,) in store.execute(
                f"SELECT example_id FROM slice WHERE drawn_at IS NOT NULL AND example_id {listed}", (wanted,)
            )
        }
        found = {
            example_id: (text, score, value_in(*columns))
            for example_id, text, score, *columns in store.execute(
                f"""
                SELECT id, substr(text, 1, ?), CASE WHEN predictors > 1 THEN score END, {VALUE_COLUMNS}
                FROM examples LEFT JOIN queue ON queue.example_id = id
                WHERE id {listed}
                """,
                (_SHOWN, wanted),
            )
        }
    return [
        ExampleRow(
            id,
            *found[id][:2],
            kinds=tuple(kinds.get(id, ())),
            answers=tuple(answers.get(id, ())),
            flagged=remarks.get(id, (False, False))[0],
            noted=remarks.get(id, (False, False))[1],
            failed=id in failed,
            value=found[id][2],
            of_slice=id in of_slice,
        )
        for id in ids
        if id in found
    ]


@dataclass(frozen=True, slots=True)
class Names:
    """The names that a filter can ask for; `meta` has the keys of the first examples' meta fields."""

    labels: tuple[str, ...]
    predictors: tuple[str, ...]
    annotators: tuple[str, ...]
    meta: tuple[str, ...] = ()


def known_names(store: Store) -> Names:
    """Return all labels, compared predictors, annotators with answers, and meta keys."""
    annotators: list[str] = []
    last = ""  # one index look-up a name, for any number of answers
    while row := store.execute("SELECT min(annotator) FROM answers WHERE annotator > ?", (last,)).fetchone()[0]:
        annotators.append(row)
        last = row
    return Names(tuple(label_names(store)), tuple(predictor_names(store)), tuple(annotators), meta_keys(store))


class AlikeExample(NamedTuple):
    """An example with a difference of a pattern, at `position` among its differences; and its rank."""

    example_id: int
    position: int
    rank: Rank


@dataclass(frozen=True, slots=True)
class AlikeExamples:
    """The examples `found`, sorted by disagreement, whatever the queue's order.

    `whole` is False if time ran out: then there may be more.
    """

    found: tuple[AlikeExample, ...]
    whole: bool


def alike(store: Store, pattern: Pattern, after: int, *, seconds: float = 0.25) -> AlikeExamples:
    """Return the examples without an answer that have a difference of `pattern`, each with its first such difference.

    The word index finds candidates, their differences decide. The search begins after the example `after`, then goes on
    from the first example. So a search that ran out of `seconds` gets on if the caller repeats it from a later one.
    """
    deadline = time.monotonic() + seconds
    found: list[AlikeExample] = []
    try:
        with give_up_once(store, lambda: time.monotonic() > deadline):
            for where in ("> ?", "<= ?"):
                for each in _candidates(store, pattern, where, after):
                    found += [] if each is None else [each]
                    if time.monotonic() > deadline:
                        raise SupersededError
    except SupersededError:
        return AlikeExamples(_in_order(found), whole=False)
    return AlikeExamples(_in_order(found), whole=True)


def _in_order(found: list[AlikeExample]) -> tuple[AlikeExample, ...]:
    first: dict[int, AlikeExample] = {}
    for each in found:
        first.setdefault(each.example_id, each)
    return tuple(sorted(first.values(), key=lambda each: each.rank))


def next_alike(others: Sequence[AlikeExample], item: QueueItem) -> AlikeExample:
    """Return the first of `others` (sorted by disagreement) that comes after `item`; else the first of all."""
    here = rank_by_disagreement(item.score, len(item.differences), text_digest(item.example.text))
    return next((each for each in others if each.rank > here), others[0])


def _candidates(store: Store, pattern: Pattern, where: str, after: int) -> Iterator[AlikeExample | None]:
    """Yield an `AlikeExample` for each difference of the pattern, and None for others of its kind, labels and words."""
    word = Word(pattern.text, whole=True)
    index = word_index(store)
    indexed = index.possible and index.complete and any(map(str.isalnum, pattern.text))
    texts = "JOIN example_words ON example_words.rowid = queue.example_id" if indexed else ""
    labels = [f'"label":{encode_json(label)}' for label in pattern.labels]
    sql = f"""
        SELECT {RANKS[Order.DISAGREEMENT]}, queue.example_id, examples.text, differences.position, differences.start,
            differences."end", differences.kind, differences.readings
        FROM queue
        JOIN examples ON examples.id = queue.example_id
        {texts}
        JOIN differences ON differences.example_id = queue.example_id
        WHERE {"example_words.rowid" if indexed else "queue.example_id"} {where}
            {"AND example_words MATCH ?" if indexed else ""}
            AND {OPEN} AND differences.kind = ?
            {"AND instr(differences.readings, ?) " * len(labels)}
    """
    parameters = (after, *([match_term(word)] if indexed else []), pattern.kind, *labels)
    with plain_errors(store.path):
        for *rank, id, text, position, start, end, kind, readings in store.execute(sql, parameters):
            difference = Difference(start, end, kind, decode_readings(readings))
            same = pattern_of(text, difference) == pattern
            yield AlikeExample(id, position, tuple(rank)) if same else None
