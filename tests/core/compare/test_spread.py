"""Looking up spans by place."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tiebreak.core.compare.spread import Spread
from tiebreak.core.records import Span

spans = st.builds(lambda start, length: Span(start, start + length, "A"), st.integers(0, 40), st.integers(1, 20))


@given(st.lists(spans), spans)
def test_a_stretch_is_touched_by_each_span_that_overlaps_it_and_no_other(found: list[Span], stretch: Span) -> None:
    touching = Spread(found).touching(stretch.start, stretch.end)
    assert touching == tuple(sorted(span for span in found if span.overlaps(stretch)))
