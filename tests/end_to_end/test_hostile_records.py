"""A hundred hostile records through every command: no terminal obeys them, and all come back as they were."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command_line import TIEBREAK, Run, introduce
from end_to_end.terminal import Terminal

from tiebreak.core.records import Task, TaskKind
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.store.opening import open_store

pytestmark = pytest.mark.full

COUNT, LABELS, LONG_LABEL = 100, 10_000, "L" * 100_000
ZALGO = "Z" + "".join(map(chr, range(0x300, 0x340))) * 10
# Sequences that a terminal would obey; each begins with something that Textual never writes by itself.
ACTED_ON = [
    *("\x1b[5;35;46mX", "\x1b[2J\x1b[3;3HX", "\x1b[8;1;1tX", "\x1b[>4;2mX", "\x1b]0;PWN\x07", "\x1b]52;c;UFdO\x07"),
    *(
        "\x1b]52;c;UFdO\x1b\\",
        "\x1b]8;;http://pwn/\x1b\\",
        "\x1b]1337;File=:AA\x07",
        "\x1bPq#0PWN\x1b\\",
        "\x1b_GPWN\x1b\\",
    ),
    *(
        "\x1b^PWN\x1b\\",
        "\x1bXPWN\x1b\\",
        "\x1bcPWN",
        "\x1b#8PWN",
        "\x1b(0PWN",
        "\x0ePWN\x0f",
        "\x05",
        "\x07",
        "\x08\x08",
    ),
    *("\x7f", "\x1a", "\x90PWN\x9c", "\x9b31mPWN", "\x9d0;PWN\x9c", "\x9fPWN\x9c", "\x85", "\x84", "\x8d", "\x80"),
    *(
        "\u202eZ",
        "\u202dZ",
        "\u202aZ\u202c",
        "\u202b",
        "\u2066",
        "\u2067",
        "\u2068Z\u2069",
        "\u200f",
        "\u200e",
        "\u061c",
    ),
    *("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u180e", "\u2028", "\u2029", "\U000e0041", "\ue000"),
    *("\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x1f", "\ufff9", "\U000f0000", "\u2062", "\U000e007f", "\x00", "\x01"),
]
SHOWN = [
    "[bold red]MK[/]",
    "[link=x]",
    "{}%s$(id)`id`",
    "\\x1b[31m",
    "<b>&amp;",
    "é😀👨‍👩‍👧🏽🇩🇪",
    ZALGO,
    "\r\n",
    "\r",
    "\t",
    "日本",
    "עברית عربي",
]
FRAGMENTS = ACTED_ON + SHOWN
SIGNS = "".join(each for each in ACTED_ON if "\x00" not in each) + "[bold red]MK[/]"
NAME_SIGNS = "\x1b[5;35;46mX\x1b]0;PWN\x07\x9b31m\u202e\u2028\x85\u200b[red]"  # for file names: 255 bytes at most
FIELDS = [
    "__proto__",
    "constructor",
    "__class__",
    "toString",
    "",
    "\x00",
    "text\x1b[5;35;46mX",
    "$ref",
    "{0.__class__}",
]
# Beginnings of escape sequences, and other characters, that must not be in the output.
RAW = sorted(
    {each[:8].encode() for each in ACTED_ON if each[0] == "\x1b"}
    | {each[0].encode() for each in ACTED_ON if each[0] not in "\x1b\x0e\x0f\x08"}
    | {b"\x0ePWN", b"\x08\x08", b"\x0f[", "\u2069".encode(), "\u202c".encode()}
)
POINTER = re.compile(rb"\x1b\]22;[a-z-]*\x07")  # Textual's own: the form of the mouse pointer


def raw_in(written: bytes) -> list[bytes]:
    written = POINTER.sub(b"", written)
    return [raw for raw in RAW if raw in written]


def text_of(number: int, chosen: random.Random) -> str:
    parts = [
        f"{number}",
        *chosen.choices(FRAGMENTS, k=chosen.randint(1, 8)),
        "Uber opens",
        *chosen.choices(FRAGMENTS, k=3),
    ]
    if number == 7:
        parts.append("word \x1b[5;35;46mX " * 20_000)
    if number == 8:
        parts.append(ZALGO * 100)
    if number == 9:
        parts += FRAGMENTS
    if number == 10:
        parts.append("x" * LABELS)
    return "".join(parts)


def fields_of(number: int, chosen: random.Random) -> dict[str, Any]:
    """Return the fields beside the text: names and values that are traps elsewhere."""
    meta: dict[str, Any] = {name: chosen.choice(FRAGMENTS) for name in chosen.sample(FIELDS, 4)}
    meta |= {"__proto__": {"polluted": True}, "numbers": [1e308, -0.0, 2**70, None, True], "nested": [[[[SIGNS]]]]}
    others = {} if number % 3 else {"__class__": {"__init__": 1}, "__dict__": [], "html": "<script>"}
    return {"meta": meta, **others, **({"flag": "x", "note": [SIGNS]} if number % 10 == 5 else {})}


def records(task: Task, side: int) -> list[dict[str, Any]]:
    """Return the records of one of two predictors, with the same texts and metas but other spans."""
    made = []
    for number in range(COUNT):
        chosen = random.Random(number)
        record = {"text": text_of(number, chosen), **fields_of(number, chosen)}
        names = [f"{side}{number}{''.join(chosen.choices(FRAGMENTS, k=2))}" for _ in range(2)]
        if number == 11:
            names[0] = f"{side}{LONG_LABEL}"
        if task.kind is TaskKind.CATEGORIES:
            record["cats"] = {names[0]: 1.0, names[1]: 0.25, "both": 1.0}
            record["options"] = [{"id": "__proto__", "text": SIGNS}, {"id": "both", "text": "constructor"}]
        else:
            end = len(record["text"])
            record["spans"] = [
                {"start": 0, "end": 1, "label": "both"},
                {"start": end - 2, "end": end, "label": names[0]},
            ]
            if number == 10 and side:
                record["spans"] = [{"start": each, "end": each + 1, "label": f"L{each}"} for each in range(LABELS)]
        made.append(record)
    return made


BAD_LINES = [
    b'{"text": "\\ud800 alone"}',
    b'{"text": "x", "meta": {"n": 1e999}}',
    b'{"text": "x", "n": NaN}',
    b'{"text": "x", "a": ' + b"[" * 10**6 + b"]" * 10**6 + b"}",
    b'{"a":' * 10**6,
    b'{"text": "x", "spans": [{"start": 0, "end": 99, "label": ' + json.dumps(SIGNS).encode() + b"}]}",
    json.dumps({"text": "x", "answer": SIGNS}, ensure_ascii=False).encode(),
    json.dumps({"text": "x", "cats": {SIGNS: "x", LONG_LABEL: SIGNS}}, ensure_ascii=False).encode(),
    json.dumps(
        {"text": "x", "spans": [{"start": SIGNS, "end": SIGNS, "label": SIGNS}], "cats": {"": [SIGNS]}}
    ).encode(),
    json.dumps({"text": "x", "accept": [{SIGNS: SIGNS}], "answer": LONG_LABEL + SIGNS}).encode(),
    json.dumps({"text": "x", "_input_hash": SIGNS, "label": [SIGNS]}).encode(),
    SIGNS.encode(),
    b"\xff\xfe\x1b[5;35;46mX",
    b'{"text": ' + b"9" * 10_000 + b"}",
]


@pytest.fixture(params=[Task.NER, Task.TEXTCAT_MULTILABEL])
def task(request: pytest.FixtureRequest) -> Task:
    return Task(request.param)


Bytes = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def run_bytes(tmp_path: Path) -> Bytes:
    """Run `tiebreak` with these arguments; return its output as bytes."""

    def run_bytes(*arguments: object, status: int | None = 0) -> subprocess.CompletedProcess[bytes]:
        command = [TIEBREAK, *map(str, arguments)]
        result = subprocess.run(
            command, capture_output=True, cwd=tmp_path, timeout=120, check=False, stdin=subprocess.DEVNULL
        )
        assert status is None or result.returncode == status, (arguments[0], result.stderr[-2000:])
        assert b"Traceback" not in result.stderr, (arguments[0], result.stderr[-2000:])
        return result

    return run_bytes


def write(path: Path, lines: list[dict[str, Any]]) -> Path:
    content = "".join(json.dumps(line, ensure_ascii=bool(number % 2)) + "\n" for number, line in enumerate(lines))
    path.write_bytes(content.encode())
    return path


def answer(store: Path, annotator: str, count: int, kinds: tuple[Any, ...]) -> None:
    """Answer some examples in the name of an annotator."""
    with open_store(store) as opened:
        session = ReviewSession(opened, annotator)
        review = session.next()
        for number in range(count):
            assert review is not None
            session.remark(review, flagged=True, note=SIGNS)
            review = session.answer(review, kinds[number % len(kinds)], seconds=1.0, keys=1)
        session.leave(None)


def test_a_hundred_hostile_records(task: Task, tmp_path: Path, run: Run, run_bytes: Bytes) -> None:
    store, wrong = tmp_path / f"s{NAME_SIGNS}.db", {}
    sam, kim = (name + SIGNS.replace(":", "") for name in ("sam", "kim"))  # `--assign` ends a name at a colon
    said = {side: records(task, side) for side in (0, 1)}
    files = [write(tmp_path / f"{side}{NAME_SIGNS}.jsonl", said[side]) for side in (0, 1)]
    bad = tmp_path / f"bad{NAME_SIGNS}.jsonl"
    bad.write_bytes(b"\n".join(BAD_LINES))
    good = (
        b'{"text": "twice", "text": "second", "meta": {"a": 1, "a": 2}}\n{"text": "x", "_annotator_id": "' + b'n" }\n'
    )
    (tmp_path / "twice.jsonl").write_bytes(good)

    def look(*arguments: object, status: int | None = 0, name: str = "") -> subprocess.CompletedProcess[bytes]:
        result = run_bytes(*arguments, status=status)
        for stream, content in (("stdout", result.stdout), ("stderr", result.stderr)):
            if found := raw_in(content):
                wrong[f"{name or arguments[0]} {stream}"] = found
        return result

    for side, file in enumerate(files):
        look("load", store, file, "--as", f"{side}{SIGNS}", "--task", task, name=f"load {side}")
    told = look("load", store, bad, status=None, name="load of bad lines").stderr.decode()
    assert told.count("jsonl:") >= len(BAD_LINES) - 1  # spans are carried along with categories
    assert "sys." not in told
    assert len(told) < 1_000_000
    look("load", store, bad, "--strict", status=1, name="load --strict")
    look("load", store, tmp_path / f"none{NAME_SIGNS}.jsonl", status=1, name="load of nothing")
    look(
        "load", store, files[0], "--label-map", f"a{SIGNS}:b", "--as", "c" + SIGNS, status=None, name="load --label-map"
    )
    look("load", store, tmp_path / "twice.jsonl")

    introduce(store, sam, kim)
    answer(store, kim, 12, ("accept", "reject", "ignore"))
    answer(store, sam, 6, ("ignore", "accept"))
    look("team", store, "--assign", f"{sam}:0-60", "--overlap", "0.3", name="team --assign")
    look("team", store, "--filter", f"{kim}:text={SIGNS}", status=None, name="team --filter")
    written = reviewed(store, sam)
    if found := raw_in(written):
        wrong["review"] = found
    assert b"[bold red]MK" in written

    for command in ("queue", "report", "status", "history", "team", "agreement", "check"):
        look(command, store)
    look("history", store, "--annotator", sam, "--limit", 3, name="history --annotator")
    look("queue", store, "--label", "both" + SIGNS, status=None, name="queue --label")
    look("diff", files[0], files[1], "--task", task, name="diff")
    look("diff", files[0], bad, status=None, name="diff with bad lines")
    look("backup", store, tmp_path / f"backup{NAME_SIGNS}.db", name="backup")
    look("nothing" + SIGNS, status=2, name="a command that is none")
    look("status", tmp_path / f"none{NAME_SIGNS}.db", status=1, name="status of nothing")
    for command in ("queue", "report", "status", "history", "team", "agreement"):
        content = run_bytes(command, store, "--json", status=None).stdout
        assert re.search(rb"[\x00-\x09\x0b-\x1f]", content) is None, command
    for format, ending in (
        *(("jsonl", ".jsonl"), ("spacy", ".spacy"), ("conll", ".conll"), ("doccano", ".jsonl"), ("csv", ".csv")),
        *(("labelstudio", ".json"), ("argilla", ".json"), ("datasets", "")),
    ):
        out = tmp_path / f"{format}{NAME_SIGNS}{ending}"
        refused = format == "conll" and task.kind is TaskKind.CATEGORIES
        look("export", store, out, "--format", format, status=int(refused), name=f"export {format}")
    assert wrong == {}

    out = tmp_path / "all.jsonl"
    look("export", store, out, "--answers", "accept,reject,ignore", "--include", "human,auto,unanswered", "--versions")
    comes_back(out, said, task)
    rest = tmp_path / "rest.jsonl"
    look("export", store, rest, "--answers", "accept,reject,ignore", "--include", "human,auto,best", "--versions")
    comes_back(rest, said, task)
    printed = run_bytes("export", store, "-", "--answers", "accept,reject,ignore").stdout
    assert re.search(rb"[\x00-\x09\x0b-\x1f]", printed) is None


def reviewed(store: Path, annotator: str) -> bytes:
    """Return all that a review writes into its terminal, in a tour of examples and screens."""
    command = [TIEBREAK, "review", str(store), "--annotator", annotator]
    paste = f"\x1b[200~{SIGNS}\x1b[201~"
    with Terminal(command, columns=150, rows=45, environment={"COLORTERM": "truecolor"}) as terminal:
        terminal.wait_for(" left", 60)
        keys = [
            "i",
            "\x1b[6~",
            "\x1b[6~",
            "\x1b",
            "l",
            "\x1b[B",
            "\x1b",
            "a",
            "x",
            " ",
            "s",
            "a",
            "?",
            "\x1b[6~",
            "\x1b",
        ]
        keys += [
            "/",
            paste,
            "\r",
            "\x1b",
            "n",
            paste,
            "\r",
            "g",
            "\x1b",
            "e",
            "t",
            "\x1b",
            "\x1b",
            "r",
            "\x1b",
            "a",
            "u",
            "i",
            "\x1b",
        ]
        keys += ["\x10", paste, "\x1b", "\x1b[C", "\x1b[D", "\t", "a", "a", "a"]
        for key in keys:
            terminal.send(key)
            terminal.read(0.15)
        terminal.send("\x03")
        assert terminal.wait(30) == 0
        return terminal.output


def comes_back(path: Path, said: dict[int, list[dict[str, Any]]], task: Task) -> None:
    """Check that texts, metas and labels are as loaded, in the records and in their versions."""
    back = {record["text"]: record for record in map(json.loads, path.read_bytes().split(b"\n")[:-1])}
    for side, came in said.items():
        for record in came:
            found = back[record["text"]]
            assert found["meta"] == record["meta"]
            versions = [each for each in found["versions"] if each["sessions"] == [f"{side}{SIGNS}"]]
            if task.kind is TaskKind.CATEGORIES:
                holds = {label for label, score in record["cats"].items() if score >= 0.5}
                assert holds in [set(each["accept"]) for each in versions]
            else:
                assert sorted(record["spans"], key=str) in [sorted(each["spans"], key=str) for each in versions]
    assert os.path.getsize(path) > 0  # noqa: PTH202
