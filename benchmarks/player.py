"""Keys to settle every difference, for a player who knows the gold labels and presses the real keys.

The data are forty clinical trials, biobert-v1.1 against GPT-4, as `spancat`, since GPT-4's spans overlap. The player
presses the keys of `player_keys` in the real app. The saved answer must have exactly the gold spans at all differences;
a gold span that neither model touches lies at no difference. Moves between differences and the accepting key count. The
player ends an example with `A`, which confirms every difference. The note is as `ner`, without overlapping spans.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from benchmarks.bench import ROOT, Bench
from benchmarks.game import play
from benchmarks.rows import Reach, Row
from tiebreak.core.records import Prediction, Record, Span, Spans, Task
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.opening import create_store
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.core.store.slices import set_slice_share

_DATA = ROOT / "benchmarks" / "data" / "neurotrial.jsonl"
_SYSTEMS = ("biobert-v1.1", "gpt-4")


def rows(bench: Bench) -> Iterator[Row]:
    """Play one game for each task, and yield its row."""
    for task, reach in ((Task.SPANCAT, Reach("at most", 1.5)), (Task.NER, None)):
        path = bench.folder / f"neurotrial-{task.value}.db"
        with create_store(path, task) as store:
            set_slice_share(store, 0)  # keys are counted with first readings, which slice texts lack
            gold = _fill(store, bench.size(40, 8))
            game = play(ReviewSession(store, "player"), gold)
        if game.given_up:
            raise RuntimeError(f"the player found no keys that leave the gold spans of {min(game.given_up)!r}")
        what = f"keys to settle neurotrial ({len(gold)} texts, {task.value}), by a player who knows the gold"
        yield Row(what, game.keys, "keys", game.differences, "differences", game.keys / game.differences, reach)


def _fill(store: Store, count: int) -> dict[str, Spans]:
    """Store the texts and both models' predictions; return the gold spans by text."""
    records = [json.loads(line) for line in _DATA.read_text("utf-8").splitlines()[:count]]
    ids, _ = add_examples(store, [Record(record["text"]) for record in records], "neurotrial")
    for predictor in _SYSTEMS:
        run_id = start_run(store, predictor=predictor, kind="file", fingerprint="1", model=predictor)
        predictions = [
            Prediction(example_id, spans_of(record["preds"][predictor], store.task))
            for example_id, record in zip(ids, records, strict=True)
        ]
        save_predictions(store, run_id, predictions)
    return {record["text"]: spans_of(record["spans"], store.task) for record in records}


def spans_of(objects: Sequence[dict[str, object]], task: Task) -> Spans:
    """Return the spans of a record; if the task forbids overlap, only the longest of those that overlap."""
    kept: list[Span] = []
    spans = {Span(**each) for each in objects}  # type: ignore[arg-type]  # a span as JSON has it
    for span in sorted(spans, key=lambda span: (span.start - span.end, span)):
        if task.allows_overlap or not any(span.overlaps(other) for other in kept):
            kept.append(span)
    return tuple(sorted(kept))
