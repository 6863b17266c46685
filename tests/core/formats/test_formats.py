"""Reading sources: every good form of a record, and every bad line with its number and reason."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from format_files import check_what_comes
from hypothesis import example, given
from hypothesis import strategies as st

from tiebreak.core.errors import RecordError, SourceError
from tiebreak.core.formats import csv_file, lines
from tiebreak.core.formats.read_options import ReadOptions, ReadSummary
from tiebreak.core.formats.registry import FORMATS, Format, check_source, format_of, read_records
from tiebreak.core.records import Record, Span, Task
from tiebreak.core.ways_out import Way, WayOut

Read = Callable[..., list[tuple[int, Record | RecordError]]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads these bytes from a file with this ending."""

    def read(content: bytes, name: str = "source.jsonl", task: Task = Task.NER, **options: Any) -> list[Any]:
        path = tmp_path / name
        path.write_bytes(content)
        return list(read_records(str(path), ReadOptions(task, **options)))

    return read


def only(records: list[tuple[int, Record | RecordError]]) -> Record:
    [(_, record)] = records
    assert isinstance(record, Record), record
    return record


def line(**fields: object) -> bytes:
    return json.dumps(fields).encode() + b"\n"


def test_a_record_of_prodigy_is_read_whole(read: Read) -> None:
    record = only(
        read(
            line(
                text="Ada met Bob",
                spans=[
                    {"start": 8, "end": 11, "label": "PERSON", "token_start": 2, "token_end": 2},
                    {"start": 0, "end": 3, "label": "PERSON"},
                ],
                tokens=[{"text": "Ada", "start": 0, "end": 3, "id": 0, "ws": True}, {"start": 4, "end": 7}],
                meta={"source": "x"},
                _input_hash=-5,
                _task_hash=7,
                _annotator_id="sam",
                _session_id="sam-1",
                _timestamp=1700000000,
                _view_id="ner_manual",
                answer="accept",
                flagged=True,
            )
        )
    )
    assert record == Record(
        text="Ada met Bob",
        spans=(Span(0, 3, "PERSON"), Span(8, 11, "PERSON")),
        tokens=((0, 3), (4, 7)),
        meta={"source": "x"},
        input_hash=-5,
        task_hash=7,
        annotator="sam",
        answer="accept",
        other_fields={"flagged": True},
        is_decision=False,
    )


def test_categories_come_from_cats_or_from_a_choice(read: Read) -> None:
    options = [{"id": "A", "text": "a"}, {"id": 2, "text": "b"}]
    cats = [
        only(read(line(text="x", cats={"A": 1, "B": 0.5, "C": False}))).cats,
        only(read(line(text="x", options=options, accept=[2]))).cats,
        only(read(line(text="x", options=options, accept=[]))).cats,
        only(read(line(text="x", options=options, answer="accept"))).cats,
        only(read(line(text="x", options=options))).cats,
        only(read(line(text="x", label="A", answer="reject"))).cats,
    ]
    assert cats == [{"A": 1.0, "B": 0.5, "C": 0.0}, {"A": 0.0, "2": 1.0}, *[{"A": 0.0, "2": 0.0}] * 2, None, None]


@pytest.mark.parametrize(
    "field", ["spans", "tokens", "meta", "cats", "label", "options", "accept", "answer", "_input_hash"]
)
def test_a_field_that_is_null_is_as_good_as_none(read: Read, field: str) -> None:
    record = only(read(line(text="x", **{field: None})))
    assert (record.spans, record.tokens, record.meta, record.cats, record.answer) == (None,) * 5


def test_a_record_without_spans_differs_from_one_with_none(read: Read) -> None:
    assert only(read(line(text="x"))).spans is None
    assert only(read(line(text="x", spans=None))).spans is None
    assert only(read(line(text="x", spans=[]))).spans == ()


def test_a_span_that_stands_twice_counts_once(read: Read) -> None:
    span = {"start": 0, "end": 3, "label": "A"}
    assert only(read(line(text="Ada", spans=[span, {**span, "token_start": 0}]))).spans == (Span(0, 3, "A"),)


