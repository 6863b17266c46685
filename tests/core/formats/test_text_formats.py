"""CoNLL, doccano, Label Studio and Argilla: other tools' files are read, Tiebreak's are read back, nothing breaks."""

from __future__ import annotations

import json
import re
import time
from io import BytesIO
from types import ModuleType
from typing import Any

import pytest
from format_files import check_what_comes, name_of, written
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tiebreak.core.errors import RecordError, SourceError
from tiebreak.core.formats import argilla, conll, doccano, label_studio
from tiebreak.core.formats.prodigy_writing import export_record
from tiebreak.core.formats.read_options import ReadOptions, ReadSummary
from tiebreak.core.formats.write_options import WriteSummary
from tiebreak.core.records import Answer, AnswerValue, Example, OffsetUnit, Record, Remark, Span, Task, TaskKind

MODULES = [conll, doccano, label_studio, argilla]
OF_JSON = [doccano, label_studio, argilla]
SPAN_TASKS = [Task.NER, Task.SPANCAT]
LEFT_OUT = "rejected or ignored: left out, the format cannot say so"


def read_all(
    module: ModuleType, content: bytes | str, task: Task = Task.NER, offsets: OffsetUnit | None = None
) -> list[tuple[int, Any]]:
    stream = BytesIO(content.encode() if isinstance(content, str) else content)
    return list(module.read(stream, ReadOptions(task, offsets=offsets), ReadSummary()))


def read_one(module: ModuleType, value: object, task: Task = Task.NER) -> Record:
    """Return the only record of a file with this text, or with this value as JSON."""
    [(_, record)] = read_all(module, value if isinstance(value, str) else json.dumps(value), task)
    assert isinstance(record, Record), record
    return record


def error_of(module: ModuleType, value: object, task: Task = Task.NER) -> str:
    [(_, error)] = read_all(module, value if isinstance(value, str) else json.dumps(value), task)
    assert isinstance(error, RecordError), error
    return str(error)


def exported(
    text: str,
    *spans: tuple[int, int, str],
    task: Task = Task.NER,
    cats: dict[str, float] | None = None,
    meta: dict[str, Any] | None = None,
    tokens: tuple[tuple[int, int], ...] = (),
    annotator: str = "sam",
    answer: AnswerValue = "accept",
    remark: Remark | None = None,
) -> dict[str, Any]:
    """Return a reviewed example as the writers get it."""
    known = Example(1, text, 5, meta=meta, tokens=tokens)
    decided = Answer(1, annotator, "s", answer, tuple(sorted(Span(*span) for span in spans)), cats=cats)
    return export_record(known, decided, {}, task, remark)


# CoNLL


SCHEMES = {
    "IOB1": "I-PER I-PER O I-LOC I-PER B-PER",
    "IOB2": "B-PER I-PER O B-LOC B-PER B-PER",
    "BILUO": "B-PER L-PER O U-LOC U-PER U-PER",
    "IOBES": "B-PER E-PER O S-LOC S-PER S-PER",
}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("between", ["\t", " ", "   ", "\tNNP\t", " NNP I-NP "])
def test_all_schemes_of_tags_say_the_same(scheme: str, between: str) -> None:
    tokens = ["Ada", "King", "met", "London", "Bob", "Eve"]
    rows = "\n".join(f"{token}{between}{tag}" for token, tag in zip(tokens, SCHEMES[scheme].split(), strict=True))
    record = read_one(conll, rows)
    assert record.text == "Ada King met London Bob Eve"
    assert record.spans == (Span(0, 8, "PER"), Span(13, 19, "LOC"), Span(20, 23, "PER"), Span(24, 27, "PER"))
    assert [record.text[start:end] for start, end in record.tokens or ()] == tokens


def in_scheme(spans: list[tuple[int, int, str]], count: int, scheme: str) -> list[str]:
    tags, ended = ["O"] * count, {end: label for _, end, label in spans}
    for start, end, label in spans:
        letters = {"BILUO": "BILU", "IOBES": "BIES"}.get(scheme, "BIIB")
        if scheme == "IOB1" and ended.get(start) != label:
            letters = "IIII"
        kinds = letters[3] if end - start == 1 else letters[0] + letters[1] * (end - start - 2) + letters[2]
        tags[start:end] = [f"{kind}-{label}" for kind in kinds]
    return tags


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3), st.sampled_from(["A", "B-C"])), max_size=6))
def test_spans_in_any_scheme_are_read_as_the_same(steps: list[tuple[int, int, str]]) -> None:
    spans, position = [], 0
    for gap, length, label in steps:
        spans.append((position + gap, position + gap + length, label))
        position += gap + length
    for scheme in SCHEMES:
        tags = in_scheme(spans, position + 1, scheme)
        record = read_one(conll, "".join(f"x{number}\t{tag}\n" for number, tag in enumerate(tags)))
        numbers = {start: number for number, (start, _) in enumerate(record.tokens or ())}
        ends = {end: number + 1 for number, (_, end) in enumerate(record.tokens or ())}
        assert [(numbers[span.start], ends[span.end], span.label) for span in record.spans or ()] == spans, scheme


