"""How often each run was right: answers outlive runs, and say of each stored run whether it was right."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence

import pytest

from tiebreak.core.insight.counts import Count
from tiebreak.core.insight.estimates import make_estimates
from tiebreak.core.insight.report import make_report
from tiebreak.core.records import Answer, Category, Prediction, RunOrigin, SettledDifference, Span, Task
from tiebreak.core.store.answers import save_answer
from tiebreak.core.store.connection import Store
from tiebreak.core.store.left_out import leave_out
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.core.store.queue import queue_item
from tiebreak.tui.cli.json_objects import report_object
from tiebreak.tui.pages.report_page import report_markdown

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]
UBER_ORG, UBER_PERSON = Span(0, 4, "ORG"), Span(0, 4, "PERSON")
ADA, PARIS = Span(11, 14, "PERSON"), Span(18, 23, "GPE")
TEXTS = ["Uber hires Ada in Paris", "Uber hires Ada in Paris."]


def run_again(
    store: Store, fingerprint: str, said: Sequence[Prediction], prompt: str | None = None, *, kind: str = "llm"
) -> int:
    origin = RunOrigin("llm.cfg", 1_700_000_000.0, None if prompt is None else {"template": prompt})
    run = start_run(store, predictor="llm", kind=kind, fingerprint=fingerprint, model="m", origin=origin)
    save_predictions(store, run, said)
    return run


def accept(store: Store, example_id: int, spans: Iterable[Span], *, confirmed: bool = True) -> None:
    """Answer with these spans, at the current differences of the example."""
    saved = tuple(sorted(spans))
    settled = []
    for each in queue_item(store, example_id).differences:
        here = tuple([span for span in saved if span.start < each.end and each.start < span.end])
        settled.append(SettledDifference(each, "edited", here, confirmed))
    save_answer(store, Answer(example_id, "sam", "one", "accept", saved, tuple(settled)))


@pytest.fixture
def two_runs(store: Store, predict: Predict) -> Store:
    """`spacy`, and `llm` in two runs; answers came while the first run was current, to texts that both have read."""
    predict(store, "spacy", dict.fromkeys(TEXTS, (UBER_PERSON, ADA, PARIS)))
    run_again(store, "old", [Prediction(1, (UBER_ORG, ADA)), Prediction(2, (UBER_ORG, ADA))], "Mark names.")
    accept(store, 1, [UBER_ORG, ADA, PARIS])
    accept(store, 2, [UBER_PERSON, ADA, PARIS], confirmed=False)
    run_again(store, "new", [Prediction(1, (UBER_ORG, ADA, PARIS)), Prediction(2, error="it failed")], "Mark all.")
    return store


def test_an_answer_says_of_each_run_that_is_stored_whether_it_was_right(two_runs: Store) -> None:
    report = make_report(two_runs)
    assert report.by_predictor == {"spacy": Count(4, 3, 2, 1), "llm": Count(4, 1, 2, 1)}
    old, new = report.by_run
    assert (old.run.current, old.count) == (False, report.by_predictor["llm"])
    assert (new.run.current, new.count) == (True, Count(2, 2, 2, 2))  # it has not read the other text
    assert new.run.changes == ("--- template", "+++ template", "@@ -1 +1 @@", "-Mark names.", "+Mark all.")


def test_the_page_and_the_object_tell_the_runs_apart(two_runs: Store) -> None:
    report = make_report(two_runs)
    page = report_markdown(report, None, None)
    assert "| llm, run 2 | m | 1/4 (25%) |" in page
    assert "| llm, run 3, current | m | 2/2 (100%) |" in page
    assert "from llm.cfg, written 2023-11-14T22:13:20Z" in page
    assert "\n    prompt, since the previous run:\n      --- template\n" in page
    assert "run 3" not in report_markdown(report, None, None, blind=True)
    printed = report_object(report, make_estimates(two_runs), [])["by_run"]
    assert [(each["predictor"], each["id"], each["places"], each["right"]) for each in printed] == [
        ("llm", 2, 4, 1),
        ("llm", 3, 2, 2),
    ]
    assert (printed[1]["path"], printed[1]["changes"][-1]) == ("llm.cfg", "+Mark all.")


def test_one_run_is_reported_as_before_and_who_is_left_out_is_not_shown(two_runs: Store, predict: Predict) -> None:
    leave_out(two_runs, "llm")
    assert make_report(two_runs).by_run == []
    assert "| run |" not in report_markdown(make_report(two_runs), None, None)


def test_of_categories_a_run_says_whether_the_label_holds(new_store: Callable[[Task], Store], predict: Predict) -> None:
    store = new_store(Task.TEXTCAT_MULTILABEL)
    predict(store, "spacy", {"good": []})
    store.execute('UPDATE predictions SET cats = \'{"A": 1.0, "B": 1.0}\'')
    run_again(store, "old", [Prediction(1, cats={"A": 0.0, "B": 1.0})])
    [difference] = queue_item(store, 1).differences
    settled = SettledDifference(difference, "left", (Category("A"),), confirmed=True)
    save_answer(store, Answer(1, "sam", "one", "accept", (), (settled,), cats={"A": 1.0, "B": 1.0}))
    run_again(store, "new", [Prediction(1, cats={"A": 1.0, "B": 0.0})])
    assert [each.count for each in make_report(store).by_run] == [Count(1, 0, 1, 0), Count(1, 1, 1, 1)]


def test_a_report_loads_no_numpy() -> None:
    code = "import sys, tiebreak.core.insight.report; print('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
