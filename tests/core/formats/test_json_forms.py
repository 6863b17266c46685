"""JSON in other forms than Prodigy's lines: lists, spaCy's training tuples, tokens with tags, other field names."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tiebreak.core.errors import RecordError, SourceError
from tiebreak.core.formats.read_options import ReadOptions, ReadSummary
from tiebreak.core.formats.registry import read_records
from tiebreak.core.records import Record, Span, Task
from tiebreak.core.ways_out import Way, WayOut

NAMES = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
Read = Callable[..., list[Any]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads these values, one a line or with `indent` as one list; returns records or errors."""

    def read(values: list[Any], name: str = "x.json", indent: int | None = None, **options: Any) -> list[Any]:
        lines = "".join(f"{json.dumps(value)}\n" for value in values)
        (tmp_path / name).write_text(lines if indent is None else json.dumps(values, indent=indent or None))
        asked = ReadOptions(**{"task": Task.NER, **options})
        return [record for _, record in read_records(str(tmp_path / name), asked, summary=ReadSummary())]

    return read


@pytest.mark.parametrize(("name", "indent"), [("x.json", None), ("x.jsonl", None), ("x.json", 0), ("x.json", 1)])
def test_records_come_a_line_each_or_as_a_list(read: Read, name: str, indent: int | None) -> None:
    values = [{"text": "Anna 😀 Bonn", "spans": [{"start": 7, "end": 11, "label": "LOC"}]}, {"text": "", "n": 1}]
    first, second = read(values, name, indent)
    assert (first.text, first.spans) == ("Anna 😀 Bonn", (Span(7, 11, "LOC"),))
    assert str(second) == "no text: it is empty"


def test_a_list_says_where_it_goes_wrong_and_keeps_what_stands_before(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('[\n{"text": "Anna"},\n{"text": 3},\n{"text": "Bob"\n')
    records = read_records(str(tmp_path / "x.json"), ReadOptions(Task.NER))
    assert [next(records)[0], next(records)[0]] == [2, 3]
    with pytest.raises(SourceError, match=r"x\.json: line 5: not JSON"):
        next(records)


@pytest.mark.parametrize("indent", [None, 0])
def test_spacys_training_tuples_are_records(read: Read, indent: int | None) -> None:
    said = {"entities": [[0, 4, "ORG"], [5, 9, "X", "Q1"]], "cats": {"A": 1, "B": False}, "heads": [1]}
    values = [["Uber blew", said], ["Fine", {"entities": []}], ["None", {}], ["Bad", {"entities": [3]}]]
    one, fine, none, bad = read(values, "x.json", indent)
    assert (one.text, one.spans) == ("Uber blew", (Span(0, 4, "ORG"), Span(5, 9, "X")))
    assert (fine.spans, none.spans) == ((), None)
    assert isinstance(bad, RecordError)
    assert read(values, "x.json", indent, task=Task.TEXTCAT)[0].cats == {"A": 1.0, "B": 0.0}
    groups = {"spans": {"sc": [[0, 4, "A"], [0, 9, "B"]], "other": []}, "entities": [[0, 4, "ORG"]]}
    assert read([["Uber blew", groups]], task=Task.SPANCAT)[0].spans == (Span(0, 4, "A"), Span(0, 9, "B"))
    assert read([["Uber blew", groups]])[0].spans == (Span(0, 4, "ORG"),)


def test_an_annotator_for_spacy_writes_its_tuples_in_one_object(read: Read) -> None:
    value = {"classes": ["ORG"], "annotations": [["Uber blew", {"entities": [[0, 4, "ORG"]]}], None]}
    [record] = read([value])
    assert record.spans == (Span(0, 4, "ORG"),)


def test_a_list_as_python_writes_it_is_named_as_that(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[('Anna', {'entities': []})]")
    with pytest.raises(SourceError, match=r"line 1: not JSON: .*\(it looks like Python"):
        list(read_records(str(tmp_path / "x.json"), ReadOptions(Task.NER)))


def test_a_list_of_strings_is_texts_but_a_line_that_is_one_is_not(read: Read) -> None:
    assert [record.text for record in read(["Anna", "Bob"], indent=0)] == ["Anna", "Bob"]
    assert str(read(["Anna"])[0]) == "not an object but a string"


TAGGED = {"id": "0", "tokens": ["Anna", "lives", "in", "Berlin"], "pos_tags": [0, 1, 2, 0], "ner_tags": [1, 0, 0, 3]}
BERLIN = (Span(0, 4, "PER"), Span(14, 20, "LOC"))


@pytest.mark.parametrize("name", ["ner_tags", "ner", "tags", "labels"])
@pytest.mark.parametrize("tokens", ["tokens", "words"])
@pytest.mark.parametrize("tags", [TAGGED["ner_tags"], ["B-PER", "O", "O", "U-LOC"]], ids=["numbers", "strings"])
def test_tokens_with_tags_are_a_text_with_spans(read: Read, name: str, tokens: str, tags: list[Any]) -> None:
    value = {"id": "0", "pos_tags": [0, 1, 2, 0], tokens: TAGGED["tokens"], name: tags}
    [record] = read([value], names={"": NAMES})
    assert (record.text, record.spans) == ("Anna lives in Berlin", BERLIN)
    assert record.tokens == ((0, 4), (5, 10), (11, 13), (14, 20))
    assert record.other_fields == {"id": "0", "pos_tags": [0, 1, 2, 0]}
    assert read([value], task=Task.TEXTCAT)[0].text == "Anna lives in Berlin"


def test_a_text_beside_its_tokens_is_the_text(read: Read) -> None:
    names = {"": NAMES}
    [record] = read([{**TAGGED, "text": " Anna lives  inBerlin"}], names=names)
    assert record.spans == (Span(1, 5, "PER"), Span(15, 21, "LOC"))
    assert str(read([{**TAGGED, "text": "Anna died"}], names=names)[0]) == "the tokens do not match the text"


def test_names_without_a_prefix_are_labels_of_spans(read: Read) -> None:
    value = {"tokens": ["New", "York", "Times", "Bonn"], "ner_tags": [1, 1, 2, 0]}
    [record] = read([value], names={"ner_tags": ("O", "LOC", "ORG")})
    assert record.spans == (Span(0, 8, "LOC"), Span(9, 14, "ORG"))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"ner_tags": [1, 0, 0]}, "4 tokens, but 3 tags"),
        ({"ner_tags": [1, 0, 0, 5]}, "ner_tags: 5 has no name; 5 are known, from 0 on: O, B-PER"),
        ({"ner_tags": [1, 0, 0, -100]}, "ner_tags: -100 has no name"),
        ({"ner_tags": ["PERSON", "O", "O", "O"]}, "the tag 'PERSON' is not an IOB or BILUO tag"),
        ({"ner_tags": [1, 0, 0, None]}, "the tag 'None' is not an IOB or BILUO tag"),
    ],
)
def test_tags_that_do_not_fit_are_a_bad_line(read: Read, change: dict[str, Any], reason: str) -> None:
    assert reason in str(read([{**TAGGED, **change}], names={"": NAMES})[0])