def test_real_files_are_read_without_a_bad_line(read: Read, data: Path) -> None:
    for path in data.glob("*.jsonl"):
        given_lines = path.read_text("utf-8").split("\n")[:-1]
        records = read(path.read_bytes())
        assert [number for number, _ in records] == list(range(1, len(given_lines) + 1))
        for (_, record), given_line in zip(records, given_lines, strict=True):
            expected = json.loads(given_line)
            assert isinstance(record, Record)
            assert record.text == expected["text"]
            assert record.meta == expected["meta"]
            spans = [(span["start"], span["end"], span["label"]) for span in expected.get("spans", [])]
            assert sorted(record.spans or ()) == sorted(spans)


OUT_OF_RANGE = "is out of range: the text has 7 characters"
SPAN = {"start": 0, "end": 3, "label": "A"}


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"{text: 1}", "not JSON: Expecting property name enclosed in double quotes at column 2"),
        (b'{"text": "x"', "not JSON: Expecting ',' delimiter at column 13"),
        (b'{"text": "x"} {}', "not JSON: Extra data at column 15"),
        (b'{"text": "a\x00b"}', "not JSON: Invalid control character at column 12"),
        (b'{"text": "x", "meta": {"a": NaN}}', "not JSON: NaN is not allowed"),
        (b'{"text": "x", "meta": {"a": -Infinity}}', "not JSON: -Infinity is not allowed"),
        (b'{"text": "x", "meta": {"a": ' + b"9" * 5000 + b"}}", "not JSON: Exceeds the limit"),
        (b'{"text": "x", "meta": {"a": 1e999}}', "number"),
        (b'{"text": "x", "cats": {"A": ' + b"9" * 400 + b"}}", "cats: the score of 'A'"),
        (b"[" * 100_000, "not readable JSON: nested too deeply"),
        (b'{"text": "x", "meta": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001, "nested too deeply"),
        (b'{"text": "caf\xe9"}', "not UTF-8: byte 14 of the line is 0xe9"),
        (b'{"text": "\\ud800"}', "a lone surrogate (U+D800)"),
        (b'{"text": "x", "meta": {"a": ["\\udc80"]}}', "a lone surrogate (U+DC80)"),
        (b'{"text": "x", "meta": {"\\udc80": 1}}', "a lone surrogate (U+DC80)"),
        (b'{"text": "xyz", "spans": [{"start": 0, "end": 1, "label": "\\udfff"}]}', "a lone surrogate (U+DFFF)"),
        (b'{"text": "x", "_annotator_id": "\\ud83d"}', "a lone surrogate (U+D83D)"),
        (b"3", "not an object but a number"),
        (b"[]", "not an object but a list"),
        (b"null", "not an object but null"),
        (b'"x"', "not an object but a string"),
        (b"true", "not an object but a boolean"),
        (b"{}", "no text"),
        (b'{"text": null}', "no text"),
        (b'{"text": ""}', "no text: it is empty"),
        (b'{"text": 3}', "text is a number, not a string"),
        (line(text="Ada met", spans={}), "spans is an object, not a list"),
        (line(text="Ada met", spans=[3]), "a span is a number, not an object"),
        (line(text="Ada met", spans=[{}]), "a span's start and end are None and None, not two integers"),
        (line(text="Ada met", spans=[{**SPAN, "start": 0.0}]), "not two integers"),
        (line(text="Ada met", spans=[{**SPAN, "end": "3"}]), "not two integers"),
        (line(text="Ada met", spans=[{**SPAN, "end": True}]), "not two integers"),
        (line(text="Ada met", spans=[{**SPAN, "end": 8}]), f"the span 0-8 'A' {OUT_OF_RANGE}"),
        (line(text="Ada met", spans=[{**SPAN, "start": -1}]), f"the span -1-3 'A' {OUT_OF_RANGE}"),
        (line(text="Ada met", spans=[{**SPAN, "end": 10**30}]), OUT_OF_RANGE),
        (line(text="Ada met", spans=[{**SPAN, "start": 4}]), "the span 4-3 'A' has its end before its start"),
        (line(text="Ada met", spans=[{**SPAN, "start": 3}]), "the span 3-3 'A' is empty"),
        (line(text="Ada met", spans=[{**SPAN, "label": 3}]), "has the label 3, which is not a string"),
        (line(text="Ada met", spans=[{"start": 0, "end": 3}]), "has the label None, which is not a string"),
        (line(text="Ada met", spans=[{**SPAN, "label": ""}]), "has an empty label"),
        (
            line(text="Ada met", spans=[SPAN, {"start": 2, "end": 7, "label": "B"}]),
            "spans 0-3 'A' and 2-7 'B' overlap, which the task ner forbids; a store of the task spancat takes",
        ),
        (line(text="Ada met", meta=[]), "meta is a list, not an object"),
        (line(text="Ada met", tokens={}), "tokens is an object, not a list"),
        (line(text="Ada met", tokens=[{"start": 0}]), "a token has no integer start and end"),
        (line(text="Ada met", tokens=[{"start": 0, "end": 8}]), "the token 0-8 is out of order or out of range"),
        (line(text="Ada", tokens=[{"start": 1, "end": 3}, {"start": 0, "end": 1}]), "the token 0-1 is out of order"),
        (line(text="Ada met", cats=[]), "cats is a list, not an object"),
        (line(text="Ada met", cats={"A": "yes"}), "cats: the score of 'A' is 'yes', not a valid number"),
        (line(text="Ada met", label=3.5), "label is a number, not a string"),
        (line(text="Ada met", options=[{}]), "options: each must be an object with an `id`"),
        (line(text="Ada met", accept=[None]), "accept: None is not an option's id"),
        (line(text="Ada met", answer="yes"), "answer is 'yes', not accept, reject or ignore"),
        (line(text="Ada met", answer=[]), "answer is [], not accept, reject or ignore"),
        (line(text="Ada met", _input_hash="5"), "_input_hash is '5', not a 64-bit integer"),
        (line(text="Ada met", _input_hash=2**63), f"_input_hash is {2**63}, not a 64-bit integer"),
        (line(text="Ada met", _task_hash=1.5), "_task_hash is 1.5, not a 64-bit integer"),
        (line(text="Ada met", _annotator_id=5), "_annotator_id is a number, not a string"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_line_says_why_and_spares_its_neighbours(read: Read, bad: bytes, reason: str) -> None:
    records = read(b'{"text": "before"}\n' + bad.rstrip(b"\n") + b"\n" + b'{"text": "after"}\n')
    assert [number for number, _ in records] == [1, 2, 3]
    assert [record.text for _, record in records if isinstance(record, Record)] == ["before", "after"]
    error = records[1][1]
    assert isinstance(error, RecordError), error
    assert reason in str(error)


def test_overlapping_spans_are_fine_where_the_task_takes_them(read: Read) -> None:
    spans = [{"start": 2, "end": 7, "label": "B"}, SPAN]
    record = only(read(line(text="Ada met", spans=spans), task=Task.SPANCAT))
    assert record.spans == (Span(0, 3, "A"), Span(2, 7, "B"))


@pytest.mark.full
def test_nesting_of_any_depth_is_a_record_or_a_bad_line(read: Read) -> None:
    depths = [1, 10, *range(200, 1100)]
    nested = (b'{"text": "%d", "meta": %s1%s, "x": "\\u00e9"}\n' % (n, b'{"a":' * n, b"}" * n) for n in depths)
    records = read(b"".join(nested))
    assert [number for number, _ in records] == list(range(1, len(depths) + 1))
    assert isinstance(records[1][1], Record)
    assert isinstance(records[-1][1], RecordError)


@pytest.mark.parametrize(
    "text",
    [
        "one\u2028line\u2029of\x85text\x0b\x0c\x1c",
        "nul \x00 inside",
        "\x1b[31mred\x1b[0m \x9b2J",
        "\u202eright to left",
        "[red]markup[/red]",
        "tab\tCRLF\r\n",
        "zero\u200bwidth e\u0301 \ufeff",
        "👩\u200d💻",
        "x" * 64_000,
    ],
)
@pytest.mark.parametrize("escaped", [True, False])
def test_hostile_text_comes_in_as_it_is(read: Read, text: str, escaped: bool) -> None:
    content = json.dumps({"text": text, "meta": {text: text}}, ensure_ascii=escaped).encode()
    record = only(read(content))
    assert (record.text, record.meta) == (text, {text: text})


def test_surrogates_in_pairs_are_one_character(read: Read) -> None:
    assert only(read(b'{"text": "\\ud83d\\ude00"}')).text == "😀"


@pytest.mark.parametrize("name", ["source.jsonl", "source.txt"])
def test_a_byte_order_mark_crlf_and_blank_lines_are_passed_over(read: Read, name: str) -> None:
    lines = ['{"text": "a"}', '{"text": "b"}'] if name.endswith("jsonl") else ["a", "b"]
    records = read(f"\ufeff{lines[0]}\r\n\r\n  \t\n{lines[1]}".encode(), name)
    assert [(number, record.text) for number, record in records if isinstance(record, Record)] == [(1, "a"), (4, "b")]
    assert len(records) == 2


def test_each_line_of_plain_text_is_an_example(read: Read) -> None:
    records = read(b" one \n\ntwo\x00\xe2\x80\xa8three\nb\xff\nlast", "source.txt")
    assert [(number, record.text) for number, record in records if isinstance(record, Record)] == [
        (1, " one "),
        (3, "two\x00\u2028three"),
        (5, "last"),
    ]
    [(number, error)] = [(number, error) for number, error in records if isinstance(error, RecordError)]
    assert (number, str(error)) == (4, "not UTF-8: byte 2 of the line is 0xff")


def test_the_columns_of_a_csv_are_text_label_and_meta(read: Read) -> None:
    content = '\ufeffid,text,label\r\n7,"Ada, ""the"" first\r\nline",A\r\n8,Bob,\r\n'.encode()
    records = read(content, "source.csv")
    assert [(number, record) for number, record in records if isinstance(record, Record)] == [
        (3, Record('Ada, "the" first\r\nline', meta={"id": "7"}, other_fields={"label": "A"})),
        (4, Record("Bob", meta={"id": "8"}, other_fields={"label": ""})),
    ]
    assert len(records) == 2


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"1,2,3", "more fields than the header has"),
        (b"1", "fewer fields than the header has"),
        (b",1", "no text: it is empty"),
        (b"caf\xe9,1", "not UTF-8"),
        (b"x,\xff", "not UTF-8"),
    ],
)
def test_a_bad_row_of_a_csv_says_why_and_spares_its_neighbours(read: Read, row: bytes, reason: str) -> None:
    records = read(b"text,id\nbefore,0\n" + row + b"\nafter,9\n", "source.csv")
    assert [number for number, _ in records] == [2, 3, 4]
    assert [record.text for _, record in records if isinstance(record, Record)] == ["before", "after"]
    assert str(records[1][1]) == reason


