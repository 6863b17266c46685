"""Write the examples of a source: one a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tiebreak.core.records import Record
from tiebreak.core.store.answered import IS_OVERLAP
from tiebreak.core.store.connection import Store, in_batches
from tiebreak.core.store.encoding import decode_span_fields, encode_json, encode_tokens
from tiebreak.core.store.rows import add_named_rows, add_rows
from tiebreak.core.text.hashes import input_hash, text_digest

DIGITS_FIXED = "digits fixed"  # a setting: the order of the labels is final


def add_examples(store: Store, records: Sequence[Record], source: str) -> tuple[list[int], int]:
    """Store the texts of `records` that are new; return the example id of each record, and how many examples were new.

    A known example keeps its first meta, the first tokens that a record gave, and for each span the first value of each
    field.
    """
    digests = [text_digest(record.text) for record in records]
    with store.transaction() as connection:
        known = _known_ids(store, digests)
        next_id = store.execute("SELECT coalesce(max(id), 0) + 1 FROM examples").fetchone()[0]
        rows: list[_Row] = []
        more: list[tuple[int, Record]] = []  # records of known texts
        for record, digest in zip(records, digests, strict=True):
            if digest in known:
                more.append((known[digest], record))
                continue
            known[digest] = next_id + len(rows)
            rows.append(_row(known[digest], record, digest, source))
        add_named_rows(connection, "examples", rows)
        _queue(store, next_id)
        _add_span_fields(store, [(id, record.span_fields) for id, record in more if record.span_fields])
        connection.executemany(
            "UPDATE examples SET tokens = ?, token_fields = ? WHERE id = ? AND tokens IS NULL",
            [
                (encode_tokens(record.tokens), encode_json(record.token_fields or None), id)
                for id, record in more
                if record.tokens is not None
            ],
        )
    return [known[digest] for digest in digests], len(rows)


def _queue(store: Store, first_id: int) -> None:
    """Put the examples from this id on in the queue; no predictor has read them yet."""
    store.execute(
        f"""
        INSERT INTO queue (example_id, score, differences, tie, overlap, predictors)
        SELECT example_id, 0.0, 0, tie, {IS_OVERLAP}, 0
        FROM (SELECT id AS example_id, text_digest AS tie FROM examples WHERE id >= ?) AS queue
        """,
        (first_id,),
    )


def _add_span_fields(store: Store, given: Sequence[tuple[int, Sequence[Mapping[str, Any]]]]) -> None:
    """Add fields to the spans of known examples; a field that a span has already keeps its value."""
    known = {
        id: {_key(each): each for each in decode_span_fields(fields)}
        for marks, part in in_batches(list({id for id, _ in given}))
        for id, fields in store.execute(f"SELECT id, span_fields FROM examples WHERE id IN ({marks})", part)
    }
    changed = set()
    for id, fields in given:
        spans = known[id]
        for each in fields:
            together = {**each, **spans.get(_key(each), {})}
            if together != spans.get(_key(each)):
                spans[_key(each)] = together
                changed.add(id)
    store.connection.executemany(
        "UPDATE examples SET span_fields = ? WHERE id = ?", [(encode_json([*known[id].values()]), id) for id in changed]
    )


def _key(span: Mapping[str, Any]) -> tuple[object, object, object]:
    return span["start"], span["end"], span["label"]


def _known_ids(store: Store, digests: Sequence[bytes]) -> dict[bytes, int]:
    return {
        digest: example_id
        for marks, part in in_batches(digests)
        for digest, example_id in store.execute(
            f"SELECT text_digest, id FROM examples WHERE text_digest IN ({marks})", part
        )
    }


class _Row(NamedTuple):
    """A row of the table `examples`."""

    id: int
    text: str
    text_digest: bytes
    input_hash: int
    task_hash: int | None
    tokens: str | None
    meta: str | None
    other_fields: str | None
    source: str
    span_fields: str | None
    token_fields: str | None


def _row(example_id: int, record: Record, digest: bytes, source: str) -> _Row:
    return _Row(
        example_id,
        record.text,
        digest,
        input_hash(record.text) if record.input_hash is None else record.input_hash,
        record.task_hash,
        encode_tokens(record.tokens),
        encode_json(record.meta),
        encode_json(record.other_fields or None),
        source,
        encode_json(record.span_fields or None),
        encode_json(record.token_fields or None),
    )


def add_labels(store: Store, names: set[str]) -> None:
    """Append the labels that the store does not know yet, in alphabetical order."""
    with store.transaction() as connection:
        known = {name for (name,) in store.execute("SELECT name FROM labels")}
        new = enumerate(sorted(names - known), start=len(known))
        add_rows(connection, "labels", [{"name": name, "position": position} for position, name in new])


def add_labels_in_order(store: Store, names: Sequence[str]) -> None:
    """Append the labels that the store does not know yet, in this order; from then on the order is final."""
    with store.transaction() as connection:
        known = set(label_names(store))
        new = [name for name in dict.fromkeys(names) if name not in known]
        rows = [{"name": name, "position": len(known) + at} for at, name in enumerate(new)]
        add_rows(connection, "labels", rows)
        store.set_setting(DIGITS_FIXED, "for good")


def label_names(store: Store) -> list[str]:
    """Return all labels in the order of their digits."""
    return [name for (name,) in store.execute("SELECT name FROM labels ORDER BY position")]


def example_count(store: Store) -> int:
    """Return how many examples the store has."""
    return int(store.execute("SELECT count(*) FROM examples").fetchone()[0])
