"""spaCy's DocBin: texts and spans come back exactly, spaCy reads the same, and no file does harm."""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy
import pytest
import spacy
import srsly
from format_files import check_what_comes, written
from hypothesis import example, given
from hypothesis import strategies as st
from spacy.tokens import Doc, DocBin
from spacy.tokens import Span as DocSpan
from spacy.training import Corpus

from tiebreak.core.errors import RecordError, SourceError
from tiebreak.core.formats import docbin, docbin_parts
from tiebreak.core.formats.read_options import ReadOptions, ReadSummary
from tiebreak.core.formats.record_parts import LEFT_OUT
from tiebreak.core.records import Record, Span, Task, TaskKind
from tiebreak.core.text.tokens import tokenize

TEXTS = st.text(st.sampled_from("aB1 ,.\t\n\u00a0\u3000\u0301é😀\x00") | st.characters(codec="utf-8"), min_size=1)
LABELS = st.sampled_from(["A", "PERSON", "ORG", "a b", "=x", "é"])  # PERSON and ORG have numbers of their own in spaCy
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=6,
)
NLP = spacy.blank("en")
METAS = st.dictionaries(st.sampled_from(["nd", "type", "x"]) | st.text(), JSON_VALUES, max_size=3)


@st.composite
def spans_in(draw: Any, text: str, overlapping: bool) -> list[Span]:
    """Draw spans of the text, on token bounds or off them."""
    places = st.integers(0, len(text))
    spans: list[Span] = []
    for _ in range(draw(st.integers(0, 4))):
        start, end = sorted((draw(places), draw(places)))
        span = Span(start, end, draw(LABELS))
        if start < end and (overlapping or not any(span.overlaps(other) for other in spans)):
            spans.append(span)
    return sorted(set(spans))


@st.composite
def records(draw: Any, task: Task) -> dict[str, Any]:
    text = draw(TEXTS)
    record: dict[str, Any] = {"text": text, "meta": draw(METAS), "answer": "accept"}
    if draw(st.booleans()):
        places = sorted(draw(st.sets(st.integers(0, len(text)), max_size=6)))
        pairs = pairwise(places)
        record["tokens"] = [{"start": start, "end": end} for start, end in pairs if draw(st.booleans())]
    if task.kind is TaskKind.CATEGORIES:
        record["cats"] = draw(st.dictionaries(LABELS, st.sampled_from([0.0, 0.25]), max_size=3)) | {"B": 1.0}
    else:
        record["spans"] = [span._asdict() for span in draw(spans_in(text, task.allows_overlap))]
    return record


def read(content: bytes, task: Task = Task.NER) -> list[Any]:
    return [record for _, record in docbin.read(io.BytesIO(content), ReadOptions(task), ReadSummary())]


def without_white_space(record: dict[str, Any]) -> list[Span]:
    """Return the record's spans as training takes them, without spans of white space alone."""
    spans = set()
    for start, end, label in (span.values() for span in record["spans"]):
        marked = record["text"][start:end]
        while marked != (inner := marked.strip().strip("\ufeff")):
            start += marked.index(inner)
            marked = inner
        spans |= {Span(start, start + len(marked), label)} if marked else set()
    return sorted(spans)


@pytest.mark.full
@pytest.mark.parametrize("task", list(Task))
@given(data=st.data())
def test_what_is_written_comes_back(task: Task, data: st.DataObject) -> None:
    given_records = data.draw(st.lists(records(task), max_size=3))
    content, summary = written(docbin, given_records, task)
    back = read(content, task)
    assert summary.records == len(back) == len(given_records)
    for record, came in zip(given_records, back, strict=True):
        assert isinstance(came, Record), came
        assert (came.text, came.meta or {}) == (record["text"], record["meta"])
        if task.kind is TaskKind.CATEGORIES:
            assert came.cats == record["cats"]
        else:
            assert list(came.spans or ()) == without_white_space(record)


@pytest.mark.full
@pytest.mark.parametrize("task", [Task.NER, Task.SPANCAT])
@given(data=st.data())
def test_spacy_reads_the_same(task: Task, data: st.DataObject) -> None:
    given_records = data.draw(st.lists(records(task), max_size=3))
    content, _ = written(docbin, given_records, task)
    docs = list(DocBin().from_bytes(content).get_docs(NLP.vocab))
    assert [doc.text for doc in docs] == [record["text"] for record in given_records]
    for doc, record in zip(docs, given_records, strict=True):
        spans = doc.ents if task is Task.NER else doc.spans["sc"]
        found = sorted(Span(span.start_char, span.end_char, span.label_) for span in spans)
        assert found == without_white_space(record)


