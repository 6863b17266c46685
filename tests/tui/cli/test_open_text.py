"""The command line on stores whose texts fewer than two models have read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping

import pytest

from tiebreak.core.errors import ConfigError
from tiebreak.core.records import Record, Span
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.queue import iterate_queue
from tiebreak.tui.cli.auto_accept import accept_agreed
from tiebreak.tui.cli.json_objects import example_object, status_object
from tiebreak.tui.cli.queue import asked_for
from tiebreak.tui.cli.status import _look, status_lines

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]
TEXTS = ["Uber sues", "quiet day", "Uber pays", "no news"]


def said(texts: Iterable[str]) -> dict[str, list[Span]]:
    return {text: [Span(0, 4, "ORG")] if text.startswith("Uber") else [] for text in texts}


def line_of(store: Store) -> str:
    return next(line.strip() for line in status_lines(_look(store), []) if line.strip().startswith("open"))


def test_the_status_says_by_how_many_models_open_texts_were_read(store: Store, predict: Predict) -> None:
    assert line_of(store) == "open  0"
    add_examples(store, [Record(text) for text in TEXTS], "test")
    assert line_of(store) == "open  4 (4 read by none)"
    predict(store, "spacy", said(TEXTS[:3]))
    assert line_of(store) == "open  4 (3 read by one model, 1 read by none)"
    predict(store, "llm", said(TEXTS[:2]))
    look = _look(store)
    told = json.loads(json.dumps(status_object(*look)))
    assert [told[name] for name in ("agreed", "open", "read_by_one")] == [2, 2, 1]


def test_the_queue_of_a_store_with_one_model_is_what_it_has_read_and_the_rest(store: Store, predict: Predict) -> None:
    add_examples(store, [Record(text) for text in TEXTS], "test")
    predict(store, "spacy", said(TEXTS[:3]))
    queue = asked_for(store, "", agreed=False)
    items = list(iterate_queue(store, queue, None))
    told = {item.example.text: example_object(item, store.task) for item in items}
    assert {*told} == {*TEXTS}
    assert {each["status"] for each in told.values()} == {"open"}
    assert told["Uber sues"]["readings"] == {"spacy": [{"start": 0, "end": 4, "label": "ORG"}]}
    assert told["quiet day"]["readings"] == {"spacy": []}
    assert told["no news"]["readings"] == {}
    with pytest.raises(ConfigError):
        asked_for(store, "status:open", agreed=True)


@pytest.mark.parametrize("at_most", [None, 0.05])
def test_nothing_is_accepted_unseen_and_it_says_why(
    store: Store, predict: Predict, capsys: pytest.CaptureFixture[str], at_most: float | None
) -> None:
    predict(store, "spacy", said(TEXTS))
    accept_agreed(ReviewSession(store, "sam"), at_most)
    assert "no two models have read the same text yet" in " ".join(capsys.readouterr().err.split())
    assert store.execute("SELECT count(*) FROM answers").fetchone() == (0,)
