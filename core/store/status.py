"""Counts of a store: examples that are there, predicted, compared, answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tiebreak.core.compare.prompt_changes import prompt_changes
from tiebreak.core.finish_reasons import WHOLE, is_unknown
from tiebreak.core.records import Task
from tiebreak.core.store.calls import calls_of
from tiebreak.core.store.comparisons import SCORER
from tiebreak.core.store.connection import Store
from tiebreak.core.store.current import IS_FAILED
from tiebreak.core.store.encoding import decode_json
from tiebreak.core.store.engines import Engine, engines
from tiebreak.core.store.reasons import kind_of_reason

_COUNTS = {
    "examples": "SELECT count(*) FROM examples",
    "predicted": """
        SELECT count(*) FROM examples
        WHERE EXISTS (SELECT 1 FROM predictions WHERE example_id = examples.id AND status = 'ok')
    """,
    "agreed": "SELECT count(*) FROM queue WHERE differences = 0 AND predictors > 1",
    "disagreeing": "SELECT count(*) FROM queue WHERE differences > 0",
    "open": "SELECT count(*) FROM queue WHERE predictors < 2",
    "read_by_one": "SELECT count(*) FROM queue WHERE predictors = 1",
    "failed": "SELECT count(DISTINCT example_id) FROM current_predictions WHERE status = 'failed'",
    "answered": "SELECT count(DISTINCT example_id) FROM answers_in_force",
    "drafts": "SELECT count(*) FROM drafts",
}

_TEXT, _RESPONSE = 500, 2000  # characters; longer texts and responses of failures are cut


@dataclass(frozen=True, slots=True)
class Failure:
    """Current predictions that failed for the same `reason`: their `count`, and one of them.

    If the reasons differ only in numbers and quoted parts, `reason` is that of the example `example_id`. `text` and
    `response` are cut; `response` is None if no response came.
    """

    predictor: str
    reason: str
    count: int
    example_id: int
    text: str
    response: str | None


@dataclass(frozen=True, slots=True)
class RunStatus:
    """A run; `current`: its predictions are compared, unless its predictor was `left_out`. `started_at` is in UTC.

    `path` is the file, config or pipeline that it came from, as it was named. `file_time` is when that was last
    written, in Unix seconds. Both are None if unknown. `changes` has the lines of a diff between its prompt and that of
    the predictor's run before; None if unknown. `mentions` counts by outcome the mentions in an LLM's answers.
    `unknown_endings` counts the answers that ended for an unknown reason. Only `full_status` looks these three up.
    """

    id: int
    predictor: str
    kind: str
    model: str
    label_map: str | None
    fingerprint: str
    started_at: str
    ok: int
    failed: int
    calls: int
    reused: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    current: bool
    path: str | None = None
    file_time: float | None = None
    left_out: bool = False
    changes: tuple[str, ...] | None = None
    mentions: Mapping[str, int] = field(default_factory=dict)
    unknown_endings: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """Counts of examples, the runs, the oldest first, and the engines at work, the newest first.

    `predicted`: with at least one ok prediction. `agreed` and `disagreeing`: compared, so with at least two; `open`:
    with fewer, among them those `read_by_one`. `failed`: a predictor's newest prediction failed. `answered`: an answer
    is in force. `drafts`: begun place by place. `scorer` is None if it is the task's default. Only `full_status` looks
    up the `failures`.
    """

    examples: int
    predicted: int
    agreed: int
    disagreeing: int
    open: int
    read_by_one: int
    failed: int
    answered: int
    task: Task
    scorer: str | None
    runs: tuple[RunStatus, ...]
    engines: tuple[Engine, ...]
    failures: tuple[Failure, ...] = ()
    drafts: int = 0


def store_status(store: Store) -> StoreStatus:
    """Count the examples that are there, predicted, compared and answered."""
    counts: dict[str, Any] = {name: store.execute(sql).fetchone()[0] for name, sql in _COUNTS.items()}
    return StoreStatus(
        **counts,
        task=store.task,
        scorer=store.setting(SCORER),
        runs=tuple(run_statuses(store)),
        engines=tuple(engines(store, live=True)),
    )


def mention_counts(store: Store, run_id: int) -> dict[str, int]:
    """Count by outcome the mentions in the answers of an LLM's run, the most frequent outcome first.

    A value that is not an object is left out: `check_store` reports it.
    """
    return dict(
        store.execute(
            """
            SELECT outcome.key, sum(outcome.value)
            FROM predictions, json_each(CASE WHEN json_valid(mentions) THEN mentions ELSE '{}' END) AS outcome
            WHERE run_id = ? AND mentions IS NOT NULL AND typeof(outcome.key) = 'text' AND outcome.type = 'integer'
            GROUP BY outcome.key ORDER BY 2 DESC, 1
            """,
            (run_id,),
        ).fetchall()
    )


def unknown_endings(store: Store) -> dict[int, dict[str, int]]:
    """Count by run and reason the answers that ended for an unknown reason; they count as whole.

    Answers that were loaded with a prediction are left out.
    """
    endings: dict[int, dict[str, int]] = {}
    for run_id, reason, count in store.execute(
        """
        SELECT run_id, coalesce(finish_reason, ''), count(*) FROM llm_calls
        WHERE error IS NULL AND request IS NOT NULL AND response IS NOT NULL AND finish_reason IS NOT ?
        GROUP BY 1, 2 ORDER BY 3 DESC, 2
        """,
        (WHOLE,),
    ):
        if is_unknown(reason):
            endings.setdefault(run_id, {})[str(reason) or "no reason"] = count
    return endings


def run_statuses(store: Store) -> list[RunStatus]:
    """Return all runs, the oldest first."""
    rows = store.execute(
        """
        SELECT runs.id, predictors.name, kind, model, label_map, fingerprint, started_at, ok, failed, calls, reused,
            prompt_tokens, completion_tokens, cost,
            activated = (SELECT max(activated) FROM runs AS newer WHERE newer.predictor_id = predictors.id),
            path, file_time, left_out_at IS NOT NULL
        FROM runs JOIN predictors ON predictors.id = runs.predictor_id
        ORDER BY runs.id
        """
    ).fetchall()
    found = [RunStatus(*row) for row in rows]
    return [replace(each, current=bool(each.current), left_out=bool(each.left_out)) for each in found]


def with_changes(store: Store, runs: Sequence[RunStatus]) -> list[RunStatus]:
    """Return the runs with the changes of their prompts; pass them oldest first."""
    prompts = {run_id: _prompt(prompt) for run_id, prompt in store.execute("SELECT id, prompt FROM runs").fetchall()}
    before: dict[str, Mapping[str, str] | None] = {}
    found = []
    for run in runs:
        earlier, now = before.get(run.predictor), prompts.get(run.id)
        is_known = earlier is not None and now is not None
        found.append(replace(run, changes=tuple(prompt_changes(earlier or {}, now or {})) if is_known else None))
        before[run.predictor] = now
    return found


def _prompt(prompt: str | None) -> Mapping[str, str] | None:
    """Return the parts of a run's prompt, without values that are not text: another program wrote those."""
    if prompt is None:
        return None
    return {part: text for part, text in decode_json(prompt, dict).items() if isinstance(text, str)}


