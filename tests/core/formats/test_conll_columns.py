"""CoNLL by other writers: the columns of tokens and tags, documents, line ends, and spaCy's sentence a line."""

from __future__ import annotations

from collections import Counter
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stores import create_store

from tiebreak.core.errors import ConfigError, RecordError
from tiebreak.core.formats import conll
from tiebreak.core.formats.annotated_file import read_annotated
from tiebreak.core.formats.conll_columns import Columns, find_layout, parse_columns
from tiebreak.core.formats.read_options import ReadOptions, ReadSummary
from tiebreak.core.formats.registry import read_records
from tiebreak.core.label_map import KEEP_ALL
from tiebreak.core.loading.sources import LoadOptions, load_sources
from tiebreak.core.records import Record, Span, Task

ANNA = "Anna lives in Bonn"
WANTED = [(ANNA, (Span(0, 4, "PER"), Span(14, 18, "LOC"))), ("Bob sleeps", (Span(0, 3, "PER"),))]


def read(content: str, columns: Columns | None = None, summary: ReadSummary | None = None) -> list[Any]:
    records = conll.read(BytesIO(content.encode()), ReadOptions(Task.NER, columns), summary or ReadSummary())
    return [record if isinstance(record, RecordError) else (record.text, record.spans) for _, record in records]


FORMS = {
    "two": "Anna B-PER\nlives O\nin O\nBonn B-LOC\n\nBob B-PER\nsleeps O\n",
    "2003": "-DOCSTART- -X- -X- O\n\nAnna NNP B-NP B-PER\nlives VB B-VP O\nin IN B-PP O\nBonn NNP B-NP B-LOC\n\n"
    "Bob NNP B-NP B-PER\nsleeps VB B-VP O\n",
    "germeval": "#\thttp://x 2009\n1\tAnna\tB-PER\tO\n2\tlives\tO\tO\n3\tin\tO\tO\n4\tBonn\tB-LOC\tO\n\n"
    "#\thttp://y\n1\tBob\tB-PER\tO\n2\tsleeps\tO\tO\n",
    "uner": f"# sent_id = 1\n# text = {ANNA}\n1\tAnna\tB-PER\t-\t-\n2\tlives\tO\t-\t-\n3\tin\tO\t-\t-\n"
    "4\tBonn\tB-LOC\t-\t-\n\n"
    "# text = Bob sleeps\n1\tBob\tB-PER\t-\t-\n2\tsleeps\tO\t-\t-\n",
    "zero": "0 Anna NNP B-PER\n1 lives VB O\n2 in IN O\n3 Bonn NNP B-LOC\n\n0 Bob NNP B-PER\n1 sleeps VB O\n",
    "conllu": "1-2\tAnnalives\t_\t_\n1\tAnna\tN\tB-PER\n2\tlives\tV\tO\n2.1\t_\t_\t_\n3\tin\tP\tO\n"
    "4\tBonn\tN\tB-LOC\n\n"
    "1\tBob\tN\tB-PER\n2\tsleeps\tV\tO\n",
    "numbered 2003": "1 Anna NNP B-NP B-PER\n2 lives VB B-VP O\n3 in IN B-PP O\n4 Bonn NNP B-NP B-LOC\n\n"
    "1 Bob NNP B-NP B-PER\n2 sleeps VB B-VP O\n",
    "wide": "Anna B-PER - -\nlives O - -\nin O - -\nBonn B-LOC - -\n\nBob B-PER - -\nsleeps O - -\n",
    "spacy three": "Anna|NNP|B-PER lives|VB|O in|IN|O Bonn|NNP|B-LOC\nBob|NNP|B-PER sleeps|VB|O\n",
    "spacy two": "-DOCSTART-|O\n# a remark\n\nAnna|B-PER lives|O in|O Bonn|B-LOC\n\nBob|B-PER sleeps|O\n",
    "documents": "-DOCSTART- (1 of 2)\n\nAnna O B-PER\nlives O O\nin O O\nBonn O B-LOC\n\n-DOCSTART- (2 of 2)\n\n"
    "Bob O B-PER\nsleeps O O\n",
    "documents with tabs": "-DOCSTART- (1 of 2)\tO\nAnna\tB-PER\nlives\tO\nin\tO\nBonn\tB-LOC\n\n"
    "-DOCSTART-\t-X-\nBob\tB-PER\nsleeps\tO\n",
}