def test_spacys_tokens_stay_and_a_space_belongs_to_the_token_before_it() -> None:
    text = " Ada\u00a0met\tBob  Ray. \n"
    tokens = tokenize(text)
    [record] = read(written(docbin, [{"text": text, "spans": []}])[0])
    assert record.tokens == tokens
    given_tokens = [{"start": 1, "end": 4}, {"start": 8, "end": 8}, {"start": 13, "end": 14}]
    [record] = read(written(docbin, [{"text": text, "tokens": given_tokens, "spans": []}])[0])
    assert record.tokens == ((0, 1), (1, 4), (4, 13), (13, 14), (14, 20))


def test_a_span_off_token_bounds_splits_tokens_and_is_reported() -> None:
    spans = [{"start": 1, "end": 3, "label": "A"}, {"start": 4, "end": 9, "label": "B"}]
    content, summary = written(docbin, [{"text": "Ada met Bob", "spans": spans}])
    [record] = read(content)
    assert record.spans == (Span(1, 3, "A"), Span(4, 9, "B"))
    assert record.tokens == ((0, 1), (1, 3), (4, 7), (8, 9), (9, 11))
    assert dict(summary.notes) == {"spans off token bounds: tokens split there": 2}
    assert (summary.records, summary.spans) == (1, 2)


def test_what_was_rejected_or_ignored_is_left_out_and_reported() -> None:
    answers = ["reject", "accept", "ignore"]
    content, summary = written(docbin, [{"text": each, "spans": [], "answer": each, "note": "why"} for each in answers])
    assert [(record.text, record.meta) for record in read(content)] == [("accept", {"note": "why"})]
    assert dict(summary.notes) == {LEFT_OUT: 2}


def test_a_choice_without_cats_is_one() -> None:
    choice = {"text": "x", "options": [{"id": "A"}, {"id": "B"}], "accept": ["B"], "answer": "accept"}
    content, summary = written(docbin, [choice], Task.TEXTCAT)
    assert read(content, Task.TEXTCAT)[0].cats == {"A": 0.0, "B": 1.0}
    assert summary.spans == 1


def test_spacys_training_takes_it(tmp_path: Any) -> None:
    path = tmp_path / "train.spacy"
    path.write_bytes(
        written(docbin, [{"text": "Ada met Bob", "spans": [{"start": 0, "end": 3, "label": "PERSON"}]}])[0]
    )
    nlp = spacy.blank("en")
    nlp.add_pipe("ner")
    examples = list(Corpus(path)(nlp))
    assert [(ent.text, ent.label_) for ent in examples[0].reference.ents] == [("Ada", "PERSON")]
    assert examples[0].get_aligned_ner() == ["U-PERSON", "O", "O"]
    assert nlp.initialize(lambda: examples) is not None


def doc_of_spacy(change: Callable[[Doc], object] = lambda doc: None) -> bytes:
    """Return a DocBin as spaCy writes it, with all its attributes and user data."""
    doc = NLP("Ada met Bob in Rome")
    doc.ents = [DocSpan(doc, 0, 1, "PERSON"), DocSpan(doc, 4, 5, "GPE")]
    change(doc)
    return bytes(DocBin(docs=[doc], store_user_data=True).to_bytes())


def test_a_docbin_of_spacys_own_is_read() -> None:
    def change(doc: Doc) -> None:
        doc.user_data.update({("._.", "x", 1, None): numpy.zeros(3)})  # type: ignore[dict-item]
        doc.user_data["meta"] = {"a": (1, 2)}
        doc.spans["other"] = [DocSpan(doc, 0, 2, "A"), DocSpan(doc, 1, 3, "B")]

    [record] = read(doc_of_spacy(change))
    assert record.spans == (Span(0, 3, "PERSON"), Span(15, 19, "GPE"))
    assert record.meta == {"a": [1, 2]}
    [record] = read(doc_of_spacy(change), Task.SPANCAT)
    assert record.spans == (Span(0, 7, "A"), Span(4, 11, "B"))


def test_which_span_group_is_taken() -> None:
    def two(doc: Doc) -> None:
        doc.spans["a"], doc.spans["b"] = [doc[0:1]], [DocSpan(doc, 0, 2, "B")]

    [error] = read(doc_of_spacy(two), Task.SPANCAT)
    assert str(error) == "several span groups (a, b), but none is 'sc'"

    def named(doc: Doc) -> None:
        two(doc)
        doc.spans["sc"] = [DocSpan(doc, 1, 2, "C")]

    assert read(doc_of_spacy(named), Task.SPANCAT)[0].spans == (Span(4, 7, "C"),)
    assert read(doc_of_spacy(), Task.SPANCAT)[0].spans == (Span(0, 3, "PERSON"), Span(15, 19, "GPE"))