def test_a_csv_field_may_be_as_long_as_it_likes(read: Read) -> None:
    assert len(only(read(b"text\n" + b"x" * 1_000_000 + b"\n", "source.csv")).text) == 1_000_000


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "n;text;label\n1;Ada, Bob;A\n"),
        ("a.csv", "n\ttext\tlabel\n1\tAda, Bob\tA\n"),
        ("a.csv", "n|text|label\n1|Ada, Bob|A\n"),
        ("a.csv", 'sep=;\r\n\r\n"n";"text";label\r\n1;Ada, Bob;A\r\n'),
        ("a.tsv", "n\ttext\tlabel\n1\tAda, Bob\tA\n"),
        ("a.tsv.gz", "\ufeffn\ttext\tlabel\n1\tAda, Bob\tA\n"),
    ],
)
def test_the_header_shows_what_parts_the_columns(read: Read, name: str, content: str) -> None:
    packed = gzip.compress(content.encode()) if name.endswith(".gz") else content.encode()
    assert only(read(packed, name)) == Record("Ada, Bob", meta={"n": "1"}, other_fields={"label": "A"})


def test_a_column_of_texts_alone_may_hold_any_sign_in_a_tsv(read: Read) -> None:
    assert only(read(b"text\nAda, Bob; Eve\n", "a.tsv")).text == "Ada, Bob; Eve"


