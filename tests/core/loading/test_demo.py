"""The demo's data: recorded predictions, or those of an LLM asked live."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from stores import create_store

from tiebreak.core.errors import ConfigError
from tiebreak.core.label_map import LabelMap
from tiebreak.core.loading.demo import LABELS, SPACY_LABELS, open_demo_store, prepare, prepare_from_scratch
from tiebreak.core.project.config import PredictorConfig
from tiebreak.core.records import Prediction
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import label_names
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.core.store.status import run_statuses, store_status
from tiebreak.core.ways_out import Way, WayOut

LIVE = ("http://localhost:8000/v1", "llama")


def test_the_demo_leaves_the_store_of_somebody_else_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    create_store(path).close()
    with pytest.raises(ConfigError, match="not the demo's") as error:
        open_demo_store(path)
    assert error.value.way_out == WayOut(Way.NAME_STORE)
    own = tmp_path / "demo.db"
    open_demo_store(own).close()
    open_demo_store(own).close()


@pytest.mark.parametrize("from_scratch", [False, True])
def test_neither_demo_takes_the_store_of_the_other(tmp_path: Path, from_scratch: bool) -> None:
    path = tmp_path / "demo.db"
    open_demo_store(path, from_scratch=from_scratch).close()
    before = path.read_bytes()
    with pytest.raises(ConfigError, match=r"demo\.db: this store is that of the demo") as error:
        open_demo_store(path, from_scratch=not from_scratch)
    assert error.value.way_out == WayOut(Way.NAME_STORE)
    assert path.read_bytes() == before
    open_demo_store(path, from_scratch=from_scratch).close()


def test_the_demo_from_scratch_has_the_headlines_and_the_labels_and_no_prediction(tmp_path: Path) -> None:
    with open_demo_store(tmp_path / "demo.db", from_scratch=True) as store:
        for _ in range(2):  # the second run goes on from the first
            prepare_from_scratch(store)
            status = store_status(store)
            assert (status.examples, status.predicted, status.open) == (372, 0, 372)
            assert label_names(store) == ["PERSON", "ORG", "LOCATION", "PRODUCT"]
    spacy = LabelMap.parse(SPACY_LABELS)
    assert {spacy.name_of(label) for label in ("PERSON", "ORG", "GPE", "FAC", "PRODUCT")} == set(LABELS)


@pytest.mark.parametrize("key", [None, "sk-secret"])
def test_a_live_llm_is_asked_in_place_of_the_recorded_one(
    store: Store, key: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    if key is not None:
        monkeypatch.setenv("OPENAI_API_KEY", key)
    asked: list[PredictorConfig] = []

    def run(store: Store, predictors: Sequence[PredictorConfig]) -> None:
        asked.extend(predictors)
        assert Path(predictors[1].pipeline).is_file()

    assert not prepare(store, LIVE, run)
    spacy, llm = asked
    assert (spacy.name, spacy.label_map.name_of("GPE"), spacy.label_map.name_of("DATE")) == ("spacy", "LOCATION", None)
    assert llm.overrides == {
        "components.llm.model.base_url": "http://localhost:8000/v1",
        "components.llm.model.name": "llama",
        "components.llm.model.api_key_env": None if key is None else "OPENAI_API_KEY",
    }
    assert [status.predictor for status in run_statuses(store)] == []


def test_recorded_predictions_are_loaded_unless_an_llm_was_asked_before(store: Store, tmp_path: Path) -> None:
    def run(store: Store, predictors: Sequence[PredictorConfig]) -> None:
        assert [each.name for each in predictors] == ["spacy"]

    assert prepare(store, None, run)
    [recorded] = run_statuses(store)
    assert (recorded.predictor, recorded.kind) == ("llm", "file")
    with create_store(tmp_path / "live.db") as live:
        prepare(live, LIVE, lambda store, predictors: None)
        save_predictions(
            live, start_run(live, predictor="llm", kind="llm", fingerprint="1", model="llama"), [Prediction(1)]
        )
        assert not prepare(live, None, run)
        assert [status.kind for status in run_statuses(live)] == ["llm"]
