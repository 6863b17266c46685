"""A queue's filter and order as SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tiebreak.core.compare.cats import THRESHOLD
from tiebreak.core.records import TaskKind
from tiebreak.core.selection.filter import META, AnyOrder, Condition, FieldOrder, QueueFilter, score_bound
from tiebreak.core.selection.portion import Portion, Ranges
from tiebreak.core.store.answered import IS_ANSWERED_BY, OPEN
from tiebreak.core.store.connection import Store
from tiebreak.core.store.current import IS_COMPARED, IS_FAILED
from tiebreak.core.store.encoding import encode_json
from tiebreak.core.store.meta import by_field, meta_condition, paths_of
from tiebreak.core.store.open_conditions import of_open_texts
from tiebreak.core.store.orders import ORDERS
from tiebreak.core.store.words import like_literal, text_condition

Sql = tuple[str, list[object]]

# An example without differences has a score of 0, and so has an example that is not compared.
BY_STATUS = {
    "disagreeing": "queue.score > 0",
    "agreed": "queue.score = 0 AND queue.predictors > 1",
    "open": "queue.predictors < 2",
}

# At least two people differ on the answer, or accepted different spans or categories; nobody has adjudicated.
_DISPUTED = """({id} IN (
    SELECT example_id FROM answers_in_force WHERE annotator <> 'auto' AND view <> 'adjudicate' GROUP BY example_id
    HAVING count(DISTINCT answer) > 1 OR count(DISTINCT CASE WHEN answer = 'accept' THEN {content} END) > 1
) AND {id} NOT IN (SELECT example_id FROM answers_in_force WHERE view = 'adjudicate'))"""
_HOLDING = f"""(
    SELECT json_group_array(key) FROM (SELECT key FROM json_each(cats) WHERE value >= {THRESHOLD} ORDER BY key)
)"""
_CONTENT = {TaskKind.SPANS: "spans", TaskKind.CATEGORIES: _HOLDING}

_STATUS = {
    **{status: f"({condition} AND {{waiting}})" for status, condition in BY_STATUS.items()},
    "answered": "queue.answered = 1",
    "failed": f"""{{id}} IN (
        SELECT predictions.example_id FROM predictions JOIN runs ON runs.id = predictions.run_id
        WHERE {IS_FAILED} AND {IS_COMPARED}
    )""",
    "disputed": _DISPUTED,
    "all": "1",
}
_FORCED = {"failed", "disputed", "all"}  # statuses of examples that need not be compared
# Open, or a slice text that the order would give out if nobody had answered it.
_OPEN_OR_UNREACHED = f"""({OPEN} OR queue.example_id IN (
    SELECT example_id FROM slice WHERE drawn_at IS NOT NULL AND reached_at IS NULL
))"""

# An example that is not compared ranks with the agreed examples.
_RANK = {
    "score": "coalesce(queue.score, 0)",
    "differences": "coalesce(queue.differences, 0)",
    "value": "coalesce(queue.value, 0)",
}


@dataclass(frozen=True, slots=True)
class SqlSelection:
    """The examples of a filter: an SQL condition with its parameters, over the compared examples or over all of them.

    In the SQL here `{id}` and `{tie}` stand for an example's id and digest: both `queue` and `examples` have them.
    The other table is joined only if the query names another of its columns.
    """

    compared: bool
    where: str
    parameters: tuple[object, ...]

    def count(self) -> str:
        return self._query("count(*)", "")

    def ids(self, order: AnyOrder) -> str:
        """Return the query of the ids in order; its parameters are `in_order(order)`."""
        return self._query("{id}", f"ORDER BY {by_field(order) if isinstance(order, FieldOrder) else ORDERS[order]}")

    def in_order(self, order: AnyOrder) -> tuple[object, ...]:
        """Return the parameters of `ids`."""
        return (*self.parameters, *paths_of(order.key)) if isinstance(order, FieldOrder) else self.parameters

    def _query(self, column: str, order: str) -> str:
        if self.compared:
            names = {"id": "queue.example_id", "tie": "queue.tie"}
            table, other, join = "queue", "examples.", "JOIN examples ON examples.id = queue.example_id"
        else:
            names = {"id": "examples.id", "tie": "examples.text_digest"}
            table, other, join = "examples", "queue.", "LEFT JOIN queue ON queue.example_id = examples.id"
        asked = f"WHERE {self.where} {order}".format_map(_RANK | names)
        joined = join if other in asked else ""
        return f"SELECT {column.format_map(names)} FROM {table} {joined} {asked}"


def selection(
    store: Store, queue: QueueFilter, portion: Portion | None = None, *, as_if_open: bool = False
) -> SqlSelection:
    """Return the selection of the filter `queue`, over the compared examples unless its statuses include others.

    An example waits for an answer if it belongs to the `portion`, or without a share if nobody has answered it. With
    `as_if_open` the slice texts that no order has reached yet count as waiting.
    """
    compared = not _FORCED.intersection(queue.statuses)
    waiting = _waiting(store, portion, as_if_open=as_if_open)
    parts = [_any_status(store, queue.statuses, waiting), *_asked_for(store, queue)]
    where, values = _all_of(parts)
    return SqlSelection(compared, where, tuple(values))


def _any_status(store: Store, statuses: Iterable[str], waits: Sql) -> Sql:
    waiting, parameters = waits
    parts: list[str] = []
    values: list[object] = []
    for status in statuses:
        part = _STATUS[status]
        if "{waiting}" in part:
            part, values = part.replace("{waiting}", waiting), [*values, *parameters]
        elif "{content}" in part:
            part = part.replace("{content}", _CONTENT[store.task.kind])
        parts.append(part)
    return f"({' OR '.join(parts)})", values


def assigned(portion: Portion) -> Sql:
    """Return the condition that a compared example may go to this annotator, answered or not; for a query of the queue.

    The share's filter is not a part of it.
    """
    where, values = _all_of(_inside(portion) or [("1", [])])
    return where.format(id="queue.example_id"), values


def _inside(portion: Portion) -> list[Sql]:
    """Return the condition for the examples of the annotator and those that all answer; [] if that is every example."""
    if portion.ranges:
        inside, values = _within(portion.ranges)
    elif portion.others:
        others, values = _within(portion.others)
        inside = f"NOT {others}"
    else:
        return []
    return [(f"(queue.overlap = 1 OR {inside})", values)]


def _waiting(store: Store, portion: Portion | None, *, as_if_open: bool) -> Sql:
    """Return the condition that the example waits for an answer of this annotator."""
    is_open = _OPEN_OR_UNREACHED if as_if_open else OPEN
    if portion is None:
        return is_open, []
    by_all = f"({is_open} OR (queue.overlap = 1 AND NOT {IS_ANSWERED_BY}))"
    waits: Sql = (by_all, [portion.annotator]) if portion.overlap else (is_open, [])
    return _all_of([waits, *_inside(portion), *_asked_for(store, portion.filter)])


def _within(ranges: Ranges) -> Sql:
    return f"({' OR '.join(['{id} BETWEEN ? AND ?'] * len(ranges))})", [bound for each in ranges for bound in each]


def _asked_for(store: Store, queue: QueueFilter) -> list[Sql]:
    """Return the words and conditions of a filter as SQL, without the statuses."""
    conditions, parameters = text_condition(store, queue.words)
    parts: list[Sql] = [(" AND ".join(conditions), parameters)] if conditions else []
    parts += [meta_condition(store, each) for each in queue.conditions if each.key.startswith(META)]
    parts += [_OF_EXAMPLE[each.key](each) for each in queue.conditions if each.key in _OF_EXAMPLE]
    if at_difference := [each for each in queue.conditions if each.key in _OF_DIFFERENCE]:
        inner, values = _all_of([_OF_DIFFERENCE[each.key](each) for each in at_difference])
        found = f"EXISTS (SELECT 1 FROM differences WHERE example_id = {{id}} AND {inner})"
        if of_open := of_open_texts(store, at_difference):
            found, values = f"({found} OR {of_open[0]})", [*values, *of_open[1]]
        parts.append((found, values))
    return parts


def _all_of(parts: Iterable[Sql]) -> Sql:
    parts = list(parts)
    return " AND ".join(sql for sql, _ in parts), [value for _, values in parts for value in values]


def _any_of(sql: str, values: Iterable[object]) -> Sql:
    values = list(values)
    return f"({' OR '.join([sql] * len(values))})", values


def _label(condition: Condition) -> Sql:
    """Return the condition that a reading or an answer has the label; it looks for the text that the JSON then has."""
    wanted = [f'"label":{encode_json(label)}' for label in condition.values]
    proposed, values = _any_of("instr(differences.readings, ?)", wanted)
    answered, _ = _any_of("instr(answers_in_force.choices, ?)", wanted)
    of_example = "answers_in_force.example_id = differences.example_id"
    return f"({proposed} OR EXISTS (SELECT 1 FROM answers_in_force WHERE {of_example} AND {answered}))", values * 2


def _kind(condition: Condition) -> Sql:
    return _any_of("differences.kind = ?", condition.values)


def _pair(condition: Condition) -> Sql:
    first, *second = condition.values
    also = " AND other.key = ?" if second else ""
    readings = "json_each(differences.readings) AS one, json_each(differences.readings) AS other"
    return f"EXISTS (SELECT 1 FROM {readings} WHERE one.key = ?{also} AND one.value <> other.value)", [first, *second]


def _says(condition: Condition) -> Sql:
    """Return the condition that a predictor's reading has the label; without a label, that the reading is empty."""
    is_label = "reading.key || '=' || coalesce(json_extract(mark.value, '$.label'), '') = ?"
    wanted, values = _any_of(is_label, condition.values)
    readings = "json_each(differences.readings) AS reading LEFT JOIN json_each(reading.value) AS mark"
    return f"EXISTS (SELECT 1 FROM {readings} WHERE {wanted})", values


