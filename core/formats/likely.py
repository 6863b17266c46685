"""A guess at a file's real format, for messages about a file that could not be read as another."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from tiebreak.core.formats.tagged import tokens_in
from tiebreak.core.ways_out import Way, WayOut

_LOOKED_AT = 1 << 16  # bytes at the beginning of the file; the guess rests on them
_SHOWN = 12  # fields; a message shows no more
_TAGGED = re.compile(r"\S.*[ \t|](O|[BIELUS]-\S+)\s*")
_TUPLE = re.compile(r'\[\s*(?:\[\s*)?"(?:[^"\\]|\\.)*"\s*,\s*\{')  # the first in a list, or a line of its own
_LIST = re.compile(r"\[\s*\[")
_PYTHON = re.compile(r"[\[({]+\s*'")  # strings in single quotes
_COMMANDS = ("`jq ", "`python -m spacy convert ")  # in hints; they take no packed file
_GZIP = b"\x1f\x8b"
_SIGNATURES = (
    (b"PAR1", "a Parquet file", "datasets"),
    (b"SQLite format 3\0", "an SQLite file: perhaps a store, but not a source", None),
    (b"PK\x03\x04", "a ZIP archive; unpack it first, or save it as CSV if it is a workbook", None),
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself; fetch that with `git lfs pull`", None),
    (b"<!DOCTYPE", "an HTML page, perhaps from a failed download", None),
    (b"<html", "an HTML page, perhaps from a failed download", None),
    (_GZIP, "a gzip file; let its name end in .gz", None),
    (b"\xff\xfe", "UTF-16; save it as UTF-8", None),
    (b"\xfe\xff", "UTF-16; save it as UTF-8", None),
    *((bytes((0x78, level)), "spaCy's DocBin", "spacy") for level in (0x01, 0x5E, 0x9C, 0xDA)),
)


class FormatGuess(NamedTuple):
    """What the file looks like; `format` is the format to read it as, None if Tiebreak does not read its format."""

    what: str
    format: str | None
    way_out: WayOut | None = None


def likely_format(source: str) -> FormatGuess | None:
    """Return what the file at `source` looks like; None if it looks like nothing known, or cannot be read."""
    path = Path(source)
    try:
        with path.open("rb") as file:
            head = file.read(_LOOKED_AT)
    except OSError:
        return None
    if path.suffix.lower() != ".gz":
        return _by_content(head)
    if not head.startswith(_GZIP):
        return FormatGuess("a file that gzip did not pack; take .gz off its name", None)
    if (unpacked := _unpacked(head)) is None:
        return FormatGuess("a broken gzip file", None)
    likely = _by_content(unpacked)
    return None if likely is None else _to_unpack(likely)


def _unpacked(head: bytes) -> bytes | None:
    with suppress(zlib.error):
        return zlib.decompressobj(wbits=31).decompress(head, _LOOKED_AT)
    return None


def _to_unpack(likely: FormatGuess) -> FormatGuess:
    """Return the guess for a packed file: readers of Parquet, and commands that convert, need the unpacked file."""
    if likely.format == "datasets":
        return FormatGuess(f"{likely.what}; unpack it first", None)
    is_converted = likely.way_out is not None and likely.way_out.way is Way.CONVERT
    if is_converted or any(command in likely.what for command in _COMMANDS):
        return likely._replace(what=f"{likely.what} (unpack the file first)")
    return likely


def _by_content(head: bytes) -> FormatGuess | None:
    for signature, what, format in _SIGNATURES:
        if head.startswith(signature):
            return FormatGuess(what, format)
    text = head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").lstrip()
    if _PYTHON.match(text):
        return FormatGuess("Python, not JSON: write it with `json.dump`", None)
    if text.startswith(("[", "{")):
        return _of_json(text)
    if not _is_utf8(head):
        return FormatGuess("text that is not UTF-8, perhaps Latin-1", None, WayOut(Way.CONVERT, "LATIN1"))
    lines = [line for line in text.splitlines()[:-1] or [text] if line.strip()]
    if lines and sum(bool(_TAGGED.fullmatch(line)) for line in lines) > len(lines) / 2:
        return FormatGuess("tokens with their tags, as in CoNLL", "conll")
    return None


def _is_utf8(head: bytes) -> bool:
    """Return whether the beginning of a file is UTF-8, apart from a last character cut off, or is not text at all."""
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return b"\0" in head or error.start > len(head) - 4
    return True


def _of_json(text: str) -> FormatGuess | None:
    """Guess by the first object, in a list or in lines."""
    is_list = text.startswith("[")
    if _TUPLE.match(text):
        return FormatGuess("spaCy's training tuples", "json" if _LIST.match(text) else "jsonl")
    try:
        value, end = json.JSONDecoder().raw_decode(text, text.index("{") if is_list else 0)
    except (ValueError, RecursionError):
        return None
    found = _of_object(value) if isinstance(value, dict) else None
    if not is_list and "\n" in text[:end] and (found is None or found.format or found.way_out):
        return FormatGuess("JSON objects of several lines; put each on one line, as `jq -c .` does", None)
    if found is not None and found.format is not None:
        return found if not is_list or found.format != "jsonl" else FormatGuess("a JSON list of records", "json")
    if found is None and is_list and isinstance(value.get("text"), str):
        return FormatGuess("a JSON list of records", "json")
    return found


def _of_object(value: Mapping[str, Any]) -> FormatGuess | None:
    if isinstance(value.get("data"), dict) and value.keys() & {"annotations", "predictions", "completions"}:
        return FormatGuess("tasks of Label Studio", "labelstudio")
    if isinstance(value.get("fields"), dict):
        return FormatGuess("records of Argilla", "argilla")
    if "text" in value and value.keys() & {"annotation", "prediction"}:
        return FormatGuess("records of Argilla", "argilla")
    if is_of_doccano(value):
        return FormatGuess("records of doccano", "doccano")
    if isinstance(value.get("paragraphs"), list):
        return FormatGuess("JSON of spaCy 2; convert it to .spacy with `python -m spacy convert FILE FOLDER`", None)
    if tokens_in(value):
        return FormatGuess("tokens, perhaps with their tags, as in Hugging Face data sets", "jsonl")
    if isinstance(value.get("text"), str):
        return FormatGuess("records of Prodigy", "jsonl") if value.keys() & {"spans", "cats", "accept"} else None
    return _without_text(value)


def _without_text(value: Mapping[str, Any]) -> FormatGuess | None:
    """Guess at an object whose text has another name, or that holds the records in a list."""
    lists = [name for name, field in value.items() if isinstance(field, list) and field and isinstance(field[0], dict)]
    if lists:
        longest = max(reversed(lists), key=lambda name: len(value[name]))
        return FormatGuess(f"an object around the records; write only its list {longest!r}", None)
    if isinstance(value.get("text"), dict) or value.keys() == {"columns", "index", "data"}:
        return FormatGuess("a pandas table; write it with `to_json(orient='records')`", None)
    if "text" not in value and any(isinstance(field, str) for field in value.values()):
        shown = ", ".join(map(str, list(value)[:_SHOWN])) + ", ..." * (len(value) > _SHOWN)
        return FormatGuess(f"records without `text` (their fields: {shown})", None, WayOut(Way.NAME_TEXT, "text"))
    return None


def is_of_doccano(record: Mapping[str, Any]) -> bool:
    """Return whether the record has doccano's annotations: spans, or a list of categories."""
    label = record.get("label")
    has_categories = isinstance(label, list) and bool(label) and all(isinstance(each, str) for each in label)
    return has_categories or any(_is_marked(record.get(name)) for name in ("label", "labels", "entities"))


def _is_marked(labels: object) -> bool:
    """Return whether these are spans as in doccano."""
    first = labels[0] if isinstance(labels, list) and labels else None
    return (isinstance(first, list) and len(first) == 3) or (isinstance(first, dict) and "start_offset" in first)