def test_a_doc_that_nobody_annotated_has_no_spans_at_all() -> None:
    doc = NLP("Ada")
    [record] = read(bytes(DocBin(docs=[doc]).to_bytes()))
    assert record.spans is None
    doc.ents = []
    [record] = read(bytes(DocBin(docs=[doc]).to_bytes()))
    assert record.spans == ()


MESSAGE = srsly.msgpack_loads(zlib.decompress(doc_of_spacy()))


def changed(**fields: Any) -> bytes:
    return zlib.compress(srsly.msgpack_dumps({**MESSAGE, **fields}))


GROUP = srsly.msgpack_dumps({"name": "sc", "attrs": {}, "spans": [docbin_parts._SPAN.pack(0, 0, 380, 0, 2**30, 0, 1)]})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not a whole DocBin"),
        (b"no zlib", "not a DocBin: Error -3"),
        (doc_of_spacy()[:-9], "not a whole DocBin"),
        (zlib.compress(b""), "not msgpack"),
        (zlib.compress(b"\xc1"), "not msgpack"),
        (zlib.compress(b"\xa1\xff"), "not msgpack"),
        (zlib.compress(b"\x91" * 5000), "not msgpack"),
        (zlib.compress(b"\xdd\x00\x4c\x4b\x3f" * 1000), "not msgpack"),
        (zlib.compress(b"\x81\x81\x01\x01\x01"), "not msgpack"),
        (zlib.compress(b"\x93\x01\x02\x03"), "no object in it"),
        (zlib.compress(bytes(400 << 20)), "it unpacks to more than"),
        (zlib.compress(b"\xdd\x00\x4c\x00\x00" + b"\x80" * 0x4C0000), "no object in it"),
        (changed(attrs=[77, 78]), "its attributes"),
        (changed(attrs=["ORTH"]), "its attributes"),
        (changed(attrs=[]), "its attributes"),
        (changed(tokens=b"12345678"), "`tokens` is cut off"),
        (changed(tokens=None), "`tokens` is missing"),
        (changed(lengths=b"123"), "`lengths` is cut off"),
        (changed(lengths=numpy.asarray([6, -1], "int32").tobytes()), "do not fit together"),
        (changed(lengths=numpy.asarray([2**31 - 1], "int32").tobytes()), "do not fit together"),
        (changed(spaces=b"\1"), "do not fit together"),
        (changed(strings=[1]), "`strings` holds other values than strings"),
        (changed(strings={}), "`strings` is missing"),
        (changed(cats=[]), "`cats` has 0 entries for 1 docs"),
        (changed(span_groups=[b"", b""]), "`span_groups` has 2 entries"),
        (changed(flags=3), "`flags` is missing"),
        (changed(user_data={}), "`user_data` is missing"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_is_no_docbin_says_why(content: bytes, reason: str) -> None:
    with pytest.raises(SourceError) as error:
        read(content)
    assert reason in str(error.value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (changed(strings=["Ada"]), "is not among the file's strings"),
        (changed(cats=[3]), "cats is not an object"),
        (changed(cats=[{1: 1.0}]), "cats is not an object"),
        (changed(cats=[{"A": float("nan")}]), "NaN is not allowed"),
        (changed(cats=[{"A": "x"}]), "the score of 'A'"),
        (changed(span_groups=[3]), "span groups cannot be read"),
        (changed(span_groups=[b"\xc1"]), "span groups cannot be read"),
        (changed(span_groups=[srsly.msgpack_dumps({GROUP: 3})]), "span groups cannot be read"),
        (changed(span_groups=[srsly.msgpack_dumps([b"\x80"])]), "span groups cannot be read"),
        (changed(span_groups=[srsly.msgpack_dumps([GROUP])]), "the span from token 0 to 1073741824 is out of range"),
        (changed(user_data=[b"\xc1"]), "user data cannot be read"),
        (changed(user_data=[srsly.msgpack_dumps({"meta": {"a": b"x"}})]), "holds a value that JSON cannot hold"),
        (changed(user_data=[srsly.msgpack_dumps({"meta": json.loads('{"a":' * 505 + "1" + "}" * 505)})]), "deeply"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_doc_says_why(content: bytes, reason: str) -> None:
    [error] = read(content, Task.SPANCAT)
    assert isinstance(error, RecordError)
    assert reason in str(error)


def test_a_bad_doc_spares_its_neighbours() -> None:
    content, _ = written(docbin, [{"text": text, "spans": []} for text in ("one", "two", "three")])
    message = srsly.msgpack_loads(zlib.decompress(content))
    message["cats"][1] = "bad"
    back = read(zlib.compress(srsly.msgpack_dumps(message)))
    assert [getattr(record, "text", None) for record in back] == ["one", None, "three"]


def assert_only_records_and_errors(content: bytes) -> None:
    check_what_comes(lambda options: docbin.read(io.BytesIO(content), options, ReadSummary()))


@given(st.binary(max_size=200))
def test_whatever_the_bytes_only_records_and_errors_come_out(content: bytes) -> None:
    assert_only_records_and_errors(content)
    assert_only_records_and_errors(zlib.compress(content))


GOOD = zlib.decompress(changed(span_groups=[srsly.msgpack_dumps([GROUP])], cats=[{"A": 1.0}]))


@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), max_size=6), st.integers(0, len(GOOD)))
@example([], len(GOOD))
def test_whatever_is_changed_only_records_and_errors_come_out(changes: list[tuple[int, int]], cut: int) -> None:
    content = bytearray(GOOD)
    for place, value in changes:
        content[place] = value
    assert_only_records_and_errors(zlib.compress(bytes(content)))
    assert_only_records_and_errors(zlib.compress(bytes(content[:cut])))


