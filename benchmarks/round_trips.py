"""Real gold, accepted as it is, exported in every format and loaded back: how much of it comes back exactly.

`python -m benchmarks.round_trips FOLDER` prints a table; without a folder it takes TIEBREAK_SHARED_DATA.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from tiebreak.core.errors import SourceError
from tiebreak.core.export.records import Selection
from tiebreak.core.export.targets import Target, export_files
from tiebreak.core.formats.offsets import WRITTEN_IN_UTF_16
from tiebreak.core.formats.registry import DIFFERENCES, WRITTEN
from tiebreak.core.loading.sources import LoadOptions, load_sources
from tiebreak.core.records import Span, Task
from tiebreak.core.store.answers import accept_agreed
from tiebreak.core.store.connection import Store
from tiebreak.core.store.opening import create_store
from tiebreak.core.store.queue import current_predictions, read_example

FORMATS = tuple(format for format in WRITTEN if format != DIFFERENCES)  # differences are for a spreadsheet
_ENDINGS = {"jsonl": ".jsonl", "spacy": ".spacy", "conll": ".conll", "labelstudio": ".json", "argilla": ".json"}
_BLANKS = re.compile(r"\s+")
# A text, and a span or category of it.
InText = tuple[str, Span]


@dataclass
class RoundTrip:
    """The round trip of one file, as one task, in one format; it counts spans, or categories that hold.

    `given`: in the exported store; `back`: loaded back; `kept`: the same in both; `lost`: those that did not come back
    the same. `notes` are what the export reported. `refused` says why the format cannot hold the task at all.
    """

    file: str
    task: Task
    format: str
    given: int = 0
    back: int = 0
    kept: int = 0
    texts: int = 0
    texts_kept: int = 0
    notes: Counter[str] = field(default_factory=Counter)
    refused: str = ""
    lost: list[InText] = field(default_factory=list)

    @property
    def told(self) -> int:
        """How many spans or records the export reported a loss for."""
        harmless = ("tokens split there", "tagged without it")
        return sum(
            count
            for note, count in self.notes.items()
            if not (note.endswith(harmless) or note.startswith(WRITTEN_IN_UTF_16))
        )


def tasks_of(path: Path) -> list[Task]:
    """Return the tasks that a file holds gold for; spans that overlap are spancat."""
    records = _records(path)
    tasks: list[Task] = []
    if any(record.get("spans") for record in records):
        overlap = any(_overlap(record.get("spans") or []) for record in records)
        tasks.append(Task.SPANCAT if overlap else Task.NER)
    if any(record.get("cats") for record in records):
        several = any(sum(score >= 0.5 for score in (record.get("cats") or {}).values()) > 1 for record in records)
        tasks.append(Task.TEXTCAT_MULTILABEL if several else Task.TEXTCAT)
    return tasks


def _records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def _overlap(spans: Sequence[dict[str, Any]]) -> bool:
    placed = sorted((span["start"], span["end"]) for span in spans)
    return any(start < end for (_, end), (start, _) in pairwise(placed))


def round_trips(path: Path, folder: Path) -> Iterator[RoundTrip]:
    """Yield all round trips of a file's gold, then those with its nested spans; their files are in `folder`."""
    yield from _round_trips(path, folder)
    if (nested := _with_nested(path, folder)) is not None:
        yield from _round_trips(nested, folder)


def _with_nested(path: Path, folder: Path) -> Path | None:
    """Write a file with the spans under `nested` among the others; return None if there are no nested spans."""
    records = _records(path)
    if not any(record.get("nested") for record in records):
        return None
    out = folder / f"{path.stem} with nested.jsonl"
    whole = [{**record, "spans": record["spans"] + record["nested"]} for record in records]
    out.write_text("".join(f"{json.dumps(record)}\n" for record in whole), encoding="utf-8")
    return out


def _round_trips(path: Path, folder: Path) -> Iterator[RoundTrip]:
    for task in tasks_of(path):
        with create_store(folder / f"{path.stem}.{task}.db", task) as store:
            for predictor in ("gold", "again"):  # the same twice, so that both agree on everything
                report = load_sources(store, [str(path)], LoadOptions(predictor))
                assert not report.bad, f"{path}: {report.bad} bad lines"
            accept_agreed(store, "round trip")
            for format in FORMATS:
                yield _round_trip(store, path, format, folder)