def test_documents_comments_and_sentences_are_kept_apart() -> None:
    content = (
        "-DOCSTART- -X- O O\n\n# sent_id = 1\n# text = Ada's dog.\nAda NNP I-NP B-PER\n's POS B-NP O\ndog NN I-NP O\n"
        ". . O O\n\n\n# a remark\n\n# # I-X B-TAG\n#one NN O I-TAG\n# X O O\r\n"
    )
    (first, ada), (second, hashes) = read_all(conll, content)
    assert (first, ada.text, ada.spans) == (5, "Ada's dog.", (Span(0, 3, "PER"),))
    assert ada.tokens == ((0, 3), (3, 5), (6, 9), (9, 10))
    assert (second, hashes.text, hashes.spans) == (13, "# #one #", (Span(0, 6, "TAG"),))
    assert read_one(conll, "#\tO\nx\tO\n").text == "# x"
    assert read_all(conll, "-DOCSTART- O\n\n# only a remark\n") == []


@pytest.mark.parametrize(
    ("bad", "line", "reason"),
    [
        ("a\n", 3, "1 column, but the others have 2"),
        ("a b c d O\n", 3, "5 columns, but the others have 2"),
        ("a O\nb X O\n", 4, "3 columns, but the others have 2"),
        ("a X O\n", 3, "3 columns, but the others have 2"),
        ("a O\nb B\n", 4, "the tag 'B' is not an IOB or BILUO tag"),
        ("a B-\n", 3, "the tag 'B-' is not an IOB"),
        ("#a X-Y\n", 3, "the tag 'X-Y' is not an IOB"),
        ("\tO\n", 3, "no token in its column"),
        ("# text = a c\na O\nb O\n", 4, "the tokens do not match the text in the line `# text = `"),
        ("# text = a b\na O\n", 4, "the tokens do not match the text"),
        ("a O\nb\xff O\n", 4, "not UTF-8: byte 2 of the line is 0xff"),
    ],
)
def test_a_bad_sentence_says_where_and_spares_its_neighbours(bad: str, line: int, reason: str) -> None:
    before, (number, error), after = read_all(conll, f"x O\n\n{bad}\ny O\n".encode("latin-1"))
    assert (before[1].text, after[1].text) == ("x", "y")
    assert isinstance(error, RecordError)
    assert number == line
    assert reason in str(error)


def test_what_a_column_of_tags_cannot_hold_is_reported() -> None:
    records = [
        exported("Ada King's", (0, 8, "PER"), (0, 3, "X"), (2, 6, "Y"), task=Task.SPANCAT),
        exported("unhappy days", (2, 7, "MOOD"), meta={"a": 1}),
        exported(" Ada", (0, 4, "PER"), (0, 1, "Z"), task=Task.SPANCAT),
        exported(" \n"),
        exported("New York", (0, 8, "A PLACE"), tokens=((0, 8),), remark=Remark(1, "sam", "s", True)),
        exported("no", answer="reject"),
        exported("hm", answer="ignore"),
    ]
    content, summary = written(conll, records, Task.SPANCAT)
    assert content.decode().split("\n\n")[:-1] == [
        "Ada\tB-PER\nKing\tI-PER\n'\tO\ns\tO",
        "un\tO\nhappy\tB-MOOD\ndays\tO",
        "Ada\tB-PER",
        "New_York\tB-A_PLACE",
    ]
    assert summary == WriteSummary(4, 4, summary.notes)
    assert summary.notes == {
        "spans that overlap a longer one: left out, a token has one tag": 2,
        "spans off token bounds: tokens split there": 1,
        "spans of white space alone: left out": 1,
        "spans with white space at their ends: written without it": 1,
        "texts of white space alone: left out": 1,
        "tokens and labels with white space inside: written as _": 2,
        "texts that will be read with one space between tokens: the format holds no white space": 4,
        "meta, flags and notes: left out, the format has no place for them": 2,
        LEFT_OUT: 2,
    }


def test_conll_has_no_categories() -> None:
    for task in (Task.TEXTCAT, Task.TEXTCAT_MULTILABEL):
        with pytest.raises(SourceError, match="cannot hold categories"):
            read_all(conll, "a O\n", task)
        with pytest.raises(SourceError, match="cannot hold categories"):
            written(conll, [], task)


def test_text_outside_the_tokens_that_a_record_came_with_is_written_too() -> None:
    content, _ = written(conll, [exported("Ada met Bob", (8, 11, "PER"), tokens=((0, 3),))])
    assert content == b"Ada\tO\nmet\tO\nBob\tB-PER\n\n"


# doccano


