"""The pictures of the rooms in docs/architecture.md, its lines about them, and each file that it names are true."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "architecture.md").read_text()
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
LAYERS = {
    container: [frozenset(layer.split(" | ")) for layer in contract["layers"]]
    for contract in CONTRACTS
    if contract["type"] == "layers"
    for container in contract["containers"]
}
FOLDERS = {"tiebreak.core": "core", "tiebreak.tui": "tui"}
NAMED = re.compile(r"`((?:benchmarks|configs|core|docs|tests|tui)/[\w./]*)`")
TO_COME = {  # examples of files that a contributor would add
    *("core/tasks/relations.py", "core/review/relations.py", "core/learning/relation_questions.py"),
    *("tui/widgets/relation_drawing.py", "tests/data/store_vN.db"),
}

Layers = Sequence[frozenset[str]]


def picture(container: str, page: str) -> Layers:
    """Return the layers that the picture of `container` draws, the top layer first.

    Each box is one row of arrows, and one row of arrows joins the boxes. Raises ValueError for any other drawing,
    since its arrows would not say what a reader sees.
    """
    [drawn] = re.findall(rf"```mermaid\nflowchart TB\n +%% layers of {re.escape(container)}\n(.*?)```", page, re.S)
    boxes = dict(re.findall(r"^ +subgraph (\w+) \[[\w ]+\]\n +direction LR\n +(.+)\n +end\n", drawn, re.M))
    *rows, joined = [line.strip() for line in drawn.splitlines()]
    order = joined.split(" --> ")
    if len(rows) != 4 * len(boxes) or sorted(order) != sorted(boxes):
        raise ValueError(f"{container}: not one row of arrows in each box, and one that joins all boxes")
    return [frozenset(layer.split(" & ")) for box in order for layer in boxes[box].split(" --> ")]


def test_each_contract_on_layers_has_a_picture() -> None:
    assert LAYERS.keys() == FOLDERS.keys()
    assert all(len(layers) > 5 for layers in LAYERS.values())


@pytest.mark.parametrize("container", LAYERS)
def test_the_picture_has_the_layers_of_the_contract_in_their_order(container: str) -> None:
    assert picture(container, PAGE) == LAYERS[container]


@pytest.mark.parametrize("container", LAYERS)
def test_each_folder_and_module_is_in_the_picture(container: str) -> None:
    there = {
        path.stem
        for path in (ROOT / FOLDERS[container]).iterdir()
        if (path.suffix == ".py" or (path / "__init__.py").exists()) and path.stem != "__init__"
    }
    assert frozenset().union(*picture(container, PAGE)) == there


@pytest.mark.parametrize(
    ("drawn", "changed"),
    [
        ("insight --> review", "insight"),  # a room is missing
        ("insight --> review", "review --> insight"),  # two have changed places
        ("learning --> queue\n", "learning --> queue --> store\n"),  # a room stands twice
        ("learning --> queue\n", "learning & queue\n"),  # two layers in one
        ("finish_reasons & records", "finish_reasons --> records"),  # one layer in two
        ("results --> next", "next --> results"),  # a row has moved
        ("learning --> queue\n", "learning --> queue\n        store --> review\n"),  # an arrow up
        ("sql --> pure --> ground", "sql --> ground"),  # a row without an arrow
    ],
)
def test_a_picture_that_says_otherwise_is_found(drawn: str, changed: str) -> None:
    assert drawn in PAGE
    try:
        found = picture("tiebreak.core", PAGE.replace(drawn, changed))
    except ValueError:
        return
    assert found != LAYERS["tiebreak.core"]


@pytest.mark.parametrize("container", LAYERS)
def test_each_room_has_a_line_that_says_what_it_is_for_in_the_order_of_the_picture(container: str) -> None:
    [table] = re.findall(rf"^\| room of `{FOLDERS[container]}/` \|.*\n\|---\|---\|\n((?:\|.*\n)+)", PAGE, re.M)
    lines = re.findall(r"^\| `(\w+)` \| \w.+ \|$", table, re.M)
    assert len(lines) == table.count("\n")
    for layer in LAYERS[container]:
        assert {*lines[: len(layer)]} == layer
        del lines[: len(layer)]
    assert not lines


def test_the_page_names_files_and_folders_that_there_are() -> None:
    named = set(NAMED.findall(PAGE))
    assert len(named) > 100
    assert {path for path in named if not (ROOT / path).exists()} == TO_COME


def test_what_the_page_finds_in_a_file_stands_there() -> None:
    pairs = re.findall(r"`([A-Za-z_][\w.]*)` (?:in |\()`((?:benchmarks|core|tui)/[\w/]+\.py)`", PAGE)
    assert len(pairs) > 15
    for name, path in pairs:
        assert re.search(rf"\b{name.split('.')[-1]}\b", (ROOT / path).read_text()), f"{name} in {path}"


def test_the_page_names_every_module_that_asks_for_the_kind_of_a_task() -> None:
    asks = {
        str(path.relative_to(ROOT))
        for folder in ("core", "tui")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"\bTaskKind\b|\bis_category\b", path.read_text())
    }
    readings = {"core/formats/differences_csv.py", "core/store/choices.py"}
    shown = {"tui/text/readings.py", "tui/cli/json_objects.py"}
    _, named = PAGE.split("\n## A task\n")
    assert asks - set(NAMED.findall(named)) == readings | shown
