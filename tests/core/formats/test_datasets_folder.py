"""A folder for the `datasets` library: its columns, class names and README, and an exact way back."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from format_files import check_what_comes
from hypothesis import given, settings
from hypothesis import strategies as st

from tiebreak.core.errors import ConfigError, RecordError, SourceError
from tiebreak.core.formats import datasets_folder
from tiebreak.core.formats.read_options import ReadOptions, ReadSummary
from tiebreak.core.formats.registry import read_records
from tiebreak.core.formats.write_options import WriteOptions, WriteSummary
from tiebreak.core.records import Record, Span, Task, TaskKind
from tiebreak.core.text.hashes import text_digest
from tiebreak.core.ways_out import Way, WayOut

SPANS: list[dict[str, Any]] = [{"start": 0, "end": 3, "label": "PERSON"}, {"start": 3, "end": 6, "label": "PERSON"}]
ADA = {"text": "AdaBob in Rome", "spans": SPANS, "meta": {"a": [1]}, "answer": "accept", "_annotator_id": "sam"}
ROME = {"text": "In Rome", "spans": [{"start": 3, "end": 7, "label": "GPE"}], "answer": "ignore", "note": "why"}


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., WriteSummary]:
    """Writes records as a split of the folder `out`."""

    def write(records: list[Any], task: Task = Task.NER, **more: Any) -> WriteSummary:
        return datasets_folder.write_split(records, tmp_path / "out", WriteOptions(task), **more)

    return write


def table(folder: Path, split: str = "train") -> pa.Table:
    return pq.read_table(folder / "out" / "data" / f"{split}-00000-of-00001.parquet")


def features(folder: Path, split: str = "train") -> Any:
    return json.loads(table(folder, split).schema.metadata[b"huggingface"])["info"]["features"]


def read(path: Path, task: Task = Task.NER) -> list[Any]:
    return [record for _, record in datasets_folder.read(path, ReadOptions(task), ReadSummary())]


def test_the_columns_of_ner_are_tokens_with_tags_and_spans(write: Callable[..., WriteSummary], tmp_path: Path) -> None:
    summary = write([ADA, ROME])
    names = ["O", "B-GPE", "I-GPE", "B-PERSON", "I-PERSON"]
    assert features(tmp_path)["ner_tags"] == {"feature": {"names": names, "_type": "ClassLabel"}, "_type": "Sequence"}
    assert table(tmp_path).to_pylist() == [
        {
            "id": text_digest("AdaBob in Rome").hex(),
            "text": "AdaBob in Rome",
            "tokens": ["Ada", "Bob", "in", "Rome"],
            "spaces": [False, True, True, False],
            "ner_tags": [3, 3, 0, 0],
            "spans": SPANS,
            "answer": "accept",
            "annotator": "sam",
            "meta": '{"a": [1]}',
        },
        {
            "id": text_digest("In Rome").hex(),
            "text": "In Rome",
            "tokens": ["In", "Rome"],
            "spaces": [True, False],
            "ner_tags": [0, 1],
            "spans": ROME["spans"],
            "answer": "ignore",
            "annotator": None,
            "meta": '{"note": "why"}',
        },
    ]
    assert (summary.records, summary.spans) == (2, 3)
    assert dict(summary.notes) == {"spans off token bounds: tokens split there": 2}


def test_a_span_of_several_tokens_is_b_and_then_i(write: Callable[..., WriteSummary], tmp_path: Path) -> None:
    write([{"text": "in New York  City", "spans": [{"start": 3, "end": 17, "label": "GPE"}]}])
    [row] = table(tmp_path).to_pylist()
    assert list(zip(row["tokens"], row["ner_tags"], strict=True)) == [
        *(("in", 0), ("New", 1), ("York", 2), (" ", 2), ("City", 2)),
    ]


def test_splits_share_their_class_names(write: Callable[..., WriteSummary], tmp_path: Path) -> None:
    write([ADA])
    write([ROME], split="validation", labels=["GPE", "ORG"])
    assert features(tmp_path, "validation")["ner_tags"]["feature"]["names"] == [
        *("O", "B-PERSON", "I-PERSON", "B-GPE", "I-GPE", "B-ORG", "I-ORG"),
    ]
    readme = (tmp_path / "out" / "README.md").read_text()
    for line in (
        "- config_name: default",
        "  - split: train\n    path: data/train-*\n  - split: validation\n    path: data/validation-*",
        "  - name: ner_tags\n    sequence:\n      class_label:\n        names:\n          '0': \"O\"",
        "          '6': \"I-ORG\"",
        "    num_examples: 1",
    ):
        assert f"\n{line}\n" in readme
    assert [record.text for record in read(tmp_path / "out")] == [ADA["text"], ROME["text"]]


@pytest.mark.parametrize(
    ("label", "yaml"),
    [('a"b', '"a\\"b"'), ("a\\b", '"a\\\\b"'), ("a\nb\x7f", '"a\\U0000000ab\\U0000007f"'), ("é: #x", '"é: #x"')],
)
def test_no_label_breaks_the_readme(write: Callable[..., WriteSummary], tmp_path: Path, label: str, yaml: str) -> None:
    write([{"text": "x", "cats": {label: 1.0}}], Task.TEXTCAT)
    assert f"\n          '0': {yaml}\n" in (tmp_path / "out" / "README.md").read_text()


def test_one_category_is_a_class_label_and_several_are_strings(
    write: Callable[..., WriteSummary], tmp_path: Path
) -> None:
    write([{"text": "x", "cats": {"B": 0.0, "A": 1.0}}, {"text": "y", "cats": {"A": 0.0}}], Task.TEXTCAT)
    assert features(tmp_path)["label"] == {"names": ["A", "B"], "_type": "ClassLabel"}
    assert table(tmp_path).column("label").to_pylist() == [0, None]
    options = [{"id": each} for each in "ABC"]
    summary = write([{"text": "x", "options": options, "accept": ["A", "C"]}], Task.TEXTCAT_MULTILABEL)
    assert table(tmp_path).column("labels").to_pylist() == [["A", "C"]]
    assert table(tmp_path).column("cats").to_pylist() == ['{"A": 1.0, "B": 0.0, "C": 1.0}']
    assert summary.spans == 2


def test_spans_that_overlap_have_no_tags(write: Callable[..., WriteSummary], tmp_path: Path) -> None:
    spans = [*SPANS, {"start": 0, "end": 6, "label": "X"}]
    summary = write([{**ADA, "spans": spans}], Task.SPANCAT)
    assert "ner_tags" not in table(tmp_path).schema.names
    assert not summary.notes
    assert read(tmp_path / "out", Task.SPANCAT)[0].spans == tuple(sorted(Span(**span) for span in spans))


def test_without_pyarrow_it_says_what_to_install(
    write: Callable[..., WriteSummary], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    for attempt in (lambda: write([]), lambda: read(tmp_path / "x.parquet")):
        with pytest.raises(ConfigError, match="needs pyarrow: pip install pyarrow"):
            attempt()


def test_a_split_needs_a_name_and_a_folder_of_our_own(write: Callable[..., WriteSummary], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"the split '\.\./x'"):
        write([], split="../x")
    (tmp_path / "out" / "data").mkdir(parents=True)
    (tmp_path / "out" / "data" / "train-1.parquet").write_bytes(b"PAR1")
    with pytest.raises(SourceError, match="not a split that Tiebreak wrote"):
        write([])


JSON_VALUES = st.none() | st.integers() | st.text() | st.lists(st.floats(allow_nan=False, allow_infinity=False))


@st.composite
def records(draw: Any, task: Task) -> dict[str, Any]:
    text = draw(st.text(st.sampled_from("aB, .\t\n\u00a0é😀") | st.characters(codec="utf-8"), min_size=1, max_size=20))
    record: dict[str, Any] = {
        "text": text,
        "meta": draw(st.dictionaries(st.text(), JSON_VALUES, max_size=2)),
        "answer": draw(st.sampled_from(["accept", "reject", "ignore"])),
        "_annotator_id": draw(st.text(max_size=3)),
    }
    if task.kind is TaskKind.CATEGORIES:
        return {**record, "cats": draw(st.dictionaries(st.text(min_size=1, max_size=3), st.sampled_from([0.0, 0.25])))}
    spans: list[Span] = []
    for _ in range(draw(st.integers(0, 3))):
        start, end = sorted(draw(st.tuples(*[st.integers(0, len(text))] * 2)))
        span = Span(start, end, draw(st.text(min_size=1, max_size=3)))
        if start < end and (task.allows_overlap or not any(span.overlaps(other) for other in spans)):
            spans.append(span)
    return {**record, "spans": [span._asdict() for span in sorted(set(spans))]}


@pytest.mark.parametrize("task", list(Task))
@settings(max_examples=30)
@given(data=st.data())
def test_what_is_written_comes_back(tmp_path_factory: pytest.TempPathFactory, task: Task, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("out")
    given_records = data.draw(st.lists(records(task), max_size=3))
    summary = datasets_folder.write(given_records, folder, WriteOptions(task))
    back = read(folder, task)
    assert summary.records == len(back) == len(given_records)
    for record, came in zip(given_records, back, strict=True):
        assert isinstance(came, Record), came
        assert (came.text, came.meta or {}) == (record["text"], record["meta"])
        assert (came.answer, came.annotator) == (record["answer"], record["_annotator_id"])
        if task.kind is TaskKind.CATEGORIES:
            assert came.cats == record["cats"]
        else:
            assert [span._asdict() for span in came.spans or ()] == record["spans"]


def write_table(path: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def test_more_rows_than_a_batch_are_numbered_through(write: Callable[..., WriteSummary], tmp_path: Path) -> None:
    write([{"text": f"text {number}", "spans": []} for number in range(1001)])
    back = list(datasets_folder.read(tmp_path / "out", ReadOptions(Task.NER), ReadSummary()))
    assert [(number, record.text) for number, record in back if isinstance(record, Record)] == [
        (number + 1, f"text {number}") for number in range(1001)
    ]


def test_a_parquet_file_of_others_is_read_by_its_columns(tmp_path: Path) -> None:
    path = write_table(tmp_path / "x.parquet", text=["x", "y"], label=["A", None], more=[1, 2])
    assert [record.cats for record in read(path, Task.TEXTCAT)] == [{"A": 1.0}, None]
    assert [record.spans for record in read(path)] == [None, None]
    path = write_table(tmp_path / "x.parquet", text=["x"], labels=[["A", "B"]])
    assert read(path, Task.TEXTCAT_MULTILABEL)[0].cats == {"A": 1.0, "B": 1.0}


NAMES = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
# As `datasets` describes lists, up to version 3 and from version 4 on.
OF_LISTS = [{"feature": {"names": NAMES, "_type": "ClassLabel"}, "_type": kind} for kind in ("Sequence", "List")]
TAGGED = {"tokens": [["Anna", "lives", "in", "Berlin"]], "ner_tags": [[1, 0, 0, 3]], "pos_tags": [[0, 0, 0, 0]]}
ANNA = Record(
    "Anna lives in Berlin", (Span(0, 4, "PER"), Span(14, 20, "LOC")), tokens=((0, 4), (5, 10), (11, 13), (14, 20))
)


def described(features: Any) -> dict[str, str]:
    return {"huggingface": json.dumps({"info": {"features": features}})}


def write_arrow(path: Path, described_as: dict[str, str], **columns: Any) -> Path:
    """Write an Arrow stream, as `datasets` saves it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table(columns).replace_schema_metadata(described_as)
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as stream:
        stream.write_table(table)
    return path