FORMS |= {
    "begins within a sentence": "3\tx\tO\n4\ty\tO\n\n1\tAnna\tB-PER\n2\tlives\tO\n3\tin\tO\n4\tBonn\tB-LOC\n\n"
    "1\tBob\tB-PER\n2\tsleeps\tO\n",
    "numbers run on": "1\tAnna\tB-PER\n2\tlives\tO\n3\tin\tO\n4\tBonn\tB-LOC\n\n5\tBob\tB-PER\n6\tsleeps\tO\n",
    "a blank line is missing": "1\tAnna\tB-PER\tO\n2\tlives\tO\tO\n3\tin\tO\tO\n4\tBonn\tB-LOC\tO\n"
    "1\tBob\tB-PER\tO\n2\tsleeps\tO\tO\n",
    "padded": "01\tAnna\tB-PER\n02\tlives\tO\n03\tin\tO\n04\tBonn\tB-LOC\n\n01\tBob\tB-PER\n02\tsleeps\tO\n",
    "with dots": "1. Anna B-PER\n2. lives O\n3. in O\n4. Bonn B-LOC\n\n1. Bob B-PER\n2. sleeps O\n",
    "sentence ids": "s1\tAnna\tB-PER\ns1\tlives\tO\ns1\tin\tO\ns1\tBonn\tB-LOC\n\ns2\tBob\tB-PER\ns2\tsleeps\tO\n",
    "sentence numbers": "1 Anna N B-PER\n1 lives V O\n1 in P O\n1 Bonn N B-LOC\n\n2 Bob N B-PER\n2 sleeps V O\n",
    "webanno": "1-1\tAnna\tB-PER\n1-2\tlives\tO\n1-3\tin\tO\n1-4\tBonn\tB-LOC\n\n2-1\tBob\tB-PER\n2-2\tsleeps\tO\n",
    "document and index": "d1 1 Anna B-PER\nd1 2 lives O\nd1 3 in O\nd1 4 Bonn B-LOC\n\n"
    "d1 1 Bob B-PER\nd1 2 sleeps O\n",
    "spacy four": "Anna|NNP|B-NP|B-PER lives|VB|B-VP|O in|IN|O|O Bonn|NNP|B-NP|B-LOC\n-DOCSTART-|-X-|O|O\n"
    "Bob|NNP|B-NP|B-PER sleeps|VB|B-VP|O\n",
    "pipes and a token a line": "Anna|NNP|B-PER\nlives|VB|O\nin|IN|O\nBonn|NNP|B-LOC\n\nBob|NNP|B-PER\nsleeps|VB|O\n",
    "document within": "Anna O B-PER\nlives O O\nin O O\nBonn O B-LOC\n-DOCSTART- -X- O\nBob O B-PER\nsleeps O O\n",
}
BEGINNING = [("x y", ())]  # in the form that begins within a sentence


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_each_form_is_read_as_what_it_says(form: str, ending: str) -> None:
    wanted = BEGINNING * (form == "begins within a sentence") + WANTED
    assert read(FORMS[form].replace("\n", ending)) == wanted
    assert read(FORMS[form].rstrip("\n").replace("\n", ending)) == wanted
    assert read(FORMS[form].rstrip("\n").replace("\n", ending) + "\n") == wanted


def test_tags_of_a_further_column_are_counted_and_named_columns_read_them() -> None:
    content = "1\tBerlin\tB-ORG\tB-LOC\n2\tTV\tI-ORG\tO\n\n1\tAnna\tB-PER\tO\n2\tist\tO\tO\n"
    summary = ReadSummary()
    assert read(content, summary=summary) == [("Berlin TV", (Span(0, 9, "ORG"),)), ("Anna ist", (Span(0, 4, "PER"),))]
    assert summary.notes == Counter({"sentences with tags in another column, which is not read": 1})
    assert read(content, Columns(1, 3)) == [("Berlin TV", (Span(0, 6, "LOC"),)), ("Anna ist", ())]
    assert read("B-PER Anna\nO lives\n", Columns(1, 0)) == [("Anna lives", (Span(0, 4, "PER"),))]
    assert read("Anna|B-PER|O lives|O|O\n", Columns(0, 1)) == [("Anna lives", (Span(0, 4, "PER"),))]


