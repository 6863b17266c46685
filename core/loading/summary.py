"""The outcome of a load."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class LoadSummary:
    """Counts of the records of a load, by outcome."""

    records: int = 0
    new: int = 0
    skipped: int = 0  # known texts
    predictions: dict[str, int] = field(default_factory=dict)  # predictor -> new or changed
    ignored_spans: int = 0  # records with spans (or categories) without a predictor
    unaccepted: int = 0  # rejected or ignored records: their spans (or categories) are not predictions
    decisions: int = 0  # records that decide only on their own spans, merged by text
    gave_way: int = 0  # records that contradict a record of the same text and predictor that counts
    of_other_task: int = 0  # records with spans if the task is categories, or the reverse
    bad: int = 0
    by_source: Counter[str] = field(default_factory=Counter)  # source -> records
    bad_by_source: Counter[str] = field(default_factory=Counter)  # source -> bad lines
    annotated: Counter[str] = field(default_factory=Counter)  # source -> records with spans, or categories, of the task
    notes: Counter[str] = field(default_factory=Counter)  # what could not be read as it was -> how often
