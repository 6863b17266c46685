"""The format that an export's name chooses, files that it never overwrites, and spans that training would refuse."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stores import create_store

from tiebreak.core.errors import SourceError
from tiebreak.core.export.onto import export_onto
from tiebreak.core.export.records import ExportSelection
from tiebreak.core.export.targets import Target, export_files
from tiebreak.core.formats import datasets_folder, docbin
from tiebreak.core.formats.read_options import ReadOptions
from tiebreak.core.formats.registry import WRITTEN, read_records
from tiebreak.core.formats.write_options import WriteOptions
from tiebreak.core.records import Answer, Prediction, Record, Span, Task
from tiebreak.core.store.answers import save_answer
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.predictions import save_predictions, start_run

ENDINGS = {name: ".csv" if name == "csv" else ".jsonl" for name in WRITTEN if name != "datasets"}
TEXTS = [f"Anna met number {number}" for number in range(20)]
ANNA = Span(0, 4, "PER")


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with create_store(tmp_path / "store.db", Task.NER) as store:
        ids, _ = add_examples(store, [Record(text) for text in TEXTS], "test")
        for name, spans in (("left", (ANNA,)), ("right", ())):
            run = start_run(store, predictor=name, kind="file", fingerprint="1", model="m")
            save_predictions(store, run, [Prediction(each, spans) for each in ids])
        for each in ids:
            save_answer(store, Answer(each, "sam", "s", "accept", (ANNA,)))
        yield store


@pytest.mark.parametrize("format", ENDINGS)
@pytest.mark.parametrize("gz", [".gz", ".GZ"])
def test_a_name_that_ends_in_gz_is_packed_and_holds_the_same(
    store: Store, tmp_path: Path, format: str, gz: str
) -> None:
    plain, packed = tmp_path / f"out{ENDINGS[format]}", tmp_path / f"out{ENDINGS[format]}{gz}"
    for path in (plain, packed):
        export_files(store, Target(path, format), ExportSelection())
    assert gzip.decompress(packed.read_bytes()) == plain.read_bytes()
    if format != "csv":
        read = list(read_records(str(packed), ReadOptions(Task.NER), format))  # type: ignore[arg-type]  # a str there
        assert [record.spans for _, record in read if isinstance(record, Record)] == [(ANNA,)] * len(TEXTS)


@pytest.mark.parametrize(
    ("name", "train"),
    [
        ("corpus.jsonl.gz", "corpus.train.jsonl.gz"),
        ("corpus.jsonl", "corpus.train.jsonl"),
        ("corpus.v2.spacy", "corpus.v2.train.spacy"),
        ("corpus.v2.conll.GZ", "corpus.v2.train.conll.GZ"),
        ("corpus", "corpus.train"),
    ],
)
def test_the_parts_of_a_split_keep_the_endings(store: Store, tmp_path: Path, name: str, train: str) -> None:
    format = "jsonl" if "." not in name else None
    summary = export_files(store, Target(tmp_path / name, format), ExportSelection(), 0.3)
    assert [path.name for path, _ in summary.files] == [train, train.replace(".train", ".dev")]
    assert sum(written.records for _, written in summary.files) == len(TEXTS)


RECORDS = b"".join(json.dumps({"text": text}).encode() + b"\n" for text in TEXTS)


def archive(kind: str) -> bytes:
    """Return an archive that stores the records uncompressed, so that most of its lines are JSONL."""
    stream = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as packed:
            packed.writestr("records.jsonl", RECORDS)
    else:
        with tarfile.open(fileobj=stream, mode="w") as archive:
            member = tarfile.TarInfo("records.jsonl")
            member.size = len(RECORDS)
            archive.addfile(member, io.BytesIO(RECORDS))
    return stream.getvalue()


@pytest.mark.parametrize(
    "original",
    [
        b"\x78\x9c" + bytes(range(256)),
        b"PAR1\x00\x01\n\xff\xfe",
        b'[{"text": "Anna"}]',
        b"just text\nand more\n",
        b"",
        b"[]\n7\n",
        gzip.compress(b'{"text": "x"}\n'),
        archive("tar"),
        archive("zip"),
        RECORDS.decode().encode("utf-16"),
    ],
    ids=["DocBin", "Parquet", "list", "text", "empty", "no objects", "gzip", "tar", "stored zip", "UTF-16"],
)
def test_onto_what_is_no_jsonl_writes_nothing(store: Store, tmp_path: Path, original: bytes) -> None:
    (tmp_path / "original.jsonl").write_bytes(original)
    out = tmp_path / "out.jsonl"
    with pytest.raises(SourceError, match=r"original\.jsonl(:\d+)?: not JSONL"):
        export_onto(store, tmp_path / "original.jsonl", Target(out), ExportSelection())
    assert not out.exists()
    out.write_text("as it was")
    with pytest.raises(SourceError, match=r"original\.jsonl(:\d+)?: not JSONL"):
        export_onto(store, tmp_path / "original.jsonl", Target(out, force=True), ExportSelection())
    assert out.read_text() == "as it was"


@pytest.mark.parametrize("annotated", [{"label": [[0, 4, "PER"]]}, {"entities": [{"start_offset": 0}]}])
def test_onto_records_of_doccano_writes_nothing(store: Store, tmp_path: Path, annotated: dict[str, Any]) -> None:
    original, out = tmp_path / "original.jsonl", tmp_path / "out.jsonl"
    original.write_text(json.dumps({"text": "another"}) + "\n" + json.dumps({"text": TEXTS[0], **annotated}) + "\n")
    with pytest.raises(SourceError, match=r"original\.jsonl:2: a doccano record"):
        export_onto(store, original, Target(out), ExportSelection())
    assert not out.exists()


@pytest.mark.parametrize("fields", [{"answer": "accept"}, {"answer": "reject"}, {}])
def test_onto_a_decision_on_one_label_leaves_no_label(tmp_path: Path, fields: dict[str, str]) -> None:
    original, out = tmp_path / "original.jsonl", tmp_path / "out.jsonl"
    original.write_text(json.dumps({"text": "good", "label": "NEG", "own": 1, **fields}) + "\n")
    with create_store(tmp_path / "categories.db", Task.TEXTCAT) as store:
        ids, _ = add_examples(store, [Record("good")], "test")
        for name in ("left", "right"):
            run = start_run(store, predictor=name, kind="file", fingerprint="1", model="m")
            save_predictions(store, run, [Prediction(each, (), {"POS": 1.0, "NEG": 0.0}) for each in ids])
        save_answer(store, Answer(ids[0], "sam", "s", "accept", (), cats={"POS": 1.0, "NEG": 0.0}))
        export_onto(store, original, Target(out), ExportSelection())
    written = json.loads(out.read_text())
    assert "label" not in written
    assert (written["accept"], written["own"]) == (["POS"], 1)


def record_of(text: str, spans: list[Span]) -> dict[str, Any]:
    return {"text": text, "spans": [span._asdict() for span in spans], "answer": "accept"}


@st.composite
def marked(draw: Any, overlap: bool) -> tuple[str, list[Span]]:
    text = draw(st.text("ab.\n \t\u00a0\u2003", min_size=1, max_size=12))
    bounds = st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))
    spans: list[Span] = []
    for one, other in draw(st.lists(bounds, max_size=4)):
        span = Span(min(one, other), max(one, other), "X")
        if one != other and (overlap or not any(span.overlaps(each) for each in spans)):
            spans.append(span)
    return text, sorted({*spans})


@pytest.mark.full
@given(st.booleans().flatmap(lambda overlap: st.tuples(st.just(overlap), marked(overlap))))
def test_no_span_of_a_docbin_has_white_space_at_its_ends(case: tuple[bool, tuple[str, list[Span]]]) -> None:
    from spacy import blank
    from spacy.tokens import DocBin

    overlap, (text, spans) = case
    stream = io.BytesIO()
    summary = docbin.write([record_of(text, spans)], stream, WriteOptions(Task.SPANCAT if overlap else Task.NER))
    [doc] = DocBin().from_bytes(stream.getvalue()).get_docs(blank("en").vocab)
    written = list(doc.spans["sc"]) if overlap else list(doc.ents)
    assert doc.text == text
    assert all(span.text == span.text.strip() for span in written)
    assert not any(span[0].is_space or span[-1].is_space for span in written)
    wanted = {text[span.start : span.end].strip() for span in spans} - {""}
    assert {span.text for span in written} == wanted
    changed = sum(text[span.start : span.end] != text[span.start : span.end].strip() for span in spans)
    assert summary.notes.total() - summary.notes["spans off token bounds: tokens split there"] == changed


def test_spacy_trains_on_spans_that_had_white_space_at_their_ends(tmp_path: Path) -> None:
    from spacy import blank
    from spacy.tokens import DocBin
    from spacy.training import Example

    text = "The film stars \nAnna Berg\n as the hero"
    stream = io.BytesIO()
    docbin.write([record_of(text, [Span(14, 27, "PER")])], stream, WriteOptions(Task.NER))
    nlp = blank("en")
    nlp.add_pipe("ner").add_label("PER")  # type: ignore[attr-defined]  # of a trainable component
    [gold] = DocBin().from_bytes(stream.getvalue()).get_docs(nlp.vocab)
    example = Example(nlp.make_doc(text), gold)
    nlp.initialize(lambda: [example])
    assert nlp.update([example])["ner"] > 0
    assert [entity.text for entity in gold.ents] == ["Anna Berg"]


def test_datasets_tag_no_white_space_and_keep_the_spans(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    text, span = "stars \nAnna Berg\n now", Span(6, 17, "PER")
    summary = datasets_folder.write([record_of(text, [span])], tmp_path, WriteOptions(Task.NER))
    [row] = pq.read_table(next((tmp_path / "data").glob("*.parquet"))).to_pylist()
    tagged = [token for token, tag in zip(row["tokens"], row["ner_tags"], strict=True) if tag]
    assert (tagged, row["spans"]) == (["Anna", "Berg"], [span._asdict()])
    assert summary.notes == {"spans with white space at their ends: tagged without it": 1}
