"""The examples that several annotators have answered."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import groupby

from tiebreak.core.records import Answer, AnsweredExample
from tiebreak.core.store.answers import ADJUDICATE, AUTO
from tiebreak.core.store.connection import Store
from tiebreak.core.store.encoding import decode_cats, decode_spans, decode_tokens, encode_json


def answered_by_several(store: Store, annotators: Collection[str] = ()) -> Iterator[AnsweredExample]:
    """Yield each example with the answers in force of two or more of `annotators`; if that is empty, of any annotators.

    The examples come one at a time, in the order in which they were loaded. What `auto` accepted does not count, nor
    do adjudications. An answer has its decision, without the choices, what was shown, the keys and the screen.
    """
    rows = store.execute(
        """
        SELECT example_id, annotator, session, answer, force.spans, cats, answered_at, force.id, examples.text, tokens
        FROM answers_in_force AS force JOIN examples ON examples.id = example_id
        WHERE annotator <> :auto AND view <> :adjudicate
            AND (:annotators = '[]' OR annotator IN (SELECT value FROM json_each(:annotators)))
        ORDER BY example_id
        """,
        {"auto": AUTO, "adjudicate": ADJUDICATE, "annotators": encode_json(list(annotators))},
    )
    for _, group in groupby(rows, key=lambda row: row[0]):
        given = list(group)
        if len(given) > 1:
            yield AnsweredExample(
                given[0][8],
                decode_tokens(given[0][9]),
                {
                    name: Answer(
                        example_id,
                        name,
                        session,
                        answer,
                        decode_spans(spans),
                        cats=decode_cats(cats) or None,
                        id=answer_id,
                        answered_at=answered_at,
                    )
                    for example_id, name, session, answer, spans, cats, answered_at, answer_id, *_ in given
                },
            )
