"""Any source gives records, errors of single records, or one SourceError: soon, and in little memory.

TIEBREAK_FUZZ_SECONDS=600 runs for that long over all readers; with `-s` it prints its counts. Failing cases are kept in
TIEBREAK_FUZZ_KEEP, or else in a folder that the failure names; once fixed, they go to tests/data/fuzz.
`python tests/core/formats/test_fuzzing.py FORMAT SEED 1 0 FOLDER` makes a case again.
"""

from __future__ import annotations

import copy
import faulthandler
import gzip
import io
import itertools
import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
import traceback
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tiebreak.core.errors import RecordError, SourceError
from tiebreak.core.formats import datasets_folder
from tiebreak.core.formats.reading import ReadOptions
from tiebreak.core.formats.registry import FORMATS, WRITERS, Format, read_records
from tiebreak.core.formats.writing import WriteOptions
from tiebreak.core.records import OffsetUnit, Record, Task, TaskKind

SECONDS = float(os.environ.get("TIEBREAK_FUZZ_SECONDS", "0"))
KEPT = Path(__file__).parents[2] / "data" / "fuzz"
LONGEST_CASE = 20.0  # seconds for all tasks on a busy machine; a usual case takes a few milliseconds
MORE_MEMORY = 400 << 20  # bytes that a case may take beyond the peak of all cases before it
ENDINGS = {"spacy": ".spacy", "datasets": ".parquet"}  # `.txt` for other formats
# Tokens that a mutation puts in: syntax of the formats, numbers at their limits, and bytes that are not text.
TOKENS = [
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b",",
        b":",
        b"\\",
        b"\n",
        b"\r",
        b"\r\n",
        b"\n\n",
        b"\t",
        b" ",
        b"\x00",
        b"#",
        b"-",
    ),
    *(b"null", b"true", b"-1", b"0", b"1e999", b"NaN", b"Infinity", b"9" * 30, b"9" * 5000, b"1.5", b"-0.0"),
    *(b"\\ud800", b"\\udc00\\ud800", b"\\u0000", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xe2\x80\xa8"),
    *(b'"text"', b'"spans"', b'"label"', b'"cats"', b'"answer"', b'"versions"', b'{"text": "x"}', b"[" * 600),
    *(b"O", b"B-", b"I-A", b"# text = ", b"-DOCSTART- O", b"text,label", b"PAR1", b"\x93", b"\xdd\xff\xff\xff\xff"),
    *(
        b"\xdf\x7f\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\x81\xa1a\xc0",
        b"\x7f\xff\xff\xff",
        b"\xff" * 8,
        b"\x00" * 8,
    ),
]
ODD_VALUES: list[Any] = [
    *(None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63) - 1, 10**40, 0.5, -0.0, 1e308, "", "x", "\x00", "A" * 300),
    *("accept", [], {}, [[]], [None], [{}], {"": None}, {"start": 0, "end": 1, "label": "A"}, [0, 1, "A"], ["A", "A"]),
    *([{"start": 0, "end": 10**9, "label": "A"}], {"A": 1.0, "B": 1.0}, {"A": "x"}, [["A", 0, 1, 0.5]], "\ud800"),
    *([{"text": "x", "sessions": ["a"]}], [{"id": {}}], {"text": 1}, {"value": {"labels": ["A"], "start": "0"}}),
]
# (operation, place, other place, token); a place is taken modulo the length of the content.
Step = tuple[int, int, int, int]
STEPS = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 1 << 20), st.integers(0, 1 << 20), st.integers(0, 255)), max_size=8
)


def mutated(content: bytes, steps: Sequence[Step]) -> bytes:
    """Flip, cut out, repeat and move bytes of `content`, and put tokens in."""
    for what, where, other, which in steps:
        place = where % (len(content) + 1)
        end = place + other % 64
        token = TOKENS[which % len(TOKENS)]
        if what == 0 and place < len(content):
            content = content[:place] + bytes([which]) + content[place + 1 :]
        elif what == 1:
            content = content[:place] + content[end:]
        elif what == 2:
            content = content[:end] + content[place:end] * (1 + which % 4) + content[end:]
        elif what == 3:
            start = other % (len(content) + 1)
            content = content[:place] + content[start : start + 1 + which] + content[place:]
        elif what == 4:
            content = content[:place] + token + content[place:]
        elif what == 5:
            content = content[:place] + token + content[place + len(token) :]
        elif what == 6 and which < 32:
            content = content[:place]
    return content


