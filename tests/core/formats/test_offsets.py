"""The unit of a file's offsets: found from the file's content, converted on the way in, and back on the way out."""

from __future__ import annotations

import gzip
import io
import json
from collections import Counter
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO, cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from format_files import name_of, written
from hypothesis import assume, given
from hypothesis import strategies as st
from stores import create_store

from tiebreak.core.errors import ConfigError, RecordError
from tiebreak.core.export.onto import export_onto
from tiebreak.core.export.records import ExportSelection
from tiebreak.core.export.targets import Target, export_files
from tiebreak.core.formats import argilla, datasets_folder, doccano, jsonl, label_studio
from tiebreak.core.formats.code_units import CodeUnits, has_pairs
from tiebreak.core.formats.offset_evidence import MISQUOTED
from tiebreak.core.formats.prodigy_writing import export_record
from tiebreak.core.formats.read_options import ReadOptions, ReadSummary
from tiebreak.core.formats.registry import read_records
from tiebreak.core.insight.file_diff import diff_files
from tiebreak.core.loading.sources import LoadOptions, load_sources
from tiebreak.core.loading.summary import LoadSummary
from tiebreak.core.records import Answer, Example, OffsetUnit, Record, Span, Task, TaskKind
from tiebreak.core.store.answers import accept_agreed
from tiebreak.core.store.connection import Store
from tiebreak.core.text.tokens import tokenize
from tiebreak.core.ways_out import Note, Way, WayOut

Bounds = tuple[int, int]
POINTS, UTF_16 = OffsetUnit.CODE_POINTS, OffsetUnit.UTF_16
CONVERTED = "spans counted in UTF-16 units: converted to code points"
MODULES = [jsonl, doccano, label_studio, argilla]
TEXT = "😀 Berlin is a city"  # Berlin is 2-8 in code points, 3-9 in UTF-16 units
EMOJI = "😀😀😀😀 x"  # no bounds on its emoji tell the units apart


def read(
    module: ModuleType,
    content: bytes | str | list[Any],
    task: Task = Task.NER,
    offsets: OffsetUnit | None = None,
    stream: Callable[[bytes], BinaryIO] = BytesIO,
) -> tuple[list[Any], Counter[str]]:
    """Read a file, or a list as lines of JSON; return the records (or their errors), and the notes."""
    if isinstance(content, list):
        content = "".join(f"{json.dumps(value, ensure_ascii=False)}\n" for value in content)
    summary = ReadSummary()
    given = stream(content if isinstance(content, bytes) else content.encode())
    return [record for _, record in module.read(given, ReadOptions(task, offsets=offsets), summary)], summary.notes


def quoted(records: Sequence[Record | RecordError]) -> list[list[str]]:
    """Return the text of each span, by record."""
    assert all(isinstance(record, Record) for record in records), records
    whole = [record for record in records if isinstance(record, Record)]
    return [[record.text[span.start : span.end] for span in record.spans or ()] for record in whole]


def either(unit: OffsetUnit, why: str) -> str:
    return f"spans that could count code points or UTF-16 units: read as {unit.words}, {why}"


def of_jsonl(text: str, *spans: tuple[int, int], **more: Any) -> dict[str, Any]:
    return {"text": text, "spans": [{"start": start, "end": end, "label": "A"} for start, end in spans], **more}


def of_doccano(text: str, *spans: tuple[int, int]) -> dict[str, Any]:
    return {"text": text, "label": [[start, end, "A"] for start, end in spans]}


def of_argilla(text: str, *spans: tuple[int, int], suggested: bool = False) -> dict[str, Any]:
    value = [{"start": start, "end": end, "label": "A"} for start, end in spans]
    if suggested:
        return {"fields": {"text": text}, "suggestions": {"label": {"value": value, "agent": "m"}}}
    return {"fields": {"text": text}, "responses": {"label": [{"value": value, "user_id": "u"}]}}


def of_label_studio(text: str, *spans: tuple[int, int, str | None]) -> dict[str, Any]:
    values = [
        {"start": start, "end": end, "labels": ["A"], **({} if quote is None else {"text": quote})}
        for start, end, quote in spans
    ]
    results = [{"to_name": "text", "from_name": "label", "type": "labels", "value": value} for value in values]
    return {"data": {"text": text}, "annotations": [{"completed_by": 1, "result": results}]}


# Both units