FIELDS = ["attrs", "tokens", "spaces", "lengths", "strings", "cats", "flags", "span_groups", "user_data"]
PACKED = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.binary(max_size=80),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.integers(0, 9), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(FIELDS), PACKED | st.lists(PACKED.map(srsly.msgpack_dumps), max_size=1)))
def test_whatever_the_fields_only_records_and_errors_come_out(fields: dict[str, Any]) -> None:
    assert_only_records_and_errors(changed(**fields))


@pytest.mark.parametrize("meta", [{"number": 2**70}, {"deep": [{"er": 2**70}]}])
def test_a_meta_that_msgpack_cannot_hold_comes_back_all_the_same(meta: dict[str, Any]) -> None:
    [record] = read(written(docbin, [{"text": "Ada", "spans": [], "meta": meta}])[0])
    assert record.meta == meta


@pytest.mark.parametrize("meta", ["not JSON", "[1]", 3])
def test_a_meta_that_is_no_object_is_none(meta: object) -> None:
    [record] = read(changed(user_data=[srsly.msgpack_dumps({"meta": meta})]))
    assert record.meta is None


def tagged(*tags: tuple[int, str]) -> bytes:
    """Return the DocBin of a doc of six tokens with these tags (IOB as a number, label); further tokens have no tag."""
    from spacy.attrs import ENT_IOB, ENT_TYPE

    numbers = numpy.frombuffer(MESSAGE["tokens"], dtype="uint64").reshape(-1, len(MESSAGE["attrs"])).copy()
    for token, (iob, label) in enumerate([*tags, *[(2, "")] * (len(numbers) - len(tags))]):
        numbers[token, MESSAGE["attrs"].index(ENT_IOB)] = iob
        numbers[token, MESSAGE["attrs"].index(ENT_TYPE)] = NLP.vocab.strings.add(label) if label else 0
    return changed(tokens=numbers.tobytes())


def test_entities_go_on_until_one_begins_or_none_does() -> None:
    [record] = read(tagged((3, "PERSON"), (1, "PERSON"), (3, "PERSON"), (3, ""), (2, "")))
    assert record.spans == (Span(0, 7, "PERSON"), Span(8, 11, "PERSON"))


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ([(4, "PERSON")], "token 1 has the entity tag 4, which does not exist"),
        ([(2, ""), (1, "PERSON")], "token 2 continues an entity that no token before it began"),
    ],
)
def test_tags_that_say_no_entities_are_a_bad_doc(tags: list[tuple[int, str]], reason: str) -> None:
    [error] = read(tagged(*tags))
    assert str(error) == reason


def test_span_groups_that_are_empty_or_hold_no_spans() -> None:
    assert read(changed(span_groups=[b""]), Task.SPANCAT)[0].spans is not None
    for packed in (b"\x93\x01\x02\x03", srsly.msgpack_dumps(7)):
        [error] = read(changed(span_groups=[packed]), Task.SPANCAT)
        assert str(error) == "the doc's span groups cannot be read"
    short = srsly.msgpack_dumps({"name": "sc", "attrs": {}, "spans": [b"short"]})
    [error] = read(changed(span_groups=[srsly.msgpack_dumps([short])]), Task.SPANCAT)
    assert str(error) == "a span of the doc cannot be read"