def test_numbers_that_nothing_names_end_the_file_with_the_way_out(read: Read) -> None:
    with pytest.raises(SourceError, match=r"x\.json: ner_tags has numbers, but nothing says what they") as refused:
        read([TAGGED])
    assert refused.value.way_out == WayOut(Way.NAME_CLASSES, "ner_tags")
    with pytest.raises(SourceError, match="label has numbers"):
        read([{"text": "good", "label": 1}], task=Task.TEXTCAT)
    assert read([{"text": "good", "label": 1}])[0] == Record("good", meta={"label": 1})


def test_a_description_beside_the_file_names_its_numbers(read: Read, tmp_path: Path) -> None:
    of_list = {"feature": {"names": list(NAMES), "_type": "ClassLabel"}, "_type": "List"}
    features = {
        "ner_tags": of_list,
        "label": {"names": ["neg", "pos"], "_type": "ClassLabel"},
        "id": {"dtype": "string"},
    }
    (tmp_path / "dataset_info.json").write_text(json.dumps({"features": features}))
    assert read([TAGGED])[0].spans == BERLIN
    assert read([{"text": "good", "label": 1}], task=Task.TEXTCAT)[0].cats == {"pos": 1.0}
    assert read([{"text": "x", "label": 0}], task=Task.TEXTCAT, names={"": ("a", "b")})[0].cats == {"a": 1.0}
    (tmp_path / "dataset_info.json").write_text("[")
    with pytest.raises(SourceError, match="has numbers"):
        read([TAGGED])


def test_the_text_may_have_another_name(read: Read) -> None:
    values = [
        {"body": "Anna 😀 x", "text": "old", "spans": [{"start": 0, "end": 4, "label": "A"}]},
        {"text": "no"},
        {"body": 1},
    ]
    good, missing, wrong = read(values, text_column="body")
    assert (good.text, good.spans, good.meta) == ("Anna 😀 x", (Span(0, 4, "A"),), {"text": "old"})
    assert (str(missing), str(wrong)) == ("no field 'body'", "body is a number, not a string")
    assert read([{"text": "Anna", "meta": {"a": 1}}], text_column="text")[0].meta == {"a": 1}