def test_another_column_may_hold_the_text(read: Read) -> None:
    assert only(read(b"a;body\n1;Ada\n", "a.csv", text_column="body")) == Record("Ada", meta={"a": "1"})
    assert only(read(b"text,body\nold,Ada\n", "a.csv", text_column="body")) == Record("Ada", meta={"text": "old"})
    with pytest.raises(SourceError, match="no column `body`"):
        read(b"text\nAda\n", "a.csv", text_column="body")


def test_numbers_of_labels_in_a_table_are_named(read: Read) -> None:
    content = b"text,label\nAda,1\n"
    assert only(read(content, "a.csv", Task.TEXTCAT, names={"": ("neg", "pos")})).cats == {"pos": 1.0}
    assert only(read(content, "a.csv", Task.TEXTCAT)).cats == {"1": 1.0}


def test_columns_of_one_name_are_refused_where_they_hold_the_text_and_else_counted(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,a,text\nAda,1,Bob\n")
    with pytest.raises(SourceError, match="2 columns are called `text`"):
        list(read_records(str(tmp_path / "a.csv"), ReadOptions(Task.NER)))
    (tmp_path / "a.csv").write_text("text,a,a\nAda,1,2\n")
    summary = ReadSummary()
    assert only(list(read_records(str(tmp_path / "a.csv"), ReadOptions(Task.NER), summary=summary))).meta == {"a": "2"}
    assert summary.notes == {"columns with the name of another column: left out": 1}


@pytest.mark.parametrize("name", ["a.csv", "a.tsv"])
def test_a_quote_that_is_never_closed_is_named_with_its_line(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text('text\nAda\n"Bob\nEve\n')
    records = read_records(str(tmp_path / name), ReadOptions(Task.NER))
    assert next(records) == (2, Record("Ada"))
    with pytest.raises(SourceError, match="line 3: not CSV: a quote that opens in this row is never closed"):
        next(records)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv", "a.tsv", "a.txt", "a.conll", "a.txt.gz"])
def test_utf_16_is_refused_as_such(read: Read, name: str, encoding: str) -> None:
    content = "text\nAda met Bob\n".encode(encoding)
    file = "the unpacked file" if name.endswith(".gz") else "this file"
    with pytest.raises(SourceError, match=f"{name}: {file} is {encoding[:6].upper()}, not UTF-8") as refused:
        read(gzip.compress(content) if name.endswith(".gz") else content, name)
    assert refused.value.way_out is not None
    written = content.decode(refused.value.way_out.of).removeprefix("\ufeff")  # iconv drops it
    assert written == "text\nAda met Bob\n"


def test_zeros_in_a_text_are_no_utf_16(read: Read) -> None:
    assert only(read(b"a\0b\0c d\0\n", "a.txt")).text == "a\0b\0c d\0"


def test_a_csv_without_a_text_column_is_refused_with_the_columns_it_has(read: Read) -> None:
    with pytest.raises(
        SourceError, match=r"source\.csv: the table has no column `text` \(its columns: a, b\)"
    ) as refused:
        read(b"a,b\n1,2\n", "source.csv")
    assert refused.value.way_out == WayOut(Way.NAME_TEXT, "text")


@pytest.mark.parametrize(
    ("name", "content"),
    [("source.jsonl.gz", line(text="Ada")), ("source.txt.gz", b"Ada\n"), ("source.csv.gz", b"text\nAda\n")],
)
def test_packed_files_are_read_like_others(read: Read, name: str, content: bytes) -> None:
    assert only(read(gzip.compress(content), name)).text == "Ada"


@pytest.mark.parametrize("ending", ["jsonl", "txt", "csv"])
def test_a_truncated_gzip_gives_what_is_whole_and_says_where_it_ended(tmp_path: Path, ending: str) -> None:
    noise = "".join(chr(97 + number * number % 25) for number in range(400))
    rows = [
        f'{{"text": "{n} {noise[n % 300 :]}"}}' if ending == "jsonl" else f"{n} {noise[n % 300 :]}" for n in range(9000)
    ]
    packed = gzip.compress("\n".join(["text", *rows] if ending == "csv" else rows).encode())
    path = tmp_path / f"source.{ending}.gz"
    path.write_bytes(packed[: len(packed) // 2])
    whole: list[tuple[int, Record | RecordError]] = []
    with pytest.raises(SourceError, match=r"source\.\w+\.gz: after line \d+: not a whole gzip file"):
        whole.extend(read_records(str(path), ReadOptions(Task.NER)))
    assert 0 < len(whole) < 9000
    assert str(whole[0][1]).startswith("Record(text='0 ")


def test_a_file_that_is_no_gzip_is_refused(read: Read) -> None:
    with pytest.raises(SourceError, match=r"not packed by gzip, though its name ends in \.gz"):
        read(line(text="Ada"), "source.jsonl.gz")


def test_standard_input_is_read_as_jsonl_unless_another_format_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"text": "a\xc3\xa9"}\n[]\n')))
    first, second = list(read_records("-", ReadOptions(Task.NER)))
    assert first == (1, Record("aé"))
    assert second[0] == 2
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"one\ntwo\n")))
    assert [number for number, _ in read_records("-", ReadOptions(Task.NER), "txt")] == [1, 2]


