"""The counts behind estimates: the answers, the parts of the texts, and sums over all predictions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import pairwise
from math import inf
from typing import NamedTuple

from tiebreak.core.records import Answer, Marks, TaskKind
from tiebreak.core.store.answered import IS_READ
from tiebreak.core.store.answers import ADJUDICATE, AUTO
from tiebreak.core.store.connection import Store, in_batches
from tiebreak.core.store.encoding import decode_cats, decode_spans, encode_json
from tiebreak.core.store.queue import predictors_of
from tiebreak.core.store.slices import slice_share
from tiebreak.core.store.task_columns import reader_of

_OUT_OF_ORDER = ("list", "pattern")  # ways to a text other than an order

# The number of marks of a prediction; `marks_in` counts the categories that hold by their scores.
_MARKS = {TaskKind.SPANS: "json_array_length(coalesce(spans, '[]'))", TaskKind.CATEGORIES: "marks_in(cats)"}


class TextGroup(NamedTuple):
    """Texts that were loaded together and are assigned to the same `annotators`: the ids `first` to `last`, inclusive.

    `load` counts from 0 in the order of loading. If not `is_listed`, no slice list was drawn from the texts yet.
    """

    annotators: tuple[str, ...]
    load: int
    first: int
    last: int
    is_listed: bool


class Sums(NamedTuple):
    """Sums over compared texts: their number, their differences, the agreeing texts, and the marks by model.

    `at_differences` counts only the marks that lie at differences. `errors` are the expected errors of the `valued`
    texts: those with a learned value.
    """

    texts: int
    differences: int
    agreeing: int
    errors: float
    valued: int
    marks: Mapping[str, int]
    at_differences: Mapping[str, int]


class Listed(NamedTuple):
    """The list of texts that may become slice texts: `chosen` of so many `candidates`. It is not used if `is_off`."""

    candidates: int
    chosen: int
    is_off: bool


class Soon(NamedTuple):
    """The learned cost and gain of the next answers in the order by value: seconds, and corrected errors."""

    answers: int
    seconds: float
    errors: float


class ComparedText(NamedTuple):
    """The differences of one compared text, and the errors expected in it; None if nothing was learned."""

    differences: int
    errors: float | None


def text_groups(store: Store) -> list[TextGroup]:
    """Return the parts of all texts, by annotators and then in the order of loading."""
    loads = store.execute("SELECT first_id, last_id FROM slice_loads ORDER BY first_id").fetchall()
    assigned = store.execute("SELECT annotator, first_id, last_id FROM assignments").fetchall()
    (last,) = store.execute("SELECT coalesce(max(id), 0) FROM examples").fetchone()
    cuts = {1, last + 1}
    for first_id, last_id in (*loads, *(each[1:] for each in assigned)):
        cuts |= {first_id, last_id + 1}
    groups = []
    for first, end in pairwise(sorted(each for each in cuts if each <= last + 1)):
        load = next((at for at, (_, last_id) in enumerate(loads) if first <= last_id), len(loads))
        names = tuple(sorted({name for name, low, high in assigned if low <= first <= high}))
        groups.append(TextGroup(names, load, first, end - 1, load < len(loads)))
    return sorted(groups)


def answers_that_count(store: Store, example_ids: Collection[int]) -> dict[int, Marks | None]:
    """Return the marks of each of these texts that is compared and answered by a person; None if rejected or ignored.

    An adjudication counts if there is one, else the first person's answer.
    """
    found: dict[int, Marks | None] = {}
    marks_of = store.rules.marks_of
    for marks, part in in_batches(sorted(example_ids)):
        rows = store.execute(
            f"""
            SELECT force.example_id, answer, spans, cats
            FROM answers_in_force AS force JOIN queue ON queue.example_id = force.example_id
            WHERE force.example_id IN ({marks}) AND annotator <> ? AND {IS_READ}
            ORDER BY CASE view WHEN ? THEN -force.id ELSE force.id END DESC
            """,
            (*part, AUTO, ADJUDICATE),
        )
        for example_id, answer, spans, cats in rows:  # the last answer of a text stays
            given = Answer(
                example_id, "", "", answer, decode_spans(spans), cats=None if cats is None else decode_cats(cats)
            )
            found[example_id] = marks_of(given) if answer == "accept" else None
    return found


def skipped_texts(store: Store) -> set[int]:
    """Return the compared texts that were ever skipped, or that had an answer which was taken back.

    An order has given them out already, so they do not belong to the rest.
    """
    rows = store.execute(
        f"""
        SELECT skips.example_id FROM skips JOIN queue ON queue.example_id = skips.example_id WHERE {IS_READ}
        UNION
        SELECT queue.example_id FROM undone_answers
        JOIN answers ON answers.id = undone_answers.answer_id
        JOIN queue ON queue.example_id = answers.example_id
        WHERE answers.annotator <> ? AND {IS_READ} AND answers.example_id NOT IN (
            SELECT example_id FROM slice WHERE drawn_at IS NOT NULL  -- which wait to be given out again
        )
        """,
        (AUTO,),
    )
    return {example_id for (example_id,) in rows}


def accepted_by_auto(store: Store, group: TextGroup) -> int:
    """Return how many texts of a part `auto` has accepted and no person has answered."""
    row = store.execute(
        """
        SELECT count(*) FROM queue
        WHERE example_id BETWEEN :first AND :last AND answered = 1
            AND EXISTS (SELECT 1 FROM answers WHERE annotator = :auto)  -- mostly false, and asked once
            AND NOT EXISTS (
                SELECT 1 FROM answers_in_force AS force
                WHERE force.example_id = queue.example_id AND annotator <> :auto
            )
        """,
        {"first": group.first, "last": group.last, "auto": AUTO},
    ).fetchone()
    return int(row[0])


def out_of_order(store: Store) -> tuple[int, int]:
    """Return how many texts people have answered, and how many of these they opened themselves."""
    row = store.execute(
        """
        SELECT count(DISTINCT example_id), count(DISTINCT CASE WHEN json_extract(screen, '$.selected_by') IN (
            SELECT value FROM json_each(?)
        ) THEN example_id END)
        FROM answers WHERE annotator <> ?
        """,
        (encode_json(_OUT_OF_ORDER), AUTO),
    ).fetchone()
    return int(row[0]), int(row[1])


def listed_of(store: Store) -> Listed:
    """Return the size of the slice list, summed over all loads."""
    candidates, chosen = store.execute("SELECT total(candidates), total(chosen) FROM slice_loads").fetchone()
    return Listed(int(candidates), int(chosen), slice_share(store) == 0)


def next_answers(store: Store, most: int, seconds: float = inf) -> Soon | None:
    """Return the gain of the next answers, up to `most` and as many as fit in `seconds`; None if nothing is known.

    The queue gives them out by value, from the disagreeing examples; with a single predictor, from those it has read.
    """
    waits = "predictors = 1" if predictors_of(store) < 2 else "(score > 0) = 1"
    rows = store.execute(
        f"""
        SELECT errors, seconds FROM queue
        WHERE answered = 0 AND {waits} AND errors IS NOT NULL AND seconds IS NOT NULL
        ORDER BY value DESC, tie LIMIT ?
        """,
        (most,),
    )
    soon = Soon(0, 0.0, 0.0)
    for errors, needed in rows.fetchall():
        if soon.seconds + needed > seconds:
            break
        soon = Soon(soon.answers + 1, soon.seconds + needed, soon.errors + errors)
    return soon if soon.answers else None


def exported_of_slice(store: Store) -> dict[int, Marks]:
    """Return the marks that slice texts would export without their answers, if the learner has saved them."""
    rows = store.execute("SELECT example_id, exported FROM slice WHERE exported IS NOT NULL AND drawn_at IS NOT NULL")
    restored = store.rules.restored
    return {example_id: restored(decode_spans(exported)) for example_id, exported in rows}


def compared_texts(store: Store, example_ids: Collection[int]) -> dict[int, ComparedText]:
    """Return those of these texts that are compared, by id."""
    found = {}
    for marks, part in in_batches(sorted(example_ids)):
        rows = store.execute(
            f"SELECT example_id, differences, errors FROM queue WHERE example_id IN ({marks}) AND {IS_READ}", part
        )
        found.update({example_id: ComparedText(differences, errors) for example_id, differences, errors in rows})
    return found


def compared_by_part(store: Store, size: int) -> dict[int, tuple[int, int, int]]:
    """Return a value for each range of `size` ids; it changes when other texts are compared, or with other results."""
    rows = store.execute(
        """
        SELECT example_id / ?, count(*), sum(differences), sum(predictors * (1 + example_id))
        FROM queue GROUP BY 1 ORDER BY 1
        """,
        (size,),
    )
    return {part: found for part, *found in rows.fetchall()}


def marks_of_models(store: Store, group: TextGroup) -> dict[str, dict[str, int]]:
    """Return for each model its `marks` in the compared texts of a part, and the marks `at_differences`."""
    bounds = (group.first, group.last)
    return {"marks": _marks(store, bounds), "at_differences": _marks_at_differences(store, bounds)}


def sums_of(store: Store, group: TextGroup, marks: Mapping[str, int], at_differences: Mapping[str, int]) -> Sums:
    """Return the sums over the compared texts of a part, given the sums of the marks."""
    bounds = (group.first, group.last)
    texts = store.execute(
        f"""
        SELECT count(*), coalesce(sum(differences), 0), coalesce(sum(differences = 0), 0), total(errors), count(errors)
        FROM queue WHERE example_id BETWEEN ? AND ? AND {IS_READ}
        """,
        bounds,
    ).fetchone()
    return Sums(*(*texts, marks, at_differences))


def _marks(store: Store, bounds: tuple[int, int]) -> dict[str, int]:
    """Return the number of marks of each model's current predictions."""
    read, rules = reader_of(store), store.rules
    store.connection.create_function(
        "marks_in", 1, lambda cats: len(rules.marks_of(read(0, None, cats))), deterministic=True
    )
    rows = store.execute(
        f"""
        WITH superseded AS (
            SELECT runs.id, newer.id AS newer_id FROM runs
            JOIN runs AS newer ON newer.predictor_id = runs.predictor_id AND newer.activated > runs.activated
        ), by_run AS (
            SELECT run_id, sum({_MARKS[store.task.kind]}) AS marks FROM predictions
            WHERE example_id BETWEEN ? AND ? AND status = 'ok'
                AND EXISTS (SELECT 1 FROM queue WHERE queue.example_id = predictions.example_id AND {IS_READ})
                AND (run_id NOT IN (SELECT id FROM superseded) OR NOT EXISTS (
                    SELECT 1 FROM superseded JOIN predictions AS later ON later.run_id = newer_id
                    WHERE superseded.id = predictions.run_id AND later.example_id = predictions.example_id
                ))
            GROUP BY run_id
        )
        SELECT predictors.name, sum(marks) FROM by_run
        JOIN runs ON runs.id = run_id JOIN predictors ON predictors.id = predictor_id
        WHERE predictors.left_out_at IS NULL
        GROUP BY predictors.id
        """,
        bounds,
    )
    return dict(rows.fetchall())


def _marks_at_differences(store: Store, bounds: tuple[int, int]) -> dict[str, int]:
    """Return the number of each model's marks at differences."""
    rows = store.execute(
        """
        SELECT reading.key, sum(json_array_length(reading.value))
        FROM differences, json_each(readings) AS reading
        WHERE example_id BETWEEN ? AND ? GROUP BY reading.key
        """,
        bounds,
    )
    return dict(rows.fetchall())
