"""The simulation with the product's own session, learner and slice, a few dozen times; it takes long."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import mean

import numpy as np

from benchmarks.estimates.corpus import Array, Corpus, corpus_of
from benchmarks.estimates.judging import Judged, judge
from benchmarks.estimates.plans import DATA
from benchmarks.estimates.process import State
from benchmarks.estimates.simulating import SHARES, Row, cells_of
from benchmarks.replay.data import GoldData, read_gold
from benchmarks.replay.measure import BY_ITSELF
from benchmarks.replay.play import Looks, Player, player_of
from tiebreak.core.store.slices import slice_texts


def simulate_real(runs: int) -> Iterator[Row]:
    """Play the product's default sitting on the texts of wikigold, and judge it at each share."""
    data = read_gold(DATA / "wikigold_pairs.jsonl", ("spacy", "small"))
    corpus = corpus_of(data)
    judged: dict[float, list[list[Judged]]] = {share: [] for share in SHARES}
    sampled: dict[float, list[int]] = {share: [] for share in SHARES}
    listed = 0
    for seed in range(1, runs + 1):
        with player_of(data, seed, BY_ITSELF._replace(slices=True)) as player:
            listed = len(slice_texts(player.store))
            for share in SHARES:
                player.play(Looks(answers=round(share * corpus.texts)))
                state = _state(data, corpus, player)
                if found := judge(corpus, state):
                    judged[share].append(found)
                    sampled[share].append(int((state.drawn & ~state.reached).sum()))
    for share in SHARES:
        estimated = len(judged[share]) / runs
        yield Row(
            "wikigold",
            "real learner",
            listed,
            share,
            estimated,
            mean(sampled[share] or [0]),
            cells_of(judged[share], []),
        )


def _state(data: GoldData, corpus: Corpus, player: Player) -> State:
    at = {text.text: number for number, text in enumerate(data.texts)}
    number = {each: at[text.text] for each, text in player.texts.items()}

    def texts(which: list[int]) -> Array:
        found = np.zeros(corpus.texts, bool)
        found[which] = True
        return found

    answered = texts([at[each.text.text] for each in player.run.reviewed])
    listed = slice_texts(player.store)
    drawn = texts([number[each.example_id] for each in listed if each.is_drawn]) & answered
    reached = texts([number[each.example_id] for each in listed if each.is_drawn and each.is_reached])
    return State(answered, texts([]), drawn, reached, texts([]))
