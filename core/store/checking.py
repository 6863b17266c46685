"""Check whether the contents of a store fit together, and repair what can be repaired without loss."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tiebreak.core.errors import StoreError
from tiebreak.core.store import schema
from tiebreak.core.store.backup import MISMARKED, mark_answered
from tiebreak.core.store.connection import Store, known_version
from tiebreak.core.store.foreign import foreign_objects, own_tables, put_back_own
from tiebreak.core.store.plain_errors import plain_errors
from tiebreak.core.store.valued import LEARNED_COLUMNS, forget_values
from tiebreak.core.store.values import PACKED, quoted, wrong_types
from tiebreak.core.text.hashes import text_digest

# Tables that are made from the others: rows that refer to nothing can be deleted.
_DERIVED = ("differences", "queue", "claims", "on_screen", "run_labels", "learned")
_MOST = 100  # findings; SQLite's own check stops after so many


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a store. With `can_repair`, `repair_store` puts it right without loss.

    Without `is_fault` it is only reported: a view that somebody added changes nothing.
    """

    what: str
    can_repair: bool = False
    is_fault: bool = True


def check_store(store: Store) -> list[Problem]:
    """Return everything that is wrong with the store, SQLite's findings first. Reads the whole file if it is usable."""
    with plain_errors(store.path):
        foreign = foreign_objects(store.connection)
        if not all(each.is_usable for each in foreign):  # reading on might never end
            return [Problem(str(each), can_repair=each.can_be_put_back) for each in foreign]
        damage = damage_of(store)
        if any(not each.can_repair for each in damage):
            return damage  # a damaged file cannot be checked further
        return [
            *damage,
            *(Problem(str(each), can_repair=each.can_be_put_back, is_fault=not each.is_harmless) for each in foreign),
            *_orphans(store),
            *_types(store),
            *_encodings(store),
            *_columns(store),
            *_texts(store),
            *_counts(store),
        ]


def repair_store(store: Store) -> list[str]:
    """Repair what `check_store` calls repairable, and return what was done. Make a backup before."""
    done: list[str] = []
    with plain_errors(store.path):
        usable = all(each.is_usable for each in foreign_objects(store.connection))
        if usable and any(each.can_repair for each in damage_of(store)):
            store.execute("REINDEX")
            done.append("rebuilt the indexes")
        with _no_foreign_keys(store), store.transaction():
            done += _put_back(store)
            usable = all(each.is_usable for each in foreign_objects(store.connection))
            if not usable or known_version(store) < schema.VERSION:
                return done
            done += [
                f"removed {plural(count, 'row')} of {table} that referred to nothing" for table, count in _sweep(store)
            ]
            if any((table, column) in LEARNED_COLUMNS for table, column, *_ in wrong_types(store.connection)):
                forget_values(store)
                done.append("reset the learned values of the queue")
            if count := mark_answered(store):
                done.append(f"corrected queue.answered in {plural(count, 'row')}")
            if count := _recount(store):
                done.append(f"counted {plural(count, 'run')} again")
    return done


@contextmanager
def _no_foreign_keys(store: Store) -> Iterator[None]:
    """Switch foreign keys off for the block, so that it can rebuild a table: delete its rows and put them back."""
    store.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        store.execute("PRAGMA foreign_keys = ON")


def plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def damage_of(store: Store) -> list[Problem]:
    """Return what SQLite finds wrong with the file itself, whatever its schema."""
    return list(_damage(store))


def _damage(store: Store) -> Iterator[Problem]:
    try:
        for (row,) in store.connection.execute(f"PRAGMA integrity_check({_MOST})"):
            for line in str(row).splitlines():
                if line != "ok":
                    of_index = "index" in line and ("missing from" in line or "wrong # of entries" in line)
                    yield Problem(f"SQLite: {line}", can_repair=of_index)
    except (StoreError, sqlite3.DatabaseError) as error:
        yield Problem(f"SQLite: {error}")


