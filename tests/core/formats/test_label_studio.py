"""Label Studio: marks of the text, of other objects and of regions; paths of choices; and ids."""

from __future__ import annotations

import json
from collections import Counter
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiebreak.core.errors import RecordError
from tiebreak.core.formats import label_studio
from tiebreak.core.formats.read_options import ReadOptions, ReadSummary
from tiebreak.core.formats.write_options import WriteOptions
from tiebreak.core.records import Record, Span, Task

OTHER = "results of another object of the task than its text: left out"
UNCLEAR = "results of several objects, none known to show the text: left out"
GUESSED = "results of an object that is not named like the text: taken for results of the text"
OF_REGION = "choices of a region, not of the whole text: left out"
DATA = {"text": "Anna ist da", "other": "Berlin ist gross"}


def left_out(kind: str, task: Task) -> str:
    return f"results {kind}: left out, the task is {task.value}"


def read(value: Any, task: Task = Task.NER) -> tuple[list[Record], Counter[str]]:
    summary = ReadSummary()
    records = [
        record for _, record in label_studio.read(BytesIO(json.dumps(value).encode()), ReadOptions(task), summary)
    ]
    assert all(isinstance(record, Record) for record in records), records
    return records, summary.notes  # type: ignore[return-value]


def error_of(value: Any, task: Task = Task.NER) -> str:
    [(_, error)] = label_studio.read(BytesIO(json.dumps(value).encode()), ReadOptions(task), ReadSummary())
    assert isinstance(error, RecordError)
    return str(error)


def task_of(data: dict[str, Any], *results: dict[str, Any]) -> dict[str, Any]:
    return {"data": data, "annotations": [{"completed_by": 1, "result": list(results)}]}


def result(to_name: str | None, type: str, value: dict[str, Any], **more: Any) -> dict[str, Any]:
    to = {} if to_name is None else {"to_name": to_name}
    return {"from_name": "control", "type": type, "value": value, **to, **more}


def label(to_name: str | None, start: int, end: int, quote: str | None = None, **more: Any) -> dict[str, Any]:
    value = {"start": start, "end": end, "labels": ["A"], **({} if quote is None else {"text": quote})}
    return result(to_name, "labels", value, **more)


def choice(to_name: str | None, *choices: Any, **more: Any) -> dict[str, Any]:
    return result(to_name, "choices", {"choices": list(choices)}, **more)


def spans_of(value: Any, task: Task = Task.SPANCAT) -> tuple[list[tuple[int, int]] | None, Counter[str]]:
    [record], notes = read(value, task)
    return None if record.spans is None else [span[:2] for span in record.spans], notes


def cats_of(value: Any, task: Task = Task.TEXTCAT_MULTILABEL) -> tuple[list[str] | None, Counter[str]]:
    [record], notes = read(value, task)
    return None if record.cats is None else sorted(record.cats), notes


# The object that shows the text


@pytest.mark.parametrize(
    ("data", "own", "other"),
    [
        (DATA, label("text", 0, 4), label("other", 0, 6)),  # by the usual name
        ({"note": "x", "body": "Anna ist da"}, label("body", 0, 4), label("note", 0, 1)),  # by quotes, see below
        (DATA, label("t1", 0, 4, "Anna"), label("t2", 0, 6, "Berlin")),  # by the quotes of both
        (DATA, label("t1", 0, 4, "Anna"), label("t2", 0, 4)),  # by the only quote
        ({"text": "Anna ist da"}, label("t", 0, 4), result("img", "rectanglelabels", {"x": 1, "width": 2})),
        ({"text": "Anna ist da"}, label("t", 0, 4), result("au", "labels", {"start": 0.5, "end": 1, "labels": ["A"]})),
        (
            {"text": "Anna ist da", "html": "<p>Anna</p>"},
            label("t", 0, 4),
            result("h", "hypertextlabels", {"start": "/p[1]", "startOffset": 0, "hypertextlabels": ["A"]}),
        ),
        ({"text": "Anna", "other": "Berlin ist gross"}, label("t1", 0, 4), label("t2", 5, 9)),  # 9 is out of range
    ],
)
def test_results_of_another_object_are_left_out_and_counted(
    data: dict[str, Any], own: dict[str, Any], other: dict[str, Any]
) -> None:
    if "body" in data:
        own["value"]["text"] = "Anna"
    for results in ([own, other], [other, own]):
        spans, notes = spans_of(task_of(data, *results))
        assert spans == [(0, 4)]
        assert notes.pop(OTHER) == 1
        assert set(notes) <= {GUESSED}