def _score(condition: Condition) -> Sql:
    bounds = [score_bound(value) for value in condition.values]
    wanted = " OR ".join(f"queue.score {sign} ?" for sign, _ in bounds)
    return f"(queue.predictors > 1 AND ({wanted}))", [number for _, number in bounds]


def _flagged(condition: Condition) -> Sql:
    return "{id} IN (SELECT example_id FROM remarks_in_force WHERE flagged)", []


def _has_note(condition: Condition) -> Sql:
    return "{id} IN (SELECT example_id FROM remarks_in_force WHERE note <> '')", []


def _note(condition: Condition) -> Sql:
    wanted, values = _any_of("note LIKE ? ESCAPE '\\'", [f"%{like_literal(value)}%" for value in condition.values])
    return f"{{id}} IN (SELECT example_id FROM remarks_in_force WHERE {wanted})", values


def _annotator(condition: Condition) -> Sql:
    wanted, values = _any_of("annotator = ?", condition.values)
    return f"{{id}} IN (SELECT example_id FROM answers_in_force WHERE {wanted})", values


_OF_DIFFERENCE: dict[str, Callable[[Condition], Sql]] = {
    "label": _label,
    "kind": _kind,
    "pair": _pair,
    "says": _says,
}
_OF_EXAMPLE: dict[str, Callable[[Condition], Sql]] = {
    "score": _score,
    "is": _flagged,
    "has": _has_note,
    "note": _note,
    "annotator": _annotator,
}