def _orphans(store: Store) -> Iterator[Problem]:
    """Yield the tables with rows that refer to missing rows."""
    counts: dict[tuple[str, str], int] = {}
    for table, _, parent, _ in store.execute("PRAGMA foreign_key_check"):
        counts[table, parent] = counts.get((table, parent), 0) + 1
    for (table, parent), count in counts.items():
        yield Problem(
            f"{table}: reference to a missing row of {parent} in {plural(count, 'row')}", can_repair=table in _DERIVED
        )


def _sweep(store: Store) -> Iterator[tuple[str, int]]:
    for table in _DERIVED:
        if store.execute(f"SELECT 1 FROM pragma_foreign_key_check('{table}') LIMIT 1").fetchone():
            parents = [(row[3], row[2], row[4]) for row in store.execute(f"PRAGMA foreign_key_list({table})")]
            count = 0
            for column, parent, key in parents:
                child, referred = quoted(column), quoted(key or "id")
                count += store.execute(
                    f"DELETE FROM {table} WHERE {child} NOT IN (SELECT {referred} FROM {quoted(parent)})"
                ).rowcount
            yield table, count


_LIST, _OBJECT = "array", "object"
# (table, column): the JSON type of its values.
_JSON = {
    ("examples", "tokens"): _LIST,
    ("examples", "meta"): _OBJECT,
    ("examples", "other_fields"): _OBJECT,
    ("examples", "span_fields"): _LIST,
    ("examples", "token_fields"): _OBJECT,
    ("predictions", "spans"): _LIST,
    ("predictions", "cats"): _OBJECT,
    ("predictions", "dropped"): _LIST,
    ("predictions", "mentions"): _OBJECT,
    ("predictions", "scores"): _LIST,
    ("differences", "readings"): _OBJECT,
    ("answers", "spans"): _LIST,
    ("answers", "choices"): _LIST,
    ("answers", "shown"): _LIST,
    ("answers", "cats"): _OBJECT,
    ("answers", "screen"): _OBJECT,
    ("answers", "offered"): _LIST,
    ("annotators", "place"): _OBJECT,
    ("drafts", "draft"): _OBJECT,
    ("engines", "options"): _OBJECT,
    ("runs", "prompt"): _OBJECT,
}
_SPANS = (("predictions", "spans"), ("answers", "spans"), ("answers", "shown"))
# A category is a span from 0 to 0.
_WRONG_SPAN = """
    CASE WHEN span.type <> 'object' THEN 1 ELSE
        coalesce(
            json_type(span.value, '$.start') <> 'integer'
            OR json_type(span.value, '$.end') <> 'integer'
            OR json_type(span.value, '$.label') <> 'text',
            1
        )
        OR json_extract(span.value, '$.start') < 0
        OR json_extract(span.value, '$.start') > json_extract(span.value, '$.end')
        OR json_extract(span.value, '$.end') > code_points(CAST(examples.text AS BLOB))
    END
"""


def _columns(store: Store) -> Iterator[Problem]:
    """Yield the JSON columns that hold something else, and those with spans that are malformed or leave their text."""
    for (table, column), kind in _JSON.items():
        is_kind = f"CASE WHEN json_valid({column}) THEN json_type({column}) = '{kind}' ELSE 0 END"
        wrong = f"{column} IS NOT NULL AND (typeof({column}) <> 'text' OR NOT {is_kind})"
        (count,) = store.execute(f"SELECT count(*) FROM {table} WHERE {wrong}").fetchone()
        if count:
            yield Problem(f"{table}.{column}: not a JSON {kind} in {plural(count, 'row')}")
    store.connection.create_function(  # SQLite's own length ends at a NUL
        "code_points", 1, lambda text: len((text or b"").decode("utf-8", "replace")), deterministic=True
    )
    for table, column in _SPANS:
        is_list = f"CASE WHEN json_valid({table}.{column}) THEN json_type({table}.{column}) = 'array' ELSE 0 END"
        (count,) = store.execute(
            f"""
            SELECT count(*) FROM {table} JOIN examples ON examples.id = {table}.example_id
            WHERE {is_list} AND EXISTS (
                SELECT 1 FROM json_each(CASE WHEN {is_list} THEN {table}.{column} ELSE '[]' END) AS span
                WHERE {_WRONG_SPAN}
            )
            """
        ).fetchone()
        if count:
            yield Problem(f"{table}.{column}: spans that do not fit the text in {plural(count, 'row')}")