def test_an_annotation_of_another_object_alone_says_nothing_of_the_text() -> None:
    for other in (label("other", 0, 6), label("t", 0, 6, "Berlin"), result("img", "brushlabels", {"rle": [1]})):
        assert spans_of(task_of(DATA, other)) == (None, Counter({OTHER: 1}))
    assert cats_of(task_of(DATA, choice("other", "A"))) == (None, Counter({OTHER: 1}))
    assert spans_of(task_of(DATA)) == ([], Counter())


def test_what_other_annotations_of_a_task_name_counts_for_each() -> None:
    task = task_of(DATA, choice("second", "A"))
    assert cats_of(task) == (["A"], Counter({GUESSED: 1}))
    task["annotations"].append({"completed_by": 2, "result": [choice("text", "B")]})
    task["predictions"] = [{"model_version": "m", "result": [choice("second", "C", score=0.9), choice("text", "D")]}]
    records, notes = read(task, Task.TEXTCAT_MULTILABEL)
    assert [record.cats for record in records] == [None, {"B": 1.0}, {"D": 1.0}]
    assert notes == {OTHER: 2}


def test_where_no_object_is_known_to_show_the_text_all_are_left_out() -> None:
    assert cats_of(task_of(DATA, choice("t1", "A"), choice("t2", "B"))) == (None, Counter({UNCLEAR: 2}))
    assert spans_of(task_of(DATA, label("t1", 0, 4), label("t2", 0, 4))) == (None, Counter({UNCLEAR: 2}))


def test_the_only_object_is_the_text_whatever_it_is_called() -> None:
    assert spans_of(task_of({"text": "Anna ist da"}, label("t", 0, 4))) == ([(0, 4)], Counter())
    assert spans_of(task_of({"review": "Anna ist da"}, label("review", 0, 4))) == ([(0, 4)], Counter())
    assert spans_of(task_of(DATA, label("t", 0, 4))) == ([(0, 4)], Counter({GUESSED: 1}))
    assert spans_of(task_of(DATA, label("t", 0, 4, "Anna"))) == ([(0, 4)], Counter())
    assert spans_of(task_of(DATA, label(None, 0, 4))) == ([(0, 4)], Counter())
    assert spans_of(task_of(DATA, label("other", 0, 4, "Anna"))) == ([(0, 4)], Counter())
    assert spans_of(task_of({**DATA, "text": "😀 Anna"}, label("x", 3, 7, "Anna")))[0] == [(2, 6)]


def test_the_text_of_several_strings_is_the_one_that_results_are_of() -> None:
    data = {"title": "Berlin", "body": "Anna ist da"}
    assert read(task_of(data, label("b", 0, 4, "Anna")))[0][0].text == "Anna ist da"
    assert read(task_of(data, choice("body", "A")), Task.TEXTCAT)[0][0].text == "Anna ist da"
    [record], notes = read(task_of(data, label("b", 0, 4, "Anna"), label("t", 0, 6, "Berlin"), label("b", 9, 11, "da")))
    assert (record.text, len(record.spans or ()), notes) == ("Anna ist da", 2, {OTHER: 1})
    assert record.meta == {"title": "Berlin"}
    for task in (task_of(data), task_of(data, choice("x", "A")), task_of(data, choice("title"), choice("body"))):
        assert error_of(task) == (
            "no text: data has several strings (title, body), and nothing shows which is the text; call it `text`"
        )


