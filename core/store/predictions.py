"""Runs and their predictions; saving a prediction brings the differences and the queue up to date."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tiebreak.core.errors import ConfigError
from tiebreak.core.records import UNKNOWN_ORIGIN, Prediction, RunOrigin
from tiebreak.core.store.calls import save_calls, take_back
from tiebreak.core.store.comparisons import compare_examples, compare_run
from tiebreak.core.store.connection import Store, in_batches
from tiebreak.core.store.encoding import decode_cats, decode_spans, encode_json, encode_tokens
from tiebreak.core.store.engines import release
from tiebreak.core.store.examples import add_labels
from tiebreak.core.store.left_out import compare_moved, is_compared
from tiebreak.core.store.prediction_rows import PredictionRow, is_news, known_rows, prediction_row
from tiebreak.core.store.rows import add_named_rows, add_row
from tiebreak.core.store.run_labels import count_labels, save_predictor_labels
from tiebreak.core.text.hashes import text_digest
from tiebreak.core.ways_out import Way, WayOut

TO_COMPARE = "compare run "  # and the id: a setting for each run whose examples wait to be compared
DUE = "compare *"  # the settings of both kinds: runs and predictors that wait to be compared
REPLACED = "replaced predictions"  # a setting: how often predictions were replaced within their run


def has_predictor(store: Store, name: str) -> bool:
    return store.execute("SELECT 1 FROM predictors WHERE name = ?", (name,)).fetchone() is not None


def start_run(
    store: Store,
    *,
    predictor: str,
    kind: str,
    fingerprint: str,
    model: str,
    label_map: str = "",
    shared_prompt: str | None = None,
    labels: Sequence[str] = (),
    origin: RunOrigin = UNKNOWN_ORIGIN,
) -> int:
    """Return the id of the run of `predictor` at `fingerprint`, made if it is new, and make it the current run.

    `labels` are the predictor's known labels, `origin` is where the predictions come from this time. If another run
    was current, the examples of the run are compared again. Raises ConfigError if the predictor's name is empty.
    """
    if not predictor.strip():
        raise ConfigError("a predictor's name is empty", WayOut(Way.NAME_PREDICTOR))
    with store.transaction() as connection:
        add_row(connection, "predictors", {"name": predictor}, "INSERT OR IGNORE")
        (predictor_id,) = store.execute("SELECT id FROM predictors WHERE name = ?", (predictor,)).fetchone()
        newest = store.execute("SELECT coalesce(max(activated), 0) FROM runs").fetchone()[0]
        current = store.execute(
            "SELECT fingerprint FROM runs WHERE predictor_id = ? ORDER BY activated DESC LIMIT 1", (predictor_id,)
        ).fetchone()
        run_id = find_run(store, predictor, fingerprint)
        if run_id is None:
            row = {
                "predictor_id": predictor_id,
                "kind": kind,
                "fingerprint": fingerprint,
                "model": model,
                "label_map": label_map or None,
                "activated": newest + 1,
                "started_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "shared_prompt": shared_prompt,
            }
            run_id = add_row(connection, "runs", row)
        if current is not None and current[0] != fingerprint:
            store.execute("UPDATE runs SET activated = ? WHERE id = ?", (newest + 1, run_id))
            if is_compared(store, run_id):
                store.set_setting(f"{TO_COMPARE}{run_id}", str(run_id))
        save_predictor_labels(store, run_id, labels)
        save_origin(store, run_id, origin)
    compare_again(store)
    return run_id


def save_origin(store: Store, run_id: int, origin: RunOrigin) -> None:
    """Save the origin of the run's latest start; unknown parts leave the known parts as they are."""
    store.execute(
        """
        UPDATE runs SET path = coalesce(:path, path), prompt = coalesce(:prompt, prompt),
            file_time = CASE WHEN :path IS NULL THEN file_time ELSE :file_time END
        WHERE id = :id
        """,
        {
            "path": None if origin.path is None else os.fsencode(origin.path).decode("utf-8", "replace"),
            "file_time": origin.file_time,
            "prompt": None if origin.prompt is None else encode_json(dict(origin.prompt)),
            "id": run_id,
        },
    )


