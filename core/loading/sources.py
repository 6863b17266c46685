"""Load sources: texts become examples, and their spans a predictor's predictions."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from tiebreak.core.errors import ConfigError, RecordError, SourceError, StoreError
from tiebreak.core.files.written import written_at
from tiebreak.core.formats.conll_columns import Columns
from tiebreak.core.formats.read_options import ReadOptions, ReadSummary
from tiebreak.core.formats.registry import STDIN, Format, check_source, read_records
from tiebreak.core.label_map import KEEP_ALL, LabelMap
from tiebreak.core.loading.predictor import LoadedPredictor
from tiebreak.core.loading.summary import LoadSummary
from tiebreak.core.project.annotator_names import plain_name
from tiebreak.core.records import OffsetUnit, Record, Task
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.opening import create_store, open_store
from tiebreak.core.store.predictions import has_predictor

BATCH = 10_000  # records loaded in a transaction
_TRIES = 2  # before the last: another load may remove its store again if it could load nothing


@dataclass(frozen=True)
class LoadOptions:
    """Options of a load. `predictor` gets all spans; without it they go to the record's `_annotator_id`.

    `columns` are those of CoNLL. `offsets` is the unit that the sources' offsets count; None to find it out.
    `text_column` is the field or column with the text. `class_names` are the names that numbers in tags and labels
    stand for; empty to go by the files.
    """

    predictor: str | None = None
    label_map: LabelMap = KEEP_ALL
    format: Format | None = None
    strict: bool = False
    columns: Columns | None = None
    offsets: OffsetUnit | None = None
    text_column: str | None = None
    class_names: tuple[str, ...] = ()


def load_sources(
    store: Store,
    sources: Sequence[str],
    options: LoadOptions = LoadOptions(),
    *,
    on_bad: Callable[[str], None] = lambda message: None,
    on_progress: Callable[[LoadSummary], None] = lambda loaded: None,
    check: Callable[[LoadSummary], None] = lambda loaded: None,
) -> LoadSummary:
    """Load all `sources` into `store`, and call `on_bad` with `FILE:LINE: reason` for each bad line.

    Memory does not grow with the sources. With `strict` the first bad line raises SourceError, and the store stays as
    it was. It also does if `check` raises an error about the final report.
    """
    for source in sources:
        check_source(source, options.format)
    loaded = LoadSummary()
    with _no_garbage(), store.transaction() if options.strict else nullcontext():
        try:
            _load_all(store, sources, options, loaded, on_bad, on_progress)
        except SourceError as error:
            if options.strict or not loaded.records:
                raise
            kept = "the record before it was" if loaded.records == 1 else f"the {loaded.records} records before it were"
            raise error.saying(f"{error}; {kept} loaded") from error
        check(loaded)
    return loaded


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Switch the garbage collector off: records have no cycles, and it would take a tenth of a load."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def open_or_create(path: Path, task: Task | None) -> tuple[Store, bool]:
    """Open the store at `path`, made for `task` (default ner) if it is missing; return it, and whether it was made.

    Raises ConfigError if the store has another task than `task`.
    """
    for _ in range(_TRIES):
        with suppress(StoreError):
            return _open_or_create(path, task)
        if path.exists():
            break
    return _open_or_create(path, task)


def _open_or_create(path: Path, task: Task | None) -> tuple[Store, bool]:
    if not path.exists() or (path.is_file() and not path.stat().st_size):
        return create_store(path, task or Task.NER), True
    store = open_store(path)
    if task is not None and store.task is not task:
        its_task = store.task.value
        store.close()
        raise ConfigError(f"{path}: the store's task is {its_task}, not {task.value}; make another store for it")
    return store, False


def _predictor_named(store: Store, annotator: str) -> str:
    """Return the predictor for an annotator's records: the name as it is if the store has it, else in plain form."""
    name = annotator.strip()
    return name if name.isascii() or has_predictor(store, name) else plain_name(name)


def _load_all(
    store: Store,
    sources: Sequence[str],
    options: LoadOptions,
    loaded: LoadSummary,
    on_bad: Callable[[str], None],
    on_progress: Callable[[LoadSummary], None],
) -> None:
    predictors: dict[str, LoadedPredictor] = {}
    for source in sources:
        names = {"": options.class_names} if options.class_names else {}
        asked = ReadOptions(store.task, options.columns, options.offsets, options.text_column, names)
        records = read_records(source, asked, options.format, ReadSummary(loaded.notes))
        while True:
            good, end = _next_batch(records, source, options.strict, loaded, on_bad)
            _load_batch(store, good, source, options, loaded, predictors)
            on_progress(loaded)
            if isinstance(end, SourceError):
                raise end
            if end:
                break


def _next_batch(
    records: Iterator[tuple[int, Record | RecordError]],
    source: str,
    strict: bool,
    loaded: LoadSummary,
    on_bad: Callable[[str], None],
) -> tuple[list[Record], bool | SourceError]:
    """Return the next good records; and whether the source ended there, or the error that broke it off."""
    good: list[Record] = []
    ended = True
    try:
        for line, record in islice(records, BATCH):
            ended = False
            if isinstance(record, Record):
                good.append(record)
                continue
            message = f"{_name(source)}:{line}: {record}"
            if strict:
                raise SourceError(f"{message}; nothing was loaded, since loading is strict")
            loaded.bad += 1
            loaded.bad_by_source[source] += 1
            on_bad(message)
    except SourceError as error:
        if strict:
            raise
        return good, error
    return good, ended


def _load_batch(
    store: Store,
    records: list[Record],
    source: str,
    options: LoadOptions,
    loaded: LoadSummary,
    predictors: dict[str, LoadedPredictor],
) -> None:
    by_predictor: dict[str, list[tuple[int, Record]]] = {}
    with store.transaction():
        renamed = [_with_names(record, options.label_map) for record in records]
        example_ids, new = add_examples(store, renamed, _name(source))
        for record, example_id in zip(records, example_ids, strict=True):
            if record.is_version and options.predictor is not None:
                continue  # only the record's own spans go to that predictor
            predictor = options.predictor or _predictor_named(store, record.annotator or "")
            annotation, other = store.rules.in_record(record)
            loaded.of_other_task += bool(other) and annotation is None
            loaded.annotated[source] += annotation is not None
            if annotation is not None and predictor:
                by_predictor.setdefault(predictor, []).append((example_id, record))
            else:
                loaded.ignored_spans += bool(annotation)
        for predictor, its_records in by_predictor.items():
            if predictor not in predictors:
                predictors[predictor] = LoadedPredictor(store, predictor, options.label_map, _name(source))
            changed = predictors[predictor].take(its_records, loaded, _name(source), _written(source))
            if changed is not None:
                loaded.predictions[predictor] = loaded.predictions.get(predictor, 0) + changed
    count = sum(not record.is_version for record in records)
    loaded.records += count
    loaded.by_source[source] += count
    loaded.new += new
    loaded.skipped += count - new


def _with_names(record: Record, label_map: LabelMap) -> Record:
    """Return the record with the fields of its spans under the store's labels, so that an export finds them again."""
    if not record.span_fields or label_map.names is None:
        return record
    named = [(label_map.name_of(each["label"]), each) for each in record.span_fields]
    fields = tuple({**each, "label": name} for name, each in named if name is not None)
    return record._replace(span_fields=fields)


def _written(source: str) -> float | None:
    return None if source == STDIN else written_at(source)


def _name(source: str) -> str:
    """Return the source's name for messages and the store; a file name need not be text."""
    return "standard input" if source == STDIN else os.fsencode(source).decode("utf-8", "replace")