@pytest.mark.parametrize("feature", [*OF_LISTS, [{"names": NAMES, "_type": "ClassLabel"}]])
@pytest.mark.parametrize("text", [{}, {"text": ["Anna lives in Berlin"]}])
def test_numbers_of_tags_are_spans_by_the_features_of_the_file(tmp_path: Path, feature: Any, text: Any) -> None:
    features = described({"tokens": {}, "ner_tags": feature, "pos_tags": OF_LISTS[0]})
    path = write_arrow(tmp_path / "x.arrow", features, **text, **TAGGED)
    assert read(path) == [ANNA]
    table = pa.table({**text, **TAGGED}).replace_schema_metadata(features)
    pq.write_table(table, tmp_path / "x.parquet")
    assert read(tmp_path / "x.parquet") == [ANNA]
    assert read(path, Task.TEXTCAT)[0].spans is None


def test_tags_beside_spans_are_not_read_and_tokens_alone_are_a_text(tmp_path: Path) -> None:
    spans = [[{"start": 0, "end": 4, "label": "X"}]]
    path = write_table(tmp_path / "x.parquet", text=["Anna lives in Berlin"], spans=spans, **TAGGED)
    assert read(path)[0].spans == (Span(0, 4, "X"),)
    assert read(write_table(tmp_path / "x.parquet", tokens=[["Anna", "lives"]]))[0].text == "Anna lives"