def test_spans_of_doccano_come_in_three_forms() -> None:
    entities = [{"id": 9, "label": "PER", "start_offset": 0, "end_offset": 3}]
    for said in ({"label": [[0, 3, "PER"]]}, {"labels": [[0, 3, "PER"]]}, {"entities": entities, "relations": [{}]}):
        record = read_one(doccano, {"id": 7, "text": "Ada met", **said, "source": "x"})
        assert record == Record("Ada met", (Span(0, 3, "PER"),), meta={"id": 7, "source": "x"})
    assert read_one(doccano, {"text": "Ada", "label": []}).spans == ()
    assert read_one(doccano, {"text": "Ada", "label": None}).spans is None
    assert read_one(doccano, {"text": "Ada", "meta": {"a": 1}}).meta == {"a": 1}
    assert [record.text for _, record in read_all(doccano, '[{"text": "a"},\n {"text": "b"}]')] == ["a", "b"]


def test_categories_of_doccano_are_a_list_or_a_string() -> None:
    assert read_one(doccano, {"text": "x", "label": ["A", "B"]}, Task.TEXTCAT_MULTILABEL).cats == {"A": 1, "B": 1}
    assert read_one(doccano, {"text": "x", "label": "A"}, Task.TEXTCAT).cats == {"A": 1}
    assert "takes one" in error_of(doccano, {"text": "x", "label": ["A", "B"]}, Task.TEXTCAT)


@pytest.mark.parametrize(
    ("record", "task", "reason"),
    [
        ({"label": [[0, 9, "A"]]}, Task.NER, "the span 0-9 'A' is out of range"),
        ({"label": [[0, 1]]}, Task.NER, "a span is a list, not [start, end, label]"),
        ({"label": ["A"]}, Task.NER, "a span is a string, not [start, end, label]"),
        ({"label": {"A": 1}}, Task.NER, "the labels are an object, not a list of spans"),
        ({"entities": [{"label": "A"}]}, Task.NER, "start and end are None and None"),
        ({"label": [[0, 1, "A"]]}, Task.TEXTCAT, "a category is a list, not a string"),
        ({"label": {"A": 1}}, Task.TEXTCAT, "the labels are an object, not a list of categories"),
    ],
)
def test_bad_labels_of_doccano_say_why(record: dict[str, Any], task: Task, reason: str) -> None:
    assert reason in error_of(doccano, {"text": "Ada", **record}, task)


def test_a_line_of_doccano_has_meta_as_fields() -> None:
    records = [
        exported("Ada", (0, 3, "PER"), meta={"id": 7}, remark=Remark(1, "sam", "s", True, "odd")),
        exported("Bob", meta={"label": 1}, answer="reject"),
        exported("Eve", meta={"label": 1}),
    ]
    content, summary = written(doccano, records)
    assert [json.loads(line) for line in content.splitlines()] == [
        {"text": "Ada", "label": [[0, 3, "PER"]], "id": 7, "flag": True, "note": "odd"},
        {"text": "Eve", "label": [], "meta": {"label": 1}},
    ]
    assert summary == WriteSummary(2, 1, summary.notes)
    assert summary.notes == {LEFT_OUT: 1}


# Label Studio


def labels(*spans: tuple[int, int, str | None, str]) -> list[dict[str, Any]]:
    return [
        {
            "from_name": "ner",
            "to_name": "text",
            "type": "labels",
            "value": {"start": start, "end": end, "labels": [label], **({} if text is None else {"text": text})},
        }
        for start, end, text, label in spans
    ]


def test_each_annotation_and_prediction_of_label_studio_is_a_record() -> None:
    task = {
        "id": 7,
        "data": {"text": "Ada met Bob", "source": "x"},
        "annotations": [
            {"completed_by": 3, "result": labels((0, 3, "Ada", "PER"))},
            {"completed_by": {"id": 4, "email": "eve@x.org"}, "was_cancelled": True, "result": []},
            {"completed_by": 5, "result": labels((0, 99, None, "PER"))},
        ],
        "predictions": [{"model_version": "m1", "result": labels((8, 11, "Bob", "PER"))}, {"result": None}],
    }
    content = json.dumps([task, {"data": {"review": "no one"}}]).replace("}, {", "},\n{")
    records = read_all(label_studio, content)
    meta = {"id": 7, "source": "x"}
    assert [record for _, record in records if isinstance(record, Record)] == [
        Record("Ada met Bob", (Span(0, 3, "PER"),), meta=meta, annotator="3", answer="accept"),
        Record("Ada met Bob", (), meta=meta, annotator="eve@x.org", answer="ignore"),
        Record("Ada met Bob", (Span(8, 11, "PER"),), meta=meta, annotator="m1"),
        Record("Ada met Bob", (), meta=meta),
        Record("no one"),
    ]
    assert "the span 0-99 'PER' is out of range" in str(records[2][1])
    assert records[0][0] == 1
    assert records[-1][0] == content.count("\n") + 1
    assert read_all(label_studio, json.dumps(task))[0][1] == records[0][1]


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([(0, 3, "😀 A", "X")], (0, 3)),
        ([(3, 6, "Ada", "X")], (2, 5)),
        ([(7, 8, "a", "X"), (3, 6, "Ada", "X")], (2, 5)),
        ([(2, 5, "normalised", "X")], (2, 5)),
        ([(2, 5, None, "X")], (2, 5)),
    ],
)
def test_offsets_in_utf_16_are_known_by_the_quoted_text(spans: list[Any], expected: tuple[int, int]) -> None:
    task = {"data": {"text": "😀 Ada aa"}, "predictions": [{"result": labels(*spans)}]}
    [*_, last] = sorted(read_one(label_studio, task).spans or (), key=lambda span: span.end - span.start)
    assert (last.start, last.end) == expected


