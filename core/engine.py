"""Running predictors over what is pending; whatever stops it, running it again goes on from there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tiebreak.core.config import PredictorConfig
from tiebreak.core.predictors import Predictor, open_predictor
from tiebreak.core.store import Store
from tiebreak.core.store.predictions import find_run, pending_count, pending_texts, save_predictions, start_run


@dataclass
class RunReport:
    """How far a run is: predictions of this call, out of `pending` that there were when it began."""

    predictor: str
    model: str
    pending: int
    ok: int = 0
    failed: int = 0
    last_error: str | None = None


def run_predictors(
    store: Store, configs: Sequence[PredictorConfig], on_progress: Callable[[RunReport], None] = lambda report: None
) -> list[RunReport]:
    """Predict what is pending of each predictor, one after the other; each batch is saved and compared as it arrives.

    All are opened, and those with work to do checked, before the first begins, so that a wrong key or an endpoint that
    is down shows at once. Raises PredictorError or ConfigError where a predictor cannot be used; what was saved stays.
    """
    opened = [(open_predictor(config, store.task), config) for config in configs]
    for predictor, config in opened:
        if pending_count(store, find_run(store, predictor.name, _fingerprint(predictor, config))):
            predictor.check()
    return [_run(store, predictor, config, on_progress) for predictor, config in opened]


def _run(
    store: Store, predictor: Predictor, config: PredictorConfig, on_progress: Callable[[RunReport], None]
) -> RunReport:
    run_id = _start(store, predictor, config)
    report = RunReport(predictor.name, predictor.model, pending_count(store, run_id))
    on_progress(report)
    for predictions in predictor.predict(pending_texts(store, run_id)):
        save_predictions(store, run_id, predictions)
        for prediction in predictions:
            if prediction.error is None:
                report.ok += 1
            else:
                report.failed += 1
                report.last_error = prediction.error
        on_progress(report)
    return report


def _start(store: Store, predictor: Predictor, config: PredictorConfig) -> int:
    """The id of the run of `predictor` under this label map, now the predictor's current one."""
    return start_run(
        store,
        predictor=predictor.name,
        kind=predictor.kind,
        fingerprint=_fingerprint(predictor, config),
        model=predictor.model,
        label_map=str(config.label_map),
    )


def _fingerprint(predictor: Predictor, config: PredictorConfig) -> str:
    return f"{predictor.fingerprint}, label map {config.label_map}"
