"""Accepting what all models agree on, and saying how often that is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tiebreak.tui.cli.common import note, plural

if TYPE_CHECKING:
    from tiebreak.core.insight.auto_accept import Look
    from tiebreak.core.review.session import ReviewSession


def accept_agreed(session: ReviewSession, at_most: float | None) -> None:
    """Accept what all models agree on, if at most this share of it is wrong; in any case where none is named."""
    from tiebreak.core.insight.auto_accept import look
    from tiebreak.core.store.queue import queue_counts

    if not queue_counts(session.store).compared:
        note("nothing accepted: all agree where two models say the same, and no text was read by two yet")
        return
    if at_most is None:
        note(f"{plural(session.accept_agreed(), 'example')} on which all agree accepted as auto{_how_wrong(session)}")
        return
    seen = look(session.store, at_most)
    if seen is None:
        note("nothing accepted: all looks at the slice are taken, and one more could be right by chance")
    elif seen.allows:
        count = plural(session.accept_agreed(), "example")
        note(f"{count} on which all agree accepted as auto: at most {seen.most:.1%} of them are wrong ({_rest(seen)})")
    else:
        note(f"nothing accepted: {_needs(seen)} ({_rest(seen)})")


def _needs(seen: Look) -> str:
    errors = f"with {seen.wrong} wrong" if seen.wrong else "without an error"
    return (
        f"at most {seen.bound:.1%} wrong takes {seen.needed} agreed slice texts {errors} at this look; "
        f"there {'is' if seen.n == 1 else 'are'} {seen.n}"
    )


def _rest(seen: Look) -> str:
    return f"{seen.level:.1%} sure by {plural(seen.n, 'slice text')}, {plural(seen.left, 'look')} left"


def _how_wrong(session: ReviewSession) -> str:
    """What the slice says of them."""
    from tiebreak.core.insight.estimates import make_estimates

    agreement = make_estimates(session.store).agreement
    if agreement is None or agreement.texts is None:
        return "; how many of these are wrong is not known yet: too few slice texts are answered"
    value, low, high = agreement.texts
    return f"; an estimated {value:.0%} of these are wrong ({low:.0%} to {high:.0%}, by {agreement.n} slice texts)"