def compare_again(store: Store) -> None:
    """Compare the examples of runs that became current, and of predictors that were left out or put back.

    It uses several transactions, so that others can write in between; the next call resumes what was cut short.
    """
    for name, value in store.execute(
        "SELECT name, value FROM settings WHERE name GLOB ?", (f"{TO_COMPARE}*",)
    ).fetchall():
        compare_run(store, int(value))
        store.execute("DELETE FROM settings WHERE name = ?", (name,))
    compare_moved(store)


def find_run(store: Store, predictor: str, fingerprint: str) -> int | None:
    """Return the id of the run of `predictor` at `fingerprint`, or None if there is no such run yet."""
    row = store.execute(
        """
        SELECT runs.id FROM runs JOIN predictors ON predictors.id = runs.predictor_id
        WHERE predictors.name = ? AND runs.fingerprint = ?
        """,
        (predictor, fingerprint),
    ).fetchone()
    return None if row is None else int(row[0])


def run_model(store: Store, run_id: int) -> str:
    """Return the model of a run, as it was named when the run began."""
    return str(store.execute("SELECT model FROM runs WHERE id = ?", (run_id,)).fetchone()[0])


# The run that the question mark stands for has an ok prediction of the example.
_IS_PREDICTED = """EXISTS (
    SELECT 1 FROM predictions WHERE example_id = examples.id AND run_id = ? AND status = 'ok'
)"""


def pending_count(store: Store, run_id: int | None) -> int:
    """Return how many examples lack an ok prediction by the run; all if there is no run yet."""
    total, ok = store.execute(
        "SELECT (SELECT count(*) FROM examples), coalesce((SELECT ok FROM runs WHERE id = ?), 0)", (run_id,)
    ).fetchone()
    return int(total - ok)


def pending_texts(store: Store, run_id: int | None, chunk: int = 1000) -> Iterator[tuple[int, str]]:
    """Yield the (id, text) of all examples without an ok prediction by the run, in order of id, read a chunk at a time.

    These are all examples if there is no run yet.
    """
    after = 0
    while rows := store.execute(
        f"SELECT id, text FROM examples WHERE id > ? AND NOT {_IS_PREDICTED} ORDER BY id LIMIT ?",
        (after, run_id, chunk),
    ).fetchall():
        yield from rows
        after = rows[-1][0]


def all_texts(store: Store, chunk: int = 1000) -> Iterator[tuple[int, str]]:
    """Yield the (id, text) of all examples, in order of id, read a chunk at a time."""
    return pending_texts(store, None, chunk)


def predicted_texts(store: Store, run_id: int, texts: Sequence[str]) -> list[tuple[int, str]]:
    """Return the (id, text) of the examples among `texts` that have an ok prediction by the run."""
    return [
        row
        for marks, part in in_batches([text_digest(text) for text in texts])
        for row in store.execute(
            f"SELECT id, text FROM examples WHERE text_digest IN ({marks}) AND {_IS_PREDICTED} ORDER BY id",
            (*part, run_id),
        )
    ]


def tokens_per_call(store: Store, predictor: str) -> float | None:
    """Return the average number of completion tokens of the predictor's calls so far; None before the first call."""
    tokens, calls = store.execute(
        """
        SELECT sum(completion_tokens), sum(calls)
        FROM runs JOIN predictors ON predictors.id = predictor_id
        WHERE predictors.name = ?
        """,
        (predictor,),
    ).fetchone()
    return tokens / calls if calls else None


