"""Labels that a map drops or misspells, labels of a single predictor, and the places that report them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rulers import save_ruler
from stores import create_store

from tiebreak.core.doctor.checks import Check, CheckState
from tiebreak.core.doctor.examination import examine
from tiebreak.core.doctor.terminal import Terminal
from tiebreak.core.engine.engine import run_predictors
from tiebreak.core.errors import ConfigError
from tiebreak.core.label_map import LabelMap, split_labels
from tiebreak.core.project.config import PredictorConfig
from tiebreak.core.project.label_use import LabelUse, label_remarks, label_use, use_of_map
from tiebreak.core.records import Prediction, Record, Span, Task
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.opening import open_store
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.core.store.run_labels import predictor_labels

TEXTS = [f"Anna {number} met Acme in Bonn" for number in range(20)]
ANNA, ACME, BONN = (0, 4), (11, 15), (19, 23)


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with create_store(tmp_path / "store.db", Task.NER) as store:
        add_examples(store, [Record(text) for text in TEXTS], "test")
        yield store


def say(store: Store, predictor: str, *spans: tuple[tuple[int, int], str], label_map: str | None = None) -> None:
    """Save the same spans, (bounds, label), of each text for a predictor."""
    names = LabelMap.parse(label_map)
    run = start_run(store, predictor=predictor, kind="file", fingerprint="1", model="m", label_map=str(names))
    said = [Span(*bounds, label) for bounds, label in spans]
    labels = tuple(span.label for span in said)
    save_predictions(store, run, [Prediction(id + 1, names.apply(said), labels=labels) for id in range(len(TEXTS))])


def uses_of(store: Store) -> dict[str, LabelUse]:
    return {use.predictor: use for use in label_use(store)}


def test_what_a_map_leaves_out_is_counted_and_a_misspelt_label_is_found(store: Store) -> None:
    say(store, "left", (ANNA, "PERSON"), (ACME, "ORG"), (BONN, "GPE"), label_map="PERSONS:PER,ORG")
    use = uses_of(store)["left"]
    assert (use.unmapped, use.unknown) == ({"PERSON": 20, "GPE": 20}, {"PERSONS": "PERSON"})
    assert str(use.label_map) == "ORG,PERSON:PER"
    assert label_remarks(use)[0] == "the label map names PERSONS (did you mean PERSON?), never used by the predictor"


@pytest.mark.parametrize(
    ("label_map", "meant"),
    [("ORG,PERSN", "ORG,PERSON"), ("ORG,PERSN:PER", "ORG,PERSON:PER"), ("ORG,ORGS:ORG,PERSN", "ORG,ORGS,PERSON")],
)
def test_a_misspelt_label_is_proposed_as_it_should_be(store: Store, label_map: str, meant: str) -> None:
    say(store, "left", (ANNA, "PERSON"), (ACME, "ORG"), label_map=label_map)
    proposed = uses_of(store)["left"].label_map
    assert proposed is not None
    assert "PERSN" not in str(proposed)
    assert proposed.name_of("PERSON") == LabelMap.parse(meant).name_of("PERSON")


def test_a_label_that_was_corrected_is_no_longer_mentioned(store: Store) -> None:
    say(store, "left", (ANNA, "PERSN"), (ACME, "ORG"))
    say(store, "right", (ANNA, "PERSON"), (ACME, "ORG"))
    assert uses_of(store)["left"].own == {"PERSN": 20}
    say(store, "left", (ANNA, "PERSON"), (ACME, "ORG"))
    assert [use.own for use in uses_of(store).values()] == [{}, {}]


def test_a_map_for_the_other_scheme_of_labels_is_turned_round(store: Store) -> None:
    say(store, "left", (ANNA, "PER"), label_map="PERSON")
    use = uses_of(store)["left"]
    assert (use.unmapped, use.unknown, str(use.label_map)) == ({"PER": 20}, {"PERSON": "PER"}, "PER:PERSON")


def test_labels_of_one_predictor_alone_are_named_with_the_map_that_joins_them(store: Store) -> None:
    say(store, "left", (ANNA, "PERSON"), (ACME, "ORG"), (BONN, "GPE"))
    assert uses_of(store)["left"].own == {}
    say(store, "right", (ANNA, "PER"), (ACME, "ORG"), (BONN, "LOC"))
    left, right = uses_of(store).values()
    assert (left.own, right.own) == ({"PERSON": 20, "GPE": 20}, {"PER": 20, "LOC": 20})
    assert left.joins == {"PERSON": "PER", "GPE": "LOC"}
    assert (str(left.label_map), right.label_map) == ("GPE:LOC,ORG,PERSON:PER", None)


def test_where_nothing_says_what_a_label_stands_for_its_name_does(store: Store) -> None:
    say(store, "left", (ANNA, "Person"), (ACME, "COMPANY"))
    say(store, "right", (BONN, "PER"))
    left, right = uses_of(store).values()
    assert (left.joins, right.joins) == ({"Person": "PER"}, {})
    assert str(left.label_map) == "COMPANY,Person:PER"


def test_two_labels_are_not_taken_for_short_forms_of_one(store: Store) -> None:
    say(store, "left", (ANNA, "PERSON"), (ACME, "PERCENT"))
    say(store, "right", (ANNA, "PER"))
    assert uses_of(store)["left"].joins == {"PERSON": "PER"}


def test_a_label_that_a_predictor_gives_besides_is_joined_where_most_places_agree(store: Store) -> None:
    say(store, "left", (ANNA, "MISC"), (ACME, "ORG"))
    say(store, "right", (ANNA, "ORG"), (ACME, "ORG"))
    assert uses_of(store)["left"].joins == {"MISC": "ORG"}


def test_a_predictor_of_few_texts_tells_nothing_of_labels_that_it_lacks(store: Store) -> None:
    say(store, "left", (ANNA, "PERSON"))
    run = start_run(store, predictor="right", kind="file", fingerprint="1", model="m")
    save_predictions(store, run, [Prediction(1, (Span(*ANNA, "PER"),))])
    assert [use.own for use in label_use(store)] == [{}, {}]


def test_categories_are_labels_too(tmp_path: Path) -> None:
    with create_store(tmp_path / "cats.db", Task.TEXTCAT) as store:
        add_examples(store, [Record(text) for text in TEXTS], "test")
        for name, cats in (("left", {"Spam": 1.0, "ham": 0.0}), ("right", {"SPAM": 1.0, "ham": 0.0})):
            run = start_run(store, predictor=name, kind="file", fingerprint="1", model="m")
            save_predictions(store, run, [Prediction(id + 1, cats=cats) for id in range(len(TEXTS))])
        left, right = label_use(store)
    assert (left.own, right.own, left.joins) == ({"Spam": 20}, {"SPAM": 20}, {"Spam": "SPAM"})


@pytest.mark.parametrize("label_map", ["", "A,B,C"])
def test_categories_are_counted_whatever_their_scores(tmp_path: Path, label_map: str) -> None:
    with create_store(tmp_path / "scores.db", Task.TEXTCAT_MULTILABEL) as store:
        add_examples(store, [Record(text) for text in TEXTS], "test")
        run = start_run(store, predictor="p", kind="file", fingerprint="1", model="m", label_map=label_map)
        save_predictions(store, run, [Prediction(id, cats={"A": 0.25, "B": 0.9}) for id in (1, 2, 3)])
        assert predictor_labels(store)[0].counts == {"A": 3, "B": 3}
        save_predictions(store, run, [Prediction(1, cats={"A": 0.5, "C": 0.0})])
        assert predictor_labels(store)[0].counts == {"A": 3, "B": 3 if label_map else 2, "C": 1}


LABELS = st.sampled_from(["PER", "ORG", "a,b", "x:y", "[", "{"])
SAID = st.lists(st.tuples(st.integers(1, 3), st.lists(LABELS, max_size=3, unique=True)), max_size=8)


@pytest.mark.full
@given(st.lists(SAID, max_size=3), st.none() | st.dictionaries(LABELS, LABELS, min_size=1))
def test_labels_are_counted_as_they_stand_or_under_a_map_as_texts_are_first_predicted(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[Any]], names: dict[str, str] | None
) -> None:
    label_map, first, seen = LabelMap(names), dict[int, list[str]](), set[str]()
    last: dict[int, list[str]] = {}
    with create_store(tmp_path_factory.mktemp("counts") / "store.db", Task.SPANCAT) as store:
        add_examples(store, [Record(text) for text in TEXTS[:3]], "test")
        run = start_run(store, predictor="p", kind="file", fingerprint="1", model="m", label_map=str(label_map))
        for batch in batches:
            predictions = []
            for id, labels in batch:
                spans = label_map.apply([Span(*ANNA, label) for label in labels])
                predictions.append(Prediction(id, spans, labels=tuple(labels)))
            save_predictions(store, run, predictions)
            for id, labels in dict(batch).items():
                first.setdefault(id, labels)
                last[id] = labels
                seen.update(labels)
        counts = [each.counts for each in predictor_labels(store)]
        named = [each.names for each in predictor_labels(store)]
    if not first:
        assert counts == []
        return
    again = sum(len(dict(batch)) for batch in batches) > len(first)
    if names is None:
        assert counts[0] == {label: sum(label in labels for labels in last.values()) for label in seen}
    for label in seen if names is not None else ():
        times = sum(label in labels for labels in first.values())
        assert (counts[0].get(label, 0) >= max(times, 1)) if again else (counts[0][label] == times)
    for label, name in named[0].items():
        assert name == label_map.name_of(label)


def test_a_store_of_an_earlier_schema_knows_the_labels_that_it_holds(tmp_path: Path, data: Path) -> None:
    path = tmp_path / "old.db"
    shutil.copy(data / "store_v4.db", path)
    with open_store(path) as store:
        counts = {each.predictor: dict(each.counts) for each in predictor_labels(store)}
        assert [use.unknown for use in label_use(store)] == [{"GPE": None}, {"PERSON": None}]
    assert counts == {"spacy": {"ORG": 3, "PERSON": 1}, "llm": {"ORG": 6}}


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ("A,B", ["A", "B"]),
        ("[A, B]", ["A", "B"]),
        (" [ \"A\", 'B:C' ] ", ["A", "B:C"]),
        ('"A","B"', ["A", "B"]),
        ("[A]", ["A"]),
        ("B[1],C", ["B[1]", "C"]),
    ],
)
def test_a_list_that_came_as_a_text_is_a_list(value: str, parts: list[str]) -> None:
    assert split_labels("labels", value) == parts
    assert LabelMap.parse(value) == LabelMap.parse(",".join(parts))


@pytest.mark.parametrize("value", ["[A, B", "A, B]", '"A, B', "'A,B", '{"A": 1}', "{A", '{"A": ""}', "[]", "[A,,B]"])
def test_a_bracket_or_a_quote_never_gets_into_a_label(value: str) -> None:
    with pytest.raises(ConfigError, match="label map"):
        LabelMap.parse(value)


@given(st.dictionaries(st.text(min_size=1).filter(str.strip), st.text(min_size=1).filter(str.strip), min_size=1))
def test_a_label_map_with_signs_in_it_reads_back(names: dict[str, str]) -> None:
    written = str(LabelMap(names))
    assert LabelMap.parse(written) == LabelMap(names)


def test_use_of_a_map_without_a_store() -> None:
    use = use_of_map("A", LabelMap.parse("PERS:PER"), {"PERSON": 3})
    assert (use.unmapped, use.unknown, str(use.label_map)) == ({"PERSON": 3}, {"PERS": "PERSON"}, "PERSON:PER")
    assert label_remarks(use_of_map("A", LabelMap.parse(None), {"PERSON": 3})) == []


def examined(database: Path | None = None, config: Path | None = None) -> dict[str, Check]:
    screen = Terminal(True, 80, 24, environment={"TERM": "xterm-256color"})
    return {check.name: check for check in examine(screen, database, config)}


def test_the_doctor_says_it_of_a_store_and_of_a_config(
    store: Store, tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    say(store, "left", (ANNA, "PERSON"))
    say(store, "right", (ANNA, "PER"))
    checks = examined(store.path)
    assert checks["left: labels"].state is CheckState.NOTE
    assert (checks["left: labels"].found, checks["left: labels"].todo) == (
        "no other predictor uses PERSON (20)",
        "a label map for it: PERSON:PER",
    )
    save_ruler(tmp_path / "one", PERSON="Anna", ORG="Acme")
    save_ruler(tmp_path / "two", PER="Anna", ORG="Acme")
    (tmp_path / "project.cfg").write_text(
        '[predictors]\n\n[predictors.one]\npipeline = "one"\nlabel_map = "PERSONS:PER,ORG"\n\n'
        '[predictors.two]\npipeline = "two"\n'
    )
    checks = examined(config=tmp_path / "project.cfg")
    assert checks["one: label map"].found == "the label map names PERSONS, but the pipeline has no such label"
    assert checks["one: label map"].todo == "PERSON for PERSONS?"
    assert checks["two: labels"].found == "no other predictor gives PER: each is a difference"
    assert "one: labels" not in checks
    old = tmp_path / "old.db"
    shutil.copy(data / "store_v4.db", old)
    assert not [name for name in examined(old) if name.endswith(": labels")]


@pytest.mark.full
def test_labels_that_a_pipeline_has_and_never_gives_are_known(store: Store, tmp_path: Path) -> None:
    pipeline = save_ruler(tmp_path / "ruler", PERSON="Anna", ORG="Acme", RARE="Nowhere")
    run_predictors(store, [PredictorConfig("spacy", pipeline, LabelMap.parse("PERSON,ORG,RARE:SELDOM"))])
    [labels] = predictor_labels(store)
    assert labels.counts == {"ORG": 20, "PERSON": 20, "RARE": 0}
    assert uses_of(store)["spacy"].unknown == {}
