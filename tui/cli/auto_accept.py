"""Accepting the examples on which all models agree, with an estimate of how often they are wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tiebreak.tui.cli.common import plural, print_note

if TYPE_CHECKING:
    from tiebreak.core.insight.auto_accept import BoundCheck
    from tiebreak.core.review.session import ReviewSession


def accept_agreed(session: ReviewSession, at_most: float | None) -> None:
    """Accept the examples on which all models agree, unless more than the share `at_most` of them may be wrong.

    With `at_most` None they are accepted in any case.
    """
    from tiebreak.core.insight.auto_accept import check_bound
    from tiebreak.core.store.queue import queue_counts

    if not queue_counts(session.store).compared:
        print_note("nothing accepted: no two models have read the same text yet, so there is no agreement")
        return
    if at_most is None:
        print_note(f"accepted {plural(session.accept_agreed(), 'agreed example')} as auto{_how_wrong(session)}")
        return
    seen = check_bound(session.store, at_most)
    if seen is None:
        print_note("nothing accepted: all looks at the slice are used up, and one more could be right by chance")
    elif seen.allows:
        count = plural(session.accept_agreed(), "agreed example")
        print_note(f"accepted {count} as auto: at most {seen.most:.1%} of them are wrong ({_rest(seen)})")
    else:
        print_note(f"nothing accepted: {_needs(seen)} ({_rest(seen)})")


def _needs(seen: BoundCheck) -> str:
    errors = f"{seen.wrong or 'none'} of them wrong"
    needed = plural(seen.needed, "answered slice text")
    return (
        f"to be sure of at most {seen.bound:.1%} wrong, this look needs {needed} on which all agree; "
        f"there {'is' if seen.n == 1 else 'are'} {seen.n}, {errors}"
    )


def _rest(seen: BoundCheck) -> str:
    return f"{seen.level:.1%} sure from {plural(seen.n, 'slice text')}, {plural(seen.looks_left, 'look')} left"


def _how_wrong(session: ReviewSession) -> str:
    """Return the estimate by the slice of how many of them are wrong."""
    from tiebreak.core.insight.estimates import make_estimates

    agreement = make_estimates(session.store).agreed_errors
    if agreement is None or agreement.texts is None:
        return "; how many of these are wrong is not known yet: too few slice texts are answered"
    value, low, high = agreement.texts
    by = plural(agreement.n, "slice text")
    return f"; an estimated {value:.0%} of these are wrong ({low:.0%} to {high:.0%}, from {by})"