def _texts(store: Store) -> Iterator[Problem]:
    """Yield a finding if the texts of examples do not match their digests."""

    def is_digest(text: object, digest: object) -> bool:
        return isinstance(text, bytes) and _is_utf8(text) and text_digest(text.decode()) == digest

    store.connection.create_function("is_digest", 2, is_digest, deterministic=True)
    (count,) = store.execute(
        "SELECT count(*) FROM examples WHERE typeof(text) <> 'text' OR NOT is_digest(CAST(text AS BLOB), text_digest)"
    ).fetchone()
    if count:
        yield Problem(f"examples: text and digest do not match in {plural(count, 'row')}")


def _is_utf8(content: object) -> bool:
    try:
        return not isinstance(content, bytes) or content.decode() is not None
    except UnicodeDecodeError:
        return False


def _types(store: Store) -> Iterator[Problem]:
    for table, column, declared, count in wrong_types(store.connection):
        if declared != "TEXT":  # `_encodings` checks text
            found = f"{table}.{column}: not {declared} in {plural(count, 'row')}"
            yield Problem(found, can_repair=(table, column) in LEARNED_COLUMNS)


def _encodings(store: Store) -> Iterator[Problem]:
    """Yield the text columns that hold bytes, or text that is not UTF-8 and that nothing can read."""
    store.connection.create_function("is_utf8", 1, _is_utf8, deterministic=True)
    for table in sorted(own_tables()):  # the word index and tables that others added may be unreadable this way
        columns = [
            (name, declared == "TEXT" and (table, name) not in PACKED)
            for _, name, declared, *_ in store.execute(f"PRAGMA table_info({quoted(table)})")
        ]
        if not columns:
            continue
        wrong = [
            f"""
            total(
                typeof({each}) = 'text' AND NOT is_utf8(CAST({each} AS BLOB))
                OR typeof({each}) = 'blob' AND {is_text}
            )
            """
            for each, is_text in ((quoted(name), is_text) for name, is_text in columns)
        ]
        counts = store.execute(f"SELECT {', '.join(wrong)} FROM {quoted(table)}").fetchone()
        for (name, _), count in zip(columns, counts, strict=True):
            if count:
                yield Problem(f"{table}.{name}: not UTF-8 text in {plural(int(count), 'row')}")


_MISCOUNTED = """
    FROM runs LEFT JOIN (
        SELECT run_id, sum(status = 'ok') AS ok, sum(status = 'failed') AS failed FROM predictions GROUP BY run_id
    ) AS found ON found.run_id = runs.id
    WHERE runs.ok <> coalesce(found.ok, 0) OR runs.failed <> coalesce(found.failed, 0)
"""


def _counts(store: Store) -> Iterator[Problem]:
    """Yield the counts and marks that do not agree with the tables they are made from."""
    if count := store.execute(f"SELECT count(*) FROM queue WHERE {MISMARKED}").fetchone()[0]:
        yield Problem(f"queue.answered: wrong in {plural(count, 'row')}", can_repair=True)
    if count := store.execute(f"SELECT count(*) {_MISCOUNTED}").fetchone()[0]:
        yield Problem(f"runs: wrong counts of predictions in {plural(count, 'row')}", can_repair=True)


def _put_back(store: Store) -> list[str]:
    """Restore Tiebreak's triggers and views, and remove triggers that are not Tiebreak's; return what was done."""
    return [
        f"{'restored' if each.is_changed or each.is_missing else 'removed'} the {each.kind} {each.name}"
        for each in put_back_own(store.connection)
    ]


def _recount(store: Store) -> int:
    rows = store.execute(f"SELECT coalesce(found.ok, 0), coalesce(found.failed, 0), runs.id {_MISCOUNTED}").fetchall()
    for row in rows:
        store.execute("UPDATE runs SET ok = ?, failed = ? WHERE id = ?", tuple(row))
    return len(rows)