def choices(*values: str) -> dict[str, Any]:
    return {"from_name": "topic", "to_name": "text", "type": "choices", "value": {"choices": list(values)}}


def test_choices_of_label_studio_are_categories() -> None:
    results = [[choices("A", "B")], [choices("A"), choices("B")], [], labels((0, 1, "x", "L"))]
    for result, cats in zip(results, [{"A": 1, "B": 1}, {"A": 1, "B": 1}, {}, None], strict=True):
        task = {"data": {"text": "xy"}, "annotations": [{"completed_by": 1, "result": result}]}
        assert read_one(label_studio, task, Task.TEXTCAT_MULTILABEL).cats == cats
    task = {"data": {"text": "xy"}, "annotations": [{"completed_by": 1, "result": [choices("A")]}]}
    assert read_one(label_studio, task, Task.NER).spans is None


def test_json_min_of_label_studio_is_an_annotation_an_object() -> None:
    row = {"id": 7, "text": "Ada met", "annotator": 3, "annotation_id": 8, "lead_time": 1.5}
    spans = [{"start": 0, "end": 3, "text": "Ada", "labels": ["PER"]}]
    assert read_one(label_studio, [{**row, "ner": spans}]) == Record(
        "Ada met", (Span(0, 3, "PER"),), meta={"id": 7}, annotator="3"
    )
    assert read_one(label_studio, [row]).spans == ()
    assert read_one(label_studio, [{"text": "Ada met"}]).spans is None
    for said in ({"sentiment": "A"}, {"topic": {"choices": ["A"]}}, {"label": ["A"]}):
        record = read_one(label_studio, [{**row, **said}], Task.TEXTCAT)
        assert (record.cats, record.meta, record.annotator) == ({"A": 1.0}, {"id": 7}, "3")


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        ({"data": {"a": "x", "b": "y"}}, "no text"),
        ({"data": {"text": 3}}, "text is a number"),
        ({"annotations": 3}, "annotations is a number, not a list"),
        ({"annotations": [3]}, "an annotation is a number, not an object"),
        ({"predictions": ["x"]}, "a prediction is a string, not an object"),
        ({"annotations": [{"result": {}}]}, "result is an object, not a list"),
        ({"annotations": [{"result": [{"type": "labels"}]}]}, "a result has no value"),
        ({"annotations": [{"result": [{"type": "labels", "value": {"labels": "A"}}]}]}, "labels is a string"),
        ({"annotations": [{"result": [{"type": "hypertextlabels"}]}]}, "not a span of a plain text"),
        ({"annotations": [{"result": labels((3, 3, None, "A"))}]}, "is empty"),
        ({"meta": 3}, "meta is a number, not an object"),
    ],
)
def test_bad_tasks_of_label_studio_say_why(task: dict[str, Any], reason: str) -> None:
    assert reason in error_of(label_studio, {"data": {"text": "Ada"}, **task})


def test_label_studio_gets_annotators_that_it_takes_and_no_rejected_records() -> None:
    records = [exported("x", annotator=name) for name in ("a@b.org", "12", "012", "sam")]
    content, summary = written(label_studio, [*records, exported("x", answer="reject")])
    by = [{**task["annotations"][0]} for task in json.loads(content)]
    assert [each.get("completed_by") for each in by] == [{"email": "a@b.org"}, 12, None, None]
    assert summary.notes == {"rejected: left out, the format cannot say so": 1}
    names = [record.annotator for _, record in read_all(label_studio, content)]
    assert names == ["a@b.org", "12", "012", "sam"]


# Argilla


def test_each_response_and_suggestion_of_argilla_is_a_record() -> None:
    span = {"start": 0, "end": 3, "label": "PER"}
    record = {
        "id": "r7",
        "fields": {"text": "Ada met"},
        "metadata": {"source": "x"},
        "suggestions": {"label": {"value": [span], "score": [0.9], "agent": "m1"}},
        "responses": {
            "label": [
                {"value": [span], "user_id": "u1", "status": "submitted"},
                {"value": [{**span, "end": 9}], "user_id": "u2"},
                {"value": [], "user_id": "u3", "status": "draft"},
                {"value": None, "user_id": "u4", "status": "discarded"},
            ],
            "comment": [{"value": "odd", "user_id": "u1"}],
        },
    }
    records = read_all(argilla, json.dumps([record, {"fields": {"review": "none"}, "responses": {}}]))
    meta = {"id": "r7", "source": "x"}
    assert [record for _, record in records if isinstance(record, Record)] == [
        Record("Ada met", (Span(0, 3, "PER"),), meta=meta, annotator="u1", answer="accept"),
        Record("Ada met", meta=meta, annotator="u4", answer="ignore"),
        Record("Ada met", (Span(0, 3, "PER"),), meta=meta, annotator="m1"),
        Record("none"),
    ]
    assert "out of range" in str(records[1][1])


