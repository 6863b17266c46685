"""The failures and the working engines in the status."""

from __future__ import annotations

import pytest
from engine_rows import at_work, fail, llm_run
from hypothesis import given
from hypothesis import strategies as st

from tiebreak.core.queue.lookups import Lookups
from tiebreak.core.queue.walk import QueueWalk
from tiebreak.core.records import LLMCall, Prediction
from tiebreak.core.selection.filter import DISAGREEING, Order
from tiebreak.core.selection.portion import Portion
from tiebreak.core.store.connection import Store
from tiebreak.core.store.engines import end_engine
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.core.store.status import failure_reasons, failures, full_status


def test_failures_are_grouped_by_reason_whatever_numbers_and_quotes_are_in_it(store: Store) -> None:
    run = llm_run(store)
    fail(store, run, *(f"HTTP 500: request req_{number}a failed after {number}.5 s" for number in range(1000)))
    fail(store, run, *(f"HTTP 429: '{word}' isn't \"{word}\"" for word in ("one", "it's", "three")), text="Other")
    fail(store, run, "the model gave no answer", text="Third")
    found = failures(store)
    assert [(each.predictor, each.count) for each in found] == [("claude", 1000), ("claude", 3), ("claude", 1)]
    assert found[0].reason.startswith("HTTP 500: request req_")
    assert [each.count for each in failures(store, limit=1)] == [1000]


def test_each_failure_has_an_example_with_the_newest_response(store: Store) -> None:
    run = llm_run(store)
    [first] = fail(store, run, "cut off", response="x" * 5000)
    save_predictions(store, run, [Prediction(first, error="cut off", calls=(LLMCall("p", '{"ent', 0.1),))])
    [found] = failures(store)
    assert (found.example_id, found.text, found.response) == (first, "Text 1.0", '{"ent')
    fail(store, llm_run(store, "other"), "HTTP 500", text="y" * 9000)
    [_, other] = failures(store)
    assert (len(other.text), other.response) == (500, None)


def test_what_a_newer_run_has_settled_failed_no_more(store: Store) -> None:
    run = llm_run(store)
    settled, still = fail(store, run, "HTTP 500", "HTTP 500")
    newer = start_run(store, predictor="claude", kind="llm", fingerprint="y", model="new")
    save_predictions(store, newer, [Prediction(settled)])
    assert [(each.count, each.example_id) for each in failures(store)] == [(1, still)]
    save_predictions(store, newer, [Prediction(still, error="HTTP 503")])
    assert failure_reasons(store) == [("claude", "HTTP 503", 1)]
    assert [(each.reason, each.count) for each in failures(store)] == [("HTTP 503", 1)]


@given(st.text())
def test_any_reason_can_be_grouped(reason: str) -> None:
    from tiebreak.core.store.reasons import kind_of_reason

    assert kind_of_reason(reason + " 1") == kind_of_reason(reason + " 2")


def test_the_full_status_has_mentions_failures_and_engines(store: Store) -> None:
    run = llm_run(store)
    ids = fail(store, run, "HTTP 500", "HTTP 500")
    save_predictions(store, run, [Prediction(ids[0], mentions={"placed": 2})])
    engine = at_work(store, run)
    status = full_status(store)
    assert [run.mentions for run in status.runs] == [{"placed": 2}]
    assert [(each.reason, each.count) for each in status.failures] == [("HTTP 500", 1)]
    assert [(each.id, each.runs[0].pending) for each in status.engines] == [(engine, 2000)]


def test_progress_and_overview_have_the_engines_at_work(store: Store) -> None:
    run = llm_run(store)
    engine = at_work(store, run)
    lookups = Lookups(store.path)
    assert [each.id for each in lookups.progress(DISAGREEING).engines] == [engine]
    overview = lookups.engine_overview()
    assert ([each.id for each in overview.engines], overview.outcomes.last) == ([engine], None)
    fail(store, run, "HTTP 500")
    end_engine(store, engine)
    lookups._read_again = 0.0
    overview = lookups.engine_overview()
    assert (overview.engines, len(overview.outcomes.failures)) == ((), 1)
    assert overview.outcomes.last is not None
    assert lookups.progress(DISAGREEING).engines == ()
    lookups.close()


def test_a_walk_ends_though_an_engine_writes_all_the_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = iter(range(1000))
    walk = QueueWalk(store, DISAGREEING, Order.SOURCE, Portion("sam"))
    monkeypatch.setattr(store, "version", lambda: (next(versions), 0))
    assert walk.next(()) is None
    assert next(versions) < 10
