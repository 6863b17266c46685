"""Filters and orders by an example's `meta`, as SQL: SQLite reads the JSON."""

from __future__ import annotations

from typing import TypeVar

from tiebreak.core.selection.filter import META, Condition, FieldOrder, is_key, meta_bound
from tiebreak.core.store.connection import Store

Sql = tuple[str, list[object]]
T = TypeVar("T", float, str)

_LOOKED_AT = 200  # examples; fields that occur only in later examples are not offered
_VALID = "CASE WHEN json_valid(examples.meta) THEN examples.meta END"  # other programs may have written anything
# A list matches if one of its values does. True, false and null match by these words.
_VALUE = "CASE WHEN field.type IN ('true', 'false', 'null') THEN field.type ELSE field.value END"


def meta_condition(store: Store, condition: Condition) -> Sql:
    """Return the condition that the field of `meta` has one of the values; it needs the connection of `store`.

    A dotted name finds a field of nested objects, and a field that has the whole name.
    """
    store.connection.create_function("meta_holds", 3, _holds, deterministic=True)
    wanted = [bound for value in condition.values for bound in meta_bound(value)]
    holds = " OR ".join(["meta_holds(field.value, ?, ?)"] * len(condition.values))
    found = f"""EXISTS (
        SELECT 1 FROM (
            SELECT {_VALUE} AS value FROM json_each({_VALID}, ?) AS field
            UNION ALL SELECT {_VALUE} FROM json_each({_VALID}, ?) AS field
        ) AS field WHERE {holds}
    )"""
    return found, [*paths_of(condition.key), *wanted]


def paths_of(key: str) -> tuple[str, str]:
    """Return the JSON paths of a field for SQLite: the nested field, and the field that has the whole name."""
    field = key.removeprefix(META)
    return "$" + "".join(f'."{name}"' for name in field.split(".")), f'$."{field}"'


def by_field(order: FieldOrder) -> str:
    """Return the terms of ORDER BY; their parameters are the `paths_of` the field."""
    value = f"coalesce(json_extract({_VALID}, ?), json_extract({_VALID}, ?))"
    return f"{value} COLLATE NOCASE {'DESC' if order.descending else 'ASC'} NULLS LAST, {{id}}"


def meta_keys(store: Store) -> tuple[str, ...]:
    """Return the keys of the first examples' meta fields; a filter can ask for them."""
    keys: dict[str, None] = {}
    for (path,) in store.execute(
        f"""
        SELECT field.fullkey FROM examples, json_tree({_VALID}) AS field
        WHERE examples.id <= {_LOOKED_AT} AND field.type NOT IN ('object', 'array') AND field.path NOT GLOB '*]'
            AND typeof(field.key) = 'text'
        """
    ):
        keys[META + path.removeprefix("$.").replace('"', "")] = None
    return tuple(key for key in keys if is_key(key))


def _holds(value: object, sign: str, bound: str) -> bool:
    """Compare as numbers if both are numbers, else as text, ignoring case."""
    one, other = _number(value), _number(bound)
    if one is None or other is None:
        return _compared(str(value).casefold(), sign, bound.casefold())
    return _compared(one, sign, other)


def _compared(one: T, sign: str, other: T) -> bool:
    if sign == "=":
        return one == other
    if sign.startswith("<"):
        return one < other or (sign == "<=" and one == other)
    return one > other or (sign == ">=" and one == other)


def _number(value: object) -> float | None:
    if isinstance(value, int | float):
        return value
    try:
        return float(str(value))
    except ValueError:
        return None