def test_the_question_of_argilla_is_found_by_its_values() -> None:
    span = {"start": 0, "end": 1, "label": "A"}
    responses = {"spans": [{"value": [span]}], "topic": [{"value": ["B"]}], "rating": [{"value": 3}]}
    record = {"fields": {"text": "x"}, "responses": responses}
    assert read_one(argilla, record).spans == (Span(0, 1, "A"),)
    assert read_one(argilla, record, Task.TEXTCAT).cats == {"B": 1.0}
    responses["comment"] = [{"value": "hm"}]
    assert "the questions 'topic' and 'comment' both fit the task" in error_of(argilla, record, Task.TEXTCAT)


def test_records_of_argilla_1_have_an_annotation_and_a_prediction() -> None:
    old = {
        "text": "Ada met",
        "tokens": ["Ada", "met"],
        "prediction": [["PER", 0, 3, 0.9]],
        "prediction_agent": "m1",
        "annotation": [["ORG", 0, 3]],
        "annotation_agent": "sam",
        "status": "Validated",
        "metadata": {"a": 1},
    }
    tokens = ((0, 3), (4, 7))
    assert [record for _, record in read_all(argilla, json.dumps(old))] == [
        Record("Ada met", (Span(0, 3, "ORG"),), tokens=tokens, meta={"a": 1}, annotator="sam", answer="accept"),
        Record("Ada met", (Span(0, 3, "PER"),), tokens=tokens, meta={"a": 1}, annotator="m1"),
    ]
    assert read_all(argilla, json.dumps({**old, "status": "Discarded"}))[0][1].answer == "ignore"
    assert read_one(argilla, {"text": "Ada met"}) == Record("Ada met")
    of_categories: dict[str, Any] = {
        "inputs": {"text": "x"},
        "annotation": ["A"],
        "prediction": [["A", 0.7], {"label": "B", "score": 0.3}],
    }
    both = [record.cats for _, record in read_all(argilla, json.dumps(of_categories), Task.TEXTCAT)]
    assert both == [{"A": 1.0}, {"A": 0.7, "B": 0.3}]


@pytest.mark.parametrize(
    ("record", "task", "reason"),
    [
        ({"fields": {}}, Task.NER, "no text"),
        ({"responses": []}, Task.NER, "responses is a list, not an object"),
        ({"responses": {"label": {}}}, Task.NER, "label is an object, not a list"),
        ({"responses": {"label": [3]}}, Task.NER, "a response is a number, not an object"),
        ({"suggestions": {"label": 3}}, Task.NER, "a suggestion is a number, not an object"),
        ({"responses": {"label": [{"value": "A"}]}}, Task.NER, "the value is a string, not a list of spans"),
        ({"responses": {"label": [{"value": [3]}]}}, Task.NER, "a span is a number, not an object"),
        ({"responses": {"label": [{"value": 3}]}}, Task.TEXTCAT, "the value is a number, not a category"),
        ({"responses": {"label": [{"value": [3]}]}}, Task.TEXTCAT, "a category is a number, not a string"),
        ({"metadata": 3}, Task.NER, "metadata is a number, not an object"),
        ({"fields": None, "text": "Ada", "annotation": [["A", 0]]}, Task.NER, "not [label, start, end]"),
        ({"fields": None, "text": "Ada", "annotation": "A"}, Task.NER, "the spans are a string, not a list"),
        ({"fields": None, "text": "Ada", "annotation": [["A"]]}, Task.TEXTCAT, "not a label or [label, score]"),
        ({"fields": None, "text": "Ada", "prediction": [["A", 7]]}, Task.TEXTCAT, "not between 0 and 1"),
    ],
)
def test_bad_records_of_argilla_say_why(record: dict[str, Any], task: Task, reason: str) -> None:
    assert reason in error_of(argilla, {"fields": {"text": "Ada"}, **record}, task)


