"""The columns of a CoNLL file that hold the token and the tag: named by people, or found in its first lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from tiebreak.core.errors import ConfigError

DOCUMENT = "-DOCSTART-"
TAG = re.compile(r"O|[BIELUS]-.+")
LOOKED_AT = 5_000  # lines at the beginning; they show the layout
_LEAST, _MOST = 2, 12  # columns; a layout has no fewer and no more
_PIPED = re.compile(r"\S+\|(O|[BIELUS]-[^\s|]+)")
_NUMBER = re.compile(r"0*(\d{1,9})[.)]?")
_SENTENCE_TOKEN = re.compile(r"\d+-\d+")
_RANGE = re.compile(r"\d+[-.]\d+")  # CoNLL-U's numbers of several words, or of an empty word
_MOSTLY = 0.9  # share of the lines, 0..1, that must fit: some may be bad
# Phrases: a column of these is not the column of the entities if there is another.
_CHUNKS = frozenset(("NP", "VP", "PP", "ADVP", "ADJP", "SBAR", "PRT", "CONJP", "INTJ", "LST", "UCP"))


class Columns(NamedTuple):
    """The columns of the token and of its tag, counted from 0; negative numbers count from the end."""

    token: int = 0
    tag: int = -1


class Layout(NamedTuple):
    """The layout of a file's lines.

    `width` is the number of columns; None if the first lines do not show it. `counter` is the column that counts the
    tokens of a sentence, if any. `more_tags` are columns of tags that are not read. `piped` is for files with a
    sentence per line, as `token|POS|tag` with blanks between: the number of fields per token. It is 0 if a line is a
    token. `separator` stands between columns, unless that is a tab or a blank.
    """

    columns: Columns = Columns()
    width: int | None = None
    counter: int | None = None
    more_tags: tuple[int, ...] = ()
    piped: int = 0
    separator: str = ""


def parse_columns(value: str) -> Columns:
    """Read `TOKEN,TAG`, counted from 1, or from the end as -1. Raises ConfigError."""
    found = re.fullmatch(r"\s*(-?\d{1,3})\s*,\s*(-?\d{1,3})\s*", value)
    numbers = [int(number) for number in found.groups()] if found else []
    if len(numbers) != 2 or 0 in numbers or numbers[0] == numbers[1]:
        raise ConfigError(f"{value!r} does not name two columns: write TOKEN,TAG, counted from 1, as in 2,3 (or 1,-1)")
    return Columns(*(number - 1 if number > 0 else number for number in numbers))


def split_columns(line: str, separator: str = "") -> list[str]:
    """Split a line into its columns at `separator`, or else at tabs, or else at blanks."""
    line = line.rstrip(" \t\r")
    if separator:
        return line.split(separator)
    if "\t" in line:
        return [column.strip(" ") for column in line.split("\t")]
    return [column for column in line.split(" ") if column]


def number_in(column: str) -> int | None:
    """Return the number that counts a token, such as 7, 07 or 7.; None if it is not a number."""
    found = _NUMBER.fullmatch(column)
    return int(found[1]) if found else None


def is_range(column: str) -> bool:
    """Return whether a line with this number stands for several tokens or for an empty one."""
    return bool(_RANGE.fullmatch(column))


Row = Sequence[str]  # the columns of a line
Rows = Sequence[Sequence[Row]]  # by sentence


def find_layout(lines: Iterable[str]) -> Layout:
    """Return the layout that most of the first lines have."""
    sentences: list[list[str]] = [[]]
    for line in lines:
        if not line or line.isspace():
            sentences.append([])
        elif not line.startswith(("#", DOCUMENT)):
            sentences[-1].append(line)
    sentences = [sentence for sentence in sentences if sentence]
    layout, separator = Layout(), ""
    if fields := _most_fields(sentences):
        if any(len(line.split()) > 1 for sentence in sentences for line in sentence):
            return Layout(piped=fields)
        separator = "|"
    split = [[split_columns(line, separator) for line in sentence] for sentence in sentences]
    widths = Counter(len(row) for sentence in split for row in sentence)
    width = next((width for width, _ in widths.most_common() if _LEAST <= width <= _MOST), None)
    if width is not None:
        whole = [[row for row in sentence if len(row) == width] for sentence in split]
        layout = _of_width(width, [sentence for sentence in whole if sentence])
    return layout._replace(separator=separator)


def _most_fields(sentences: Iterable[Iterable[str]]) -> int:
    """Return the number of fields in pieces such as `token|POS|tag`, if most lines consist of them; else 0."""
    counts = Counter(_fields(line) for sentence in sentences for line in sentence)
    fields, count = counts.most_common(1)[0] if counts else (0, 0)
    return fields if count >= _MOSTLY * counts.total() else 0


def _fields(line: str) -> int:
    pieces = line.split()
    if "\t" in line or not all(map(_PIPED.fullmatch, pieces)):
        return 0
    return min(piece.count("|") for piece in pieces) + 1


def _of_width(width: int, sentences: Rows) -> Layout:
    token, index = 0, None
    while width - token > _LEAST and (counts := _counts(sentences, token)) | _are_ids(sentences, token):
        index = token if counts else index
        token += 1
    rows = [row for sentence in sentences for row in sentence if index is None or not is_range(row[index])]
    tags = [
        column
        for column in range(token + 1, width)
        if sum(bool(TAG.fullmatch(row[column])) for row in rows) >= _MOSTLY * len(rows)
    ]
    entities = [column for column in tags if not _are_chunks(row[column] for row in rows)] or tags
    if not entities:
        return Layout(Columns(token, -1), width, index)
    tag = entities[-1] if index is None else entities[0]
    more = [column for column in entities if column != tag and any(row[column] != "O" for row in rows)]
    return Layout(Columns(token, tag), width, index, tuple(more))


def _counts(sentences: Rows, column: int) -> bool:
    """Return whether the column counts tokens: most of its values are numbers that rise by one or start again.

    A file may begin or go wrong within a sentence, or count through all its sentences.
    """
    counted = [[row[column] for row in sentence if not is_range(row[column])] for sentence in sentences]
    numbers = [[number_in(each) for each in sentence] for sentence in counted]
    pairs = [pair for sentence in numbers for pair in pairwise(sentence)]
    known = sum(number is not None for sentence in numbers for number in sentence)
    steps = sum(None not in pair and (pair[1] == (pair[0] or 0) + 1 or pair[1] in (0, 1)) for pair in pairs)
    rows = sum(map(len, numbers))
    return bool(pairs) and known >= _MOSTLY * rows and steps >= _MOSTLY * len(pairs)


def _are_ids(sentences: Rows, column: int) -> bool:
    """Return whether the column names the sentence or document (constant within it), or sentence and token as in 1-2.

    Such names have digits, and the next column changes while this one does not.
    """
    values = [row[column] for sentence in sentences for row in sentence]
    if sum(map(bool, map(_SENTENCE_TOKEN.fullmatch, values))) >= _MOSTLY * len(values):
        return True
    if not all(any(map(str.isdigit, value)) for value in values):
        return False
    longer = [sentence for sentence in sentences if len(sentence) > 1]
    same = [sentence for sentence in longer if len({row[column] for row in sentence}) == 1]
    changes = any(len({row[column + 1] for row in sentence}) > 1 for sentence in same)
    return bool(longer) and changes and len(same) >= _MOSTLY * len(longer)


def _are_chunks(tags: Iterable[str]) -> bool:
    labels = {tag.partition("-")[2] for tag in tags} - {""}
    return bool(labels) and labels <= _CHUNKS
