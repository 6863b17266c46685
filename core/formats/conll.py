"""CoNLL: a token a line with its tag, an empty line after each sentence; or as spaCy has it, a sentence a line."""

from __future__ import annotations

import re
from bisect import bisect, bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain, islice, pairwise
from typing import BinaryIO

from tiebreak.core.errors import RecordError, SourceError
from tiebreak.core.formats.conll_columns import (
    DOCUMENT,
    LOOKED_AT,
    TAG,
    Columns,
    Layout,
    find_layout,
    is_range,
    split_columns,
)
from tiebreak.core.formats.exported import WHITE, accepted, trimmed, trimmed_spans
from tiebreak.core.formats.lines import decode_lines
from tiebreak.core.formats.prodigy import parse_record
from tiebreak.core.formats.reading import ReadOptions, ReadReport, Records
from tiebreak.core.formats.writing import ExportedRecord, WriteOptions, WriteReport
from tiebreak.core.records import Record, Span, Task, Token
from tiebreak.core.tokens import tokenize

_LOOKED_AT_CHARACTERS = 1 << 20
_MOST_TOKENS = 1_000_000  # of a sentence, which is in memory as a whole
_TEXT = re.compile(r"# text ?= ?(.*)", re.DOTALL)
_BLANKS = re.compile(r"\s*")
_MORE_TAGS = "sentences with tags in a further column, which is not read"
_NO_CATEGORIES = "CoNLL has a tag for each token and so no categories of texts; use another format"


@dataclass
class _Sentence:
    """What has been read of a sentence: its tokens and tags from line `number` on, or what is wrong with it, where."""

    layout: Layout
    tokens: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    number: int = 0
    text: str | None = None
    wrong: str | None = None
    has_more: bool = False

    def add(self, number: int, line: str | RecordError) -> None:
        if self.wrong is not None:
            return
        columns = split_columns(line) if isinstance(line, str) else []
        if isinstance(line, str) and self._is_passed_over(line, columns):
            return
        self.wrong = str(line) if isinstance(line, RecordError) else self._what_is_wrong(columns)
        if self.wrong is not None or not self.tokens:
            self.number = number
        if self.wrong is None:
            self.tokens.append(columns[self.layout.columns.token])
            self.tags.append(columns[self.layout.columns.tag])
            self.has_more |= any(columns[column] != "O" for column in self.layout.more_tags)

    def _is_passed_over(self, line: str, columns: list[str]) -> bool:
        if self.layout.is_numbered and is_range(columns):
            return True
        return not self.tokens and self._is_comment(line, columns)

    def _is_comment(self, line: str, columns: list[str]) -> bool:
        """Whether it is no token. One that is a hash, or begins with it, has a tag and as many columns as others."""
        if any(column == DOCUMENT or column.startswith(f"{DOCUMENT} ") for column in columns[:2]):
            return columns[-1] == "O" or not TAG.fullmatch(columns[-1])
        if not line.startswith("#"):
            return False
        if text := _TEXT.match(line):
            self.text = text[1]
            return True
        if self._what_is_wrong_with_columns(columns):
            return True
        return line.startswith("# ") and not TAG.fullmatch(columns[self.layout.columns.tag])

    def _what_is_wrong(self, columns: list[str]) -> str | None:
        if len(self.tokens) == _MOST_TOKENS:
            return f"a sentence of more than {_MOST_TOKENS:,} tokens"
        if wrong := self._what_is_wrong_with_columns(columns):
            return wrong
        token, tag = (columns[column] for column in self.layout.columns)
        if not token:
            return "no token where it should stand"
        if not TAG.fullmatch(tag):
            return f"the tag {tag[:40]!r} is none of IOB or BILUO (O, B-LABEL, I-LABEL, ...)"
        return None

    def _what_is_wrong_with_columns(self, columns: Sequence[str]) -> str | None:
        count, width = len(columns), self.layout.width
        if width is not None and count != width:
            return f"{_columns(count)}, where the others have {width}"
        token, tag = (column + 1 if column >= 0 else -column for column in self.layout.columns)
        if count < max(token, tag, 2):
            return f"{_columns(count)}, too few for a token and its tag"
        return None

    def record(self, task: Task) -> Record:
        """The sentence as a record. Raises RecordError where it is wrong."""
        if self.wrong is not None:
            raise RecordError(self.wrong)
        text = " ".join(self.tokens) if self.text is None else self.text
        bounds = _joined(self.tokens) if self.text is None else align(text, self.tokens)
        if bounds is None:
            raise RecordError("the tokens are not those of the text in the line `# text = `")
        spans = [
            {"start": bounds[first][0], "end": bounds[last][1], "label": label}
            for first, last, label in _decode_tags(self.tags)
        ]
        tokens = [{"start": start, "end": end} for start, end in bounds]
        return parse_record({"text": text, "tokens": tokens, "spans": spans}, task)


def read(stream: BinaryIO, options: ReadOptions, report: ReadReport) -> Records:
    """Yield (number of the sentence's first line, record), or (number of the line, what is wrong with it).

    Which columns hold the token and its tag is found in the first lines, where `options` do not name them. Raises
    SourceError where the task is categories.
    """
    if options.task.is_categories:
        raise SourceError(_NO_CATEGORIES)
    lines = decode_lines(stream)
    head = _head(lines)
    layout = find_layout(line for _, line in head if isinstance(line, str))
    if options.columns is not None:
        layout = Layout(options.columns, layout.width, layout.is_numbered)
    if layout.piped:
        return _read_piped(chain(head, lines), layout.piped, options)
    return _read_columns(chain(head, lines), layout, options, report)


