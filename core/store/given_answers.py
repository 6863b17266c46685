"""Answers as reports count them, by the thousand: the JSON of a column is decoded only when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from tiebreak.core.records import AnswerValue, Marks, Prediction, SettledDifference
from tiebreak.core.store.answers import ADJUDICATE, AUTO
from tiebreak.core.store.choices import decode_choices
from tiebreak.core.store.connection import Store
from tiebreak.core.store.encoding import broken, decode_cats, decode_json, decode_spans, number
from tiebreak.core.tasks.protocol import TaskRules


class GivenAnswer(NamedTuple):
    """An answer with the text of its example; the columns from `spans` on are as stored."""

    id: int
    example_id: int
    annotator: str
    answer: AnswerValue
    view: str
    seconds: float
    keys: int
    text: str
    spans: str
    cats: str | None
    choices: str
    shown: str
    screen: str | None
    offered: str | None

    def marks(self, rules: TaskRules) -> Marks:
        """Return the marks of the answer."""
        cats = None if self.cats is None else decode_cats(self.cats)
        return rules.marks_of(Prediction(self.example_id, decode_spans(self.spans), cats))

    @property
    def is_as_shown(self) -> bool:
        """Whether exactly the spans were saved that the screen showed first."""
        return self.cats is None and self.shown == self.spans

    def first_shown(self, rules: TaskRules) -> Marks:
        """Return the marks that the screen showed first."""
        return rules.restored(decode_spans(self.shown))

    def settled(self, rules: TaskRules) -> tuple[SettledDifference, ...]:
        """Return the choice at each difference."""
        return decode_choices(self.choices, rules) if self.choices != "[]" else ()

    def offers(self, rules: TaskRules) -> tuple[SettledDifference, ...]:
        """Return the choice at each offer."""
        return decode_choices(self.offered, rules)

    @property
    def predictors(self) -> Sequence[str] | None:
        """The predictors that were on screen; None if the answer does not say."""
        shown = (_screen(self.screen) or {}).get("predictors")
        return list(map(str, shown)) if isinstance(shown, list) else None


@lru_cache(maxsize=256)
def _screen(value: str | None) -> Mapping[str, Any] | None:
    """Return the value of a column `screen`; it is the same for many answers."""
    found: Mapping[str, Any] | None = decode_json(value, dict)
    return found


def answers_of(store: Store, session: str | None, annotator: str | None) -> list[int]:
    """Return the ids of each person's newest standing answer for each example, in order.

    None means all sessions, or all annotators. For a session these are the answers at its end, even if a later session
    has answered again. Adjudications are not among them.
    """
    rows = store.execute(
        """
        SELECT max(id) FROM answers
        WHERE annotator <> :auto AND view <> :adjudicate
            AND (:session IS NULL OR session = :session)
            AND (:annotator IS NULL OR annotator = :annotator)
            AND id NOT IN (SELECT answer_id FROM undone_answers)
        GROUP BY example_id, annotator ORDER BY 1
        """,
        {"auto": AUTO, "adjudicate": ADJUDICATE, "session": session, "annotator": annotator},
    )
    return [answer_id for (answer_id,) in rows.fetchall()]


def given_answers(store: Store, answer_ids: Sequence[int]) -> Iterator[GivenAnswer]:
    """Yield the answers with these ids, oldest first."""
    rows = store.execute(
        """
        SELECT answers.id, example_id, annotator, answer, view, seconds, keys, text, answers.spans, cats, choices,
            shown, screen, offered
        FROM answers JOIN examples ON examples.id = example_id
        WHERE answers.id IN (SELECT value FROM json_each(?)) ORDER BY answers.id
        """,
        (str(list(answer_ids)),),
    )
    for row in map(GivenAnswer._make, rows):
        if not all(isinstance(each, str) for each in (row.annotator, row.answer, row.view)):
            raise broken("an answer without annotator, kind or view")
        number(row.seconds)
        number(row.keys)
        yield row