def test_labels_of_html_and_dialogues_are_refused_where_they_are_the_texts() -> None:
    markup = {"start": "/p[1]/text()[1]", "startOffset": 0, "end": "/p[1]/text()[1]", "endOffset": 4}
    for kind in ("hypertextlabels", "paragraphlabels", "labels"):
        task = task_of({"text": "<p>Anna</p>"}, result("h", kind, {**markup, kind: ["A"]}))
        assert error_of(task) == f"a result in HTML or a dialogue ({kind!r}), not a span of a plain text"
    whole = [choice("h", "A"), choice("h", "B", id="r"), result("h", "choices", {**markup, "choices": ["C"]})]
    marked = result("h", "hypertextlabels", {**markup, "hypertextlabels": ["A"]}, id="r")
    cats, notes = cats_of(task_of({"text": "<p>Anna</p>"}, *whole, marked))
    assert cats == ["A"]
    assert notes == {OF_REGION: 2, left_out("of other types", Task.TEXTCAT_MULTILABEL): 1}


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ({"text": "Anna", "html": "<p>Berlin</p>"}, "h"),
        ({"text": "Anna", "html": "<p>Berlin</p>"}, "text"),
        ({"text": "Anna", "page": "of its own address"}, "h"),
        ({"text": "Anna", "dialogue": [{"author": "a", "text": "Berlin"}]}, "text"),
    ],
)
def test_markup_that_stands_elsewhere_in_the_data_is_another_object(data: dict[str, Any], name: str) -> None:
    markup = {"start": "/p[1]/text()[1]", "startOffset": 0, "end": "/p[1]/text()[1]", "endOffset": 4}
    marked = result(name, "hypertextlabels", {**markup, "hypertextlabels": ["A"]}, id="r")
    assert spans_of(task_of(data, marked)) == (None, Counter({OTHER: 1}))
    assert cats_of(task_of(data, marked, choice(name, "A"))) == (None, Counter({OTHER: 2}))


def test_markup_beside_other_strings_is_the_text_where_only_the_text_has_tags() -> None:
    markup = {"start": "/p[1]/text()[1]", "startOffset": 0, "end": "/p[1]/text()[1]", "endOffset": 4}
    for name in ("text", "h"):
        marked = result(name, "hypertextlabels", {**markup, "hypertextlabels": ["A"]}, id="r")
        task = task_of({"text": "<p>Anna</p>", "source": "x"}, marked, choice(name, "A"))
        assert "HTML" in error_of(task)
        assert cats_of(task)[0] == ["A"]


def test_choices_of_an_object_that_is_called_an_image_are_not_of_the_text() -> None:
    data = {"text": "Anna", "url": "a.png"}
    assert cats_of(task_of(data, choice("img", "A"))) == (None, Counter({OTHER: 1}))
    assert cats_of(task_of({"text": "Anna"}, choice("img", "A")))[0] == ["A"]


def test_quoted_texts_that_stand_nowhere_are_reported() -> None:
    [record], notes = read(task_of({"text": "Ada met Bob"}, label("text", 0, 3, "Eve"), label("text", 4, 7, "met")))
    assert record.spans == (Span(0, 3, "A"), Span(4, 7, "A"))
    assert notes == {"quoted texts that differ from the text at their offsets: the offsets count": 1}


# Choices of regions, and other types


@pytest.mark.parametrize(
    "of_region",
    [
        result("text", "choices", {"start": 0, "end": 4, "text": "Anna", "choices": ["B"]}, id="r"),
        result("text", "choices", {"choices": ["B"]}, id="r"),
        result("text", "choices", {"choices": ["B"]}, id="x", parentID="r"),
        result("text", "taxonomy", {"start": 0, "end": 4, "taxonomy": [["B"]]}, id="r"),
        result("text", "choices", {"startOffset": 0, "endOffset": 4, "choices": ["B"]}),
    ],
)
def test_choices_of_a_region_are_no_categories_of_the_text(of_region: dict[str, Any]) -> None:
    marked = label("text", 0, 4, "Anna", id="r")
    kind = left_out("of the type labels", Task.TEXTCAT_MULTILABEL)
    cats, notes = cats_of(task_of(DATA, marked, of_region, choice("text", "A", id="c")))
    assert (cats, notes) == (["A"], {OF_REGION: 1, kind: 1})
    cats, notes = cats_of(task_of(DATA, marked, of_region))
    assert (cats, notes) == (None, {OF_REGION: 1, kind: 1})
    spans, _ = spans_of(task_of(DATA, marked, of_region))
    assert spans == [(0, 4)]


