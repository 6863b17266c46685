"""Whether all that a store holds fits together; and putting right what can be put right without losing anything."""

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

# Made from the rest, so that rows of them which refer to nothing can go.
_DERIVED = ("differences", "queue", "claims", "on_screen", "run_labels", "learned")
_MOST = 100  # things that SQLite's own check tells


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong. `can_repair`: `repair` puts it right, and nothing is lost by that.

    Without `is_fault` it is only told: a view that somebody added, which changes nothing.
    """

    what: str
    can_repair: bool = False
    is_fault: bool = True


def check_store(store: Store) -> list[Finding]:
    """All that is wrong with the store, what SQLite finds first. It reads all of a file that can be used."""
    with plain_errors(store.path):
        foreign = foreign_objects(store.connection)
        if not all(each.is_usable for each in foreign):  # reading on could take for ever
            return [Finding(str(each), can_repair=each.can_be_put_back) for each in foreign]
        damage = damage_of(store)
        if any(not each.can_repair for each in damage):
            return damage  # of a damaged file the rest cannot be told
        return [
            *damage,
            *(Finding(str(each), can_repair=each.can_be_put_back, is_fault=not each.is_harmless) for each in foreign),
            *_orphans(store),
            *_types(store),
            *_encodings(store),
            *_columns(store),
            *_texts(store),
            *_counts(store),
        ]


def repair_store(store: Store) -> list[str]:
    """Put right what `check_store` calls repairable; returns what was done. Make a backup before."""
    done: list[str] = []
    with plain_errors(store.path):
        usable = all(each.is_usable for each in foreign_objects(store.connection))
        if usable and any(each.can_repair for each in damage_of(store)):
            store.execute("REINDEX")
            done.append("the indexes were made anew")
        with _no_foreign_keys(store), store.transaction():
            done += _put_back(store)
            usable = all(each.is_usable for each in foreign_objects(store.connection))
            if not usable or known_version(store) < schema.VERSION:
                return done
            done += [
                f"{plural(count, 'row')} of {table} that referred to nothing went" for table, count in _sweep(store)
            ]
            if any((table, column) in LEARNED_COLUMNS for table, column, *_ in wrong_types(store.connection)):
                forget_values(store)
                done.append("the examples of the queue are worth what they were before anything was learned")
            if count := mark_answered(store):
                done.append(f"{plural(count, 'row')} of the queue say again whether they are answered")
            if count := _recount(store):
                done.append(f"{plural(count, 'run')} counted anew")
    return done


@contextmanager
def _no_foreign_keys(store: Store) -> Iterator[None]:
    """Rows that others refer to can go in this block, to come back in a table that is made anew."""
    store.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        store.execute("PRAGMA foreign_keys = ON")


def plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def damage_of(store: Store) -> list[Finding]:
    """What SQLite finds wrong with the file itself, whatever its schema."""
    return list(_damage(store))


def _damage(store: Store) -> Iterator[Finding]:
    try:
        for (row,) in store.connection.execute(f"PRAGMA integrity_check({_MOST})"):
            for line in str(row).splitlines():
                if line != "ok":
                    of_index = "index" in line and ("missing from" in line or "wrong # of entries" in line)
                    yield Finding(f"SQLite: {line}", can_repair=of_index)
    except (StoreError, sqlite3.DatabaseError) as error:
        yield Finding(f"SQLite: {error}")


def _orphans(store: Store) -> Iterator[Finding]:
    """Rows that refer to rows which are not there."""
    counts: dict[tuple[str, str], int] = {}
    for table, _, parent, _ in store.execute("PRAGMA foreign_key_check"):
        counts[table, parent] = counts.get((table, parent), 0) + 1
    for (table, parent), count in counts.items():
        yield Finding(
            f"{plural(count, 'row')} of {table} refer to {parent} that are not there", can_repair=table in _DERIVED
        )


def _sweep(store: Store) -> Iterator[tuple[str, int]]:
    for table in _DERIVED:
        if store.execute(f"SELECT 1 FROM pragma_foreign_key_check('{table}') LIMIT 1").fetchone():
            parents = [(row[3], row[2], row[4]) for row in store.execute(f"PRAGMA foreign_key_list({table})")]
            count = 0
            for column, parent, key in parents:
                ours, theirs = quoted(column), quoted(key or "id")
                count += store.execute(
                    f"DELETE FROM {table} WHERE {ours} NOT IN (SELECT {theirs} FROM {quoted(parent)})"
                ).rowcount
            yield table, count


_LIST, _OBJECT = "array", "object"
# Table and column: the JSON type of what it holds.
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
# Of categories: a span from 0 to 0.
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


def _columns(store: Store) -> Iterator[Finding]:
    """JSON columns that hold something else, and spans that are none or leave their text."""
    for (table, column), kind in _JSON.items():
        is_kind = f"CASE WHEN json_valid({column}) THEN json_type({column}) = '{kind}' ELSE 0 END"
        wrong = f"{column} IS NOT NULL AND (typeof({column}) <> 'text' OR NOT {is_kind})"
        (count,) = store.execute(f"SELECT count(*) FROM {table} WHERE {wrong}").fetchone()
        if count:
            yield Finding(f"{plural(count, 'row')} of {table} hold in {column} what is no JSON {kind}")
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
            yield Finding(f"{plural(count, 'row')} of {table} hold in {column} what is no span of the text")


def _texts(store: Store) -> Iterator[Finding]:
    """Examples whose text is not what their digest says."""

    def is_digest(text: object, digest: object) -> bool:
        return isinstance(text, bytes) and _is_utf8(text) and text_digest(text.decode()) == digest

    store.connection.create_function("is_digest", 2, is_digest, deterministic=True)
    (count,) = store.execute(
        "SELECT count(*) FROM examples WHERE typeof(text) <> 'text' OR NOT is_digest(CAST(text AS BLOB), text_digest)"
    ).fetchone()
    if count:
        yield Finding(f"{plural(count, 'example')} have another text than their digest says")


def _is_utf8(content: object) -> bool:
    try:
        return not isinstance(content, bytes) or content.decode() is not None
    except UnicodeDecodeError:
        return False


def _types(store: Store) -> Iterator[Finding]:
    for table, column, declared, count in wrong_types(store.connection):
        if declared != "TEXT":  # of which the encoding is looked at
            what = f"{plural(count, 'row')} of {table} hold in {column} what is no {declared}"
            yield Finding(what, can_repair=(table, column) in LEARNED_COLUMNS)


def _encodings(store: Store) -> Iterator[Finding]:
    """Columns of text that hold something else: text that is no UTF-8, which nothing can read, or bytes."""
    store.connection.create_function("is_utf8", 1, _is_utf8, deterministic=True)
    for table in sorted(own_tables()):  # the index of words, and what others have added, cannot all be read so
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
                yield Finding(f"{plural(int(count), 'row')} of {table} hold in {name} what is no text in UTF-8")


_MISCOUNTED = """
    FROM runs LEFT JOIN (
        SELECT run_id, sum(status = 'ok') AS ok, sum(status = 'failed') AS failed FROM predictions GROUP BY run_id
    ) AS found ON found.run_id = runs.id
    WHERE runs.ok <> coalesce(found.ok, 0) OR runs.failed <> coalesce(found.failed, 0)
"""


def _counts(store: Store) -> Iterator[Finding]:
    """What is kept of other tables and does not say what they say."""
    if count := store.execute(f"SELECT count(*) FROM queue WHERE {MISMARKED}").fetchone()[0]:
        yield Finding(f"{plural(count, 'row')} of the queue say wrongly whether they are answered", can_repair=True)
    if count := store.execute(f"SELECT count(*) {_MISCOUNTED}").fetchone()[0]:
        yield Finding(f"{plural(count, 'run')} have other numbers of predictions than they say", can_repair=True)


def _put_back(store: Store) -> list[str]:
    """Make the triggers and views as they should be; triggers that are not ours are gone. Returns what was done."""
    return [
        f"the {each.kind} {each.name} "
        + ("is as Tiebreak makes it again" if each.is_changed or each.is_missing else "is gone")
        for each in put_back_own(store.connection)
    ]


def _recount(store: Store) -> int:
    rows = store.execute(f"SELECT coalesce(found.ok, 0), coalesce(found.failed, 0), runs.id {_MISCOUNTED}").fetchall()
    for row in rows:
        store.execute("UPDATE runs SET ok = ?, failed = ? WHERE id = ?", tuple(row))
    return len(rows)