def save_predictions(
    store: Store,
    run_id: int,
    predictions: Sequence[Prediction],
    engine_id: int | None = None,
    *,
    reparsed: bool = False,
) -> int:
    """Save predictions of the run, and compare the examples again, in one transaction; return how many changed.

    A new prediction replaces the known one, but a failed prediction never replaces an ok one unless it is `reparsed`.
    Of a `reparsed` prediction only the calls are added that the run does not have yet. The claims of the engine on the
    examples end. Nothing is compared if the predictor was left out. Raises ConfigError if the store's scorer fails,
    after everything else is saved.
    """
    by_example = {prediction.example_id: prediction for prediction in predictions}
    rows = {example_id: prediction_row(run_id, each, engine_id) for example_id, each in by_example.items()}
    with store.transaction() as connection:
        known = known_rows(store, run_id, list(rows))
        changed = [row for row in rows.values() if is_news(row, known.get(row.example_id), reparsed)]
        add_named_rows(connection, "predictions", changed, "INSERT OR REPLACE")
        _count(store, run_id, changed, known)
        if any(row.example_id in known for row in changed):
            _note_replaced(store)
        replaced = {id: (row.spans, row.cats) for id, row in known.items() if row.status == "ok"}
        count_labels(store, run_id, by_example.values(), replaced)
        news = {row.example_id for row in changed}
        if reparsed:
            take_back(store, run_id, predictions)
            save_calls(store, run_id, _without_kept_calls(store, run_id, predictions))
        else:
            kept = [each for each in predictions if each.example_id in news or each.error is not None]
            save_calls(store, run_id, kept)
        if engine_id is not None:
            release(store, engine_id, run_id, list(rows))
        _save_tokens(store, predictions)
        add_labels(store, {label for each in predictions for label in store.rules.labels_of(each)})
        failure = _compare(store, run_id, sorted(news)) if is_compared(store, run_id) else None
    if failure is not None:
        raise failure
    return len(changed)


def _compare(store: Store, run_id: int, example_ids: Sequence[int]) -> ConfigError | None:
    """Compare the examples, and return the error if the scorer fails: predictions must be saved all the same.

    The run is then compared again when the next run begins.
    """
    try:
        compare_examples(store, example_ids)
    except ConfigError as error:
        store.set_setting(f"{TO_COMPARE}{run_id}", str(run_id))
        return ConfigError(str(error), WayOut(Way.NAME_SCORER, str(store.path)))
    return None


def _without_kept_calls(store: Store, run_id: int, predictions: Sequence[Prediction]) -> list[Prediction]:
    kept = {
        row
        for marks, part in in_batches([prediction.example_id for prediction in predictions])
        for row in store.execute(
            f"SELECT example_id, request FROM llm_calls WHERE run_id = ? AND example_id IN ({marks})", (run_id, *part)
        )
    }
    return [
        each._replace(calls=tuple(call for call in each.calls if (each.example_id, call.request) not in kept))
        for each in predictions
    ]


def saved_predictions(store: Store, run_id: int, example_ids: Sequence[int]) -> dict[int, Prediction]:
    """Return the run's ok predictions of these examples so far, with spans and categories only."""
    return {
        example_id: Prediction(example_id, decode_spans(spans), None if cats is None else decode_cats(cats))
        for marks, part in in_batches(example_ids)
        for example_id, spans, cats in store.execute(
            f"""
            SELECT example_id, spans, cats FROM predictions
            WHERE status = 'ok' AND run_id = ? AND example_id IN ({marks})
            """,
            (run_id, *part),
        )
    }


def _count(store: Store, run_id: int, changed: Sequence[PredictionRow], known: Mapping[int, PredictionRow]) -> None:
    statuses = Counter(row.status for row in changed)
    statuses.subtract(known[row.example_id].status for row in changed if row.example_id in known)
    store.execute(
        "UPDATE runs SET ok = ok + ?, failed = failed + ? WHERE id = ?", (statuses["ok"], statuses["failed"], run_id)
    )


def _save_tokens(store: Store, predictions: Iterable[Prediction]) -> None:
    for prediction in predictions:
        if prediction.tokens is not None:
            store.execute(
                "UPDATE examples SET tokens = ? WHERE id = ? AND tokens IS NULL",
                (encode_tokens(prediction.tokens), prediction.example_id),
            )


def _note_replaced(store: Store) -> None:
    """Count a replacement, so that the learner notices changed predictions even if their number is the same."""
    store.execute(
        """
        INSERT INTO settings (name, value) VALUES (?, '1')
        ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) + 1
        """,
        (REPLACED,),
    )
