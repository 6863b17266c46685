"""The slice: a random list of texts, with those given out and those that an order would have given out by now."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from tiebreak.core.records import Marks
from tiebreak.core.selection.filter import AnyOrder, QueueFilter
from tiebreak.core.selection.portion import Portion
from tiebreak.core.store.answered import IS_ANSWERED_BY, IS_READ
from tiebreak.core.store.answers import AUTO
from tiebreak.core.store.conditions import assigned
from tiebreak.core.store.connection import Store, in_batches
from tiebreak.core.store.encoding import encode_spans
from tiebreak.core.store.queue import ranked_among
from tiebreak.core.store.rows import add_row, add_rows

SLICE_SHARE = "slice share"  # a setting: share of the texts, 0 to 1; if missing, `list_size` decides
_SALT = "slice salt"  # a setting: it makes each store's list different

_LEAST, _SHARE, _MOST_SHARE, _MOST = 20, 0.1, 0.25, 400  # texts or shares of them: bounds of the list
_LEAST_OF_LOAD = 10  # texts; a load with fewer slice texts has no estimate of its own
_UNMARKED = 3  # every third text of the list shows no agreed mark


class SliceText(NamedTuple):
    """A text of the list. It is a slice text once it `is_drawn`.

    It `is_reached` once an order would have given it out. If it `is_unmarked`, no agreed marks are shown on it.
    """

    example_id: int
    position: float
    is_unmarked: bool
    is_drawn: bool
    is_reached: bool


def list_size(texts: int, share: float | None = None) -> int:
    """Return how many of `texts` may become slice texts: this share, or min(max(20, 10%), 25%, 400)."""
    if share is not None:
        return round(share * texts)
    return min(max(_LEAST, round(_SHARE * texts)), int(_MOST_SHARE * texts), _MOST)


def slice_share(store: Store) -> float | None:
    """Return the chosen share of the texts that may become slice texts, 0 to 1; None if it was not chosen."""
    kept = store.setting(SLICE_SHARE)
    return None if kept is None else float(kept)


def set_slice_share(store: Store, share: float) -> None:
    """Save the share of the texts that may become slice texts, 0 to 1; with 0 no more slice texts are given out."""
    with store.transaction():
        store.set_setting(SLICE_SHARE, f"{share:g}")
        if share:
            _lengthen(store, share)


def new_salt() -> str:
    """Return a random salt, different for each store."""
    return secrets.token_hex(16)


def begin_slice(store: Store) -> None:
    """Put texts that were loaded since the last call on the list, at random; quick without new texts.

    If fewer than ten would go on the list, too few for an estimate, the texts wait until more are loaded.
    """
    share = slice_share(store)
    if share == 0 or _last_id(store) == _listed_to(store):
        return
    with store.transaction():
        first, last = _listed_to(store) + 1, _last_id(store)
        candidates = _never_answered(store, first, last)
        if candidates and (share is not None or list_size(_listed_of(store) + len(candidates)) >= _LEAST_OF_LOAD):
            chosen = _sample(store, candidates, _size_of_load(store, len(candidates), share))
            _add(store, chosen, 0.0)
            row = {"first_id": first, "last_id": last, "candidates": len(candidates), "chosen": len(chosen)}
            add_row(store.connection, "slice_loads", row)


def slice_text(store: Store, example_id: int) -> SliceText | None:
    """Return the list's entry of a text; None if the text is not on it."""
    row = store.execute(
        "SELECT example_id, position, unmarked, drawn_at, reached_at FROM slice WHERE example_id = ?", (example_id,)
    ).fetchone()
    return None if row is None else _slice_text(row)


def slice_texts(store: Store) -> list[SliceText]:
    """Return the whole list, in its order."""
    rows = store.execute(
        "SELECT example_id, position, unmarked, drawn_at, reached_at FROM slice ORDER BY position, example_id"
    )
    return [_slice_text(row) for row in rows.fetchall()]


def next_of_slice(store: Store, portion: Portion, beside: Collection[int]) -> int | None:
    """Return the first text of the list that waits for this annotator and is not among `beside`, or None.

    A text that was answered as an ordinary text does not count. A text that `auto` has accepted still waits.
    """
    within, values = assigned(portion)
    row = store.execute(
        f"""
        SELECT queue.example_id FROM slice JOIN queue ON queue.example_id = slice.example_id
        WHERE slice.example_id NOT IN (SELECT value FROM json_each(?)) AND {within} AND {IS_READ} AND (
            CASE WHEN queue.overlap THEN NOT {IS_ANSWERED_BY} ELSE NOT EXISTS (
                SELECT 1 FROM answers_in_force AS given
                WHERE given.example_id = queue.example_id AND given.annotator <> ?
            ) END
        ) AND (drawn_at IS NOT NULL OR NOT EXISTS (
            SELECT 1 FROM answers WHERE example_id = queue.example_id AND annotator <> ?
        ))
        ORDER BY position, slice.example_id LIMIT 1
        """,
        (str(list(beside)), *values, portion.annotator, AUTO, AUTO),
    ).fetchone()
    return None if row is None else int(row[0])


def give_out(store: Store, example_id: int) -> None:
    """Mark a text of the list as given out: it is a slice text now."""
    with store.transaction():
        store.execute(
            "UPDATE slice SET drawn_at = coalesce(drawn_at, ?) WHERE example_id = ?", (time.time(), example_id)
        )


def unreached_texts(store: Store) -> list[int]:
    """Return the slice texts that no order has reached yet."""
    rows = store.execute("SELECT example_id FROM slice WHERE drawn_at IS NOT NULL AND reached_at IS NULL")
    return [example_id for (example_id,) in rows.fetchall()]