@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("😀👨🏻 a")))
def test_offsets_of_both_units_are_those_of_the_encoded_text(text: str) -> None:
    units = CodeUnits(text)
    lengths = [len(text[:point].encode("utf-16-le")) // 2 for point in range(len(text) + 1)]
    assert has_pairs(text) == (lengths[-1] != len(text))
    assert [units.code_unit(point) for point in range(len(text) + 1)] == lengths
    known = {unit: point for point, unit in enumerate(lengths)}
    for unit in range(-2, lengths[-1] + 3):
        assert units.code_point(unit) == known.get(unit)
    assert all(point == unit for point, unit in enumerate(lengths) if point <= units.first)


# The evidence of a record


@pytest.mark.parametrize(
    ("spans", "unit"),
    [
        ([(3, 9)], UTF_16),  # on words
        ([(2, 8)], POINTS),
        ([(0, 2), (3, 9)], UTF_16),
        ([(1, 8)], POINTS),  # 1 is within the emoji, in UTF-16 units
        ([(14, 19)], UTF_16),  # 19 is out of range in code points
        ([(2, 8), (5, 9)], POINTS),  # fits more of the words
    ],
)
def test_a_record_shows_its_unit_by_range_and_by_words(spans: list[tuple[int, int]], unit: OffsetUnit) -> None:
    units = CodeUnits(TEXT)
    for module, made in ((jsonl, of_jsonl), (doccano, of_doccano), (argilla, of_argilla)):
        [record], notes = read(module, [made(TEXT, *spans)], Task.SPANCAT)
        expected = [tuple(map(units.code_point, span)) if unit is UTF_16 else span for span in spans]
        assert [span[:2] for span in record.spans] == expected
        assert notes == ({CONVERTED: len(spans)} if unit is UTF_16 else {})


QUOTES = [
    ("😀 ab\ncd e", (3, 8), "ab\\ncd", "ab\ncd"),  # as Label Studio writes it
    ("😀 ab\r\ncd e", (3, 9), "ab\\n\\ncd", "ab\r\ncd"),
    ("😀 ab\tcd e", (3, 8), "ab cd", "ab\tcd"),  # as a browser gives it
    ("😀 ab \u00a0cd e", (3, 9), "ab cd", "ab \u00a0cd"),
    ("😀 a\\nb c", (3, 7), "a\\nb", "a\\nb"),  # the text itself has the backslash
    ("😀 abcd", (4, 6), "bc", "bc"),  # within a word
]


@pytest.mark.parametrize(("text", "bounds", "quote", "covered"), QUOTES)
def test_quoted_texts_show_the_unit_whatever_became_of_their_white_space(
    text: str, bounds: tuple[int, int], quote: str, covered: str
) -> None:
    for start, end in (bounds, (bounds[0] - 1, bounds[1] - 1)):
        records, notes = read(label_studio, [of_label_studio(text, (start, end, quote))])
        assert quoted(records) == [[covered]]
        assert notes == ({CONVERTED: 1} if start == bounds[0] else {})
        assert records[0].span_fields == ()  # the quote served only for the comparison
        in_jsonl = of_jsonl(text, (start, end))
        in_jsonl["spans"][0]["text"] = quote
        assert quoted(read(jsonl, [in_jsonl])[0]) == [[covered]]


def test_quoted_texts_that_fit_either_way_leave_it_to_the_tool() -> None:
    repeated = "😀 aaaa aaaa"
    records, notes = read(label_studio, [of_label_studio(repeated, (3, 5, "aa"))])
    assert records[0].spans == (Span(3, 5, "A"),)
    assert notes == {either(POINTS, "as in Label Studio"): 1}
    old = of_label_studio(repeated, (3, 5, "aa"))
    old["completions"] = old.pop("annotations")
    records, notes = read(label_studio, [old])
    assert records[0].spans == (Span(2, 4, "A"),)
    assert notes == {either(UTF_16, "as in Label Studio before 1.0"): 1, CONVERTED: 1}


@pytest.mark.parametrize(
    ("text", "bounds", "quote", "fits"),
    [
        ("Anna met Bob", (9, 12), "Bob", True),
        ("Anna met Bob", (8, 12), "Bob", True),
        ("Anna\r\nmet", (0, 9), "Anna\\nmet", True),
        ("Anna met Bob", (8, 11), "Bob", False),
        ("Anna met Bob", (0, 4), "", False),
        (TEXT, (2, 8), "Berlin", True),
        (TEXT, (3, 9), "Berlin", True),
        (TEXT, (4, 10), "Berlin", False),
    ],
)
def test_spans_that_quote_another_text_are_counted(text: str, bounds: Bounds, quote: str, fits: bool) -> None:
    record = of_jsonl(text, bounds)
    record["spans"][0]["text"] = quote
    [read_back], notes = read(jsonl, [record])
    assert isinstance(read_back, Record)
    assert notes[MISQUOTED] == (not fits)
    _, notes = read(jsonl, [record], Task.TEXTCAT)
    assert notes[MISQUOTED] == 0


def test_a_quoted_text_that_stands_twice_is_not_judged_by_its_bounds() -> None:
    text = "😀😀 a ab"  # "a" is at 3 and at 5, and only the first is a word
    records, notes = read(label_studio, [of_label_studio(text, (5, 6, "a"))])
    assert (records[0].spans, notes) == ((Span(5, 6, "A"),), {either(POINTS, "as in Label Studio"): 1})


def test_no_word_ends_within_an_emoji_that_others_are_joined_to() -> None:
    records, notes = read(doccano, [of_doccano("👨🏻‍🚒👨🏻‍🚒 x", (0, 4))])
    assert (quoted(records), notes) == ([["👨🏻‍🚒"]], {})
    records, notes = read(doccano, [of_doccano("👍🏻👍🏻 x", (0, 2))])
    assert (quoted(records), notes) == ([["👍🏻"]], {})
    records, notes = read(doccano, [of_doccano("👨🏻‍🚒👨🏻‍🚒 x", (7, 14))])
    assert (quoted(records), notes) == ([["👨🏻‍🚒"]], {CONVERTED: 1})


def in_units(text: str, tokens: Sequence[tuple[int, int]], unit: OffsetUnit) -> list[dict[str, Any]]:
    units = CodeUnits(text)
    return [
        {
            "text": text[start:end],
            "start": units.code_unit(start) if unit is UTF_16 else start,
            "end": units.code_unit(end) if unit is UTF_16 else end,
            "id": number,
        }
        for number, (start, end) in enumerate(tokens)
    ]


@pytest.mark.parametrize("unit", [POINTS, UTF_16])
def test_the_texts_of_tokens_show_the_unit_of_the_spans_too(unit: OffsetUnit) -> None:
    text = "😀 un-do re-do"  # (4, 6) fits no words in either unit
    tokens = tokenize(text)
    record = of_jsonl(text, (4, 6), tokens=in_units(text, tokens, unit))
    [read_as], notes = read(jsonl, [record])
    assert read_as.tokens == tokens
    assert read_as.spans == (Span(3, 5, "A") if unit is UTF_16 else Span(4, 6, "A"),)
    assert notes == ({CONVERTED: 1} if unit is UTF_16 else {})
    [as_categories], _ = read(jsonl, [{**record, "cats": {"A": 1.0}}], Task.TEXTCAT)
    assert as_categories.tokens == tokens


@pytest.mark.parametrize("unit", [POINTS, UTF_16])
def test_tokens_without_texts_go_with_their_spans(unit: OffsetUnit) -> None:
    tokens = in_units(TEXT, tokenize(TEXT), unit)
    for token in tokens:
        del token["text"]
    [record], _ = read(jsonl, [of_jsonl(TEXT, (3, 9) if unit is UTF_16 else (2, 8), tokens=tokens)])
    assert (record.spans, record.tokens) == ((Span(2, 8, "A"),), tokenize(TEXT))


def test_what_else_a_span_holds_stays_with_it() -> None:
    record = of_jsonl(TEXT, (3, 9))
    record["spans"][0]["score"] = 0.5
    [read_as], _ = read(jsonl, [record])
    assert read_as.span_fields == ({"start": 2, "end": 8, "label": "A", "score": 0.5},)


def test_versions_are_counted_as_their_record_is() -> None:
    version = {"text": TEXT, "spans": [{"start": 3, "end": 9, "label": "B"}], "sessions": ["sam"], "answer": "accept"}
    unclear = {**version, "spans": [{"start": 3, "end": 4, "label": "C"}], "sessions": ["eve"]}
    records, notes = read(jsonl, [of_jsonl(TEXT, (3, 9), versions=[version, unclear])])
    assert [record.spans for record in records] == [(Span(2, 8, "A"),), (Span(2, 8, "B"),), (Span(2, 3, "C"),)]
    assert notes == {CONVERTED: 3}


def test_argilla_1_holds_spans_to_its_tokens() -> None:
    text = "😀 ab-cd ab-cd"
    tokens = ["😀", "ab-cd", "ab-cd"]
    for start, end in ((3, 8), (2, 7)):
        record = {"text": text, "tokens": tokens, "annotation": [["A", start, end]], "annotation_agent": "sam"}
        [read_as], notes = read(argilla, [record])
        assert read_as.spans == (Span(2, 7, "A"),)
        assert read_as.tokens == ((0, 1), (2, 7), (8, 13))
        assert notes == ({CONVERTED: 1} if start == 3 else {})


def test_what_is_before_the_first_emoji_is_the_same_in_both_units() -> None:
    for module, made in ((jsonl, of_jsonl), (doccano, of_doccano), (argilla, of_argilla)):
        records, notes = read(module, [made("Ada met 😀", (0, 3), (4, 7))])
        assert quoted(records) == [["Ada", "met"]]
        assert not notes


# The evidence of the file, and the unit of the tool


UNCLEAR: list[tuple[ModuleType, Any, OffsetUnit, str]] = [
    (jsonl, of_jsonl(EMOJI, (2, 4)), POINTS, "Prodigy"),
    (doccano, of_doccano(EMOJI, (2, 4)), UTF_16, "doccano's default project"),
    (argilla, of_argilla(EMOJI, (2, 4)), UTF_16, "Argilla's interface"),
    (argilla, of_argilla(EMOJI, (2, 4), suggested=True), POINTS, "Argilla's Python client"),
    (label_studio, of_label_studio(EMOJI, (2, 4, None)), POINTS, "Label Studio"),
]


@pytest.mark.parametrize(("module", "value", "unit", "who"), UNCLEAR)
def test_what_could_be_either_is_counted_as_the_tool_counts_and_reported(
    module: ModuleType, value: Any, unit: OffsetUnit, who: str
) -> None:
    expected = {POINTS: (Span(2, 4, "A"),), UTF_16: (Span(1, 2, "A"),)}
    [record], notes = read(module, [value])
    assert record.spans == expected[unit]
    assert notes.pop(either(unit, f"as in {who}")) == 1
    assert notes == ({CONVERTED: 1} if unit is UTF_16 else {})
    for asked in OffsetUnit:
        [record], notes = read(module, [value], offsets=asked)
        assert record.spans == expected[asked]
        assert notes == ({CONVERTED: 1} if asked is UTF_16 else {})


def packed(content: bytes) -> BinaryIO:
    return cast(BinaryIO, gzip.open(BytesIO(gzip.compress(content))))


@pytest.mark.parametrize("stream", [BytesIO, packed])
@pytest.mark.parametrize("as_list", [False, True])
@pytest.mark.parametrize("escaped", [False, True])
@pytest.mark.parametrize(
    ("module", "made"), [(jsonl, of_jsonl), (doccano, of_doccano), (argilla, of_argilla)], ids=["jsonl", "d", "a"]
)
def test_a_record_that_could_be_either_is_as_most_of_the_file(
    module: ModuleType, made: Callable[..., Any], as_list: bool, escaped: bool, stream: Callable[[bytes], BinaryIO]
) -> None:
    if as_list and module is jsonl:
        return
    clear = {UTF_16: made(TEXT, (3, 9)), POINTS: made(TEXT, (2, 8))}
    for unit in OffsetUnit:
        values = [made(EMOJI, (2, 4)), clear[unit], made("plain", (0, 5)), clear[unit.other], clear[unit]]
        content = json.dumps(values, ensure_ascii=escaped)
        if not as_list:
            content = "".join(f"{json.dumps(value, ensure_ascii=escaped)}\n" for value in values)
        records, notes = read(module, content, stream=stream)
        odd_one = [" Berli" if unit is UTF_16 else "erlin "][:1]  # only its words speak for the other unit
        assert quoted(records) == [["😀" if unit is UTF_16 else "😀😀"], ["Berlin"], ["plain"], odd_one, ["Berlin"]]
        assert notes[either(unit, "as in most of the file")] == 1


def test_suggestions_and_responses_of_argilla_have_each_their_own_most() -> None:
    responses = [of_argilla(TEXT, (3, 9)), of_argilla(EMOJI, (2, 4))]
    suggestions = [of_argilla(TEXT, (2, 8), suggested=True)] * 3 + [of_argilla(EMOJI, (2, 4), suggested=True)]
    records, _ = read(argilla, responses + suggestions)
    assert quoted(records) == [["Berlin"], ["😀"], ["Berlin"], ["Berlin"], ["Berlin"], ["😀😀"]]


class Pipe(io.BytesIO):
    """A stream that cannot seek back."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: int) -> int:
        raise io.UnsupportedOperation("seek")


@pytest.mark.parametrize(("module", "made"), [(jsonl, of_jsonl), (doccano, of_doccano)], ids=["jsonl", "doccano"])
def test_of_a_pipe_what_came_so_far_counts(module: ModuleType, made: Callable[..., Any]) -> None:
    unclear, points = made(EMOJI, (2, 4)), made(TEXT, (2, 8))
    units = made(TEXT, (3, 9))
    first = ["😀😀"] if module is jsonl else ["😀"]
    records, _ = read(module, [unclear, points, unclear, units, units, unclear], stream=Pipe)
    assert quoted(records) == [first, ["Berlin"], ["😀😀"], ["Berlin"], ["Berlin"], ["😀"]]


def test_a_file_that_breaks_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    lines = "".join(f"{json.dumps(each)}\n" for each in [of_jsonl(EMOJI, (2, 4)), of_jsonl(TEXT, (3, 9))] * 300)
    path = tmp_path / "broken.jsonl.gz"
    path.write_bytes(gzip.compress(lines.encode())[:-20])
    seen: list[Any] = []
    with pytest.raises(Exception, match="not a whole gzip file"):
        seen.extend(record for _, record in read_records(str(path), ReadOptions(Task.NER)))
    assert quoted(seen[:2]) == [["😀"], ["Berlin"]]


def test_a_bad_record_does_not_hide_what_the_others_show() -> None:
    bad = ["{", "3", '{"text": "😀"}', '{"text": 5, "label": [[9, 1, "A"]]}', json.dumps(of_doccano(TEXT, (3, 99)))]
    lines = [*bad, json.dumps(of_doccano(EMOJI, (2, 4))), json.dumps(of_doccano(TEXT, (2, 8)))]
    records, _ = read(doccano, "\n".join(lines))
    assert quoted(records[-2:]) == [["😀😀"], ["Berlin"]]


# An explicit option


def test_offsets_within_a_character_are_an_error_of_their_record() -> None:
    values = [of_doccano(TEXT, (1, 9)), of_doccano(TEXT, (3, 99)), of_doccano(TEXT, (3, 9)), of_doccano(TEXT, (3, 3))]
    records, _ = read(doccano, values, offsets=UTF_16)
    assert [str(error) for error in records if isinstance(error, RecordError)] == [
        "the span 1-9 is out of range, or begins or ends within a character: the text has 19 UTF-16 units",
        "the span 3-99 is out of range, or begins or ends within a character: the text has 19 UTF-16 units",
        "the span 2-2 'A' is empty",
    ]
    [error], _ = read(jsonl, [of_jsonl(TEXT, tokens=[{"start": 0, "end": 1}])], offsets=UTF_16)
    assert "the token 0-1 is out of range, or begins or ends within a character" in str(error)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 9) | st.floats() | st.sampled_from(["😀 Ada", "start", "A"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["start", "end", "label", "text", "spans", "tokens"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries(
        {"text": st.just("😀 Ada 😀") | JSON_VALUES},
        optional=dict.fromkeys(("spans", "tokens", "label", "entities", "versions", "annotation"), JSON_VALUES),
    ),
    st.sampled_from([None, *OffsetUnit]),
    st.sampled_from(list(Task)),
)
def test_whatever_stands_in_a_record_only_records_and_errors_come_out(
    value: dict[str, Any], offsets: OffsetUnit | None, task: Task
) -> None:
    # A number for a category ends the file if no names of categories are known.
    assume(task.kind is TaskKind.SPANS or type(value.get("label")) is not int)
    for module in MODULES:
        records, _ = read(
            module, [value, {"data": value, "annotations": [{"result": value.get("spans")}]}], task, offsets
        )
        for record in records:
            assert isinstance(record, Record | RecordError)
            if isinstance(record, Record):
                assert all(0 <= span.start < span.end <= len(record.text) for span in record.spans or ())


# Columns of a Parquet file


def test_spans_of_a_parquet_file_show_their_unit_unless_it_has_tokens(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    spans = [[{"start": 3, "end": 9, "label": "A"}], [{"start": 2, "end": 4, "label": "A"}]]
    rows: dict[str, list[Any]] = {"text": [TEXT, EMOJI], "spans": spans}

    def read_again(offsets: OffsetUnit | None = None) -> tuple[list[Any], Counter[str]]:
        pq.write_table(pa.table(rows), path)
        summary = ReadSummary()
        options = ReadOptions(Task.NER, offsets=offsets)
        return [record for _, record in datasets_folder.read(path, options, summary)], summary.notes

    records, notes = read_again()
    assert quoted(records) == [["Berlin"], ["😀"]]
    assert notes == {CONVERTED: 2, either(UTF_16, "as in most of the file"): 1}
    assert quoted(read_again(POINTS)[0]) == [["erlin "], ["😀😀"]]
    tokens = [[text[start:end] for start, end in tokenize(text)] for text in (TEXT, EMOJI)]
    rows |= {"tokens": tokens, "spaces": [[token.isalpha() and token != "city" for token in each] for each in tokens]}
    rows["spaces"][0][0], rows["spaces"][1] = True, [False, False, False, True, False]
    for offsets, covered in ((None, [["erlin "], ["😀😀"]]), (UTF_16, [["Berlin"], ["😀"]])):
        records, notes = read_again(offsets)
        assert quoted(records) == covered
        assert [record.tokens for record in records] == [tokenize(TEXT), tokenize(EMOJI)]
        assert bool(notes) == (offsets is UTF_16)


# Export and load


def exported(text: str, *spans: tuple[int, int, str]) -> dict[str, Any]:
    decided = Answer(1, "sam", "s", "accept", tuple(sorted(Span(*span) for span in spans)))
    return export_record(Example(1, text, 5), decided, {}, Task.SPANCAT)


def bounds_in(module: ModuleType, content: bytes) -> list[tuple[int, int]]:
    """Return the bounds of the only record as the file has them."""
    value = json.loads(content)
    value = value[0] if isinstance(value, list) else value
    if module is doccano:
        return [(start, end) for start, end, _ in value["label"]]
    if module is label_studio:
        spans = [result["value"] for result in value["annotations"][0]["result"]]
    else:
        spans = value["spans"] if module is jsonl else value["responses"]["label"][0]["value"]
    return [(span["start"], span["end"]) for span in spans]


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_each_tool_gets_the_unit_that_it_shows_rightly(module: ModuleType) -> None:
    record = exported("Ada 😀 Bob", (0, 3, "A"), (6, 9, "A"))
    content, summary = written(module, [record], Task.SPANCAT)
    in_browser = module in (doccano, argilla)
    assert bounds_in(module, content) == [(0, 3), (7, 10) if in_browser else (6, 9)]
    noted = [note for note in summary.notes if "UTF-16" in note]
    who = {doccano: "doccano's default project", argilla: "Argilla's interface"}
    assert noted == [f"spans written in UTF-16 units, as {who[module]} counts" for _ in range(in_browser)]
    assert all(isinstance(note, Note) and note.way_out == WayOut(Way.WRITE_CODE_POINTS) for note in noted)
    assert all(summary.notes[note] == 1 for note in noted)
    content, summary = written(module, [record], Task.SPANCAT, POINTS)
    assert bounds_in(module, content) == [(0, 3), (6, 9)]
    assert not summary.notes
    content, _ = written(module, [record], Task.SPANCAT, UTF_16)
    assert bounds_in(module, content) == [(0, 3), (7, 10)]


def test_spans_that_the_server_of_argilla_refuses_are_reported() -> None:
    _, summary = written(
        argilla, [exported("Ada 😀 Bob", (6, 9, "A")), exported("😀 Ada met", (2, 5, "A"))], Task.SPANCAT
    )
    [noted] = [note for note in summary.notes if "refuses" in note]
    assert summary.notes[noted] == 1
    assert isinstance(noted, Note)
    assert noted.way_out == WayOut(Way.WRITE_CODE_POINTS)
    _, summary = written(argilla, [exported("Ada 😀 Bob", (6, 9, "A"))], Task.SPANCAT, POINTS)
    assert not summary.notes


SIGNS = "aB1é😀👨🏻‍🚒漢#., \n\u0301"
TEXTS = st.text(st.sampled_from(SIGNS), min_size=1, max_size=14)


@st.composite
def with_any_spans(draw: st.DrawFn) -> dict[str, Any]:
    text = draw(TEXTS)
    pairs = draw(st.lists(st.tuples(st.integers(0, len(text)), st.integers(0, len(text))), max_size=4))
    return exported(text, *((min(pair), max(pair), "A") for pair in pairs if pair[0] != pair[1]))


@st.composite
def with_words(draw: st.DrawFn) -> dict[str, Any]:
    words = draw(
        st.lists(st.sampled_from(["Ada", "Bob", "7", "😀", "👨🏻‍🚒", "漢字", ".", "é"]), min_size=1, max_size=7)
    )
    text, places = "", []
    for word in words:
        places.append((len(text), len(text) + len(word)))
        text += word + " "
    chosen = draw(st.lists(st.tuples(st.sampled_from(places), st.sampled_from(places)), max_size=4))
    return exported(text, *((min(pair)[0], max(pair)[1], "A") for pair in chosen))


def spans_in(record: dict[str, Any]) -> list[tuple[int, int, str]]:
    return sorted({(span["start"], span["end"], span["label"]) for span in record["spans"]})


@pytest.mark.parametrize("module", MODULES, ids=name_of)
@given(records=st.lists(with_any_spans(), max_size=3), unit=st.sampled_from(list(OffsetUnit)))
def test_any_spans_come_back_where_the_unit_is_said(
    module: ModuleType, records: list[dict[str, Any]], unit: OffsetUnit
) -> None:
    content, _ = written(module, records, Task.SPANCAT, unit)
    again, notes = read(module, content, Task.SPANCAT, unit)
    assert [[tuple(span) for span in record.spans] for record in again] == [spans_in(record) for record in records]
    assert not any("could count" in note for note in notes)
    if module is jsonl:
        tokens = [[(token["start"], token["end"]) for token in record["tokens"]] for record in records]
        assert [list(record.tokens) for record in again] == tokens


@pytest.mark.parametrize("module", MODULES, ids=name_of)
@given(records=st.lists(with_words(), max_size=3))
def test_spans_of_words_come_back_where_nothing_is_said(module: ModuleType, records: list[dict[str, Any]]) -> None:
    content, _ = written(module, records, Task.SPANCAT)
    again, _ = read(module, content, Task.SPANCAT)
    assert [[tuple(span) for span in record.spans] for record in again] == [spans_in(record) for record in records]


@pytest.mark.parametrize("module", [jsonl, label_studio], ids=name_of)
@given(records=st.lists(with_any_spans(), max_size=3))
def test_any_spans_come_back_where_the_file_has_texts_beside_them(
    module: ModuleType, records: list[dict[str, Any]]
) -> None:
    content, _ = written(module, records, Task.SPANCAT)
    again, _ = read(module, content, Task.SPANCAT)
    assert [[tuple(span) for span in record.spans] for record in again] == [spans_in(record) for record in records]


# load, diff, export


def write_lines(path: Path, *values: Any) -> Path:
    path.write_text("".join(f"{json.dumps(value, ensure_ascii=False)}\n" for value in values), encoding="utf-8")
    return path


def loaded(store: Store, path: Path, **options: Any) -> LoadSummary:
    return load_sources(store, [str(path)], LoadOptions("gold", **options))


def stored(store: Store) -> list[list[tuple[int, int]]]:
    rows = store.execute("SELECT spans FROM predictions ORDER BY example_id").fetchall()
    return [[(span["start"], span["end"]) for span in json.loads(spans)] for (spans,) in rows]


def test_load_takes_the_unit_and_reports_what_it_took(store: Store, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "d.jsonl", of_doccano(TEXT, (3, 9)), of_doccano(EMOJI, (2, 4)))
    summary = loaded(store, path, format="doccano")
    assert stored(store) == [[(2, 8)], [(1, 2)]]
    assert summary.notes == {CONVERTED: 2, either(UTF_16, "as in most of the file"): 1}
    summary = loaded(store, path, format="doccano", offsets=POINTS)
    assert stored(store) == [[(3, 9)], [(2, 4)]]
    assert not summary.notes


def test_diff_compares_files_that_count_otherwise(tmp_path: Path) -> None:
    a = write_lines(tmp_path / "a.jsonl", of_doccano(TEXT, (3, 9)), of_doccano(EMOJI, (2, 4)))
    b = write_lines(tmp_path / "b.jsonl", of_jsonl(TEXT, (2, 8)), of_jsonl(EMOJI, (1, 2)))
    found = diff_files(str(a), str(b), format_a="doccano")
    assert (found.exact.f1, found.notes[CONVERTED]) == (1.0, 2)
    assert diff_files(str(a), str(b), format_a="doccano", offsets_a=POINTS).exact.f1 == 0.0
    asked = diff_files(str(a), str(b), offsets_a=UTF_16, format_a="doccano", offsets_b=POINTS)
    assert asked.exact.f1 == 1.0
    assert asked.notes == {CONVERTED: 2}


@pytest.fixture
def agreed(store: Store, tmp_path: Path) -> Store:
    """Two texts on whose spans two predictors agree, so that `auto` accepts them."""
    path = write_lines(tmp_path / "gold.jsonl", of_jsonl("Ada 😀 Bob", (6, 9)), of_jsonl("Eve", (0, 3)))
    for predictor in ("a", "b"):
        load_sources(store, [str(path)], LoadOptions(predictor))
    accept_agreed(store, "test")
    return store


def test_export_writes_the_unit_that_is_asked_for_and_tells(agreed: Store, tmp_path: Path) -> None:
    asked = [("doccano", None, (7, 10)), ("doccano", POINTS, (6, 9)), ("jsonl", UTF_16, (7, 10))]
    for number, (format, offsets, bounds) in enumerate(asked):
        out = tmp_path / f"out{number}.jsonl"
        summary = export_files(agreed, Target(out, format, offsets=offsets), ExportSelection())
        [line] = [line for line in out.read_bytes().splitlines() if not line.isascii()]
        assert bounds_in(jsonl if format == "jsonl" else doccano, line) == [bounds]
        assert bool(summary.files[0][1].notes) == (offsets is None)
    for format in ("spacy", "conll", "csv", "datasets"):
        with pytest.raises(ConfigError, match="offsets utf-16: only the formats jsonl, doccano"):
            export_files(agreed, Target(tmp_path / "no", format, offsets=UTF_16), ExportSelection())
    summary = export_files(agreed, Target(tmp_path / "o.jsonl", offsets=UTF_16), ExportSelection(), split=0.5)
    parts = [path.read_text(encoding="utf-8") for path, _ in summary.files]
    assert '"start": 7' in "".join(parts)


def test_what_was_reviewed_goes_onto_a_file_in_its_own_unit(tmp_path: Path) -> None:
    lines = [of_jsonl("Ada 😀 Bob", (7, 10)), of_jsonl("😀 Eve", (3, 6), mine=1), of_jsonl("😀"), of_jsonl("x")]
    original = write_lines(tmp_path / "utf16.jsonl", *lines)
    with create_store(tmp_path / "onto.db", Task.NER) as store:
        for predictor in ("a", "b"):
            load_sources(store, [str(original)], LoadOptions(predictor))
        assert stored(store)[::2] == [[(6, 9)], [(2, 5)], [], []]
        accept_agreed(store, "test")
        summary = export_onto(store, original, Target(tmp_path / "out.jsonl"), ExportSelection())
        records = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
        assert [[(span["start"], span["end"]) for span in each["spans"]] for each in records] == [
            [(7, 10)],
            [(3, 6)],
            [],
            [],
        ]
        assert records[2]["tokens"][0]["end"] == 2
        assert summary.files[0][1].notes == {"records with offsets in UTF-16 units, as in the original": 3}
        again = [record for _, record in read_records(str(tmp_path / "out.jsonl"), ReadOptions(Task.NER))]
        assert quoted(again) == [["Bob"], ["Eve"], [], []]
        export_onto(store, original, Target(tmp_path / "points.jsonl", offsets=POINTS), ExportSelection())
        first = json.loads((tmp_path / "points.jsonl").read_text(encoding="utf-8").splitlines()[0])
        assert (first["spans"][0]["start"], first["tokens"][-1]["end"]) == (6, 9)


def test_what_is_no_offset_is_left_for_the_reader_to_judge() -> None:
    text = "🙂 Ada"
    spans = [{"start": 3, "end": 6, "label": "P"}]
    for odd in ({"spans": "none"}, {"spans": [{"start": "0", "end": 1, "label": "P"}]}, {"spans": [7]}):
        fields = {"text": text, **odd}
        content = (json.dumps({"text": text, "spans": spans}) + "\n" + json.dumps(fields)).encode()
        options = ReadOptions(Task.NER, offsets=OffsetUnit.UTF_16)
        (_, good), (_, bad) = jsonl.read(BytesIO(content), options, ReadSummary())
        assert isinstance(good, Record)
        assert good.spans == (Span(2, 5, "P"),)
        assert isinstance(bad, RecordError)


def test_the_offsets_of_versions_are_written_in_the_unit_that_is_asked_for() -> None:
    version = {"text": "🙂 Ada", "spans": [{"start": 2, "end": 5, "label": "P"}], "_annotator_id": "kim"}
    record = {"text": "🙂 Ada", "spans": [], "versions": [version], "answer": "accept"}
    content, _ = written(jsonl, [record], offsets=OffsetUnit.UTF_16)
    assert json.loads(content)["versions"][0]["spans"] == [{"start": 3, "end": 6, "label": "P"}]
