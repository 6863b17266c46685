"""CoNLL: a token per line with its tag, and an empty line after each sentence; or spaCy's form, a sentence per line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import BinaryIO

from tiebreak.core.errors import RecordError
from tiebreak.core.formats.conll_columns import (
    DOCUMENT,
    LOOKED_AT,
    TAG,
    Layout,
    find_layout,
    is_range,
    number_in,
    split_columns,
)
from tiebreak.core.formats.conll_writing import check_has_tags
from tiebreak.core.formats.conll_writing import write as write
from tiebreak.core.formats.lines import decode_lines
from tiebreak.core.formats.prodigy import parse_record
from tiebreak.core.formats.read_options import ReadOptions, ReadSummary, Records
from tiebreak.core.formats.tagged import align, decode_tags, joined_tokens
from tiebreak.core.records import Record, Task

_LOOKED_AT_CHARACTERS = 1 << 20
_MOST_TOKENS = 1_000_000  # in a sentence: it is in memory as a whole
_TEXT = re.compile(r"# text ?= ?(.*)", re.DOTALL)
_MORE_TAGS = "sentences with tags in another column, which is not read"


@dataclass
class _Sentence:
    """The part of a sentence read so far: its tokens and tags from line `number` on, or the error at that line."""

    layout: Layout
    tokens: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    number: int = 0
    text: str | None = None
    wrong: str | None = None
    has_more: bool = False
    last: int | None = None  # the number of the last token, if tokens are counted

    def add(self, number: int, line: str | RecordError) -> None:
        if self.wrong is not None:
            return
        columns = split_columns(line, self.layout.separator) if isinstance(line, str) else []
        if isinstance(line, str) and self._is_passed_over(line, columns):
            return
        self.wrong = str(line) if isinstance(line, RecordError) else self._what_is_wrong(columns)
        if self.wrong is not None or not self.tokens:
            self.number = number
        if self.wrong is None:
            self.last = self._number_of(columns)
            self.tokens.append(columns[self.layout.columns.token])
            self.tags.append(columns[self.layout.columns.tag])
            self.has_more |= any(columns[column] != "O" for column in self.layout.more_tags)

    def ends_before(self, line: str) -> bool:
        """Return whether `line` begins a new sentence without an empty line: a document, or a restarted count."""
        columns = split_columns(line, self.layout.separator)
        if not self.tokens or not columns:
            return False
        if columns[0] == DOCUMENT and ("-X-" in columns or not TAG.fullmatch(columns[-1])):
            return True
        number = self._number_of(columns)
        return number in (0, 1) and self.last is not None and number <= self.last

    def _number_of(self, columns: Sequence[str]) -> int | None:
        index = self.layout.counter
        return None if index is None or index >= len(columns) else number_in(columns[index])

    def _is_passed_over(self, line: str, columns: list[str]) -> bool:
        index = self.layout.counter
        if index is not None and index < len(columns) and is_range(columns[index]):
            return True
        return not self.tokens and self._is_comment(line, columns)

    def _is_comment(self, line: str, columns: list[str]) -> bool:
        """Return whether the line is not a token.

        A token that begins with a hash has a tag and as many columns as the others.
        """
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
            return "no token in its column"
        if not TAG.fullmatch(tag):
            return f"the tag {tag[:40]!r} is not an IOB or BILUO tag (O, B-LABEL, I-LABEL, ...)"
        return None

    def _what_is_wrong_with_columns(self, columns: Sequence[str]) -> str | None:
        count, width = len(columns), self.layout.width
        if width is not None and count != width:
            return f"{_columns(count)}, but the others have {width}"
        token, tag = (column + 1 if column >= 0 else -column for column in self.layout.columns)
        if count < max(token, tag, 2):
            return f"{_columns(count)}, too few for a token and its tag"
        return None

    def record(self, task: Task) -> Record:
        """Return the sentence as a record. Raises RecordError if it is wrong."""
        if self.wrong is not None:
            raise RecordError(self.wrong)
        text = " ".join(self.tokens) if self.text is None else self.text
        bounds = joined_tokens(self.tokens) if self.text is None else align(text, self.tokens)
        if bounds is None:
            raise RecordError("the tokens do not match the text in the line `# text = `")
        spans = [
            {"start": bounds[first][0], "end": bounds[last][1], "label": label}
            for first, last, label in decode_tags(self.tags)
        ]
        tokens = [{"start": start, "end": end} for start, end in bounds]
        return parse_record({"text": text, "tokens": tokens, "spans": spans}, task)


def read(stream: BinaryIO, options: ReadOptions, summary: ReadSummary) -> Records:
    """Yield (number of the sentence's first line, record), or (number of the line, error).

    If `options` do not name the columns of tokens and tags, the first lines show them. Raises SourceError if the task
    is categories.
    """
    check_has_tags(options.task)
    lines = _split_at_cr(decode_lines(stream))
    head = _head(lines)
    layout = find_layout(line for _, line in head if isinstance(line, str))
    if options.columns is not None:
        layout = layout._replace(columns=options.columns, more_tags=())
    read_lines = _read_sentences if layout.piped else _read_columns
    return read_lines(chain(head, lines), layout, options, summary)


def _head(lines: Iterator[tuple[int, str | RecordError]]) -> list[tuple[int, str | RecordError]]:
    """Return the first lines, enough to show the file's layout."""
    head, size = [], 0
    for number, line in islice(lines, LOOKED_AT):
        head.append((number, line))
        size += len(line) if isinstance(line, str) else 0
        if size > _LOOKED_AT_CHARACTERS:
            break
    return head


def _read_columns(
    lines: Iterable[tuple[int, str | RecordError]], layout: Layout, options: ReadOptions, summary: ReadSummary
) -> Records:
    """Read a token per line, with an empty line after each sentence."""
    sentence = _Sentence(layout)
    for number, line in chain(lines, [(0, "")]):
        is_line = isinstance(line, RecordError) or bool(line and not line.isspace())
        if not is_line or (isinstance(line, str) and sentence.ends_before(line)):
            yield from _finished(sentence, options, summary)
            sentence = _Sentence(layout)
        if is_line:
            sentence.add(number, line)


def _finished(sentence: _Sentence, options: ReadOptions, summary: ReadSummary) -> Records:
    if not sentence.number:
        return
    try:
        yield sentence.number, sentence.record(options.task)
    except RecordError as error:
        yield sentence.number, error
    if sentence.has_more:
        summary.notes[_MORE_TAGS] += 1


def _split_at_cr(lines: Iterable[tuple[int, str | RecordError]]) -> Iterator[tuple[int, str | RecordError]]:
    """Yield the lines, split at every CR: a column never holds a CR."""
    for number, line in lines:
        if isinstance(line, str) and "\r" in line:
            yield from ((number, each) for each in line.rstrip("\r").split("\r"))
        else:
            yield number, line


def _read_sentences(
    lines: Iterable[tuple[int, str | RecordError]], layout: Layout, options: ReadOptions, summary: ReadSummary
) -> Records:
    """Read a sentence per line, as in spaCy's `.iob`: `token|POS|tag token|POS|tag`."""
    fields = layout.piped
    layout = layout._replace(width=fields)
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
        yield from _finished(sentence, options, summary)


def _columns(count: int) -> str:
    return f"{count} column" + "s" * (count > 1)
