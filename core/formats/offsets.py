"""The unit of offsets, for all formats: spans and tokens come in as code points, and go out in their tool's unit."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO, NamedTuple

from tiebreak.core.errors import RecordError, SourceError
from tiebreak.core.formats.code_units import CodeUnits, has_pairs
from tiebreak.core.formats.offset_evidence import (
    MISQUOTED,
    DoubtfulBounds,
    UnitEvidence,
    doubtful_bounds,
    misquoting,
    unit_of_spans,
    unit_of_tokens,
)
from tiebreak.core.formats.read_options import ReadOptions, ReadSummary
from tiebreak.core.formats.write_options import ExportedRecord, WriteOptions, WriteSummary
from tiebreak.core.records import OffsetUnit, Span, Task, TaskKind, Token
from tiebreak.core.ways_out import Note, Way, WayOut

CONVERTED = "spans counted in UTF-16 units: converted to code points"
_ENOUGH = 1000  # records that show their unit; then the rest of the file is not examined
_UNREADABLE = (SourceError, OSError, EOFError, zlib.error)


class Counting(NamedTuple):
    """A tool's unit of offsets, which applies if the file does not show another, and the tool's name for notes (`who`).

    `knows_tokens`: the record's tokens are in code points, whatever its spans count. `drops_texts`: the quotes in spans
    only serve as evidence, and are not part of the record.
    """

    unit: OffsetUnit
    who: str
    knows_tokens: bool = False
    drops_texts: bool = False


Fields = dict[str, Any]  # a record in Prodigy's form
Counted = tuple[Fields, Counting]


def _nothing() -> Generator[Counted]:
    yield from ()


class _Measured(NamedTuple):
    """A record on which the units differ: the spans that differ, the unit of its tokens, and its evidence."""

    units: CodeUnits
    spans: Sequence[DoubtfulBounds]
    token_unit: OffsetUnit | None
    shown: UnitEvidence


# The fields with offsets, by task; spans beside categories are carried along unchanged.
_OFFSETS = {TaskKind.SPANS: ("spans", "tokens"), TaskKind.CATEGORIES: ("tokens",)}


class OffsetReader:
    """Converts the records of one file to code points, from the unit that was asked for or that they show.

    A record with strong evidence is read in the unit that it shows. Bounds of words are weak evidence, as some spans
    are parts of words. For weak evidence or none, the unit of most records of the file counts. `again` yields these
    from the beginning; if it yields nothing, as for a pipe, the records so far count. Failing that, words decide, and
    then the tool's unit.
    """

    def __init__(self, options: ReadOptions, summary: ReadSummary, again: Callable[[], Generator[Counted]] = _nothing):
        self._asked = options.offsets
        self._has_spans = "spans" in _OFFSETS[options.task.kind]
        self._report = summary
        self._again = again
        self._votes: Counter[tuple[str, bool]] = Counter()  # by tool, and whether it counts UTF-16 units
        self._has_asked_all = False

    def in_code_points(self, fields: Fields, counting: Counting) -> Fields:
        """Return the record with its `spans` and `tokens`, and those of its `versions`, in code points.

        Raises RecordError if a UTF-16 offset is outside the text or within a character.
        """
        fields = self._converted(fields, counting)
        if not counting.drops_texts:
            if self._has_spans and (count := misquoting(fields)):
                self._report.notes[MISQUOTED] += count
        elif isinstance(spans := fields.get("spans"), list):
            fields["spans"] = [{name: each[name] for name in each if name != "text"} for each in spans]
        return fields

    def _converted(self, fields: Fields, counting: Counting) -> Fields:
        if self._asked is OffsetUnit.CODE_POINTS or (measured := self._measure(fields, counting)) is None:
            return fields
        unit = self._asked or self._unit(measured, counting)
        if unit is OffsetUnit.UTF_16 and measured.spans:
            self._report.notes[CONVERTED] += len(measured.spans)
        token_unit = OffsetUnit.CODE_POINTS if counting.knows_tokens else self._asked or measured.token_unit or unit
        if unit is token_unit is OffsetUnit.CODE_POINTS:
            return fields
        names = ["tokens"] if token_unit is OffsetUnit.UTF_16 else []
        if unit is OffsetUnit.UTF_16 and self._has_spans:
            names.append("spans")
        return _converted(fields, names, measured.units)

    def unit_of(self, fields: Fields, counting: Counting) -> OffsetUnit:
        """Return the unit in which the record is read; if that makes no difference, the unit of most of the file."""
        if self._asked is not None:
            return self._asked
        if (measured := self._measure(fields, counting)) is not None:
            return self._unit(measured, counting)
        return self._of_most(counting) or counting.unit

    def _measure(self, fields: Fields, counting: Counting) -> _Measured | None:
        """Return the evidence in a record; None if the unit makes no difference."""
        text = fields.get("text")
        if not isinstance(text, str) or not has_pairs(text):
            return None
        units = CodeUnits(text)
        parts = (fields, *_versions(fields)) if self._has_spans else ()
        spans = [place for part in parts for place in doubtful_bounds(part.get("spans"), units)]
        tokens = None if counting.knows_tokens else fields.get("tokens")
        if not spans and next(doubtful_bounds(tokens, units), None) is None:
            return None
        token_unit = unit_of_tokens(text, doubtful_bounds(tokens, units))
        known = _bounds(fields.get("tokens")) if counting.knows_tokens else None
        return _Measured(units, spans, token_unit, unit_of_spans(text, spans, token_unit, known))

    def _unit(self, measured: _Measured, counting: Counting) -> OffsetUnit:
        shown = measured.shown
        if shown.unit is not None and not self._has_asked_all:
            self._votes[counting.who, shown.unit is OffsetUnit.UTF_16] += 1
        if shown.unit is not None and not shown.is_weak:
            return shown.unit
        unit, why = self._of_most(counting), "as in most of the file"
        if shown.unit is not None:
            return unit or shown.unit
        if unit is None:
            unit, why = counting.unit, f"as in {counting.who}"
        if measured.spans:
            note = f"spans that could count code points or UTF-16 units: read as {unit.words}, {why}"
            otherwise = WayOut(Way.READ_OFFSETS, unit.other.value)
            self._report.notes[Note(note, otherwise)] += len(measured.spans)
        return unit

    def _of_most(self, counting: Counting) -> OffsetUnit | None:
        """Return the unit that most records from the same tool show; None if both units are as frequent."""
        if not self._has_asked_all:
            self._ask_all()
        points, units = self._votes[counting.who, False], self._votes[counting.who, True]
        if points == units:
            return None
        return OffsetUnit.CODE_POINTS if points > units else OffsetUnit.UTF_16

    def _ask_all(self) -> None:
        votes: Counter[tuple[str, bool]] = Counter()
        records = self._again()
        try:
            for fields, counting in records:
                self._has_asked_all = True
                measured = self._measure(fields, counting)
                if measured is not None and measured.shown.unit is not None:
                    votes[counting.who, measured.shown.unit is OffsetUnit.UTF_16] += 1
                    if votes.total() == _ENOUGH:
                        break
        except _UNREADABLE:
            pass  # the reader itself will report it
        finally:
            records.close()
        if self._has_asked_all:
            self._votes = votes


@contextmanager
def rewound(stream: BinaryIO) -> Iterator[bool]:
    """Rewind the stream, and afterwards go back to its place; yield False if it cannot be rewound, such as a pipe."""
    if not stream.seekable():
        yield False
        return
    place = stream.tell()
    stream.seek(0)
    try:
        yield True
    finally:
        stream.seek(place)


def _versions(fields: Mapping[str, Any]) -> list[Fields]:
    """Return the versions that Prodigy's `review` writes: they share the record's text and its unit."""
    versions = fields.get("versions")
    return versions if isinstance(versions, list) and all(isinstance(each, dict) for each in versions) else []


def _bounds(tokens: object) -> list[Token]:
    return [(each["start"], each["end"]) for each in tokens] if isinstance(tokens, list) else []


def _converted(fields: Fields, names: Sequence[str], units: CodeUnits) -> Fields:
    """Return the record with these fields in code points."""
    moved = {name: _all_in_code_points(fields[name], name[:-1], units) for name in names if name in fields}
    if versions := _versions(fields):
        moved["versions"] = [_converted(each, names, units) for each in versions]
    return {**fields, **moved}


def _all_in_code_points(given: object, what: str, units: CodeUnits) -> object:
    if not isinstance(given, list):
        return given
    return [_in_code_points(each, what, units) if isinstance(each, dict) else each for each in given]


def _in_code_points(given: Fields, what: str, units: CodeUnits) -> Fields:
    """Return a span or a token with its offsets in code points, unchanged if they are not integers."""
    start, end = given.get("start"), given.get("end")
    if type(start) is not int or type(end) is not int:
        return given
    first, last = units.code_point(start), units.code_point(end)
    if first is None or last is None:
        raise RecordError(
            f"the {what} {start}-{end} is out of range, or begins or ends within a character: the text has "
            f"{units.units} UTF-16 units"
        )
    return {**given, "start": first, "end": last}


def spans_as_counted(
    text: str, spans: list[Span], options: WriteOptions, counting: Counting, summary: WriteSummary
) -> list[Span]:
    """Return the spans in the unit that was asked for, else in the tool's; note how many this changes."""
    unit = options.offsets or counting.unit
    if unit is OffsetUnit.CODE_POINTS or not spans or not has_pairs(text):
        return spans
    units = CodeUnits(text)
    moved = [Span(units.code_unit(start), units.code_unit(end), label) for start, end, label in spans]
    if count := sum(before != after for before, after in zip(spans, moved, strict=True)):
        summary.notes[_written_note(options, counting)] += count
    return moved


WRITTEN_IN_UTF_16 = "spans written in UTF-16 units"  # the first words of such a note


def _written_note(options: WriteOptions, counting: Counting) -> str:
    if options.offsets is not None:
        return WRITTEN_IN_UTF_16
    return Note(f"{WRITTEN_IN_UTF_16}, as {counting.who} counts", WayOut(Way.WRITE_CODE_POINTS))


def record_in_utf_16(record: ExportedRecord, task: Task) -> Mapping[str, Any]:
    """Return an exported record with its spans and tokens, and those of its versions, in UTF-16 units.

    If the task is categories, spans are carried along unchanged.
    """
    text = record["text"]
    if not has_pairs(text):
        return record
    return _in_code_units(record, CodeUnits(text), _OFFSETS[task.kind])


def _in_code_units(record: ExportedRecord, units: CodeUnits, names: Sequence[str]) -> Mapping[str, Any]:
    moved: dict[str, Any] = {
        name: [
            {**each, "start": units.code_unit(each["start"]), "end": units.code_unit(each["end"])}
            for each in record[name]
        ]
        for name in names
        if record.get(name)
    }
    if versions := _versions(record):
        moved["versions"] = [_in_code_units(each, units, names) for each in versions]
    return {**record, **moved}