def test_numbers_that_are_words_stay_words() -> None:
    assert read("1 O\n2 O\n3 B-X\n") == [("1 2 3", (Span(4, 5, "X"),))]
    assert read("1 CD O\n2 CD O\n\n7 CD B-X\nyears NN O\n") == [("1 2", ()), ("7 years", (Span(0, 1, "X"),))]
    assert read("1 Anna B-PER\n") == [("1", (Span(0, 1, "PER"),))]  # one line alone proves nothing


def test_a_bad_line_spoils_neither_the_columns_nor_other_sentences() -> None:
    good = "1\tAnna\tB-PER\tO\n2\tlives\tO\tO\n\n" * 20
    found = read(good + "1\tBob\tPER\tO\n2\tx\tO\tO\n\n1\tx\tO\n\n" + good)
    assert [each for each in found if isinstance(each, tuple)] == [("Anna lives", (Span(0, 4, "PER"),))] * 40
    assert [str(each) for each in found if isinstance(each, RecordError)] == [
        "the tag 'PER' is not an IOB or BILUO tag (O, B-LABEL, I-LABEL, ...)",
        "3 columns, but the others have 4",
    ]
    found = read("Anna|NNP|B-PER x|Y|O\n" * 20 + "Bob|B-PER\n")
    assert str(found[-1]) == "2 columns, but the others have 3"


@pytest.mark.parametrize(
    ("value", "columns"), [("1,2", (0, 1)), ("2,-1", (1, -1)), (" 3 , 1 ", (2, 0)), ("-2,-1", (-2, -1))]
)
def test_columns_are_named_from_1_or_from_the_end(value: str, columns: tuple[int, int]) -> None:
    assert parse_columns(value) == columns


@pytest.mark.parametrize("value", ["", "1", "0,1", "1,1", "a,b", "1,2,3", "1;2", "1000,1"])
def test_what_names_no_two_columns_is_refused(value: str) -> None:
    with pytest.raises(ConfigError, match="does not name two columns"):
        parse_columns(value)


def test_named_columns_that_a_line_does_not_have_are_its_error() -> None:
    assert [str(each) for each in read("Anna B-PER\n", Columns(0, 4))] == ["2 columns, too few for a token and its tag"]
    assert [str(each) for each in read("Anna B-PER\n", Columns(-3, 1))] == [
        "2 columns, too few for a token and its tag"
    ]


@given(
    st.text(st.sampled_from("aO|B-1#\t \n\r"), max_size=60),
    st.none() | st.tuples(st.integers(-4, 4), st.integers(-4, 4)),
)
def test_whatever_the_lines_records_or_errors_come_out(content: str, columns: tuple[int, int] | None) -> None:
    find_layout(content.split("\n"))
    for each in read(content, None if columns is None else Columns(*columns)):
        assert isinstance(each, RecordError) or each[0]


def test_lines_that_end_in_cr_alone_are_lines_of_other_formats_too(tmp_path: Path) -> None:
    for name, content, texts in (
        ("x.txt", b"Anna\rBob\r", ["Anna", "Bob"]),
        ("x.jsonl", b'{"text": "Anna"}\r{"text": "Bob"}', ["Anna", "Bob"]),
        ("y.txt", b"Anna\rx\nBob\r\n", ["Anna\rx", "Bob"]),  # other line ends are there, so CR is an ordinary character
    ):
        (tmp_path / name).write_bytes(content)
        records = [record for _, record in read_records(str(tmp_path / name), ReadOptions(Task.NER))]
        assert [record.text for record in records if isinstance(record, Record)] == texts


def test_load_and_diff_take_columns(tmp_path: Path) -> None:
    path = tmp_path / "x.conll"
    path.write_text("B-PER Anna\nO lives\n\nB-PER Bob\n")
    with create_store(tmp_path / "store.db", Task.NER) as store:
        loaded = load_sources(store, [str(path)], LoadOptions("gold", columns=Columns(1, 0)))
        assert (loaded.new, loaded.bad, loaded.predictions) == (2, 0, {"gold": 2})
    file = read_annotated(str(path), Task.NER, None, KEEP_ALL, columns=Columns(1, 0))
    assert sorted(each.text for each in file.texts.values()) == ["Anna lives", "Bob"]
