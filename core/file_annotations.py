"""The annotations of one file by text, and of which task they are where nobody says."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from tiebreak.core.compare.spans import first_overlap
from tiebreak.core.errors import RecordError
from tiebreak.core.formats import Format, read_records
from tiebreak.core.formats.categories import take_categories
from tiebreak.core.formats.reading import ReadOptions, ReadReport
from tiebreak.core.hashes import text_digest
from tiebreak.core.labels import LabelMap
from tiebreak.core.records import Record, Spans, Task

_ROUNDING = 0.01  # by which the scores of exclusive categories may miss 1


class Annotated(NamedTuple):
    """What a file says of a text. `is_left_out`: it was rejected or ignored, so that this does not count."""

    text: str
    spans: Spans | None
    cats: dict[str, float] | None
    is_left_out: bool


@dataclass
class AnnotatedFile:
    """A file by the digests of its texts. `bad` has (line, reason) of lines that are bad for whatever task, and
    `bad_cats` of those whose categories are; `notes` says what could not be read as it was, with how often.
    """

    name: str
    texts: dict[bytes, Annotated] = field(default_factory=dict)
    repeated: int = 0
    bad: list[tuple[int, str]] = field(default_factory=list)
    bad_cats: list[tuple[int, str]] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)

    def messages(self, task: Task) -> list[str]:
        """FILE:LINE: reason, of each line that is bad for this task."""
        bad = sorted([*self.bad, *(self.bad_cats if task.is_categories else ())])
        return [f"{self.name}:{line}: {reason}" for line, reason in bad]


def read_annotated(
    source: str, task: Task | None, format: Format | None, label_map: LabelMap, share: AnnotatedFile | None = None
) -> AnnotatedFile:
    """Read a file, whose last record of a text counts. Without `task` both spans and categories are kept.

    A text that `share` has, too, is in memory once. Raises SourceError.
    """
    file = AnnotatedFile(source)
    known = share.texts if share is not None else {}
    for line, record in read_records(source, ReadOptions(task or Task.SPANCAT), format, ReadReport(file.notes)):
        if isinstance(record, RecordError):
            file.bad.append((line, str(record)))
            continue
        cats, one_label = record.cats, record.one_label
        if task is None:
            try:
                cats, one_label = take_categories(dict(record.other_fields), record.answer, Task.TEXTCAT_MULTILABEL)
            except RecordError as error:
                file.bad_cats.append((line, str(error)))
                if not record.spans:
                    continue
                cats = None
        digest = text_digest(record.text)
        file.repeated += digest in file.texts
        text = known[digest].text if digest in known else record.text
        file.texts[digest] = Annotated(
            text,
            None if record.spans is None else label_map.apply(record.spans),
            label_map.apply_to_cats(cats),
            _is_left_out(record, one_label),
        )
    return file


def _is_left_out(record: Record, one_label: bool) -> bool:
    """Whether the record's answer says that what it holds does not count; a label that was rejected is an answer."""
    is_answer = one_label and not record.spans and record.answer == "reject"
    return record.answer not in (None, "accept") and not is_answer


def task_of(*files: AnnotatedFile) -> Task:
    """The task that annotations are of.

    Spans, where any text has one: spancat where some overlap, else ner. Else categories, where any text has some:
    textcat where the scores of each text give 1, as exclusive ones do, else textcat_multilabel. Else ner.
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