@pytest.mark.parametrize(
    ("source", "format"),
    [
        *(("-", "jsonl"), ("a.jsonl", "jsonl"), ("a.b.JSONL", "jsonl"), ("a.ndjson.gz", "jsonl"), ("a.txt", "txt")),
        *(("a.json", "json"), ("a.tsv", "tsv"), ("a.tsv.gz", "tsv"), ("a.csv", "csv"), ("a.arrow", "datasets")),
    ],
)
def test_the_ending_says_the_format(source: str, format: Format) -> None:
    assert format_of(source) == format


@pytest.mark.parametrize("source", ["a.xml", "a.gz", "noending"])
def test_an_unknown_ending_is_refused_with_the_way_out(source: str) -> None:
    with pytest.raises(SourceError, match="does not show the format") as refused:
        format_of(source)
    assert refused.value.way_out == WayOut(Way.NAME_FORMAT, ", ".join(FORMATS))


def test_an_unknown_ending_is_refused_with_what_the_file_looks_like(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04")
    (tmp_path / "a.ann").write_bytes(line(text="Ada", spans=[]))
    for name, what, way_out in (
        ("a.xlsx", "a ZIP archive", None),
        ("a.ann", "records of Prodigy", WayOut(Way.NAME_FORMAT, "jsonl")),
    ):
        with pytest.raises(SourceError, match=f"does not show the format; it looks like {what}") as refused:
            check_source(str(tmp_path / name))
        assert refused.value.way_out == way_out


def test_a_source_that_is_missing_or_a_folder_is_refused(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "missing.foo", "no such file"), (tmp_path, "cannot be read")):
        format: Format | None = None if path != tmp_path else "jsonl"
        with pytest.raises(SourceError, match=f"{path}: {reason}"):
            check_source(str(path), format)
        with pytest.raises(SourceError, match=f"{path}: {reason}"):
            list(read_records(str(path), ReadOptions(Task.NER), format))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
