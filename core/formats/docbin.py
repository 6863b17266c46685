"""spaCy's DocBin (`.spacy`): examples as docs with entities, span groups or categories, for `spacy train`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import accumulate
from typing import TYPE_CHECKING, Any, BinaryIO

from tiebreak.core.compare.cats import THRESHOLD
from tiebreak.core.errors import RecordError
from tiebreak.core.formats.categories import read_cats
from tiebreak.core.formats.decoded import parse_decoded
from tiebreak.core.formats.docbin_parts import DocParts, docs_of
from tiebreak.core.formats.pieces import SPLIT, cut
from tiebreak.core.formats.read_options import ReadOptions, ReadSummary, Records
from tiebreak.core.formats.record_parts import accepted, remarked_meta, trimmed_spans
from tiebreak.core.formats.write_options import ExportedRecord, WriteOptions, WriteSummary
from tiebreak.core.records import Span, Task, TaskKind

if TYPE_CHECKING:
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

META = "meta"  # the key of doc.user_data
SPANS_KEY = "sc"  # the key of doc.spans; spaCy's default
# Without NORM, spaCy's default: it belongs to the loading pipeline, and a blank vocabulary would give a wrong one.
_ATTRS = ("ENT_IOB", "ENT_TYPE")
_MISSING, _INSIDE, _OUTSIDE, _BEGIN = range(4)  # spaCy's numbers for IOB


def write(records: Iterable[ExportedRecord], stream: BinaryIO, options: WriteOptions) -> WriteSummary:
    """Write the accepted records as one DocBin. All docs stay in memory until the end, since it is one zlib stream.

    The text comes back exactly. `meta`, with flag and note if there are any, goes into `doc.user_data["meta"]`. It is
    JSON there if msgpack cannot hold it (integers of more than 64 bits).
    """
    from spacy.tokens import DocBin
    from spacy.vocab import Vocab

    summary = WriteSummary()
    vocab = Vocab()
    docs = DocBin(attrs=_ATTRS, store_user_data=True)
    for record in accepted(records, summary):
        docs.add(_doc(record, vocab, options, summary))
        summary.records += 1
    stream.write(docs.to_bytes())
    return summary


def _doc(record: ExportedRecord, vocab: Vocab, options: WriteOptions, summary: WriteSummary) -> Doc:
    from spacy.tokens import Doc
    from spacy.tokens import Span as DocSpan

    spans = trimmed_spans(record, summary) if options.task.kind is TaskKind.SPANS else []
    pieces = cut(record, spans)
    if pieces.off:
        summary.notes[SPLIT] += pieces.off
    text = record["text"]
    doc = Doc(vocab, words=[text[start:end] for start, end in pieces.tokens], spaces=list(pieces.spaces))
    starts, ends = pieces.starts(), pieces.ends()
    placed = [DocSpan(doc, starts[span.start], ends[span.end] + 1, span.label) for span in spans]
    if options.task is Task.NER:
        doc.ents = placed
    elif options.task is Task.SPANCAT:
        doc.spans[options.spans_key] = placed
    else:
        doc.cats = read_cats(record, record.get("answer")) or {}
        summary.spans += sum(score >= THRESHOLD for score in doc.cats.values())
    summary.spans += len(spans)
    if meta := remarked_meta(record, summary):
        doc.user_data[META] = _as_msgpack_holds(meta)
    return doc


def _as_msgpack_holds(meta: dict[str, Any]) -> dict[str, Any] | str:
    """Return `meta` itself, or JSON if msgpack would not give it back."""
    import srsly

    try:
        if srsly.msgpack_loads(srsly.msgpack_dumps(meta)) == meta:
            return meta
    except Exception:  # srsly's extensions may raise anything
        pass
    return json.dumps(meta)


def read(stream: BinaryIO, options: ReadOptions, summary: ReadSummary) -> Records:
    """Yield (number of the doc from 1, record or error). Raises SourceError.

    For ner the spans are the entities. For spancat they are the span group `sc`, else the only group, else the
    entities. A doc has entities if any token is tagged, even as outside. Of `user_data` only an object under `meta` is
    read.
    """
    for number, doc in enumerate(docs_of(stream), start=1):
        if isinstance(doc, RecordError):
            yield number, doc
            continue
        try:
            yield number, parse_decoded(_record(doc, options.task), options.task)
        except RecordError as error:
            yield number, error


def _record(doc: DocParts, task: Task) -> dict[str, Any]:
    ends = list(accumulate(len(word) + space for word, space in zip(doc.words, doc.spaces, strict=True)))
    starts = [0, *ends][: len(ends)]
    tokens = [(start, start + len(word)) for start, word in zip(starts, doc.words, strict=True)]
    text = "".join(word + " " * space for word, space in zip(doc.words, doc.spaces, strict=True))
    record: dict[str, Any] = {"text": text, "tokens": [{"start": start, "end": end} for start, end in tokens]}
    if doc.cats:
        record["cats"] = _checked_cats(doc.cats)
    meta = _meta(doc.user_data)
    if meta is not None:
        record["meta"] = meta
    if task.kind is TaskKind.SPANS and (placed := _placed(doc, task)) is not None:
        spans = [Span(*_bounds(first, last, tokens), label) for first, last, label in placed]
        record["spans"] = [span._asdict() for span in spans]
    return record


def _checked_cats(cats: object) -> dict[str, Any]:
    if not isinstance(cats, dict) or not all(isinstance(label, str) for label in cats):
        raise RecordError("cats is not an object with a score for each label")
    return cats


def _meta(user_data: object) -> dict[str, Any] | None:
    meta = user_data.get(META) if isinstance(user_data, dict) else None
    if isinstance(meta, str):
        try:
            meta = json.loads(meta)
        except (ValueError, RecursionError):
            return None
    return meta if isinstance(meta, dict) else None


def _placed(doc: DocParts, task: Task) -> list[tuple[int, int, str]] | None:
    """Return (first token, token after the last, label) of each span, or None if the doc says nothing about spans."""
    if task is Task.SPANCAT and doc.groups:
        if SPANS_KEY in doc.groups:
            return doc.groups[SPANS_KEY]
        if len(doc.groups) > 1:
            raise RecordError(f"several span groups ({', '.join(sorted(doc.groups))[:200]}), but none is {SPANS_KEY!r}")
        return next(iter(doc.groups.values()))
    if doc.tags is None or all(iob == _MISSING for iob, _ in doc.tags):
        return None
    return _entities(doc.tags)


def _entities(tags: list[tuple[int, str]]) -> list[tuple[int, int, str]]:
    """Return the entities of IOB tags, as `Doc.ents` does: the first token gives the label; without a label it is
    skipped.
    """
    found: list[tuple[int, int, str]] = []
    start, label = -1, ""
    for number, (iob, tag) in enumerate([*tags, (_OUTSIDE, "")]):
        if iob > _BEGIN:
            raise RecordError(f"token {number + 1} has the entity tag {iob}, which does not exist")
        if iob == _INSIDE:
            if start < 0:
                raise RecordError(f"token {number + 1} continues an entity that no token before it began")
            continue
        if start >= 0:
            found.append((start, number, label))
        start, label = (number, tag) if iob == _BEGIN and tag else (-1, "")
    return found


def _bounds(first: int, last: int, tokens: list[tuple[int, int]]) -> tuple[int, int]:
    if not 0 <= first < last <= len(tokens):
        raise RecordError(f"the span from token {first} to {last} is out of range: the doc has {len(tokens)} tokens")
    return tokens[first][0], tokens[last - 1][1]
