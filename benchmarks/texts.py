"""Made-up data that looks real: unique headlines, spans on capitalised words, and disagreement."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path

from tiebreak.core.records import Span, Spans

LABELS = ("LOCATION", "ORG", "PERSON", "PRODUCT")
WORD = re.compile(r"\w+")
_CAPITALISED = re.compile(r"\b[A-Z]\w+")


def headlines() -> list[str]:
    """Return the demo's headlines."""
    lines = (files("tiebreak.configs") / "demo" / "news_headlines.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line)["text"] for line in lines]


def unique_texts(count: int) -> list[str]:
    """Return `count` different headlines, always the same, each joined from halves of two real headlines."""
    rng = random.Random(count)
    words = [headline.split() for headline in headlines()]
    found: dict[str, None] = {}
    while len(found) < count:
        one, other = rng.choice(words), rng.choice(words)
        found[" ".join([*one[: (len(one) + 1) // 2], *other[len(other) // 2 :]])] = None
    return list(found)


def guess_spans(text: str, seed: int) -> Spans:
    """Return about a third of the capitalised words, with labels drawn by a seed of `text` and `seed`."""
    rng = random.Random(f"{seed} {text}")
    spans = [Span(*match.span(), rng.choice(LABELS)) for match in _CAPITALISED.finditer(text) if rng.random() < 0.35]
    return tuple(spans)


def disturb(spans: Spans, text: str) -> Spans:
    """Return the spans as another model might have them: some missing, some relabelled, some a character short."""
    rng = random.Random(text)
    disturbed = []
    for span in spans:
        luck = rng.random()
        if luck < 0.1:
            continue
        if luck < 0.2:
            span = span._replace(label=rng.choice(LABELS))
        elif luck < 0.3 and span.end - span.start > 2:
            span = span._replace(end=span.end - 1)
        disturbed.append(span)
    return tuple(disturbed)


def write_records(path: Path, texts: Sequence[str], predictions: Iterable[Spans], annotator: str) -> None:
    """Write one JSON line a text, with its spans, meta and `_annotator_id`, as Prodigy does."""
    with path.open("w", encoding="utf-8") as file:
        for number, (text, spans) in enumerate(zip(texts, predictions, strict=True)):
            record = {
                "text": text,
                "spans": [span._asdict() for span in spans],
                "meta": {"source": "The New York Times", "id": f"news_headlines-{number:06}"},
                "_annotator_id": annotator,
            }
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