def test_argilla_gets_a_response_of_the_annotator() -> None:
    records = [exported("Ada", (0, 3, "PER"), meta={"id": "r7", "a": 1}), exported("Bob", answer="reject")]
    content, summary = written(argilla, records)
    response = {"value": [{"start": 0, "end": 3, "label": "PER"}], "user_id": "sam", "status": "submitted"}
    assert json.loads(content)[0] == {
        "id": "r7",
        "fields": {"text": "Ada"},
        "metadata": {"a": 1},
        "suggestions": {},
        "responses": {"label": [response]},
    }
    assert json.loads(content)[1]["responses"]["label"][0]["status"] == "discarded"
    assert summary.notes == {"rejected: written as discarded, like ignored records": 1}
    _, summary = written(argilla, [exported("x", task=Task.TEXTCAT, cats={"A": 0.0})], Task.TEXTCAT)
    assert list(summary.notes) == [
        "no category holds: written without a response, as a single-label question cannot say so"
    ]


# JSON that is a list


@pytest.mark.parametrize("module", OF_JSON, ids=name_of)
def test_a_bad_element_of_a_list_has_its_line_and_spares_its_neighbours(module: ModuleType) -> None:
    good = '{"text": "%d"}'
    bad = ["3", '{"text": "x", "meta": NaN}', '{"text": 1e999}', '{"text": "\\ud800"}', '{"text": "caf\xe9"}', "[]"]
    bad += ['{"text": "x", "a": ' + "[" * 600 + "]" * 600 + "}", '{"text": "x", "a": ' + "9" * 5000 + "}"]
    elements = [good % 1, *bad, good % 2]
    records = read_all(module, ("\n [" + "\n,".join(elements) + "\n]\n").encode("latin-1"))
    assert [number for number, _ in records] == list(range(2, 12))
    assert [record.text for _, record in records if isinstance(record, Record)] == ["1", "2"]
    reasons = ["not an object", "NaN", "too large", "surrogate", "not UTF-8", "not an object", "too deeply", "limit"]
    for (_, error), reason in zip(records[1:-1], reasons, strict=True):
        assert reason in str(error)


@pytest.mark.parametrize("module", OF_JSON, ids=name_of)
@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (',\n{"text"', "line 2: not JSON: Expecting ':' delimiter at column 8"),
        ("\n3]", "line 2: not JSON: expected , or ] here"),
        ("", "line 1: not JSON: expected , or ] here"),
        (",\n]", "line 2: not JSON: Expecting value at column 1"),
        ("]\n[]", "line 1: not JSON: more text after the end of the list"),
        (",\n" + "[" * 100_000, "line 2: not readable JSON: nested too deeply"),
    ],
)
def test_a_list_that_breaks_off_gives_what_was_there(module: ModuleType, end: str, reason: str) -> None:
    seen: list[tuple[int, Any]] = []
    with pytest.raises(SourceError, match=re.escape(reason)):
        seen.extend(
            record
            for record in module.read(
                BytesIO(b'\xef\xbb\xbf[{"text": "x"}' + end.encode()), ReadOptions(Task.NER), ReadSummary()
            )
        )
    assert [record.text for _, record in seen] == ["x"]


@pytest.mark.parametrize("module", OF_JSON, ids=name_of)
def test_empty_files_have_no_records(module: ModuleType) -> None:
    for content in ("", "\n \n", "[]", "\ufeff[ ]\n", " \n\n [\n] \n"):
        assert read_all(module, content) == []


# Laws


SIGNS = "aB1é😀漢#.,'-_ \t\n\r\u00a0\u2028\u200d\ufeff\x00\x1c\u0301"
TEXTS = st.text(st.sampled_from(SIGNS), min_size=1, max_size=14)
LABELS = st.sampled_from(["PER", "B-X", "é", "#"])
METAS = st.dictionaries(
    st.sampled_from(["id", "text", "label", "meta", "data", "source", "é"]),
    st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=3), st.lists, max_leaves=3),
    max_size=3,
)
NAMES = st.sampled_from(["sam", "3", "a@b.org", "0", "-1", "²", "9" * 30])


@st.composite
def reviewed(draw: st.DrawFn, task: Task, answers: tuple[AnswerValue, ...] = ("accept",)) -> dict[str, Any]:
    text = draw(TEXTS)
    cats, spans = None, []
    if task.kind is TaskKind.CATEGORIES:
        cats = {label: float(draw(st.booleans())) for label in draw(st.sets(LABELS))}
        if task is Task.TEXTCAT:
            held = draw(st.none() | st.sampled_from(sorted(cats) or ["A"]))
            cats = {label: float(label == held) for label in cats}
    else:
        bounds = draw(st.lists(st.integers(0, len(text)), max_size=8))
        bounds = sorted(bounds) if task is Task.NER else bounds
        pairs = [sorted(pair) for pair in zip(bounds[::2], bounds[1::2], strict=False)]
        spans = [(start, end, draw(LABELS)) for start, end in pairs if start < end]
    return exported(
        text,
        *spans,
        task=task,
        cats=cats,
        meta=draw(st.none() | METAS),
        annotator=draw(NAMES),
        answer=draw(st.sampled_from(answers)),
    )


def said_by(record: dict[str, Any], task: Task) -> list[Any]:
    if task.kind is TaskKind.CATEGORIES:
        return sorted(map(str, record["accept"]))
    return sorted({(span["start"], span["end"], span["label"]) for span in record["spans"]})