def places_in(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield (container, key) of every value in a JSON value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield value, key
        yield from places_in(inner)


def with_odd_values(value: Any, chosen: random.Random) -> Any:
    """Replace, move or rename some values in a copy of a JSON value."""
    value = copy.deepcopy(value)
    for _ in range(chosen.randint(1, 3)):
        places = list(places_in(value))
        if not places:
            return value
        (container, key), (other, other_key) = chosen.choice(places), chosen.choice(places)
        new = copy.deepcopy(other[other_key] if chosen.random() < 0.3 else chosen.choice(ODD_VALUES))
        if isinstance(old := container[key], bytes) and chosen.random() < 0.8:  # in msgpack
            new = mutated(old, random_steps(chosen))
        container[key] = new
        if isinstance(container, dict) and chosen.random() < 0.2:
            name = chosen.choice(["text", "label", "value", "fields", "data", "x", "\x00", "__class__"])
            container[name] = copy.deepcopy(new)
    return value


SPANS = [{"start": 0, "end": 3, "label": "PER"}, {"start": 9, "end": 13, "label": "LOC"}]
TEXTS = ["Ada est à Rome 😀.", "Bob  met Eve in Rome", " \tx\u2028y\n"]


def exported(task: Task) -> list[dict[str, Any]]:
    """Return records as the writers take them."""
    records: list[dict[str, Any]] = []
    for number, text in enumerate(TEXTS):
        record: dict[str, Any] = {"text": text, "meta": {"n": number, "of": ["a", {"b": None}]}, "answer": "accept"}
        if task.kind is TaskKind.CATEGORIES:
            record["cats"] = {"A": 1.0, "B": 0.25, "é": 0.0}
        else:
            record["spans"] = SPANS[: 2 - number] if len(text) > 13 else []
            record["tokens"] = [{"start": 0, "end": 3}, {"start": 4, "end": len(text)}]
        records.append({**record, "_annotator_id": "sam", "_input_hash": 5, "flag": True})
    return records


def written(format: str, task: Task) -> bytes:
    stream = io.BytesIO()
    WRITERS[format](exported(task), stream, WriteOptions(task))
    return stream.getvalue()


def parquet(task: Task) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        datasets_folder.write(exported(task), Path(folder), WriteOptions(task))
        return next((Path(folder) / "data").glob("*.parquet")).read_bytes()


def parquet_of_others(task: Task) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    stream = io.BytesIO()
    rows = pa.table({"text": TEXTS * 30, "labels": [["A"], None, []] * 30, "meta": ["{}", None, "[1"] * 30})
    plain = task.kind is TaskKind.CATEGORIES
    pq.write_table(rows, stream, compression="snappy" if plain else "none", use_dictionary=plain, row_group_size=40)
    return stream.getvalue()


OTHERS_OBJECTS: dict[str, list[Any]] = {
    "jsonl": [
        {"text": "Ada", "label": "PER", "answer": "reject"},
        {"text": "Ada", "options": [{"id": "A", "text": "A"}, {"id": 2}], "accept": ["A"], "answer": "accept"},
        {
            "text": "Ada",
            "versions": [{"text": "Ada", "spans": SPANS[:1], "sessions": ["a", "b"], "answer": "accept"}],
            "answer": "accept",
        },
    ],
    "doccano": [
        {"id": 1, "data": "Ada met", "label": [[0, 3, "PER"]], "meta": {"a": 1}},
        {"text": "Ada", "entities": [{"id": 9, "label": "PER", "start_offset": 0, "end_offset": 3}], "relations": []},
        {"text": "Ada", "label": "A"},
    ],
    "labelstudio": [
        {
            "id": 7,
            "data": {"text": "😀 Ada met Bob", "source": "x"},
            "annotations": [
                {
                    "completed_by": {"id": 4, "email": "eve@x.org"},
                    "was_cancelled": True,
                    "result": [
                        {"type": "labels", "value": {"start": 3, "end": 6, "text": "Ada", "labels": ["PER"]}},
                        {"type": "choices", "value": {"choices": ["A"]}},
                    ],
                },
            ],
            "predictions": [{"model_version": "m1", "result": []}],
        },
        {"text": "Ada", "annotator": 3, "label": [{"start": 0, "end": 3, "text": "Ada", "labels": ["PER"]}]},
        {"text": "Ada", "annotator": 3, "sentiment": "A"},
    ],
    "argilla": [
        {
            "id": "r1",
            "fields": {"text": "Ada met"},
            "metadata": {"a": 1},
            "responses": {"label": [{"value": SPANS[:1], "user_id": "u", "status": "submitted"}]},
            "suggestions": {"label": {"value": ["A"], "score": 0.5, "agent": "m"}},
        },
        {
            "text": "Ada met",
            "tokens": ["Ada", "met"],
            "annotation": [["PER", 0, 3]],
            "prediction": [["PER", 0, 3, 0.5]],
        },
        {"inputs": {"text": "Ada"}, "annotation": "A", "annotation_agent": "x", "status": "Discarded"},
    ],
}
CONLL = (
    b"-DOCSTART- -X- O O\n\n# text = Ada's dog.\nAda NNP I-NP B-PER\n's POS B-NP O\ndog NN I-NP O\n. . O O\n\nx y O\n"
)
CSV = b'text,label,n\r\n"Ada ""x"" met,\r\nBob",PER,1\r\nEve,,2\r\n'


def valid_files(format: Format) -> list[bytes]:
    """Return some valid files of a format."""
    if format == "txt":
        return ["".join(f"{text}\r\n" for text in TEXTS).encode(), b"\xef\xbb\xbfa\n\nb"]
    if format == "csv":
        return [CSV, b"text\na\nb\n", CSV.replace(b",", b";")]
    if format == "tsv":
        return [CSV.replace(b",", b"\t")]
    if format == "datasets":
        return [make(task) for task in Task for make in (parquet, parquet_of_others)]
    if format == "json":
        return [json.dumps(values_of(each)).encode() for each in valid_files("jsonl")]
    tasks = [Task.NER, Task.SPANCAT] if format == "conll" else list(Task)
    files = [written(format, task) for task in tasks]
    if format == "conll":
        return [*files, CONLL]
    others = OTHERS_OBJECTS.get(format, [])
    return [*files, *(lines_of([each]) for each in others)]


def lines_of(values: list[Any]) -> bytes:
    return "".join(f"{json.dumps(value)}\n" for value in values).encode()


def values_of(content: bytes) -> list[Any]:
    """Return the JSON values of a valid file, which is a list or has one value a line."""
    if content.startswith(b"["):
        return cast("list[Any]", json.loads(content))
    return [json.loads(line) for line in content.splitlines()]


def random_steps(chosen: random.Random) -> list[Step]:
    return [
        (chosen.randint(0, 6), chosen.getrandbits(20), chosen.getrandbits(20), chosen.randint(0, 255))
        for _ in range(chosen.choice((1, 1, 2, 3, 8)))
    ]


def odd_docbin(content: bytes, chosen: random.Random) -> bytes:
    """Change fields or bytes of a DocBin."""
    import srsly

    message = with_odd_values(srsly.msgpack_loads(zlib.decompress(content)), chosen)
    try:
        return zlib.compress(srsly.msgpack_dumps(message), 1)
    except (ValueError, TypeError, OverflowError):  # numbers of more than 64 bits, surrogates
        return content


def odd_parquet(chosen: random.Random) -> bytes:
    """Make a Parquet file with Tiebreak's column names and arbitrary values."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns: dict[str, Any] = {"text": pa.array(TEXTS)}
    for name in chosen.sample(["text", "tokens", "spaces", "spans", "answer", "annotator", "meta", "cats", "label"], 4):
        value = chosen.choice(ODD_VALUES)
        values = [value, None, value if chosen.random() < 0.5 else chosen.choice(ODD_VALUES)]
        if chosen.random() < 0.3:
            values = [json.dumps(value) for value in values]
        try:
            columns[name] = pa.array(values)
        except (pa.ArrowException, UnicodeError, OverflowError):
            continue
    stream = io.BytesIO()
    try:
        pq.write_table(pa.table(columns), stream, use_dictionary=chosen.random() < 0.5)
    except pa.ArrowException:  # an object without fields
        return parquet(Task.NER)
    return stream.getvalue()


def case_of(format: Format, seed: int, files: Sequence[bytes]) -> tuple[bytes, bool]:
    """Make a hostile file of the format; return it, and whether it is packed with gzip."""
    chosen = random.Random(seed)
    if chosen.random() < 0.1:
        return random_bytes(format, chosen), False
    content = chosen.choice(files)
    if chosen.random() < 0.5 and (odd := with_odd_parts(format, content, chosen)) is not None:
        return (odd if chosen.random() < 0.8 else mutated(odd, random_steps(chosen))), False
    if format == "spacy" and chosen.random() < 0.8:
        return zlib.compress(mutated(zlib.decompress(content), random_steps(chosen)), 1), False
    if format != "datasets" and chosen.random() < 0.15:
        packed = gzip.compress(mutated(content, random_steps(chosen)), 1)
        return (mutated(packed, random_steps(chosen)) if chosen.random() < 0.5 else packed), True
    return mutated(content, random_steps(chosen)), False


def random_bytes(format: Format, chosen: random.Random) -> bytes:
    """Return random bytes, in the envelope of the format if it has an envelope."""
    content = chosen.randbytes(chosen.randint(0, 300))
    if format == "datasets":
        return b"PAR1" + content + len(content).to_bytes(4, "little") + b"PAR1"
    return zlib.compress(content) if format == "spacy" else content


def with_odd_parts(format: Format, content: bytes, chosen: random.Random) -> bytes | None:
    """Make a file of the right form with wrong values; return None for formats without values."""
    if format == "datasets":
        return odd_parquet(chosen)
    if format == "spacy":
        return odd_docbin(content, chosen)
    if format not in OTHERS_OBJECTS:
        return None
    values = [with_odd_values(value, chosen) for value in values_of(content)]
    return lines_of(values) if chosen.random() < 0.5 else json.dumps(values).encode()


def read_all(path: Path, format: Format, tasks: Sequence[Task] = tuple(Task)) -> Counter[str]:
    """Read a file as each task and count the results; anything but records and errors raises."""
    counts: Counter[str] = Counter()
    asked = [ReadOptions(task) for task in tasks] + [ReadOptions(tasks[0], offsets=OffsetUnit.UTF_16)]
    for options in asked:
        try:
            for number, record in read_records(str(path), options, format):
                assert type(number) is int
                assert number >= 1
                if isinstance(record, RecordError):
                    assert str(record)
                    counts["errors"] += 1
                else:
                    assert isinstance(record, Record)
                    assert record.text
                    record.text.encode()
                    counts["records"] += 1
        except SourceError as error:
            if str(path) not in str(error):
                raise
            counts["refused"] += 1
    return counts


def peak() -> int:
    """Return the highest memory use of this process so far, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage includes the memory of the parent
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        return int(found[1]) * 1024 if found else 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def fuzz(format: Format, seed: int, count: int, seconds: float, folder: Path) -> dict[str, float]:
    """Read `count` cases, or as many as fit into `seconds`; failing cases stay in `folder`. Run in a child process.

    A case that ends the process stays in `folder` as well.
    """
    files = valid_files(format)
    for number, content in enumerate(files):
        path = folder / f"{format}-valid-{number}{ENDINGS.get(format, '.txt')}"
        path.write_bytes(content)
        read_all(path, format)
        path.unlink()
    counts: Counter[str] = Counter()
    slowest, most, end = 0.0, peak(), time.monotonic() + seconds
    for each in itertools.count(seed):
        if each - seed >= count if count else time.monotonic() > end:
            break
        content, packed = case_of(format, each, files)
        path = folder / f"{format}-{each}{ENDINGS.get(format, '.txt')}{'.gz' if packed else ''}"
        path.write_bytes(content)
        faulthandler.dump_traceback_later(LONGEST_CASE, exit=True)
        began = time.monotonic()
        wrong = None
        try:
            counts += read_all(path, format)
        except Exception:
            wrong = traceback.format_exc()
        faulthandler.cancel_dump_traceback_later()
        slowest = max(slowest, time.monotonic() - began)
        if peak() - most > MORE_MEMORY:
            wrong = f"it took {(peak() - most) >> 20} MiB more"
        most = max(most, peak())
        counts["cases"] += 1
        if wrong is None:
            path.unlink()
        else:
            counts["failed"] += 1
            sys.stderr.write(f"{path}: seed {each}: {wrong}\n")
    return {**counts, "slowest": slowest, "peak": most >> 20}


def run_fuzz(format: Format, seed: int, count: int, seconds: float, folder: Path) -> dict[str, float]:
    """Run `fuzz` in a process of its own, so that this one sees an abort."""
    command = [sys.executable, __file__, format, str(seed), str(count), str(seconds), str(folder)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 600, check=False)
    left = sorted(path.name for path in folder.iterdir())
    said = f"{format} from seed {seed}: status {result.returncode}; left in {folder}: {left}\n{result.stderr[-5000:]}"
    assert (result.returncode, left) == (0, []), said
    return cast("dict[str, float]", json.loads(result.stdout))


@pytest.mark.full
@pytest.mark.parametrize("format", ["spacy", "datasets"])
def test_readers_that_could_end_the_process_do_not(format: Format, tmp_path: Path) -> None:
    counts = run_fuzz(format, 1, 150, 0, tmp_path)
    assert counts["cases"] == 150


@pytest.mark.skipif(not SECONDS, reason="set TIEBREAK_FUZZ_SECONDS")
def test_for_long() -> None:
    seed = random.SystemRandom().randrange(1 << 40)
    folder = Path(os.environ.get("TIEBREAK_FUZZ_KEEP") or tempfile.mkdtemp(prefix="tiebreak-fuzz-"))
    wrong = []
    for format in FORMATS:
        own = folder / format
        own.mkdir(parents=True, exist_ok=True)
        try:
            counts = run_fuzz(format, seed, 0, SECONDS / len(FORMATS), own)
            sys.stdout.write(f"{format} from seed {seed}: {counts}\n")
        except AssertionError as error:
            wrong.append(str(error))
    assert not wrong, "\n".join(wrong)


IN_PROCESS: list[Format] = [format for format in FORMATS if format not in ENDINGS]


@pytest.mark.parametrize("format", IN_PROCESS)
@given(content=st.binary(max_size=200) | st.lists(st.sampled_from(TOKENS), max_size=20).map(b"".join))
@example(content=b"text\n\xff\n")
@example(content=b"\xef\xbb\xbf[")
def test_whatever_the_bytes(tmp_path: Path, format: Format, content: bytes) -> None:
    for name in ("any.txt", "any.txt.gz"):
        path = tmp_path / name
        path.write_bytes(content)
        read_all(path, format)


@pytest.mark.parametrize("format", IN_PROCESS)
@given(which=st.integers(0, 100), steps=STEPS, inside=st.booleans(), seed=st.integers(0, 1 << 30))
def test_whatever_is_changed(
    tmp_path: Path, format: Format, which: int, steps: list[Step], inside: bool, seed: int
) -> None:
    files = valid_files(format)
    content = files[which % len(files)]
    if inside and format in OTHERS_OBJECTS:
        content = lines_of([with_odd_values(value, random.Random(seed)) for value in values_of(content)])
    path = tmp_path / "changed.txt"
    path.write_bytes(mutated(content, steps))
    read_all(path, format)


@pytest.mark.parametrize("path", sorted(KEPT.glob("*-*")), ids=lambda path: path.name)
def test_what_once_failed(path: Path) -> None:
    assert read_all(path, cast(Format, path.name.partition("-")[0]))


# Huge files: a process of its own reads each, and reports the memory that it took.


def gzipped(pieces: Sequence[tuple[bytes, int]]) -> bytes:
    """Make a gzip file of pieces, each repeated as a member of its own, since that is fast."""
    return b"".join(gzip.compress(piece, 6, mtime=0) * times for piece, times in pieces)


MIB = 1 << 20
DEEP = 10**6
OBJECTS: list[Format] = ["jsonl", "doccano", "labelstudio", "argilla"]
SOME: list[Format] = ["jsonl", "argilla", "txt", "csv", "conll"]  # the other formats are read like one of these
Made = Callable[[], bytes]
HUGE: dict[str, tuple[list[Format], str, Made, int]] = {  # formats, ending, content, and the limit in MiB
    "nesting": (OBJECTS, ".txt", lambda: b'{"text": "x", "meta": ' + b"[" * DEEP + b"]" * DEEP + b"}\n", 64),
    "nesting of objects": (OBJECTS, ".txt", lambda: b'{"a":' * DEEP + b"1" + b"}" * DEEP, 128),
    "nesting of a list": (OBJECTS, ".txt", lambda: b"[" * DEEP + b"]" * DEEP, 64),
    "nesting in meta": (["datasets"], ".parquet", lambda: parquet_with_meta("[" * DEEP + "]" * DEEP), 128),
    "a long line": (SOME, ".txt", lambda: b"text" + b"x" * (64 * MIB - 5) + b"\n", 600),
    "a longer line": (SOME, ".txt", lambda: b"text" + b"x" * (80 * MIB) + b"\nx O\n", 400),
    "zeros": (["jsonl", "doccano"], ".txt.gz", lambda: gzipped([(bytes(16 * MIB), 64)]), 400),
    "zeros after a header": (["csv"], ".txt.gz", lambda: gzipped([(b'text\n"', 1), (bytes(16 * MIB), 64)]), 400),
    "short lines in a field": (
        ["csv"],
        ".txt.gz",
        lambda: gzipped([(b'text\n"', 1), (b"xyzzy" * 20 + b"\n" * 1, 1), ((b"xyzzy" * 20 + b"\n") * (MIB // 8), 24)]),
        400,
    ),
    "an endless sentence": (["conll"], ".txt.gz", lambda: gzipped([(b"xyzzy O\n" * MIB, 3)]), 200),
    "an endless list": (["doccano"], ".txt.gz", lambda: gzipped([(b"[\n", 1), (b" " * 16 * MIB, 64)]), 400),
    "a DocBin of zeros": (["spacy"], ".spacy", lambda: zlib.compress(bytes(256 * MIB), 9), 400),
}


def parquet_with_meta(meta: str) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    stream = io.BytesIO()
    pq.write_table(pa.table({"text": ["x"], "meta": [meta]}), stream)
    return stream.getvalue()


@pytest.mark.full
@pytest.mark.parametrize(
    ("name", "format"), [(name, format) for name, (formats, *_) in HUGE.items() for format in formats]
)
def test_a_huge_file_takes_little_memory_and_time(name: str, format: Format, tmp_path: Path) -> None:
    _, ending, make, most = HUGE[name]
    path = tmp_path / f"huge{ending}"
    path.write_bytes(make())
    command = [sys.executable, __file__, "read", str(path), format]
    began = time.monotonic()
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    path.unlink()
    assert result.returncode == 0, result.stderr[-3000:]
    found = json.loads(result.stdout)
    assert found["MiB"] <= most, found
    assert time.monotonic() - began < 60
    sys.stdout.write(f"{name}, {format}: {found}\n")


def main(arguments: Sequence[str]) -> None:
    if arguments[0] == "read":
        before = peak()
        counts = read_all(Path(arguments[1]), cast(Format, arguments[2]), [Task.NER])
        found: dict[str, Any] = {**counts, "MiB": (peak() - before) >> 20}
    else:
        format, seed, count, seconds, folder = arguments
        found = fuzz(cast(Format, format), int(seed), int(count), float(seconds), Path(folder))
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