@pytest.mark.parametrize("kind", ["textarea", "rating", "number", "datetime", "pairwise", "ranker", "relation", "\x1b"])
def test_results_of_other_types_are_counted(kind: str) -> None:
    name = "of other types" if kind == "\x1b" else f"of the type {kind}"
    other = result("text", kind, {"rating": 3})
    assert spans_of(task_of(DATA, label("text", 0, 4), other), Task.NER) == (
        [(0, 4)],
        Counter({left_out(name, Task.NER): 1}),
    )
    assert cats_of(task_of(DATA, other), Task.TEXTCAT) == (None, Counter({left_out(name, Task.TEXTCAT): 1}))


# Taxonomies


def test_paths_of_a_taxonomy_are_categories() -> None:
    taxonomy = result("text", "taxonomy", {"taxonomy": [["Eukarya", "Animals"], ["Bacteria"]]})
    assert cats_of(task_of(DATA, taxonomy)) == (["Bacteria", "Eukarya/Animals"], Counter())
    assert cats_of(task_of(DATA, taxonomy, choice("text", "A")))[0] == ["A", "Bacteria", "Eukarya/Animals"]
    assert cats_of(task_of(DATA, choice("text", ["Online", "Free"], "A")))[0] == ["A", "Online/Free"]
    assert "both hold" in error_of(task_of(DATA, taxonomy), Task.TEXTCAT)
    one = result("text", "taxonomy", {"taxonomy": [["Eukarya", "Animals"]]})
    assert cats_of(task_of(DATA, one), Task.TEXTCAT)[0] == ["Eukarya/Animals"]
    assert spans_of(task_of(DATA, one))[0] is None
    bad: Any
    for bad in ([[3]], [3], [[]], "A"):
        assert error_of(task_of(DATA, result("text", "taxonomy", {"taxonomy": bad})), Task.TEXTCAT)


def test_a_taxonomy_that_labels_regions_gives_spans() -> None:
    value = {"start": 0, "end": 4, "text": "Anna", "taxonomy": [["Person", "Woman"], ["Name"]]}
    [record], notes = read(task_of(DATA, result("text", "taxonomy", value, id="r")), Task.SPANCAT)
    assert record.spans == (Span(0, 4, "Name"), Span(0, 4, "Person/Woman"))
    assert not notes
    marked = label("text", 0, 4, "Anna", id="r")
    [record], notes = read(task_of(DATA, result("text", "taxonomy", value, id="r"), marked), Task.SPANCAT)
    assert record.spans == (Span(0, 4, "A"),)  # this choice is of the region that the label made
    assert notes == {left_out("of the type taxonomy", Task.SPANCAT): 1}


# JSON-MIN


def test_fields_of_json_min_are_held_to_the_text_too() -> None:
    row = {"id": 7, "text": "Anna ist da", "other": "Berlin ist gross", "annotator": 3}
    own = {"start": 0, "end": 4, "text": "Anna", "labels": ["A"]}
    others = {"start": 0, "end": 6, "text": "Berlin", "labels": ["B"]}
    [record], notes = read([{**row, "ner": [own], "ner2": [others]}])
    assert (record.spans, record.meta, notes) == (
        (Span(0, 4, "A"),),
        {"id": 7, "other": "Berlin ist gross"},
        {OTHER: 1},
    )
    assert read([{**row, "ner2": [others]}])[0][0].spans is None
    of_region = {"start": 0, "end": 4, "text": "Anna", "choices": ["B"]}
    [record], notes = read([{**row, "mood": [of_region], "topic": {"choices": ["A", "C"]}}], Task.TEXTCAT_MULTILABEL)
    assert (record.cats, notes) == ({"A": 1.0, "C": 1.0}, {OF_REGION: 1})
    [record], _ = read([{**row, "mood": [of_region]}], Task.TEXTCAT_MULTILABEL)
    assert record.cats is None
    [record], _ = read([{**row, "kingdom": [{"taxonomy": [["Eukarya", "Animals"]]}]}], Task.TEXTCAT)
    assert record.cats == {"Eukarya/Animals": 1.0}
    markup = {"start": "/p", "startOffset": 0, "hypertextlabels": ["A"]}
    assert "not a span of a plain text" in error_of([{**row, "ner": [markup]}])