def said_again(record: Record, task: Task) -> list[Any]:
    if task.kind is TaskKind.CATEGORIES:
        return sorted(label for label, score in (record.cats or {}).items() if score >= 0.5)
    return [tuple(span) for span in record.spans or ()]


@pytest.mark.parametrize("module", OF_JSON, ids=name_of)
@pytest.mark.parametrize("task", list(Task))
@given(st.data())
def test_what_is_written_is_read_back(module: ModuleType, task: Task, data: st.DataObject) -> None:
    answers: tuple[AnswerValue, ...] = ("accept",) if module is doccano else ("accept", "ignore")
    records = data.draw(st.lists(reviewed(task, answers), max_size=3))
    content, summary = written(module, records, task)
    # Spans off the words are no evidence of the unit of the offsets, unless they quote their texts.
    unit = None if module is label_studio else OffsetUnit.UTF_16
    again = [record for _, record in read_all(module, content, task, unit)]
    assert summary.records == len(again) == len(records)
    assert summary.spans == sum(len(said_by(record, task)) for record in records)
    for before, after in zip(records, again, strict=True):
        assert (after.text, after.meta or {}) == (before["text"], before["meta"])
        assert said_again(after, task) == said_by(before, task)
        if module is not doccano and not (module is argilla and task is Task.TEXTCAT and not before["accept"]):
            assert (after.annotator, after.answer) == (before["_annotator_id"], before["answer"])


WHITE = re.compile(r"[\s\ufeff]")


