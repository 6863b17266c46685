"""Why a review has nothing to show, and what to do then."""

from __future__ import annotations

import shlex

from tiebreak.core.store.connection import Store
from tiebreak.core.store.queue import queue_counts

NOTHING_FILTERED = (
    "Nothing is left in this filter: all that it finds has an answer.\n\n"
    "/ changes the filter (empty it, and enter goes on with everything), l lists the examples, u undoes"
)
NOTHING_MATCHES = (
    "Nothing matches this filter, or all that does has an answer.\n\n"
    "/ changes the filter (empty it, and enter goes on with everything), l lists the examples; status:all in the "
    "filter finds the answered ones, too"
)
NOTHING_DISPUTED = (
    "Nothing is left to adjudicate: annotators differ on no example that has no adjudication yet.\n\n"
    "--overlap 0.1 gives a tenth of the examples to all of them; q leaves, u goes back to your last adjudication"
)
NOTHING_HERE = (
    "Nothing is left to review for now; what comes in shows here.\n\nq leaves, u goes back to your last answer"
)
NOTHING_OF_YOURS = (
    "Nothing is left of your share: all of it has an answer, or another annotator has it on screen.\n\n"
    "q leaves, u goes back to your last answer; `tiebreak team` says who has what"
)


def why_nothing_is_left(store: Store) -> str:
    """Why the queue of all disagreements is empty."""
    counts = queue_counts(store)
    path = shlex.quote(str(store.path))
    if not counts.examples:
        return f"The store holds no texts yet. Load some:\n\n  tiebreak load {path} SOURCE"
    if not counts.compared:
        return (
            "Nothing is compared yet: that takes predictions of two models, and the store has those of "
            f"{counts.predictors}.\n\n  tiebreak predict {path} PIPELINE\n\nThe first disagreement shows here."
        )
    if not counts.disagreeing:
        return (
            f"All models agree on all {counts.compared} compared examples.\n\n"
            "  --include-agreed shows them, --auto-accept accepts them"
        )
    return (
        "Nothing left to review: every disagreement has an answer.\n\n"
        f"q leaves, u goes back to your last answer. Export what was settled:\n\n  tiebreak export {path} "
        "reviewed.jsonl"
    )
