"""Opening an example of 10,000 words with 300 differences, against one of 100 words with 3.

Each of two stores has examples of one size. The time is from the key `a`, which answers an example, to the last byte of
the next. Two terminals of 80x24 take turns key by key; medians count. The note is `s`, which goes on without an answer.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks import texts
from benchmarks.bench import Bench
from benchmarks.review_keys import SILENCE, commands
from benchmarks.rows import Reach, Row
from benchmarks.terminal import Terminal
from tiebreak.core.records import Prediction, Record, Span
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.opening import create_store
from tiebreak.core.store.predictions import save_predictions, start_run

_SIZES = {"long": (10_000, 300), "short": (100, 3)}  # words and differences


def rows(bench: Bench) -> Iterator[Row]:
    """Yield one target and one note."""
    count = bench.size(30, 8)
    times: dict[str, dict[str, list[float]]] = {key: {name: [] for name in _SIZES} for key in ("a", "s")}
    stores = {name: _store(bench.folder / f"{name}.db", 2 * count + 3, *size) for name, size in _SIZES.items()}
    terminals = {name: Terminal(commands(store, bench.folder, 1)[0], bench.folder) for name, store in stores.items()}
    try:
        for terminal in terminals.values():
            terminal.settle(4.0)  # silence: longer than any while it starts
            for _ in range(2):  # not counted: they end the introduction and pay for late imports
                terminal.time_key("a", 0.5)
        for key in [*["a"] * count, *["s"] * count]:
            for name, terminal in terminals.items():
                time.sleep(0.02)
                terminal.settle(SILENCE)
                taken = terminal.time_key(key, SILENCE)
                if taken is None:
                    raise RuntimeError(f"the key {key} drew nothing on a {name} example")
                times[key][name].append(taken)
    finally:
        for terminal in terminals.values():
            terminal.close()
    for key, reach in (("a", Reach("at most", 5.0)), ("s", None)):
        measured, against = (1000 * median(times[key][name]) for name in _SIZES)
        what = f"key {key} to last byte of the next, 10,000 words and 300 differences"
        yield Row(what, measured, "ms", against, "100 words and 3", measured / against, reach)


def _store(path: Path, count: int, words: int, differences: int) -> Path:
    examples = [_text(words, number) for number in range(count)]
    with create_store(path) as store:
        ids, _ = add_examples(store, [Record(text) for text in examples], "made up")
        for predictor, label in (("left", "ORG"), ("right", "PERSON")):
            run_id = start_run(store, predictor=predictor, kind="file", fingerprint="1", model="made up")
            spans = [_spans(text, differences, label) for text in examples]
            save_predictions(store, run_id, [Prediction(*each) for each in zip(ids, spans, strict=True)])
    return path


def _text(words: int, seed: int) -> str:
    """Return a text of words from headlines, in paragraphs of 80 words."""
    rng = random.Random(f"{words} {seed}")
    pool = [word for headline in texts.headlines() for word in headline.split()]
    chosen = rng.choices(pool, k=words)
    return "\n\n".join(" ".join(chosen[at : at + 80]) for at in range(0, words, 80))


def _spans(text: str, differences: int, label: str) -> tuple[Span, ...]:
    """Return two spans for each difference: first an agreed span, then a span with this predictor's `label`."""
    words = [match.span() for match in texts.WORD.finditer(text)]
    step = len(words) // (2 * differences)
    places = words[:: max(step, 1)][: 2 * differences]
    return tuple(Span(*place, label if number % 2 else "PLACE") for number, place in enumerate(places))