SPAN_LIKE = st.fixed_dictionaries(
    {
        "start": st.integers(-2, 9) | JSON_VALUES,
        "end": st.integers(-2, 9) | JSON_VALUES,
        "label": st.text() | JSON_VALUES,
    }
)
FIELDS = (
    "text",
    "spans",
    "tokens",
    "meta",
    "cats",
    "label",
    "options",
    "accept",
    "answer",
    "_input_hash",
    "_task_hash",
)
RECORD_LIKE = st.dictionaries(st.sampled_from([*FIELDS, "_annotator_id", "x"]), JSON_VALUES).flatmap(
    lambda fields: st.fixed_dictionaries(
        {}, optional={"text": st.text(min_size=1), "spans": st.lists(SPAN_LIKE), "tokens": st.lists(SPAN_LIKE)}
    ).map(lambda better: {**fields, **better})
)


def assert_only_records_and_errors(content: bytes, folder: Path, format: Format, name: str = "any") -> None:
    path = folder / name
    path.write_bytes(content)
    check_what_comes(lambda options: read_records(str(path), options, format))


@given(st.binary(max_size=200), st.sampled_from(["jsonl", "txt", "csv"]))
@example(b"\xff\xfet\x00e\x00x\x00t\x00\n\x00", "csv")
@example(b'text\n"a\x00\rb', "csv")
@example(b"text\n\xe2\x80", "csv")
def test_whatever_the_bytes_only_records_and_errors_come_out(tmp_path: Path, content: bytes, format: Format) -> None:
    assert_only_records_and_errors(content, tmp_path, format)


