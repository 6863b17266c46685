"""CoNLL: a token a line with its tag in the last column, a blank line after each sentence."""

from __future__ import annotations

import re
from bisect import bisect, bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain, pairwise
from typing import BinaryIO

from tiebreak.core.errors import RecordError, SourceError
from tiebreak.core.formats.exported import WHITE, accepted, trimmed, trimmed_spans
from tiebreak.core.formats.lines import decode_lines
from tiebreak.core.formats.prodigy import parse_record
from tiebreak.core.formats.reading import ReadOptions, ReadReport, Records
from tiebreak.core.formats.writing import ExportedRecord, WriteOptions, WriteReport
from tiebreak.core.records import Record, Span, Task, Token
from tiebreak.core.tokens import tokenize

_WIDTHS = range(2, 5)
_MOST_TOKENS = 1_000_000  # of a sentence, which is in memory as a whole
_TAG = re.compile(r"O|[BIELUS]-.+")
_TEXT = re.compile(r"# text ?= ?(.*)", re.DOTALL)
_BLANKS = re.compile(r"\s*")
_DOCUMENT = "-DOCSTART-"
_OF_DOCUMENT = (_DOCUMENT, "O", "-X-", "_", "-")  # what stands in the last column of such a line
_NO_CATEGORIES = "CoNLL has a tag for each token and so no categories of texts; use another format"


@dataclass
class _Sentence:
    """What has been read of a sentence: its tokens and tags from line `number` on, or what is wrong with it, where."""

    width: int | None  # the number of columns that the file has, where it is known
    tokens: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    number: int = 0
    text: str | None = None
    wrong: str | None = None

    def add(self, number: int, line: str | RecordError) -> None:
        if self.wrong is not None:
            return
        columns = _columns(line) if isinstance(line, str) else []
        if isinstance(line, str) and not self.tokens and self._is_comment(line, columns):
            return
        self.wrong = str(line) if isinstance(line, RecordError) else self._what_is_wrong(columns)
        if self.wrong is not None or not self.tokens:
            self.number = number
        if self.wrong is None:
            self.width = len(columns)
            self.tokens.append(columns[0])
            self.tags.append(columns[-1])

    def _is_comment(self, line: str, columns: list[str]) -> bool:
        """Whether it is no token. One that is a hash, or begins with it, has a tag and as many columns as others."""
        if columns[0] == _DOCUMENT:
            return columns[-1] in _OF_DOCUMENT
        if not line.startswith("#"):
            return False
        if text := _TEXT.match(line):
            self.text = text[1]
            return True
        if len(columns) not in (_WIDTHS if self.width is None else (self.width,)):
            return True
        return line.startswith("# ") and not _TAG.fullmatch(columns[-1])

    def _what_is_wrong(self, columns: list[str]) -> str | None:
        count = len(columns)
        if count not in _WIDTHS:
            return f"{count} column{'s' if count > 1 else ''}, not 2 to 4 with the token first and the tag last"
        if len(self.tokens) == _MOST_TOKENS:
            return f"a sentence of more than {_MOST_TOKENS:,} tokens"
        if self.width not in (None, count):
            return f"{count} columns, where the others have {self.width}"
        if not columns[0]:
            return "no token in the first column"
        if not _TAG.fullmatch(columns[-1]):
            return f"the tag {columns[-1][:40]!r} is none of IOB or BILUO (O, B-LABEL, I-LABEL, ...)"
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

    Raises SourceError where the task is categories.
    """
    if options.task.is_categories:
        raise SourceError(_NO_CATEGORIES)
    width: int | None = None  # that of the first good sentence is the file's
    sentence = _Sentence(width)
    for number, line in chain(decode_lines(stream), [(0, "")]):
        if isinstance(line, RecordError) or (line and not line.isspace()):
            sentence.add(number, line)
            continue
        if sentence.number:
            try:
                yield sentence.number, sentence.record(options.task)
                width = sentence.width
            except RecordError as error:
                yield sentence.number, error
        sentence = _Sentence(width)


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


def _columns(line: str) -> list[str]:
    line = line.rstrip(" \t\r")
    if "\t" in line:
        return [column.strip(" ") for column in line.split("\t")]
    return [column for column in line.split(" ") if column]


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
