"""The ways to review, each played to the end of its texts in a store of its own."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.game import leaves
from benchmarks.player import spans_of
from benchmarks.player_keys.correcting import Correcting
from benchmarks.player_keys.deciding import Player
from benchmarks.player_keys.driving import Keys, drive
from benchmarks.player_keys.habit import Habit, Habits
from benchmarks.player_keys.marking import plan
from benchmarks.player_keys.purposes import counted
from benchmarks.player_keys.standing import Standing
from benchmarks.player_keys.text_moves import TextMoves
from tiebreak.core.learning.following import AHEAD
from tiebreak.core.learning.learner import Learner
from tiebreak.core.records import Prediction, Record, Span, Spans, Task
from tiebreak.core.review.first import First
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.review.spans import SpanReview
from tiebreak.core.selection.filter import DISAGREEING, Order
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples, name_labels
from tiebreak.core.store.opening import create_store, open_store
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.core.store.slices import set_slice_share
from tiebreak.tui.commands import MARK, REVIEW
from tiebreak.tui.edit.screen import EditScreen
from tiebreak.tui.review.screen import ReviewScreen


@dataclass(frozen=True, slots=True)
class GoldText:
    """A text, its gold spans, and the spans of each model."""

    text: str
    gold: Spans
    predicted: dict[str, Spans]


@dataclass(frozen=True, slots=True)
class PlayedText:
    """An answered text: the numbers of gold spans and differences, the keys by purpose, and the keys in edit mode."""

    text: str
    spans: int
    differences: int
    purposes: Counter[str]
    edited: int = 0


@dataclass
class Played:
    """The outcome of a run, in the order of its texts; those `given_up` were rejected, and no figure counts them."""

    texts: list[PlayedText] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)


def read_texts(path: Path, count: int, task: Task = Task.NER) -> list[GoldText]:
    """Read `text`, `spans` and `preds` of the first `count` lines."""
    records = [json.loads(line) for line in path.read_text("utf-8").splitlines()[:count]]
    return [
        GoldText(
            record["text"],
            spans_of(record["spans"], task),
            {name: spans_of(spans, task) for name, spans in record.get("preds", {}).items()},
        )
        for record in records
    ]


@contextmanager
def filled(texts: Sequence[GoldText], models: Sequence[str], task: Task = Task.NER) -> Iterator[Store]:
    """Yield a store of the texts, read by these models, without a slice; it is removed afterwards."""
    with (
        TemporaryDirectory(prefix="tiebreak-keys-") as folder,
        create_store(Path(folder) / "keys.db", task) as store,
    ):
        store.connection.execute("PRAGMA synchronous = OFF")
        set_slice_share(store, 0)  # keys are counted with first readings, which slice texts lack
        ids, _ = add_examples(store, [Record(each.text) for each in texts], "keys")
        name_labels(store, sorted({span.label for each in texts for span in each.gold}))
        for model in models:
            run_id = start_run(store, predictor=model, kind="file", fingerprint="1", model=model)
            predictions = [
                Prediction(example_id, each.predicted[model]) for example_id, each in zip(ids, texts, strict=True)
            ]
            save_predictions(store, run_id, predictions)
        yield store


def play_scratch(texts: Sequence[GoldText], *, proposals: bool) -> Played:
    """Mark all texts; with `proposals`, spans learned from the answers are proposed on the next texts."""
    with filled(texts, ()) as store:
        return _play(store, texts, _plan_marking, proposals=proposals, order=Order.RANDOM)


def play_one(texts: Sequence[GoldText], model: str, *, proposals: bool) -> Played:
    """Correct the model's spans in all texts."""
    with filled(texts, (model,)) as store:
        return _play(store, texts, _plan_correcting, proposals=proposals)


def play_two(texts: Sequence[GoldText], models: Sequence[str], task: Task, *, proposals: bool) -> Played:
    """Settle the differences of two models."""
    with filled(texts, models, task) as store:
        return _play(store, texts, _plan_deciding, proposals=proposals, whole=False)