@given(st.binary(max_size=80) | st.binary(max_size=80).map(gzip.compress), st.integers(0, 200))
def test_whatever_the_packed_bytes_only_records_and_errors_come_out(tmp_path: Path, content: bytes, cut: int) -> None:
    assert_only_records_and_errors(content[:cut], tmp_path, "jsonl", "any.gz")


@pytest.mark.full
@given(st.lists(RECORD_LIKE | JSON_VALUES, max_size=3), st.booleans())
def test_whatever_the_json_only_records_and_errors_come_out(tmp_path: Path, values: list[Any], escaped: bool) -> None:
    lines = [json.dumps(value, ensure_ascii=escaped).encode("utf-8", "surrogatepass") for value in values]
    assert_only_records_and_errors(b"\n".join(lines), tmp_path, "jsonl")


@given(st.lists(st.lists(st.text(), min_size=1, max_size=3), max_size=4))
def test_whatever_the_rows_only_records_and_errors_come_out(tmp_path: Path, rows: list[list[str]]) -> None:
    content = io.StringIO(newline="")
    csv.writer(content).writerows([["text", "label", "id"], *rows])
    assert_only_records_and_errors(content.getvalue().encode("utf-8", "surrogatepass"), tmp_path, "csv")


def test_a_line_that_would_take_the_memory_of_all_is_a_bad_line_and_spares_its_neighbours(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "LONGEST", 40)
    monkeypatch.setattr(lines, "_CHUNK", 16)
    content = line(text="one") + line(text="x" * 99) + line(text="two") + b"y" * 200
    (_, one), (second, bad), (_, two), (fourth, last) = read(content)
    assert (one, two) == (Record("one"), Record("two"))
    assert (second, fourth) == (2, 4)
    for error in (bad, last):
        assert str(error).startswith("the line is longer than")
    (_, text), _, _, _ = read(content, "source.txt")
    assert isinstance(text, Record)


def test_rows_of_a_csv_that_is_too_long_for_memory_end_it(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "LONGEST", 40)
    rows: list[Any] = []
    with pytest.raises(SourceError, match="not CSV: a line is longer than"):
        rows.extend(read(b"text\none\n" + b"x" * 99 + b"\n", "source.csv"))


def test_a_folder_is_one_of_datasets_and_none_comes_from_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert format_of(str(tmp_path)) == "datasets"
    with pytest.raises(SourceError, match="cannot come from standard input"):
        list(read_records("-", ReadOptions(Task.NER), "datasets"))
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(SourceError, match="standard input is closed"):
        list(read_records("-", ReadOptions(Task.NER)))
