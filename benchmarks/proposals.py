"""How good proposals from scratch are: an annotator who knows the gold spans answers one text after another.

    uv run python -m benchmarks.proposals FILE [ORDERS]

FILE has JSON lines with `text` and the gold as `spans`. Before each answer, the spans proposed with a probability of at
least one half are compared with the gold. The program prints precision, recall and the share with right bounds, for
answers 1 to 50, 51 to 100 and 101 to 200. They are summed over some random ORDERS of the texts (3). It also prints how
long an answer took to learn.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter

from tiebreak.core.learning.asking import Text
from tiebreak.core.learning.corpus import Corpus
from tiebreak.core.learning.span_finder import SpanFinder
from tiebreak.core.records import Span, Spans, Task
from tiebreak.core.tasks.registry import rules_of

_PARTS = ((1, 50), (51, 100), (101, 200))
_LEAST = 0.5  # the probability from which on a span counts as proposed

Counts = dict[str, int]


def main(path: str, orders: str = "3") -> None:
    texts, seconds = gold_of(Path(path)), list[float]()
    totals = [Counts.fromkeys(("proposed", "right", "bounds", "gold"), 0) for _ in _PARTS]
    for seed in range(int(orders)):
        order = list(texts)
        random.Random(seed).shuffle(order)
        finder = SpanFinder(Task.NER, Corpus([]))
        for number, text in enumerate(order[: _PARTS[-1][1]], 1):
            asked = Text.of(rules_of(Task.NER), text, {}, {})
            part = next(at for at, (_, last) in enumerate(_PARTS) if number <= last)
            for name, count in _counts(_proposed(finder, asked), {*texts[text]}).items():
                totals[part][name] += count
            began = perf_counter()
            finder.learn(asked, texts[text], number)
            seconds.append(perf_counter() - began)
    for (first, last), total in zip(_PARTS, totals, strict=True):
        shares = {name: total[of] / max(total[by], 1) for name, (of, by) in _SHARES.items()}
        figures = "  ".join(f"{name} {share:.2f}" for name, share in shares.items())
        print(f"answers {first}-{last}: {figures}  ({total['proposed']} proposed)")
    print(f"learning an answer: {1000 * sum(seconds) / len(seconds):.0f} ms, {1000 * max(seconds):.0f} ms at most")


_SHARES: Mapping[str, tuple[str, str]] = {
    "precision": ("right", "proposed"),
    "recall": ("right", "gold"),
    "right bounds": ("bounds", "proposed"),
}


def gold_of(path: Path) -> dict[str, Spans]:
    """Return the gold spans of each text, only the first of those that overlap."""
    found: dict[str, Spans] = {}
    for line in path.read_text().splitlines():
        record = json.loads(line)
        spans: list[Span] = []
        for each in sorted(record["spans"], key=lambda span: (span["start"], -span["end"])):
            span = Span(each["start"], each["end"], each["label"])
            if not any(span.overlaps(other) for other in spans):
                spans.append(span)
        found[record["text"]] = tuple(spans)
    return found


def _proposed(finder: SpanFinder, text: Text) -> set[Span]:
    found = finder.find(text)
    likely = [(asked.candidates[1].marks[0], chosen.probabilities[1]) for asked, chosen in found]
    return {mark for mark, chance in likely if isinstance(mark, Span) and chance >= _LEAST}


def _counts(proposed: set[Span], gold: set[Span]) -> Counts:
    bounds = {span[:2] for span in gold}
    return {
        "proposed": len(proposed),
        "right": len(proposed & gold),
        "bounds": sum(span[:2] in bounds for span in proposed),
        "gold": len(gold),
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