def _round_trip(store: Store, path: Path, format: str, folder: Path) -> RoundTrip:
    result = RoundTrip(path.name, store.task, format)
    out = folder / f"{path.stem}.{store.task}.{format}{_ENDINGS.get(format, '')}"
    given = _by_text(store, "gold")
    try:
        result.notes = export_files(store, Target(out, format), Selection()).files[0][1].notes
    except SourceError as error:
        result.refused = str(error)
        return result
    with create_store(folder / f"{path.stem}.{store.task}.{format}.db", store.task) as again:
        source = LoadOptions("back", format=format, strict=True)  # type: ignore[arg-type]  # a name of FORMATS
        load_sources(again, [str(out)], source)
        back = _by_text(again, "back")
    exact = format != "conll"  # CoNLL holds tokens without the white space between them
    kept = Counter(_keys(given, exact)) & Counter(_keys(back, exact))
    result.given, result.back = sum(map(len, given.values())), sum(map(len, back.values()))
    result.kept = kept.total()
    result.texts = len(given)
    result.texts_kept = len(given.keys() & back.keys())
    result.lost = list((Counter(_keys(given, exact)) - kept).elements())
    return result


def _by_text(store: Store, predictor: str) -> dict[str, tuple[Span, ...]]:
    """Return the predictor's spans or categories of each text."""
    found: dict[str, tuple[Span, ...]] = {}
    for (example_id,) in store.execute("SELECT id FROM examples").fetchall():
        if (prediction := current_predictions(store, example_id).get(predictor)) is None:
            continue
        spans = store.rules.stored(prediction.marks)
        found[read_example(store, example_id).text] = spans
    return found


def _keys(by_text: dict[str, tuple[Span, ...]], exact: bool) -> Iterator[InText]:
    for text, spans in by_text.items():
        for span in spans:
            yield (text, span) if exact else (_packed(text), _packed_span(text, span))


def _packed(text: str) -> str:
    return _BLANKS.sub("", text)


def _packed_span(text: str, span: Span) -> Span:
    start = len(_packed(text[: span.start]))
    return Span(start, start + len(_packed(text[span.start : span.end])), _BLANKS.sub("_", span.label))


def table(results: Sequence[RoundTrip]) -> str:
    """Return a Markdown table with a line for each file and task, and a column for each format."""
    lines = [
        "kept/given, and in brackets what the export reported; CoNLL is compared without white space.",
        "",
        f"| file | task | {' | '.join(FORMATS)} |",
        f"|---|---|{'---|' * len(FORMATS)}",
    ]
    by_file: dict[tuple[str, str], dict[str, str]] = {}
    for each in results:
        cell = "no categories" if each.refused else f"{each.kept:,}/{each.given:,}"
        if each.texts_kept < each.texts:
            cell += f", texts {each.texts_kept}/{each.texts}"
        if each.notes:
            cell += f" ({', '.join(f'{count} {_short(note)}' for note, count in each.notes.items())})"
        by_file.setdefault((each.file, each.task), {})[each.format] = cell
    for (file, task), cells in by_file.items():
        lines.append(f"| {file} | {task} | {' | '.join(cells[format] for format in FORMATS)} |")
    return "\n".join(lines)


def _short(note: str) -> str:
    return note.partition(":")[0]


def main(arguments: Sequence[str]) -> None:
    given = arguments[0] if arguments else os.environ.get("TIEBREAK_SHARED_DATA")
    if not given:
        sys.exit("No folder with the data was given. Type: python -m benchmarks.round_trips FOLDER")
    results: list[RoundTrip] = []
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted(Path(given).glob("*.jsonl")):
            results += round_trips(path, Path(folder))
    print(table(results))
    unlike = [each for each in results if each.kept < each.given]
    for each in unlike:
        print(f"\n{each.file}, {each.task}, {each.format}: {each.given - each.kept} not the same, {each.told} reported")
        for text, span in each.lost[:5]:
            print(f"  {span.label!r} {text[span.start : span.end]!r} in {text[:60]!r}")


if __name__ == "__main__":
    main(sys.argv[1:])