def test_the_text_of_json_min_is_called_text_or_quoted() -> None:
    quote = {"start": 0, "end": 4, "text": "Anna", "labels": ["A"]}
    [record], _ = read([{"review": "Anna ist da", "source": "web", "ner": [quote], "annotator": 3}])
    assert (record.text, record.spans, record.meta) == ("Anna ist da", (Span(0, 4, "A"),), {"source": "web"})
    assert error_of([{"review": "Anna ist da", "annotator": 3}]) == "no text"


# Ids


def written(*metas: dict[str, Any] | None, answers: str = "accept") -> list[dict[str, Any]]:
    stream = BytesIO()
    records = [
        {"text": f"Anna {number}", "meta": meta, "spans": [{"start": 0, "end": 4, "label": "A"}], "answer": answers}
        for number, meta in enumerate(metas)
    ]
    label_studio.write(records, stream, WriteOptions(Task.NER))
    tasks: list[dict[str, Any]] = json.loads(stream.getvalue())
    return tasks


def test_each_task_and_annotation_has_an_id_of_its_own() -> None:
    tasks = written({"id": 3}, None, {"id": 3}, {"id": "r7"}, {"id": 1}, {"id": 0}, {"id": True}, {"id": 9}, {}, {})
    ids = [task["id"] for task in tasks]
    assert ids == [3, 1, 2, 4, 5, 6, 7, 9, 8, 10]
    assert [task["annotations"][0]["id"] for task in tasks] == list(range(1, 11))
    assert [task.get("numbered_by") for task in tasks] == [None, *["tiebreak"] * 6, None, "tiebreak", "tiebreak"]


METAS = st.none() | st.dictionaries(
    st.sampled_from(["id", "text", "numbered_by", "source"]),
    st.none() | st.booleans() | st.integers() | st.sampled_from(["tiebreak", "7", ""]) | st.integers(1, 4),
    max_size=3,
)


@given(st.lists(METAS, max_size=6))
def test_ids_are_numbers_that_stand_once_and_add_nothing_to_meta(metas: list[dict[str, Any] | None]) -> None:
    tasks = written(*metas)
    for ids in ([task["id"] for task in tasks], [task["annotations"][0]["id"] for task in tasks]):
        assert len(set(ids)) == len(metas)
        assert all(type(id) is int and 0 < id < 2**63 for id in ids)
    records, _ = read(tasks)
    assert [record.meta or {} for record in records] == [meta or {} for meta in metas]


def as_the_converter_reads_it(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Read tasks as label-studio-sdk's converter does (2.1.2, converter.py: annotation_result_from_task).

    The converter skips cancelled tasks. It looks up `id` and `data` of each task, and `value` of each result of the
    control in the config.
    """
    return [
        {
            "id": task["id"],
            "input": task["data"],
            "annotation_id": annotation["id"],
            "spans": [
                (task["data"][result["to_name"]][result["value"]["start"] : result["value"]["end"]], result["type"])
                for result in annotation["result"]
                if result["from_name"] == "label"
            ],
        }
        for task in tasks
        for annotation in task["annotations"]
        if not annotation.get("was_cancelled", False)
    ]


def test_label_studios_own_converter_finds_what_it_looks_for() -> None:
    stream = BytesIO()
    text = "Ada met 😀 Bob"
    spans = [{"start": 0, "end": 3, "label": "A"}, {"start": 10, "end": 13, "label": "A"}]
    record = {"text": text, "meta": {}, "spans": spans}
    records = [{**record, "answer": answer} for answer in ("accept", "ignore")]
    label_studio.write(records, stream, WriteOptions(Task.NER))
    assert as_the_converter_reads_it(json.loads(stream.getvalue())) == [
        {"id": 1, "input": {"text": text}, "annotation_id": 1, "spans": [("Ada", "labels"), ("Bob", "labels")]}
    ]
