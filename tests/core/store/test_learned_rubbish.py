"""Tables of what was learned, overwritten by another program: to readers nothing was learned, and nothing raises."""

from __future__ import annotations

import pytest
from files import change
from teaching_steps import hold, say

from tiebreak.core.insight.learned import learned_alike
from tiebreak.core.learning.following import learn
from tiebreak.core.learning.learner import Learner
from tiebreak.core.records import Span
from tiebreak.core.store.connection import Store
from tiebreak.core.store.learned import learned_of
from tiebreak.core.store.queue import queue_item

SPAN = '{"start":0,"end":3,"label":"LOC"}'
PLACES = [
    "no JSON",
    "7",
    "[]",
    "[7]",
    "[null]",
    "[{}]",
    '[{"candidates":[],"edit":0.1,"held":0,"seen":0}]',
    '[{"candidates":{},"edit":0.1,"held":0,"seen":0}]',
    f'[{{"candidates":[{{"spans":[{SPAN}],"probability":"x"}}],"edit":0.1,"held":0,"seen":0}}]',
    f'[{{"candidates":[{{"spans":[{SPAN}],"probability":0.5}}],"edit":null,"held":[],"seen":0}}]',
    '[{"candidates":[{"spans":[{"start":0,"end":3}],"probability":0.5}],"edit":0.1,"held":0,"seen":0}]',
    '[{"candidates":[{"spans":7,"probability":0.5}],"edit":0.1,"held":0,"seen":0}]',
    '[{"candidates":[{"spans":[{"start":"x","end":3,"label":"A"}],"probability":0.5}],"edit":0.1,"held":0,"seen":0}]',
]
PATTERNS = [
    "pattern = 'no JSON'",
    "pattern = '[]'",
    'pattern = \'{"kind":7,"readings":{"a":[],"b":["LOC"]}}\'',
    'pattern = \'{"kind":"missing","readings":[]}\'',
    'pattern = \'{"kind":"missing","readings":{"a":7}}\'',
    'pattern = \'{"kind":[],"readings":{"a":["LOC"]}}\'',
    "outcome = '7'",
    "outcome = '{}'",
    "places = 'many'",
    "confirmed = x'00'",
]


@pytest.fixture
def some(store: Store) -> Store:
    """Four texts; two of them are answered, and learned from."""
    texts = [f"Ulm lies at {number} km" for number in range(4)]
    say(store, "a", dict.fromkeys(texts, ()))
    ids = list(say(store, "b", dict.fromkeys(texts, (Span(0, 3, "LOC"),))).values())
    for example_id in ids[:2]:
        hold(store, example_id, [])
    learn(store, Learner)
    assert learned_of(store, 4, queue_item(store, 4).differences) is not None
    assert [(each.settled, each.open) for each in learned_alike(store)] == [(2, 2)]
    return store


@pytest.mark.parametrize("places", PLACES, ids=range(len(PLACES)))
def test_a_row_that_cannot_be_read_is_none(some: Store, places: str) -> None:
    change(some.path, f"UPDATE learned SET places = '{places}' WHERE example_id = 4")
    assert learned_of(some, 4, queue_item(some, 4).differences) is None
    learned_alike(some)


@pytest.mark.parametrize("column", PATTERNS)
def test_counts_that_cannot_be_read_are_none(some: Store, column: str) -> None:
    change(some.path, f"UPDATE learned_patterns SET {column}")
    assert learned_alike(some) == []
    learn(some, Learner)
    assert [(each.settled, each.open) for each in learned_alike(some)] == [(2, 2)]
