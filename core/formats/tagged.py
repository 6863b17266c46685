"""Texts that come as tokens with a tag for each: the places of the tokens, and the spans that the tags stand for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any

from tiebreak.core.errors import RecordError, SourceError
from tiebreak.core.formats.conll_columns import TAG
from tiebreak.core.formats.fields import type_of
from tiebreak.core.records import Task, TaskKind, Token
from tiebreak.core.ways_out import Way, WayOut

Names = Mapping[str, Sequence[str]]  # the names behind the numbers, by field
TOKENS = ("tokens", "words")  # the fields that may hold tokens
TAGS = ("ner_tags", "ner", "tags", "labels")  # the fields that may hold their tags
_SAY_SPANS = {TaskKind.SPANS: True, TaskKind.CATEGORIES: False}
_BLANKS = re.compile(r"\s*")


def says_spans(task: Task) -> bool:
    """Return whether the task is about spans, so that tags matter."""
    return _SAY_SPANS[task.kind]


def tokens_in(fields: Mapping[str, Any]) -> list[str] | None:
    """Return the tokens of a record that has them as strings, else None."""
    for name in TOKENS:
        tokens = fields.get(name)
        if isinstance(tokens, list) and tokens and all(isinstance(token, str) for token in tokens):
            return tokens
    return None


def tags_in(fields: Mapping[str, Any], task: Task) -> str | None:
    """Return the name of the field with the tags of tokens; None without tags, or if the task is not about them."""
    if not says_spans(task):
        return None
    for name in TAGS:
        if isinstance(tags := fields.get(name), list) and all(map(_is_tag, tags)):
            return name
    return TAGS[0] if isinstance(fields.get(TAGS[0]), list) else None


def _is_tag(tag: object) -> bool:
    return type(tag) is int or (isinstance(tag, str) and bool(TAG.fullmatch(tag)))


def tagged_record(
    text: object, tokens: Sequence[str], tags: Sequence[str] | None, places: Sequence[Mapping[str, int]] | None = None
) -> dict[str, Any]:
    """Return `text`, `tokens` and, if there are tags, `spans` in Prodigy's form.

    `places` has the start and end of each token if they are known. If `text` is None, it becomes the tokens with one
    space between them. Raises RecordError if tokens, tags and text do not fit together.
    """
    if text is not None and not isinstance(text, str):
        raise RecordError(f"text is {type_of(text)}, not a string")
    if places is None:
        bounds = joined_tokens(tokens) if text is None else align(text, tokens)
        if bounds is None:
            raise RecordError("the tokens do not match the text")
        places = [{"start": start, "end": end} for start, end in bounds]
    record: dict[str, Any] = {"text": " ".join(tokens) if text is None else text, "tokens": places}
    if tags is None:
        return record
    if len(tags) != len(tokens):
        raise RecordError(f"{len(tokens)} tokens, but {len(tags)} tags")
    spans = [
        {"start": places[first]["start"], "end": places[last]["end"], "label": label}
        for first, last, label in decode_tags(tags)
    ]
    return {**record, "spans": spans}


def named_tags(field: str, tags: Sequence[object], names: Names) -> list[str]:
    """Return the tags, with names for numbers.

    Names without a prefix of IOB are labels: equal neighbours form one span. Raises RecordError for a value that is not
    a tag, and SourceError if numbers have no names.
    """
    known = names_of(field, names)
    if known and not any("-" in name and TAG.fullmatch(name) for name in known):
        known = [name if name == "O" else f"I-{name}" for name in known]
    named = [name_of(field, tag, known) if type(tag) is int else tag for tag in tags]
    for tag in named:
        if not isinstance(tag, str) or not TAG.fullmatch(tag):
            raise RecordError(f"the tag {str(tag)[:40]!r} is not an IOB or BILUO tag (O, B-LABEL, I-LABEL, ...)")
    return [str(tag) for tag in named]


def names_of(field: str, names: Names) -> Sequence[str]:
    """Return the names behind the numbers in a field, from 0 on; empty if they are unknown."""
    return names.get(field) or names.get("", ())


def name_of(field: str, number: int, names: Sequence[str]) -> str:
    """Return the name behind a number. Raises RecordError if it is out of range, SourceError without any names."""
    if not names:
        raise SourceError(f"{field} has numbers, but nothing says what they stand for", WayOut(Way.NAME_CLASSES, field))
    if not 0 <= number < len(names):
        raise RecordError(f"{field}: {number} has no name; {len(names)} are known, from 0 on: {', '.join(names)[:200]}")
    return names[number]


def joined_tokens(tokens: Iterable[str]) -> list[Token]:
    """Return the places of the tokens in a text with one space between them."""
    ends = list(accumulate(len(token) + 1 for token in tokens))
    return [(start, end - 1) for start, end in pairwise([0, *ends])]


def align(text: str, tokens: Iterable[str]) -> list[Token] | None:
    """Return the places of the tokens in `text`, with nothing but white space between them; None if they do not fit.

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


def decode_tags(tags: Iterable[str]) -> list[tuple[int, int, str]]:
    """Return spans as (first token, last token, label), from IOB1, IOB2, BILUO or IOBES.

    B, U and S begin a span. I, E and L continue a span of the same label, or else begin one. E, L, U and S end it.
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
