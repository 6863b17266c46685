"""Every command that README and docs show is run, each block in a folder of its own, and ends as it should.

Lines that show a usage (`[--as NAME]`) are compared with the program in `tests/test_docs.py`.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from command_line import TIEBREAK, introduce
from end_to_end.terminal import Terminal
from llm_configs import ModelAnswer
from openai_server import OpenAIServer, ner_v3_answer

ROOT = Path(__file__).parents[2]
FENCED = re.compile(r"^```\w*\n(.*?)^```", re.M | re.S)
RUNS = re.compile(r"^(uv run |pip |sqlite3 |python|tiebreak )")
USAGE = re.compile(r"\[(--|[A-Z])|\b(A B|FILE|CONFIG|SOURCE|OUT|PIPELINE|BACKUP|NAME|SHARE)\b")
# Blocks that do not run here, by their beginning.
NOT_RUN = {
    "pip install uv && uv run tiebreak demo": "installs from a registry; .ci/run does it",
    "pip install uv && uv run pytest": "it is this",
    "pip install '.[local]'": "installs from a registry, and needs a model of some gigabytes",
    "uv run python -m benchmarks": "needs the checkout, and takes minutes; test_benchmarks.py runs them",
    "python3 -m venv /opt/tiebreak": "needs root, and makes groups; test_ssh.py has a host of its own",
}


class Block(NamedTuple):
    """A block of a page, and the command lines in it."""

    page: str
    number: int
    lines: tuple[str, ...]


def blocks() -> Iterator[Block]:
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        for number, text in enumerate(FENCED.findall(path.read_text())):
            lines = tuple(line for line in text.splitlines() if RUNS.match(line) and not USAGE.search(line))
            if lines and not any(line.startswith("$ ") for line in text.splitlines()):
                yield Block(path.name, number, lines)


BLOCKS = {f"{block.page}-{block.number}": block for block in blocks()}
TO_RUN = {name: block for name, block in BLOCKS.items() if not any(block.lines[0].startswith(each) for each in NOT_RUN)}


def test_what_is_not_run_is_there() -> None:
    firsts = [block.lines[0] for block in BLOCKS.values()]
    assert [each for each in NOT_RUN if not any(first.startswith(each) for first in firsts)] == []
    assert len(TO_RUN) > 20


TEXTS = ["Uber opens in Paris", "Ada Lovelace joins Acme Corp", "Rome wins again", "Berlin meets Kim Lee"]


def records(label: str = "", *, cats: bool = False) -> str:
    lines = []
    for text in TEXTS:
        record: dict[str, object] = {"text": text}
        if label:
            record["spans"] = [{"start": 0, "end": len(text.split()[0]), "label": label}]
        if cats:
            record["cats"] = {"greet": 1.0, "ask": 0.0}
        lines.append(json.dumps(record))
    return "\n".join(lines) + "\n"


RULES = """
[nlp]
lang = "en"
pipeline = ["entity_ruler"]

[components]

[components.entity_ruler]
factory = "entity_ruler"

[initialize]

[initialize.components]

[initialize.components.entity_ruler]

[initialize.components.entity_ruler.patterns]
@readers = "srsly.read_jsonl.v1"
path = "patterns.jsonl"
"""


@pytest.fixture
def model_answer() -> ModelAnswer:
    """Nothing found, in JSON if the command asks for it."""
    return lambda prompt: '{"entities": []}' if "JSON" in prompt else ner_v3_answer(prompt)


@pytest.fixture
def folder(tmp_path: Path, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that the pages assume: texts, annotated files, stores, pipelines, and a key."""
    for name in ("headlines.jsonl", "texts.jsonl"):
        (tmp_path / name).write_text(records())
    for name in ("texts.txt", "notes.txt"):
        (tmp_path / name).write_text("\n".join(TEXTS) + "\n")
    for name, label in (("train.jsonl", "ORG"), ("a.jsonl", "ORG"), ("b.jsonl", "PERSON")):
        (tmp_path / name).write_text(records(label))
    (tmp_path / "utterances.jsonl").write_text(records(cats=True))
    (tmp_path / "rules.cfg").write_text(RULES)
    (tmp_path / "patterns.jsonl").write_text('{"label": "ORG", "pattern": "Uber"}\n')
    make_pipelines(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "a-key")
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make_pipelines(folder: Path) -> None:
    import spacy

    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "ORG", "pattern": "Uber"}])  # type: ignore[attr-defined]
    nlp.to_disk(folder / "my_pipeline")
    nlp = spacy.blank("en")
    for label in ("greet", "ask"):
        nlp.add_pipe("textcat_multilabel") if "textcat_multilabel" not in nlp.pipe_names else None
        nlp.get_pipe("textcat_multilabel").add_label(label)  # type: ignore[attr-defined]
    nlp.initialize()
    nlp.to_disk(folder / "my_textcat")


