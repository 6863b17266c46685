"""`review --source FILE --label LABELS`: the texts loaded, the labels named, and the cases refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stores import create_store
from typer.testing import CliRunner, Result

from tiebreak.core.errors import ConfigError
from tiebreak.core.records import Task
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import example_count, label_names
from tiebreak.core.store.opening import open_store
from tiebreak.tui.cli import review
from tiebreak.tui.cli.application import app
from tiebreak.tui.cli.open_texts import label_list, load_texts, name_labels

NAMES = st.text(st.characters(exclude_characters=",", exclude_categories=["Cs"]), min_size=1).filter(
    lambda name: name == name.strip()
)


@given(st.lists(st.lists(NAMES, min_size=1)))
def test_labels_keep_their_order_each_once_however_they_are_divided(named: list[list[str]]) -> None:
    values = [" , ".join(names) for names in named]
    assert label_list(values) == list(dict.fromkeys(name for names in named for name in names))


@pytest.mark.parametrize("values", [[""], ["ORG,"], [",ORG"], ["ORG,,X"], ["ORG", " "], ["ORG, ,X"]])
def test_a_label_without_a_name_is_refused(values: list[str]) -> None:
    with pytest.raises(ConfigError, match="a label is empty"):
        label_list(values)


def test_no_label_is_none() -> None:
    assert label_list(None) == label_list([]) == []


def test_labels_of_the_command_come_before_those_of_the_project(tmp_path: Path) -> None:
    config = tmp_path / "project.cfg"
    config.write_text('[project]\nlabels = ["LOC", "ORG"]\n')
    with create_store(tmp_path / "store.db") as store:
        name_labels(store, [], None)
        assert label_names(store) == []
        name_labels(store, ["PER", "ORG"], config)
        assert label_names(store) == ["PER", "ORG", "LOC"]
        name_labels(store, ["LOC", "MISC"], None)
        assert label_names(store) == ["PER", "ORG", "LOC", "MISC"]


def test_without_a_store_and_a_source_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"new\.db: no such store; create it from texts with --source FILE"):
        load_texts(tmp_path / "new.db", None, [])
    assert not list(tmp_path.iterdir())


def test_sources_come_into_a_store_of_the_task_and_again_add_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("One\nTwo\n")
    (tmp_path / "b.txt").write_text("Two\nThree\n")
    for _ in range(2):
        load_texts(tmp_path / "new.db", Task.TEXTCAT, [str(tmp_path / "a.txt"), str(tmp_path / "b.txt")])
        with open_store(tmp_path / "new.db") as store:
            assert (store.task, example_count(store)) == (Task.TEXTCAT, 3)


@pytest.mark.parametrize("sources", [[], ["a.txt"]])
def test_a_store_of_another_task_is_refused_and_stays(tmp_path: Path, sources: list[str]) -> None:
    (tmp_path / "a.txt").write_text("One\n")
    create_store(tmp_path / "store.db", Task.SPANCAT).close()
    with pytest.raises(ConfigError, match="the store's task is spancat, not ner"):
        load_texts(tmp_path / "store.db", Task.NER, [str(tmp_path / each) for each in sources])
    with open_store(tmp_path / "store.db") as store:
        assert example_count(store) == 0


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], int]]:
    """The labels and the number of texts of each review that opens; none appears on a screen."""
    found: list[tuple[list[str], int]] = []

    def open_review(session: Any, **_: object) -> None:
        found.append((session.labels, example_count(session.store)))

    monkeypatch.setattr(review, "open_review", open_review)
    monkeypatch.setattr(review, "need_terminal", lambda: None)
    return found


def typed(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["review", *map(str, arguments), "--annotator", "sam"])


def test_one_command_opens_a_review_of_a_file_of_texts(tmp_path: Path, opened: list[tuple[list[str], int]]) -> None:
    (tmp_path / "a.txt").write_text("One\nTwo\n")
    store = tmp_path / "new.db"
    assert typed(store, "--source", tmp_path / "a.txt", "--label", "ORG,PERSON", "--label", "LOC").exit_code == 0
    assert typed(store).exit_code == 0
    assert typed(store, "--label", "LOC,NEW").exit_code == 0
    labels = ["ORG", "PERSON", "LOC"]
    assert opened == [(labels, 2), (labels, 2), ([*labels, "NEW"], 2)]


def test_texts_of_a_source_may_have_another_name(tmp_path: Path, opened: list[tuple[list[str], int]]) -> None:
    (tmp_path / "a.tsv").write_text("n\tbody\n1\tOne\n2\tTwo\n")
    options = ("--source", tmp_path / "a.tsv", "--text-column", "body", "--label", "ORG")
    assert typed(tmp_path / "new.db", *options).exit_code == 0
    assert opened == [(["ORG"], 2)]


def test_labels_of_a_new_store_without_texts_are_refused(tmp_path: Path, opened: list[tuple[list[str], int]]) -> None:
    result = typed(tmp_path / "new.db", "--label", "ORG")
    assert isinstance(result.exception, ConfigError)
    assert "--source FILE" in str(result.exception)
    assert not opened
    assert not list(tmp_path.iterdir())


def test_labels_go_to_a_store_that_is_there(store: Store, opened: list[tuple[list[str], int]]) -> None:
    typed(store.path, "--label", "ORG")
    assert opened == [(["ORG"], 0)]
