"""Writing CoNLL: a token per line with its tag in IOB2, and an empty line after each text."""

from __future__ import annotations

from bisect import bisect, bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import BinaryIO

from tiebreak.core.errors import SourceError
from tiebreak.core.formats.record_parts import WHITE, accepted, trimmed, trimmed_spans
from tiebreak.core.formats.write_options import ExportedRecord, WriteOptions, WriteSummary
from tiebreak.core.records import Span, Task, TaskKind, Token
from tiebreak.core.text.tokens import tokenize

NO_CATEGORIES = "CoNLL has a tag for each token and cannot hold categories of texts; use another format"


def check_has_tags(task: Task) -> None:
    """Raise SourceError unless the task is spans: tags of tokens cannot express anything else."""
    if task.kind is not TaskKind.SPANS:
        raise SourceError(NO_CATEGORIES)


def write(records: Iterable[ExportedRecord], stream: BinaryIO, options: WriteOptions) -> WriteSummary:
    """Write tokens with their tags in IOB2, separated by a tab. Raises SourceError if the task is categories."""
    check_has_tags(options.task)
    summary = WriteSummary()
    for record in accepted(records, summary):
        spans = _without_overlap(trimmed_spans(record, summary), summary.notes)
        lines = list(_lines(record, spans, summary.notes))
        if not lines:
            summary.notes["texts of white space alone: left out"] += 1
            continue
        if record.get("meta") or record.get("flag") or record.get("note"):
            summary.notes["meta, flags and notes: left out, the format has no place for them"] += 1
        if " ".join(line.split("\t")[0] for line in lines) != record["text"]:
            summary.notes["texts that will be read with one space between tokens: the format holds no white space"] += 1
        stream.write("".join([*lines, "\n"]).encode())
        summary.records += 1
        summary.spans += len(spans)
    return summary


def _lines(record: ExportedRecord, spans: Sequence[Span], notes: Counter[str]) -> Iterator[str]:
    text, following, inside = record["text"], 0, False
    for start, end in _pieces(record, spans, notes):
        if following < len(spans) and spans[following].end <= start:
            following, inside = following + 1, False
        tag = "O"
        if following < len(spans) and spans[following].start <= start:
            tag, inside = f"{'I' if inside else 'B'}-{_filled(spans[following].label, notes)}", True
        yield f"{_filled(text[start:end], notes)}\t{tag}\n"


def _filled(text: str, notes: Counter[str]) -> str:
    filled, count = WHITE.subn("_", text)
    if count:
        notes["tokens and labels with white space inside: written as _"] += 1
    return filled


def _pieces(record: ExportedRecord, spans: Sequence[Span], notes: Counter[str]) -> Iterator[Token]:
    """Yield the tokens without white space around them, split if a span begins or ends within one."""
    text, bounds = record["text"], sorted({bound for span in spans for bound in (span.start, span.end)})
    split: set[int] = set()
    for start, end in _tokens(record):
        within = bounds[bisect_right(bounds, start) : bisect_left(bounds, end)]
        split.update(within)
        for piece_start, piece_end in pairwise([start, *within, end]):
            piece = trimmed(text, piece_start, piece_end)
            if piece[0] < piece[1]:
                yield piece
    if off := sum(span.start in split or span.end in split for span in spans):
        notes["spans off token bounds: tokens split there"] += off


def _tokens(record: ExportedRecord) -> Iterator[Token]:
    """Yield the record's tokens, and new tokens for the text that they leave out."""
    text, position = record["text"], 0
    given = [(token["start"], token["end"]) for token in record.get("tokens") or ()]
    for start, end in [*given, (len(text), len(text))]:
        if position < start:
            for inner_start, inner_end in tokenize(text[position:start]):
                yield position + inner_start, position + inner_end
        yield start, end
        position = end


def _without_overlap(spans: Iterable[Span], notes: Counter[str]) -> list[Span]:
    """Return the spans without overlaps, in text order: the longest span stays, or the first of the longest."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start - span.end, span)):
        at = bisect(kept, span)
        if (at and kept[at - 1].overlaps(span)) or (at < len(kept) and kept[at].overlaps(span)):
            notes["spans that overlap a longer one: left out, a token has one tag"] += 1
        else:
            insort(kept, span)
    return kept