def _head(lines: Iterator[tuple[int, str | RecordError]]) -> list[tuple[int, str | RecordError]]:
    """The first lines, as many as tell what the file is like."""
    head, size = [], 0
    for number, line in islice(lines, LOOKED_AT):
        head.append((number, line))
        size += len(line) if isinstance(line, str) else 0
        if size > _LOOKED_AT_CHARACTERS:
            break
    return head


def _read_columns(
    lines: Iterable[tuple[int, str | RecordError]], layout: Layout, options: ReadOptions, report: ReadReport
) -> Records:
    """A token a line, and an empty line after each sentence."""
    sentence = _Sentence(layout)
    for number, line in chain(lines, [(0, "")]):
        if isinstance(line, RecordError) or (line and not line.isspace()):
            sentence.add(number, line)
            continue
        if sentence.number:
            try:
                yield sentence.number, sentence.record(options.task)
            except RecordError as error:
                yield sentence.number, error
            if sentence.has_more:
                report.notes[_MORE_TAGS] += 1
        sentence = _Sentence(layout)


def _read_piped(lines: Iterable[tuple[int, str | RecordError]], fields: int, options: ReadOptions) -> Records:
    """A sentence a line, as spaCy's `.iob` has it: `token|POS|tag token|POS|tag`."""
    layout = Layout(Columns(0, -1), fields)
    for number, line in lines:
        sentence = _Sentence(layout)
        if isinstance(line, RecordError):
            yield number, line
            continue
        pieces = [piece.rsplit("|", fields - 1) for piece in line.split()]
        if pieces and pieces[0][0].startswith("#") and len(pieces[0]) < fields:
            continue  # a comment
        for piece in pieces:
            if piece[0] != DOCUMENT:
                sentence.add(number, "\t".join(piece))
        if sentence.number:
            try:
                yield number, sentence.record(options.task)
            except RecordError as error:
                yield number, error


def _columns(count: int) -> str:
    return f"{count} column" + "s" * (count > 1)


def _joined(tokens: Iterable[str]) -> list[Token]:
    """Where tokens stand in a text that has one space between them."""
    ends = list(accumulate(len(token) + 1 for token in tokens))
    return [(start, end - 1) for start, end in pairwise([0, *ends])]


def align(text: str, tokens: Iterable[str]) -> list[Token] | None:
    """Where the tokens stand in `text`, one after the other with nothing but white space between; None if they do not.

    White space inside a token counts as part of it.
    """
    bounds: list[Token] = []
    position = 0
    for token in tokens:
        start = position
        if not text.startswith(token, start):
            start = _after_blanks(text, position)
        if not token or not text.startswith(token, start):
            return None
        position = start + len(token)
        bounds.append((start, position))
    return bounds if _after_blanks(text, position) == len(text) else None


def _after_blanks(text: str, position: int) -> int:
    blanks = _BLANKS.match(text, position)
    return blanks.end() if blanks else position


def _decode_tags(tags: Iterable[str]) -> list[tuple[int, int, str]]:
    """Spans as (first token, last token, label), of IOB1, IOB2, BILUO and IOBES alike.

    B, U and S begin a span; I, E and L go on with one of the same label, and begin one where there is none; E, L, U
    and S end it.
    """
    spans: list[tuple[int, int, str]] = []
    going_on = None  # the label of the span that the token before left open
    for number, tag in enumerate(tags):
        kind, _, label = tag.partition("-")
        if kind in "IEL" and label == going_on:
            spans[-1] = (spans[-1][0], number, label)
        elif kind != "O":
            spans.append((number, number, label))
        going_on = label if kind in "BI" else None
    return spans


def write(records: Iterable[ExportedRecord], stream: BinaryIO, options: WriteOptions) -> WriteReport:
    """Write tokens with their tags in IOB2, separated by a tab. Raises SourceError where the task is categories."""
    if options.task.is_categories:
        raise SourceError(_NO_CATEGORIES)
    report = WriteReport()
    for record in accepted(records, report):
        spans = _without_overlap(trimmed_spans(record, report), report.notes)
        lines = list(_lines(record, spans, report.notes))
        if not lines:
            report.notes["texts of white space alone: left out"] += 1
            continue
        if record.get("meta") or record.get("flag") or record.get("note"):
            report.notes["meta, flags and notes: left out, the format has no place for them"] += 1
        if " ".join(line.split("\t")[0] for line in lines) != record["text"]:
            report.notes["texts that will read with one space between tokens: the format holds no white space"] += 1
        stream.write("".join([*lines, "\n"]).encode())
        report.records += 1
        report.spans += len(spans)
    return report


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
        notes["tokens and labels with white space inside: it is written as _"] += 1
    return filled


def _pieces(record: ExportedRecord, spans: Sequence[Span], notes: Counter[str]) -> Iterator[Token]:
    """The tokens, split where a span begins or ends within one, without white space around them."""
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
    """The record's tokens, and others for what they leave out of the text."""
    text, position = record["text"], 0
    given = [(token["start"], token["end"]) for token in record.get("tokens") or ()]
    for start, end in [*given, (len(text), len(text))]:
        if position < start:
            for inner_start, inner_end in tokenize(text[position:start]):
                yield position + inner_start, position + inner_end
        yield start, end
        position = end


def _without_overlap(spans: Iterable[Span], notes: Counter[str]) -> list[Span]:
    """Of spans that overlap the longest, of those the first; in text order."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start - span.end, span)):
        at = bisect(kept, span)
        if (at and kept[at - 1].overlaps(span)) or (at < len(kept) and kept[at].overlaps(span)):
            notes["spans that overlap a longer one: left out, a token has one tag"] += 1
        else:
            insort(kept, span)
    return kept
