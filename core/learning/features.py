"""The hashed features of a question about spans: the kinds of the candidates, their predictors, and their words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast
from zlib import crc32

import numpy as np
import numpy.typing as npt

from tiebreak.core.learning.candidates import Candidate
from tiebreak.core.learning.corpus import Corpus
from tiebreak.core.learning.model import BITS, Floats, Indexes, Question
from tiebreak.core.records import Difference, Marks, Span, Spans

_WORD = re.compile(r"\w+|[^\w\s]")
_NEAR = 40  # characters before and after a span; its neighbouring words are looked for there
_BINS = (0.001, 0.25, 0.5, 0.75, 0.999)  # shares, 0 to 1: the bounds of the bins
_GENERAL = 0.3  # weight of a span's features that are not about its words, which weigh 1
WORD_FEATURES = 15
_KEPT = 1 << 15  # surfaces, each with a label; with more, the kept features are dropped
_MASK = 0xFFFFFFFF
EDIT = Candidate((), "edit")  # none of the other candidates
# Log weights of the kinds of candidates before any answer.
PRIOR = {"neither": -1.5, "both": -0.5, "mix": -2.0, "label": -2.0, "keep": 2.5, "leave": 2.5}
_MAJORITY = 0.5  # log weight of the reading of most predictors, on top of that of its kind


@dataclass(frozen=True, slots=True)
class Context:
    """The context of a place: the text, the predictors' readings at the place, and the corpus."""

    text: str
    readings: Mapping[str, Spans]
    corpus: Corpus


def ask(places: Sequence[tuple[Difference, Sequence[Candidate], Context]]) -> list[Question]:
    """Return the question of each place of a text; its last candidate stands for none of the others."""
    types: list[list[int]] = []
    rows: list[list[int]] = []
    sizes, members = [], []
    for place, candidates, context in places:
        spans = sorted({cast(Span, span) for candidate in candidates for span in candidate.marks})
        by_predictor = labels_at(place, context.corpus.predictors)
        words = " ".join(context.text[place.start : place.end].casefold().split())[:60]
        types += [type_features(place, candidate, by_predictor, words) for candidate in (*candidates, EDIT)]
        described = {bounds: _word_features(context.text, *bounds) for bounds in {span[:2] for span in spans}}
        rows += [_span_features(span, described[span[:2]], context) for span in spans]
        members.append(members_of(candidates, spans))
        sizes.append(members[-1].shape)
    of_types, of_spans, scales = matrix(types), matrix(rows), _scales(rows)
    found, at, span_at = [], 0, 0
    for (place, candidates, _), (count, spans_count), its in zip(places, sizes, members, strict=True):
        own, theirs = of_types[at : at + count], of_spans[span_at : span_at + spans_count]
        found.append(Question(own, theirs, scales, its, priors(candidates, len(place.readings))))
        at, span_at = at + count, span_at + spans_count
    return found


def members_of(candidates: Sequence[Candidate], spans: Sequence[Span]) -> Floats:
    """Return which of the `spans` each candidate has (candidates + 1 x spans); the last candidate has no span."""
    at = {span: number for number, span in enumerate(spans)}
    members = np.zeros((len(candidates) + 1, len(spans)), np.float32)
    for number, candidate in enumerate(candidates):
        for span in candidate.marks:
            members[number, at[cast(Span, span)]] = 1.0
    return members


def matrix(rows: Sequence[Sequence[int]]) -> Indexes:
    """Return the features of rows of hashes, all of one length."""
    hashes = np.array(rows, np.uint64) if rows else np.zeros((0, 0), np.uint64)
    return _features(hashes).astype(np.int32)


