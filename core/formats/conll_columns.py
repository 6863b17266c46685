"""Which column of a CoNLL file holds the token and which the tag: named by people, or found in its first lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tiebreak.core.errors import ConfigError

DOCUMENT = "-DOCSTART-"
TAG = re.compile(r"O|[BIELUS]-.+")
LOOKED_AT = 5_000  # lines
_LEAST, _MOST = 2, 12  # columns
_PIPED = re.compile(r"\S+\|(O|[BIELUS]-[^\s|]+)")
_RANGE = re.compile(r"\d+[-.]\d+")  # of words, or an empty one, as CoNLL-U numbers them
_MOSTLY = 0.9  # of the lines, since some may be bad
# Phrases: where their column stands beside that of the entities, it is not the one.
_CHUNKS = frozenset(("NP", "VP", "PP", "ADVP", "ADJP", "SBAR", "PRT", "CONJP", "INTJ", "LST", "UCP"))


class Columns(NamedTuple):
    """The columns of the token and of its tag, counted from 0; negative ones from the end."""

    token: int = 0
    tag: int = -1


class Layout(NamedTuple):
    """How a file's lines are made up.

    `width` is the number of columns; None where the first lines do not say. `is_numbered`: the first column counts the
    tokens of a sentence. `more_tags` are columns of tags that are not read. `piped` is the number of fields in lines
    that hold a sentence each, as `token|POS|tag` with blanks between; 0 where a line is a token.
    """

    columns: Columns = Columns()
    width: int | None = None
    is_numbered: bool = False
    more_tags: tuple[int, ...] = ()
    piped: int = 0


def parse_columns(value: str) -> Columns:
    """Read `TOKEN,TAG`, counted from 1, or from the end as -1. Raises ConfigError."""
    found = re.fullmatch(r"\s*(-?\d{1,3})\s*,\s*(-?\d{1,3})\s*", value)
    numbers = [int(number) for number in found.groups()] if found else []
    if len(numbers) != 2 or 0 in numbers or numbers[0] == numbers[1]:
        raise ConfigError(f"{value!r} names no two columns: write TOKEN,TAG, counted from 1, as in 2,3 (or 1,-1)")
    return Columns(*(number - 1 if number > 0 else number for number in numbers))


def split_columns(line: str) -> list[str]:
    """The columns of a line, which tabs separate, or else blanks."""
    line = line.rstrip(" \t\r")
    if "\t" in line:
        return [column.strip(" ") for column in line.split("\t")]
    return [column for column in line.split(" ") if column]


def is_range(columns: Sequence[str]) -> bool:
    """Whether a numbered line is no token but several, or none."""
    return bool(_RANGE.fullmatch(columns[0]))


def find_layout(lines: Iterable[str]) -> Layout:
    """The layout of a file by its first lines: that which most of them have."""
    sentences: list[list[list[str]]] = [[]]
    piped: Counter[int] = Counter()
    for line in lines:
        if not line or line.isspace():
            sentences.append([])
        elif not line.startswith(("#", DOCUMENT)):
            sentences[-1].append(split_columns(line))
            piped[_fields(line)] += 1
    fields, count = piped.most_common(1)[0] if piped else (0, 0)
    if fields and count >= _MOSTLY * piped.total():
        return Layout(piped=fields)
    widths = Counter(len(columns) for sentence in sentences for columns in sentence)
    width = next((width for width, _ in widths.most_common() if _LEAST <= width <= _MOST), None)
    if width is None:
        return Layout()
    rows = [sentence for sentence in sentences if sentence and all(len(columns) == width for columns in sentence)]
    alone = [[columns] for sentence in sentences for columns in sentence if len(columns) == width]
    return _of_width(width, rows or alone)


def _fields(line: str) -> int:
    """The number of fields of each piece of a line as `token|POS|tag token|POS|tag`; 0 where it is none."""
    pieces = line.split()
    if "\t" in line or not all(map(_PIPED.fullmatch, pieces)):
        return 0
    return min(min(piece.count("|") for piece in pieces), 2) + 1


def _of_width(width: int, sentences: Sequence[Sequence[Sequence[str]]]) -> Layout:
    is_numbered = width > _LEAST and _are_numbered(sentences)
    rows = [columns for sentence in sentences for columns in sentence if not (is_numbered and is_range(columns))]
    token = int(is_numbered)
    tags = [
        column
        for column in range(token + 1, width)
        if sum(bool(TAG.fullmatch(row[column])) for row in rows) >= _MOSTLY * len(rows)
    ]
    entities = [column for column in tags if not _are_chunks(row[column] for row in rows)] or tags
    if not entities:
        return Layout(Columns(token, -1), width, is_numbered)
    tag = entities[0] if is_numbered else entities[-1]
    more = [column for column in entities if column != tag and any(row[column] != "O" for row in rows)]
    return Layout(Columns(token, tag), width, is_numbered, tuple(more))


def _are_numbered(sentences: Sequence[Sequence[Sequence[str]]]) -> bool:
    """Whether the first column counts the tokens of each sentence, from 1 or from 0."""
    for first in ("1", "0"):
        counted = [[columns[0] for columns in sentence if not is_range(columns)] for sentence in sentences]
        numbers = [[str(int(first) + at) for at in range(len(each))] for each in counted]
        if counted == numbers and sum(map(len, counted)) > 1:
            return True
    return False


def _are_chunks(tags: Iterable[str]) -> bool:
    labels = {tag.partition("-")[2] for tag in tags} - {""}
    return bool(labels) and labels <= _CHUNKS
