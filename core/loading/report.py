"""What became of the records of a load."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class LoadReport:
    """What became of the records of a load."""

    records: int = 0
    new: int = 0
    skipped: int = 0  # texts that the store had already
    predictions: dict[str, int] = field(default_factory=dict)  # by predictor: new or changed
    ignored_spans: int = 0  # records with spans (or categories) that are nobody's
    unaccepted: int = 0  # records rejected or ignored: their spans (or categories) are no prediction
    decisions: int = 0  # records that decide on their spans alone, and were merged by text
    gave_way: int = 0  # records that said something else than one of the same text and predictor that counts
    of_other_task: int = 0  # records with spans where the task is categories, or the other way round
    bad: int = 0
    by_source: Counter[str] = field(default_factory=Counter)  # records, by the source that they came from
    bad_by_source: Counter[str] = field(default_factory=Counter)  # lines
    annotated: Counter[str] = field(default_factory=Counter)  # by source: records that say what the task is about
    notes: Counter[str] = field(default_factory=Counter)  # what could not be read as it was, with how often