def test_numbers_that_nothing_names_are_refused_or_named_by_options(tmp_path: Path) -> None:
    path = write_table(tmp_path / "x.parquet", **TAGGED)
    with pytest.raises(SourceError, match=r"x\.parquet: ner_tags has numbers, but nothing says") as refused:
        read(path)
    assert refused.value.way_out == WayOut(Way.NAME_CLASSES, "ner_tags")
    [(_, record)] = datasets_folder.read(path, ReadOptions(Task.NER, names={"": NAMES}), ReadSummary())
    assert record == ANNA
    path = write_table(tmp_path / "x.parquet", sentence=["good"], label=[1])
    with pytest.raises(SourceError, match="no column `text`") as refused:
        read(path)
    assert refused.value.way_out == WayOut(Way.NAME_TEXT, "text")
    options = ReadOptions(Task.TEXTCAT, text_column="sentence", names={"": ("neg", "pos")})
    [(_, record)] = datasets_folder.read(path, options, ReadSummary())
    assert isinstance(record, Record)
    assert (record.text, record.cats) == ("good", {"pos": 1.0})
    assert read(write_table(path, text=["good"], labels=[[1, 0]]))[0].cats is None


def test_what_save_to_disk_writes_is_read(tmp_path: Path) -> None:
    info = json.dumps({"features": {"ner_tags": OF_LISTS[1]}})
    for split in ("test", "train"):
        folder = tmp_path / "saved" / split
        write_arrow(folder / "data-00000-of-00001.arrow", {}, **TAGGED)
        write_arrow(folder / "left-over.arrow", {}, text=[split])
        (folder / "dataset_info.json").write_text(info)
        (folder / "state.json").write_text('{"_data_files": [{"filename": "data-00000-of-00001.arrow"}]}')
    assert read(tmp_path / "saved" / "test") == [ANNA]
    (tmp_path / "saved" / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    assert read(tmp_path / "saved") == [ANNA, ANNA]
    (folder / "state.json").write_text('{"_data_files": [{"filename": "../x.arrow"}]}')
    assert len(read(folder)) == 2


@given(data=st.data())
def test_whatever_is_changed_in_an_arrow_file_only_records_and_errors_come_out(
    tmp_path: Path, data: st.DataObject
) -> None:
    features = described({"ner_tags": OF_LISTS[0]})
    columns = {**TAGGED, "text": ["Anna lives in Berlin"], "spans": [[{"start": 0, "end": 4, "label": "X"}]]}
    path = write_arrow(tmp_path / "x.arrow", features, **columns)
    content = bytearray(path.read_bytes())
    for place, value in data.draw(
        st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)), max_size=4)
    ):
        content[place] = value
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))] if data.draw(st.booleans()) else content)
    assert_only_records_and_errors(path)


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"text": [1]}, "text is a number"),
        ({"text": [b"x"]}, "holds a value that JSON cannot hold"),
        ({"text": [None]}, "no text"),
        ({"text": pa.array([b"\xff"]).view(pa.string())}, "not UTF-8"),
        ({"text": ["x"], "spans": [[{"start": 0, "end": 2, "label": "A"}]]}, "out of range"),
        ({"text": ["x"], "spans": [3]}, "spans is a number"),
        ({"text": ["x"], "meta": ["{"]}, "meta: not JSON"),
        ({"text": ["x"], "meta": ["[" * 5000]}, "meta: not readable JSON: nested too deeply"),
        ({"text": ["x"], "meta": ['{"a": NaN}']}, "meta: not JSON: NaN"),
        ({"text": ["x"], "cats": ["[]"]}, "cats is a list"),
        ({"text": ["x"], "labels": [[1.5]]}, "the labels are not a list of strings"),
        ({"text": ["x"], "answer": ["maybe"]}, "answer is 'maybe'"),
        ({"text": ["xy"], "tokens": [["x"]], "spaces": [[False]]}, "tokens and spaces do not make up the text"),
        ({"text": ["xy"], "tokens": [["x"]], "spaces": [[]]}, "tokens and spaces do not fit together"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_row_says_why(tmp_path: Path, columns: dict[str, Any], reason: str) -> None:
    [error] = read(write_table(tmp_path / "x.parquet", **columns), Task.TEXTCAT if "label" in reason else Task.NER)
    assert isinstance(error, RecordError), error
    assert reason in str(error)


def test_what_is_no_such_file_or_folder_says_why(tmp_path: Path) -> None:
    (tmp_path / "text.parquet").write_bytes(b"text")
    write_table(tmp_path / "other.parquet", other=["x"])
    (tmp_path / "empty").mkdir()
    for name, reason in {
        "none": "No such file",
        "text.parquet": "not readable as Parquet",
        "other.parquet": "no column `text` \\(its columns: other\\)",
        "empty": "no Parquet or Arrow files in it",
    }.items():
        with pytest.raises(SourceError, match=reason):
            read(tmp_path / name)


def test_a_packed_file_has_to_be_unpacked_but_a_folder_may_be_called_anything(tmp_path: Path) -> None:
    write_table(tmp_path / "text.parquet", text=["Ada"])
    (tmp_path / "text.parquet.gz").write_bytes(gzip.compress((tmp_path / "text.parquet").read_bytes()))
    with pytest.raises(SourceError, match=r"text\.parquet\.gz: .* unpack it first"):
        list(read_records(str(tmp_path / "text.parquet.gz"), ReadOptions(Task.NER)))
    (tmp_path / "folder.gz").mkdir()
    write_table(tmp_path / "folder.gz" / "text.parquet", text=["Ada"])
    assert list(read_records(str(tmp_path / "folder.gz"), ReadOptions(Task.NER))) == [(1, Record("Ada"))]


def assert_only_records_and_errors(path: Path) -> None:
    check_what_comes(lambda options: datasets_folder.read(path, options, ReadSummary()))


@given(st.binary(max_size=200))
def test_whatever_the_bytes_only_records_and_errors_come_out(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any.parquet"
    for each in (content, b"PAR1" + content + len(content).to_bytes(4, "little") + b"PAR1"):
        path.write_bytes(each)
        assert_only_records_and_errors(path)


@given(data=st.data())
def test_whatever_is_changed_only_records_and_errors_come_out(
    write: Callable[..., WriteSummary], tmp_path: Path, data: st.DataObject
) -> None:
    write([ADA, ROME])
    content = bytearray((tmp_path / "out/data/train-00000-of-00001.parquet").read_bytes())
    for place, value in data.draw(
        st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)), max_size=4)
    ):
        content[place] = value
    path = tmp_path / "any.parquet"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))] if data.draw(st.booleans()) else content)
    assert_only_records_and_errors(path)
