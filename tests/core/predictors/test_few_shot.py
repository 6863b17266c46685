"""Few-shot examples: every form can be read, and an error names the example's place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tiebreak.core.errors import ConfigError
from tiebreak.core.predictors.tasks.few_shot import read_examples, with_categories, with_spans
from tiebreak.core.predictors.tasks.options import read_labels

LABELS = ("A", "B")


def spans_of(*examples: Any) -> list[str]:
    return [each.answer for each in with_spans(read_examples("NER", list(examples), LABELS), LABELS, overlap=False)]


def categories_of(*examples: Any, labels: tuple[str, ...] = LABELS, **options: Any) -> list[str]:
    options = {"exclusive": False, "allow_none": True, **options}
    return [
        each.answer for each in with_categories(read_examples("TextCat", list(examples), labels), labels, **options)
    ]


def unreadable() -> list[Any]:
    raise ValueError("no such reader")


def test_slice_texts_are_no_examples() -> None:
    assert categories_of({"text": "x", "accept": ["A"], "_slice": True}, {"text": "y", "accept": ["B"]}) == [
        '{"labels": ["B"]}'
    ]


@pytest.mark.parametrize(
    ("examples", "said"),
    [
        (unreadable, "examples: cannot be read: no such reader"),
        (["text"], "number 1: not an object"),
        ([{"text": " "}], "number 1: it has no text"),
        ([{"text": "x", "entities": "A"}], "number 1: entities is not a list"),
        ([{"text": "x", "entities": {"A": "x"}}], "entities is not an object of labels and lists"),
        ([{"text": "x", "entities": [{"text": "x"}]}], "is not an entity: an entity has text and label"),
        ([{"text": "x", "entities": ["x"]}], "'x' is not an entity"),
        ([{"text": "x", "entities": [{"text": "y", "label": "A"}]}], "'y' cannot be placed in the text"),
        ([{"text": "x", "spans": {}}], "spans is not a list"),
        (
            [{"text": "x", "spans": [{"start": "0", "end": 1, "label": "A"}]}],
            "is not a span: a span has start, end",
        ),
        ([{"text": "x", "spans": [{"start": 0, "end": 2, "label": "A"}]}], "the span 0-2 is not within the text"),
        ([{"text": "x", "spans": [{"start": 0, "end": 1, "label": "C"}]}], "'C' is not one of the labels (A, B)"),
        (
            [{"text": "xyz", "spans": [{"start": 0, "end": 2, "label": "A"}, {"start": 1, "end": 3, "label": "B"}]}],
            "overlap; entities may not",
        ),
        ([{"text": "x", "answer": "reject"}], "examples: none is accepted"),
        ([{"text": "x", "_slice": True}], "examples: all belong to the slice"),
    ],
)
def test_what_is_wrong_with_an_example_is_said_with_its_place(examples: Any, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        with_spans(read_examples("NER", examples, LABELS), LABELS, overlap=False)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("example", "said"),
    [
        ({"text": "x", "cats": ["A"]}, "cats is not an object of labels and scores"),
        ({"text": "x", "cats": {"A": "high"}}, "cats is not an object of labels and scores"),
        ({"text": "x", "answer": 3}, "answer is not a text"),
        ({"text": "x", "accept": ["C"]}, "'C' is not one of the labels"),
        ({"text": "x", "accept": 3}, "accept is not a list"),
    ],
)
def test_what_is_wrong_with_categories_is_said_with_its_place(example: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match="number 1") as error:
        categories_of(example)
    assert said in str(error.value)


def test_two_categories_are_one_too_many_if_they_exclude_each_other() -> None:
    with pytest.raises(ConfigError, match="2 categories, but the classes are exclusive"):
        categories_of({"text": "x", "accept": ["A", "B"]}, exclusive=True)
    with pytest.raises(ConfigError, match="0 categories"):
        categories_of({"text": "x", "accept": []}, exclusive=True, allow_none=False)
    assert categories_of({"text": "x", "accept": []}, exclusive=True) == ['{"label": null}']


def test_mentions_of_every_form_are_read() -> None:
    entity = '{"entities": [{"text": "x", "label": "A"}]}'
    assert spans_of(
        {"text": "x"},
        {"text": "x", "entities": {"A": ["x"]}},
        {"text": "x", "entities": [{"text": "x", "label": "A"}]},
        {"text": "x", "spans": [{"text": "x", "label": "A"}]},
        {"text": "x", "spans": [{"start": 0, "end": 1, "label": "A"}, {"text": "x", "is_entity": False}]},
        {"text": "x", "spans": [], "answer": "reject"},
    ) == ['{"entities": []}', entity, entity, entity, entity]


def test_categories_of_every_form_are_read() -> None:
    assert categories_of(
        {"text": "x", "accept": ["A", "A"]},
        {"text": "x", "label": "B"},
        {"text": "x", "cats": {"A": 0.5, "B": 0.4}},
        {"text": "x", "answer": "B, A, ==NONE=="},
    ) == ['{"labels": ["A"]}', '{"labels": ["B"]}', '{"labels": ["A"]}', '{"labels": ["B", "A"]}']
    both = categories_of({"text": "x", "answer": "POS"}, {"text": "x", "answer": "neg"}, labels=("A",))
    assert both == ['{"labels": ["A"]}', '{"labels": []}']


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("bad.json", "{", "not JSON"),
        ("object.json", "{}", "not a list of examples"),
        ("bad.jsonl", '{"text": "x"}\n{', "line 2: not JSON"),
        ("some.txt", "[]", "neither .json nor .jsonl"),
        ("list.json", "[1]", "number 1: not an object"),
    ],
)
def test_a_file_of_another_form_is_refused_with_its_name(tmp_path: Path, name: str, content: str, said: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(ConfigError, match=name) as error:
        read_examples("NER", str(tmp_path / name), LABELS)
    assert said in str(error.value)


@pytest.mark.parametrize("form", ['[{"text": "x"}, {"text": "y"}]', '{"text": "x"}\n\n{"text": "y"}\n'])
def test_a_file_is_a_list_or_has_an_example_on_each_line(tmp_path: Path, form: str) -> None:
    path = tmp_path / ("examples.json" if form.startswith("[") else "examples.jsonl")
    path.write_text(form)
    assert [each.text for each in read_examples("NER", path, LABELS)] == ["x", "y"]


def test_labels_are_a_list_of_texts_or_one_text_with_commas() -> None:
    assert read_labels("NER", "A, B,A") == read_labels("NER", ["A", " B", ""]) == ("A", "B")
    for labels, said in (([1], "1 is not a text"), ([" "], "the list is empty")):
        with pytest.raises(ConfigError, match=said):
            read_labels("NER", labels)  # type: ignore[arg-type]