def texts_of_slice(store: Store) -> list[int]:
    """Return all slice texts."""
    rows = store.execute("SELECT example_id FROM slice WHERE drawn_at IS NOT NULL")
    return [example_id for (example_id,) in rows.fetchall()]


def unreached_before(store: Store, queue: QueueFilter, order: AnyOrder, given: int | None) -> list[int]:
    """Return the unreached slice texts that an indexed queue gives out before `given`; all that it has if None."""
    waiting = unreached_texts(store)
    if not waiting:
        return []
    ranked = ranked_among(store, queue, order, waiting if given is None else [given, *waiting])
    ends = [each.rank for each in ranked if each.example_id == given]
    return [each.example_id for each in ranked if given is None or (ends and each.rank < ends[0])]


def more_valuable(store: Store, example_ids: Sequence[int], than: int) -> list[int]:
    """Return those of the examples whose present values are higher than that of the example `than`."""
    rows = store.execute(
        """
        SELECT queue.example_id FROM queue JOIN queue AS other ON other.example_id = ?
        WHERE queue.example_id IN (SELECT value FROM json_each(?))
            AND (-queue.value, queue.tie) < (-other.value, other.tie)
        """,
        (than, str(list(example_ids))),
    )
    return [example_id for (example_id,) in rows.fetchall()]


def mark_reached(store: Store, example_ids: Sequence[int]) -> None:
    """Mark these slice texts: an order would have given them out by now."""
    if example_ids:
        with store.transaction():
            for marks, part in in_batches(example_ids):
                store.execute(
                    f"UPDATE slice SET reached_at = coalesce(reached_at, ?) WHERE example_id IN ({marks})",
                    (time.time(), *part),
                )


def take_off(store: Store, example_id: int) -> None:
    """Take a text off the list because it is shown as an ordinary text: it can no longer be a slice text."""
    with store.transaction():
        store.execute("DELETE FROM slice WHERE example_id = ? AND drawn_at IS NULL", (example_id,))


def save_skip(store: Store, example_id: int) -> None:
    """Save that the annotator skipped the example: an order has reached it."""
    with store.transaction() as connection:
        add_row(connection, "skips", {"example_id": example_id, "skipped_at": time.time()}, "INSERT OR REPLACE")


def save_exported(store: Store, exported: Mapping[int, Marks]) -> None:
    """Save the marks that slice texts would export without their answers."""
    with store.transaction():
        for example_id, marks in exported.items():
            spans = encode_spans(store.rules.stored(marks))
            store.execute("UPDATE slice SET exported = ? WHERE example_id = ?", (spans, example_id))


def _slice_text(row: tuple[int, float, int, float | None, float | None]) -> SliceText:
    example_id, position, unmarked, drawn_at, reached_at = row
    return SliceText(example_id, position, bool(unmarked), drawn_at is not None, reached_at is not None)


def _last_id(store: Store) -> int:
    return int(store.execute("SELECT coalesce(max(id), 0) FROM examples").fetchone()[0])


def _listed_to(store: Store) -> int:
    return int(store.execute("SELECT coalesce(max(last_id), 0) FROM slice_loads").fetchone()[0])


def _listed_of(store: Store) -> int:
    """Return the number of texts that the list was drawn from."""
    return int(store.execute("SELECT coalesce(sum(candidates), 0) FROM slice_loads").fetchone()[0])


def _never_answered(store: Store, first: int, last: int) -> list[int]:
    """Return the examples of a range that no person has answered or begun to, and that are not on the list."""
    rows = store.execute(
        """
        SELECT id FROM examples
        WHERE id BETWEEN ? AND ? AND id NOT IN (SELECT example_id FROM answers WHERE annotator <> ?)
            AND id NOT IN (SELECT example_id FROM slice) AND id NOT IN (SELECT example_id FROM drafts)
        ORDER BY id
        """,
        (first, last, AUTO),
    )
    return [example_id for (example_id,) in rows.fetchall()]


def _size_of_load(store: Store, texts: int, share: float | None) -> int:
    """Return how many texts of a load go on the list: its part of the list of all loads, but at least a few."""
    if share is not None:
        return list_size(texts, share)
    before = _listed_of(store)
    part = round(list_size(before + texts) * texts / (before + texts))
    return min(max(part, _LEAST_OF_LOAD), list_size(texts))


def _lengthen(store: Store, share: float) -> None:
    """Put more texts of earlier loads on the list if it has less than this share of them."""
    loads = store.execute("SELECT first_id, last_id, candidates, chosen FROM slice_loads").fetchall()
    for first, last, candidates, chosen in loads:
        left = _never_answered(store, first, last)
        more = _sample(store, left, min(list_size(candidates, share) - chosen, len(left)))
        _add(store, more, 1.0)
        store.execute("UPDATE slice_loads SET chosen = chosen + ? WHERE first_id = ?", (len(more), first))


def _sample(store: Store, candidates: Sequence[int], size: int) -> list[int]:
    """Return a random sample of the candidates in random order; the same for the same store and candidates."""
    salt = store.setting(_SALT)
    if salt is None:
        salt = new_salt()
        store.set_setting(_SALT, salt)
    return random.Random(f"{salt} {candidates[:1]} {len(candidates)}").sample(candidates, max(size, 0))


def _add(store: Store, chosen: Sequence[int], after: float) -> None:
    rows = [
        {
            "example_id": example_id,
            "position": after + at / len(chosen),
            "unmarked": int(at % _UNMARKED == 0),
        }
        for at, example_id in enumerate(chosen)
    ]
    add_rows(store.connection, "slice", rows)