def among_signs(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the offsets without white space counted."""
    bare = [len(WHITE.sub("", text[:offset])) for offset in (start, end)]
    return bare[0], bare[1]


@pytest.mark.parametrize("task", SPAN_TASKS)
@given(st.data())
def test_conll_keeps_all_signs_and_all_spans_that_do_not_overlap(task: Task, data: st.DataObject) -> None:
    before = data.draw(reviewed(task))
    text = before["text"]
    assume(WHITE.sub("", text))
    words = [re.sub(rf"^{WHITE.pattern}+|{WHITE.pattern}+$", "", token["text"]) for token in before["tokens"]]
    assume(not any(map(WHITE.search, words)))  # the file has _ for white space
    content, summary = written(conll, [before], task)
    [(number, after)] = read_all(conll, content, task)
    assert number == 1
    assert WHITE.sub("", after.text) == WHITE.sub("", text)
    spans = {(*among_signs(text, start, end), label) for start, end, label in said_by(before, task)}
    spans = {span for span in spans if span[0] < span[1]}
    found = {(*among_signs(after.text, *span[:2]), span.label) for span in after.spans}
    assert len(found) == len(after.spans) == summary.spans
    assert found <= spans
    for span in spans - found:
        assert any(span[0] < other[1] and other[0] < span[1] for other in found)
    tokens = {among_signs(text, token["start"], token["end"]) for token in before["tokens"]}
    bounds = {bound for span in spans for bound in span[:2]}
    for start, end in after.tokens:
        mine = among_signs(after.text, start, end)
        assert mine in tokens or bounds & set(mine)
    content_again, report_again = written(conll, [{**before, **as_exported(after)}], task)
    assert content_again == content
    assert not report_again.notes.keys() & {"spans off token bounds: tokens split there"}


def as_exported(record: Record) -> dict[str, Any]:
    tokens = [{"start": start, "end": end} for start, end in record.tokens or ()]
    return {"text": record.text, "tokens": tokens, "spans": [span._asdict() for span in record.spans or ()]}


VALID = {
    conll: [
        b"-DOCSTART- -X- O O\n\n# text = Ada's\nAda NNP I-NP B-PER\n's POS O O\n\n# x\nBob NNP I-NP I-PER\n\n",
        "é\tU-X\n#\tB-Y\n漢\tL-Y\n\n\tO\n".encode(),
    ],
    doccano: [
        b'{"id": 1, "text": "Ada met", "label": [[0, 3, "PER"]], "meta": {"a": 1}}\n{"text": "x", "label": ["A"]}\n',
        b'[{"text": "Ada", "entities": [{"id": 1, "label": "P", "start_offset": 0, "end_offset": 3}]}]',
    ],
    label_studio: [
        json.dumps(
            [
                {
                    "id": 1,
                    "data": {"text": "😀 Ada"},
                    "annotations": [{"completed_by": {"id": 1}, "result": labels((3, 6, "Ada", "X"))}],
                    "predictions": [{"model_version": "m", "result": [choices("A")]}],
                },
                {"text": "Ada", "label": [{"start": 0, "end": 3, "labels": ["X"]}], "annotator": 1, "topic": "A"},
            ],
            ensure_ascii=False,
        ).encode(),
    ],
    argilla: [
        b'[{"id": "a", "fields": {"text": "Ada"}, "suggestions": {"label": {"value": "A", "agent": "m"}}, '
        b'"responses": {"q": [{"value": [{"start": 0, "end": 3, "label": "P"}], "user_id": "u"}]}, "metadata": {}}]',
        b'{"text": "Ada", "tokens": ["Ada"], "prediction": [["P", 0, 3, 0.9]], "annotation": [["P", 0, 3]]}\n',
    ],
}
CHUNKS = st.binary(max_size=4) | st.sampled_from(
    [
        b"[",
        b"]",
        b"{",
        b"}",
        b",",
        b"\n",
        b"null",
        b"-1",
        b"NaN",
        b'"',
        b"\\ud800",
        b"{}",
        b"[]",
        b"\t",
        b" ",
        b"O",
        b"# ",
    ]
)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 9) | st.floats() | st.text(st.characters(), max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


def assert_only_records_and_errors(module: ModuleType, content: bytes) -> None:
    check_what_comes(lambda options: module.read(BytesIO(content), options, ReadSummary()))


@pytest.mark.parametrize("module", MODULES, ids=name_of)
@given(st.binary(max_size=120))
@example(b"\xff\xfe[\x00{\x00")
@example(b"\xef\xbb\xbf")
@example(b"[\xff]")
@example(b"\xef\xbb\xbf\n\xef\xbb\xbf[1]")
def test_whatever_the_bytes_only_records_and_errors_come_out(module: ModuleType, content: bytes) -> None:
    assert_only_records_and_errors(module, content)


@pytest.mark.parametrize("module", MODULES, ids=name_of)
@given(st.data())
def test_valid_files_with_holes_and_splinters_do_no_harm(module: ModuleType, data: st.DataObject) -> None:
    content = data.draw(st.sampled_from(VALID[module]))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content)))
        content = content[:at] + data.draw(CHUNKS) + content[at + data.draw(st.integers(0, 6)) :]
    assert_only_records_and_errors(module, content)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, each in inner for place in places(each, (*path, key)))]


def replaced(value: Any, path: tuple[Any, ...], by: object) -> Any:
    if not path:
        return by
    changed = dict(value) if isinstance(value, dict) else list(value)
    changed[path[0]] = replaced(value[path[0]], path[1:], by)
    return changed


@pytest.mark.parametrize("module", OF_JSON, ids=name_of)
@given(st.data())
def test_any_value_in_any_place_does_no_harm(module: ModuleType, data: st.DataObject) -> None:
    content = data.draw(st.sampled_from(VALID[module]))
    value = json.loads(content) if content.startswith(b"[") else [json.loads(line) for line in content.splitlines()]
    for _ in range(data.draw(st.integers(1, 2))):
        value = replaced(value, data.draw(st.sampled_from(places(value))), data.draw(JSON_VALUES))
    assert_only_records_and_errors(module, json.dumps(value).encode())


@pytest.mark.full
@pytest.mark.parametrize(
    ("module", "content"),
    [
        (conll, b"x O\n" * 100_000),
        (conll, b"# text = " + b" " * 200_000 + b"\nx O\n" + b"\ny O\n" * 1000),
        (conll, b"a B-X\n\n" * 50_000),
        (doccano, b"\n" * 500_000 + b'[{"text": "x"}' + b',{"text": "x"}' * 20_000 + b"]"),
        (doccano, b'[{"text": "x"}' + b',{"text": NaN}' * 20_000 + b"]"),
        (
            label_studio,
            json.dumps(
                {"data": {"text": "😀" * 20_000}, "predictions": [{"result": labels(*[(1, 3, "😀", "X")] * 20_000)}]}
            ).encode(),
        ),
    ],
    ids=["sentence", "text", "sentences", "blank lines", "numbers", "offsets"],
)
def test_large_files_take_their_time_once(module: ModuleType, content: bytes) -> None:
    began = time.perf_counter()
    assert read_all(module, content)
    assert time.perf_counter() - began < 15


@pytest.mark.full
@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_many_spans_are_written_in_no_time(module: ModuleType) -> None:
    text = "ab " * 20_000
    spans = [(start, start + 2, "X") for start in range(0, len(text), 3)] + [(0, len(text), "Y")]
    began = time.perf_counter()
    content, _ = written(module, [exported(text, *spans, task=Task.SPANCAT)], Task.SPANCAT)
    assert read_all(module, content, Task.SPANCAT)
    assert time.perf_counter() - began < 15


def test_a_sentence_without_an_end_is_cut_into_bad_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conll, "_MOST_TOKENS", 3)
    rows = read_all(conll, "a O\nb O\nc O\nd O\n\ne O\n")
    assert any("a sentence of more than 3 tokens" in str(each) for _, each in rows)
    assert rows[-1][1].text == "e"


def test_spans_of_argilla_1_may_be_objects() -> None:
    record = read_one(
        argilla, {"text": "Ada met", "annotation": [{"label": "P", "start": 0, "end": 3}], "prediction": None}
    )
    assert record.spans == (Span(0, 3, "P"),)