def _features(hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Return the highest bits of the product with a constant (Knuth's multiplicative hashing)."""
    mixed: npt.NDArray[np.uint64] = (hashes * np.uint64(2654435761) & np.uint64(_MASK)) >> np.uint64(32 - BITS)
    return mixed


def _scales(rows: list[list[int]]) -> Floats:
    """Return the weight of each column of the spans' features; the columns of words come first."""
    scales = np.full(len(rows[0]) if rows else 0, _GENERAL, np.float32)
    scales[: 2 * WORD_FEATURES] = 1.0
    return scales


def priors(candidates: Sequence[Candidate], readings: int, weights: Mapping[str, float] = PRIOR) -> Floats:
    """Return the log weight of each candidate, and of none of them, before any answer.

    The weight depends on the kind of the candidate, and on whether more than half of the `readings` have it. It does
    not depend on which predictors these are.
    """
    majority = [0.5 < len(each.voters) / max(readings, 1) < 1 for each in candidates]
    known = [weights.get(each.name, 0.0) + _MAJORITY * more for each, more in zip(candidates, majority, strict=True)]
    return np.array([*known, weights.get(EDIT.name, 0.0)], np.float32)


@lru_cache(maxsize=1 << 18)
def hash_of(template: str, value: object) -> int:
    """Return a hash of 32 bits that is the same in each process."""
    return crc32(f"{template}={value}".encode("utf-8", "surrogatepass"))


def labelled(hashes: Iterable[int], label: str) -> list[int]:
    """Return the hashes of the features combined with a label."""
    own = hash_of("label", label)
    return [(value * 31 + own) & _MASK for value in hashes]


def _labels(marks: Marks) -> str:
    return "+".join(mark.label for mark in marks)


def labels_at(place: Difference, predictors: Sequence[str]) -> str:
    """Return a string of the labels that each predictor has at a place."""
    return ";".join([f"{name}:{_labels(place.readings.get(name, ()))}" for name in predictors])


def type_features(place: Difference, candidate: Candidate, by_predictor: str, words: str) -> list[int]:
    """Return the features of a candidate apart from its spans; only the last depends on its words."""
    labels, voters = _labels(candidate.marks), "+".join(sorted(candidate.voters))
    votes = f"{len(candidate.voters)} of {len(place.readings)}" if candidate.voters else ""
    long = min((place.end - place.start) // 10, 4)
    own = _type_features(
        candidate.name, voters, votes, place.kind, by_predictor, labels, min(len(candidate.marks), 3), long
    )
    return [*own, hash_of("labels|words", f"{candidate.name}|{labels}|{words}")]


@lru_cache(maxsize=1 << 15)
def _type_features(
    name: str, voters: str, votes: str, kind: str, by_predictor: str, labels: str, count: int, long: int
) -> tuple[int, ...]:
    by = voters or name
    return (
        hash_of("name", name),
        hash_of("by", by),
        hash_of("by|kind", f"{by}|{kind}"),
        hash_of("name|kind", f"{name}|{kind}"),
        hash_of("votes", votes),
        hash_of("by|said", f"{by}|{by_predictor}"),
        hash_of("labels|said", f"{name}|{labels}|{by_predictor}"),
        hash_of("name|spans", f"{name}|{count}"),
        hash_of("name|long", f"{name}|{long}"),
    )


def _word_features(text: str, start: int, end: int) -> list[int]:
    """Return the hashed features of the words in a span and around it."""
    before = _WORD.findall(text[max(0, start - _NEAR) : start])
    behind = _WORD.findall(text[end : end + _NEAR])
    previous, following = before[-1] if before else "^", behind[0] if behind else "$"
    values = (
        f"previous={previous.casefold()}",
        f"next={following.casefold()}",
        f"previous shape={shape_of(previous)}",
        f"next shape={shape_of(following)}",
        f"around={previous.casefold()} {following.casefold()}",
        f"two before={' '.join(before[-2:]).casefold()}",
        f"two behind={' '.join(behind[:2]).casefold()}",
    )
    return [*_surface_features(text[start:end]), *[hash_of("word", value) for value in values]]


@lru_cache(maxsize=1 << 15)
def _surface_features(surface: str) -> tuple[int, ...]:
    words = _WORD.findall(surface) or [surface]
    first, last = words[0], words[-1]
    values = (
        f"surface={surface.casefold()}",
        f"first={first.casefold()}",
        f"last={last.casefold()}",
        f"suffix={last[-3:].casefold()}",
        f"prefix={first[:3].casefold()}",
        f"shape={' '.join(shape_of(word) for word in words[:4])}",
        f"words={min(len(words), 5)}",
        f"case={surface == surface.lower()} {surface == surface.upper()} {first[:1].isupper()} {last[:1].isupper()}",
    )
    return tuple([hash_of("word", value) for value in values])


def shape_of(word: str) -> str:
    """Return a short code for the kinds of characters in a word."""
    if word.isdigit():
        return "9"
    if word.isalpha():
        return "X" if word.isupper() and len(word) > 1 else "Xx" if word[0].isupper() else "x"
    return "w" if any(sign.isalnum() for sign in word) else word[:1]


def _span_features(span: Span, words: Sequence[int], context: Context) -> list[int]:
    """Return all features of a span: its words, its label, the readings there, and the same words elsewhere."""
    features = [*words, *labelled(words, span.label), hash_of("label", span.label), hash_of("span", "")]
    votes = 0
    for predictor in context.corpus.predictors:
        state, theirs = _state(span, context.readings.get(predictor))
        votes += state == "same"
        features += [
            hash_of("state", f"{predictor}|{state}"),
            hash_of("state|label", f"{predictor}|{state}|{span.label}"),
            hash_of("state|labels", f"{predictor}|{state}|{span.label}|{theirs}"),
        ]
    features += [hash_of("span votes", votes), hash_of("span votes|label", f"{votes}|{span.label}")]
    return features + _corpus_features(span, context)


def _state(span: Span, spans: Spans | None) -> tuple[str, str]:
    """Return how a predictor's spans relate to a span at its place, and their label there."""
    if spans is None:
        return "failed", ""
    state, label = "nothing", ""
    for other in spans:
        if other == span:
            return "same", span.label
        if other.start < span.end and span.start < other.end:
            state, label = f"{_relation(span, other)} {other.label == span.label}", other.label
    return state, label


def _relation(span: Span, other: Span) -> str:
    if other[:2] == span[:2]:
        return "bounds"
    return "inside" if span.start <= other.start and other.end <= span.end else "over"


def _corpus_features(span: Span, context: Context) -> list[int]:
    """Return the features of how predictors mark the same words elsewhere; the corpus caches them."""
    corpus, surface = context.corpus, context.text[span.start : span.end]
    here = tuple([span in context.readings.get(predictor, ()) for predictor in corpus.predictors])
    key = surface, span.label, here
    if (found := corpus.kept.get(key)) is None:
        if len(corpus.kept) >= _KEPT:
            corpus.kept.clear()
        found = corpus.kept[key] = _features_elsewhere(corpus, *key)
    return found


def _features_elsewhere(corpus: Corpus, surface: str, label: str, here: Sequence[bool]) -> list[int]:
    words = _WORD.findall(surface) or [surface]
    occurs = corpus.occurs(surface)
    features = [hash_of("occurs", min(occurs, 3)), hash_of("occurs|label", f"{min(occurs, 3)}|{label}")]
    for predictor, is_here in zip(corpus.predictors, here, strict=True):
        shares = {
            "share": corpus.share(surface, predictor, label, here=is_here),
            "first share": corpus.word_share(words[0], predictor, label, here=is_here),
            "last share": corpus.word_share(words[-1], predictor, label, here=is_here),
        }
        features += [hash_of(name, f"{predictor}|{_bin(share)}") for name, share in shares.items()]
    return features


def _bin(share: float | None) -> int:
    return -1 if share is None else sum(share > bound for bound in _BINS)