def play_rows(texts: Sequence[GoldText], models: Sequence[str], task: Task, habits: Habits) -> Played:
    """Go through the rows of each text in order, as a person does, with nothing learned."""
    whole = len(models) == 1

    def planned(screen: ReviewScreen, review: SpanReview, gold: Spans) -> Keys | None:
        layout = screen.text_view.layout_of_text
        return Habit(review, screen.session.labels, layout, gold, habits, all_of_it=whole).keys()

    with filled(texts, models, task) as store:
        return _play(store, texts, planned, proposals=False, whole=whole, goes_on=habits.goes_on)


_Plan = Callable[[ReviewScreen, SpanReview, Spans], Keys | None]


def _play(
    store: Store,
    texts: Sequence[GoldText],
    planned: _Plan,
    *,
    proposals: bool,
    order: Order | None = None,
    whole: bool = True,
    goes_on: bool = False,
) -> Played:
    """Answer all texts; `whole`: the gold must stand everywhere in them, not only at the differences."""
    first = First.LEARNED if proposals else First.LEFT
    session = ReviewSession(store, "player", DISAGREEING, SessionOptions(first=first, go_on=goes_on), order)
    with open_store(store.path) as beside:
        beside.connection.execute("PRAGMA synchronous = OFF")
        learner = Learner(beside) if proposals else None
        gold = {each.text: each.gold for each in texts}
        return asyncio.run(_played(session, gold, planned, learner, whole=whole))


async def _played(
    session: ReviewSession, gold: dict[str, Spans], planned: _Plan, learner: Learner | None, *, whole: bool
) -> Played:
    def keys_for(screen: ReviewScreen, review: SpanReview) -> Keys | None:
        return planned(screen, review, gold[review.item.example.text])

    def holds(screen: ReviewScreen, review: SpanReview, key: str) -> bool:
        wanted = gold[review.item.example.text]
        return _stands(screen, review, key) == {*wanted} if whole else leaves(review, wanted)

    played = Played()
    async for pressed in drive(session, keys_for, holds):
        review = pressed.review
        text = review.item.example.text
        if pressed.given_up:
            played.given_up.append(text)
        else:
            keys = counted(pressed.keys, MARK if review.is_unread else REVIEW)
            differences = sum(review.is_open_text or not each.is_offer for each in review.differences)
            played.texts.append(PlayedText(text, len(gold[text]), differences, *keys))
        if learner is not None:
            _learn(learner, session)
    return played


def _learn(learner: Learner, session: ReviewSession) -> None:
    """Have the learner take in the answer, and save what it learned of the texts after the one on screen."""
    learner.catch_up()
    learner.rank(learner.unranked())
    session.keep_up()
    following = session.upcoming(AHEAD)[1:]
    learner.save(learner.stale(following, len(following)))


def _stands(screen: ReviewScreen, review: SpanReview, key: str) -> set[Span]:
    """Return the spans that the answer will have."""
    marking, top = screen.marking.screen, screen.app.screen
    if marking is None:
        return {*(top.editor.spans if isinstance(top, EditScreen) else review.marks)}
    return {*marking.editor.spans, *(marking.proposals.likely if key == "A" else ())}


def _plan_marking(screen: ReviewScreen, review: SpanReview, gold: Spans) -> Keys | None:
    marking = screen.marking.screen
    assert marking is not None
    moves = TextMoves(marking.text_view.layout_of_text, review.tokens, review.task)
    proposals = {span: span in marking.proposals.likely for span in marking.proposals.waiting}
    standing = Standing(marking.editor, screen.session.labels, proposals, marks=True)
    return plan(standing, moves, gold)


def _plan_correcting(screen: ReviewScreen, review: SpanReview, gold: Spans) -> Keys | None:
    return Correcting(review, screen.session.labels, screen.text_view.layout_of_text, gold).keys()


def _plan_deciding(screen: ReviewScreen, review: SpanReview, gold: Spans) -> Keys | None:
    return Player(screen.session.labels).play(review, gold)