# The stores that a block may assume, made from two files of predictions that differ.
STORES = ("news.db", "new.db", "tiebreak-demo.db")


def need_stores(block: Block) -> None:
    """Make the stores that the block assumes."""
    lines = [re.sub(r"\bDB\b", "news.db", line) for line in block.lines]
    typed = "\n".join(lines)
    for name in STORES:
        first = next((line for line in lines if name in line), "")
        if name in typed and not re.search(r"\b(load|--source)\b", first):
            for source, predictor in (("a.jsonl", "spacy"), ("b.jsonl", "llm")):
                run([TIEBREAK, "load", name, source, "--as", predictor])
    if "restore" in typed:
        backup = next(word for word in shlex.split(block.lines[0]) if word.endswith(".backup"))
        run([TIEBREAK, "backup", "news.db", backup])


def run(command: list[str], status: int = 0) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert "Traceback" not in done.stderr
    assert done.returncode == status, (command, done.stdout, done.stderr)
    return done.stdout


@pytest.mark.full
@pytest.mark.parametrize("name", TO_RUN)
def test_what_a_page_shows_to_type_works(name: str, folder: Path, server: OpenAIServer) -> None:
    block = TO_RUN[name]
    need_stores(block)
    for line in block.lines:
        type_line(line, folder)
        point_to(server, folder)


def point_to(server: OpenAIServer, folder: Path) -> None:
    """Put the server's address into the configs, as they say."""
    for path in folder.glob("*.cfg"):
        text = path.read_text()
        path.write_text(re.sub(r'"https?://[^"]+"', f'"{server.base_url}"', text))


def type_line(line: str, folder: Path) -> None:
    words = shlex.split(line.removeprefix("uv run "), comments=True)
    words = ["news.db" if word == "DB" else word for word in words]
    if words[0] == "sqlite3":
        query = "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).executescript(sys.argv[2]))"
        run([sys.executable, "-c", query, *words[1:]])
    elif words[1] in ("review", "demo"):
        look_at([TIEBREAK, *words[1:]], folder)
    elif words[1] == "export" and "--force" not in words and (folder / words[3]).exists():
        run([TIEBREAK, *words[1:], "--force"])
    else:
        check_said(words[1:], run([TIEBREAK, *words[1:]]))


def look_at(command: list[str], folder: Path) -> None:
    """Open the review in a terminal, and leave it."""
    store = folder / command[2]
    annotator = command[command.index("--annotator") + 1] if "--annotator" in command else "sam"
    is_known = store.exists()
    if is_known:
        introduce(store, annotator)
    named = [] if "--annotator" in command else ["--annotator", annotator]
    with Terminal([*command, *named], folder=folder) as terminal:
        if not is_known:
            terminal.wait_for("Any key begins")
            terminal.send("y")
        terminal.wait_for("quit")
        terminal.read()
        terminal.send("q")
        try:
            status = terminal.wait(5)
        except AssertionError:  # the review asks whether the engine should go on
            terminal.send("s")
            status = terminal.wait(20)
    assert status == 0, terminal.text
    assert "Traceback" not in terminal.text


def check_said(command: list[str], said: str) -> None:
    """Check the pages' claims about the output."""
    claims: Mapping[str, str] = {"learn --json": '"answers"', "configs ": "cfg"}
    for begins, holds in claims.items():
        words = begins.split()
        if command[0] == words[0] and {*words} <= {*command}:
            assert holds in said or not said


# (page, its claim, a command that must bear it out, its status)
STATUSES = [
    ("backup.md", "exit status 1 if it finds something", "check damaged.db", 1),
    ("diff.md", "end with status 1 if the files differ", "diff a.jsonl b.jsonl --exit-code", 1),
    ("diff.md", "without it the status is 0", "diff a.jsonl b.jsonl", 0),
    ("doctor.md", "the exit status is then 1", "doctor no.db", 1),
    ("export.md", "exit status 1", "export no.db out.jsonl", 1),
    ("export.md", "2 for wrong usage", "export news.db out.docx --format docx", 2),
    ("load.md", "with status 1", "load news.db empty", 1),
    ("predict.md", "exit status is 1 if a model cannot go on", "predict news.db no_such_pipeline --as x", 1),
]


@pytest.mark.full
@pytest.mark.parametrize(("page", "claim", "command", "status"), STATUSES)
def test_the_statuses_are_those_that_the_pages_name(
    page: str, claim: str, command: str, status: int, folder: Path
) -> None:
    assert claim in (ROOT / "docs" / page).read_text()
    (folder / "empty").mkdir()
    run([TIEBREAK, "load", "news.db", "a.jsonl", "--as", "a"])
    (folder / "damaged.db").write_bytes((folder / "news.db").read_bytes()[:8192])
    run([TIEBREAK, *shlex.split(command)], status)