def full_status(store: Store) -> StoreStatus:
    """Return `store_status` with the changes, mentions and unknown endings of each run, and the failures by reason."""
    status, endings = store_status(store), unknown_endings(store)
    runs = tuple(
        replace(run, mentions=mention_counts(store, run.id), unknown_endings=endings.get(run.id, {}))
        for run in with_changes(store, status.runs)
    )
    return replace(status, runs=runs, failures=tuple(failures(store)))


_REASON = "coalesce(error, 'no reason')"
_FAILED = f"""
    FROM predictions
    JOIN runs ON runs.id = predictions.run_id
    JOIN predictors ON predictors.id = runs.predictor_id
    WHERE {IS_FAILED}
"""


def failure_reasons(store: Store) -> list[tuple[str, str, int]]:
    """Return (predictor, reason, count) of the current predictions that failed, the most frequent first."""
    return store.execute(
        f"""
        SELECT predictors.name, {_REASON} AS reason, count(*) {_FAILED}
        GROUP BY predictors.id, reason
        ORDER BY count(*) DESC, predictors.name, reason
        """
    ).fetchall()


def failures(store: Store, limit: int = 20) -> list[Failure]:
    """Return the failed current predictions by predictor and reason, the most frequent first, `limit` at most."""
    groups: dict[tuple[str, str], list[Any]] = {}
    for predictor, run_id, reason, count, example_id in store.execute(
        f"""
        SELECT predictors.name, run_id, {_REASON} AS reason, count(*), min(example_id) {_FAILED}
        GROUP BY run_id, reason
        ORDER BY count(*) DESC, predictors.name, reason
        """
    ):
        group = groups.setdefault((predictor, kind_of_reason(reason)), [reason, 0, example_id, run_id])
        group[1] += count
    most = sorted(groups.items(), key=lambda group: -group[1][1])[:limit]
    return [
        Failure(predictor, reason, count, example_id, *_example(store, example_id, run_id))
        for (predictor, _), (reason, count, example_id, run_id) in most
    ]


def _example(store: Store, example_id: int, run_id: int) -> tuple[str, str | None]:
    """Return the text and the newest response to it, both cut."""
    (text,) = store.execute("SELECT substr(text, 1, ?) FROM examples WHERE id = ?", (_TEXT, example_id)).fetchone()
    response = next((call.response for call in calls_of(store, example_id, run_id, 1)), None)
    return text, None if response is None else response[:_RESPONSE]
