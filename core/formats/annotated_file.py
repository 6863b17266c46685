"""The annotations in one file, by text, and the task they are for if the caller names none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from tiebreak.core.compare.spans import first_overlap
from tiebreak.core.errors import RecordError
from tiebreak.core.formats.categories import take_categories
from tiebreak.core.formats.conll_columns import Columns
from tiebreak.core.formats.merging import Annotation, annotation_of, merged
from tiebreak.core.formats.read_options import ReadOptions, ReadSummary
from tiebreak.core.formats.registry import Format, read_records
from tiebreak.core.label_map import LabelMap
from tiebreak.core.records import OffsetUnit, Record, Spans, Task, TaskKind
from tiebreak.core.text.hashes import text_digest

_ROUNDING = 0.01  # by which the sum of exclusive scores may miss 1


class Annotated(NamedTuple):
    """The annotations of a text in a file. `is_left_out`: the text was rejected or ignored, so they do not count."""

    text: str
    spans: Spans | None
    cats: dict[str, float] | None
    is_left_out: bool


@dataclass
class AnnotatedFile:
    """A file by the digests of its texts.

    `gave_way` counts the records that gave way to another record of their text. `labels` counts the file's labels
    before a label map. `notes` says what could not be read as it was. `bad` has (line, reason) of the lines that are
    bad for any task, and `bad_cats` of those with bad categories.
    """

    name: str
    texts: dict[bytes, Annotated] = field(default_factory=dict)
    gave_way: int = 0
    bad: list[tuple[int, str]] = field(default_factory=list)
    labels: Counter[str] = field(default_factory=Counter)
    bad_cats: list[tuple[int, str]] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)

    @property
    def annotated(self) -> int:
        """How many texts the file annotates, including rejected texts."""
        return sum(each.spans is not None or each.cats is not None or each.is_left_out for each in self.texts.values())

    def messages(self, task: Task) -> list[str]:
        """Return `FILE:LINE: reason` for each line that is bad for this task."""
        bad = sorted([*self.bad, *(self.bad_cats if task.kind is TaskKind.CATEGORIES else ())])
        return [f"{self.name}:{line}: {reason}" for line, reason in bad]


def read_annotated(
    source: str,
    task: Task | None,
    format: Format | None,
    label_map: LabelMap,
    share: AnnotatedFile | None = None,
    columns: Columns | None = None,
    offsets: OffsetUnit | None = None,
    text_column: str | None = None,
) -> AnnotatedFile:
    """Read a file and merge the records of each text as `load` does. Raises SourceError.

    Without `task` both spans and categories are kept. Without `offsets` the file shows what its offsets count. A text
    that `share` has as well is in memory only once.
    """
    file = AnnotatedFile(source)
    known = share.texts if share is not None else {}
    texts: dict[bytes, _Text] = {}
    options = ReadOptions(task or Task.SPANCAT, columns, offsets, text_column)
    for line, record in read_records(source, options, format, ReadSummary(file.notes)):
        if isinstance(record, RecordError):
            file.bad.append((line, str(record)))
            continue
        if record.is_version:
            continue  # the record itself counts
        records = {task or Task.SPANCAT: record}
        if task is None:
            try:
                records = {Task.SPANCAT: record, Task.TEXTCAT_MULTILABEL: _with_categories(record)}
            except RecordError as error:
                file.bad_cats.append((line, str(error)))
                if not record.spans:
                    continue
                records = {Task.SPANCAT: record}
        digest = text_digest(record.text)
        if digest not in texts:
            texts[digest] = _Text(known[digest].text if digest in known else record.text)
        file.gave_way += texts[digest].take(records, label_map, file.labels)
    file.texts = {digest: text.annotated() for digest, text in texts.items()}
    return file


def _with_categories(record: Record) -> Record:
    """Return the record read for its categories. Raises RecordError if they are wrong."""
    cats, one_label = take_categories(dict(record.other_fields), record.answer, Task.TEXTCAT_MULTILABEL)
    return record._replace(cats=cats, one_label=one_label and not record.spans)


@dataclass(slots=True)
class _Text:
    """A text and its annotations so far, by task."""

    text: str
    said: dict[Task, Annotation] = field(default_factory=dict)
    is_left_out: bool = True

    def take(self, records: Mapping[Task, Record], label_map: LabelMap, labels: Counter[str]) -> bool:
        """Add a record, as each task reads it, and count its labels. Return whether a record gave way."""
        gave_way = False
        for task, record in records.items():
            said = annotation_of(record, task, label_map, self.said.get(task))
            self.is_left_out &= said is None and record.answer not in (None, "accept")
            if said is not None:
                labels.update(said.labels)
            if said is None or said.is_empty:
                continue
            if task in self.said:
                said, lost = merged(self.said[task], said, task)
                gave_way |= lost
            self.said[task] = said._replace(record=None)
        return gave_way

    def annotated(self) -> Annotated:
        spans = next((said.spans for said in self.said.values() if said.spans is not None), None)
        cats = next((said.cats for said in self.said.values() if said.cats is not None), None)
        return Annotated(self.text, spans, cats, self.is_left_out)


def task_of_annotations(*files: AnnotatedFile) -> Task:
    """Return the task of some annotations.

    If any text has spans, it is spancat if some overlap, else ner. If any text has categories, it is textcat if the
    scores of every text add up to 1, else textcat_multilabel. Otherwise it is ner.
    """
    texts = [annotated for file in files for annotated in file.texts.values()]
    if any(annotated.spans for annotated in texts):
        overlapping = any(annotated.spans and first_overlap(annotated.spans) for annotated in texts)
        return Task.SPANCAT if overlapping else Task.NER
    cats = [annotated.cats for annotated in texts if annotated.cats]
    if not cats:
        return Task.NER
    exclusive = all(abs(sum(scores.values()) - 1.0) <= _ROUNDING for scores in cats)
    return Task.TEXTCAT if exclusive else Task.TEXTCAT_MULTILABEL
