"""What JSON columns may hold: what Tiebreak wrote is read, anything else is an error that says what was found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tiebreak.core.errors import StoreError
from tiebreak.core.records import Span
from tiebreak.core.store import encoding
from tiebreak.core.ways_out import Way, WayOut


@pytest.mark.parametrize(
    ("read", "stored", "found"),
    [
        (encoding.decode_json, 5, "int where JSON belongs"),
        (encoding.decode_json, "{", "Expecting property name"),
        (encoding.decode_json, '"\\ud83d"', "surrogates not allowed"),
        (lambda value: encoding.decode_json(value, dict), "[]", "list where dict belongs"),
        (encoding.decode_spans, '[{"start":0,"end":1}]', "a span without 'label'"),
        (encoding.decode_spans, "[1]", "a span without"),
        (encoding.decode_spans, '[{"start":2,"end":1,"label":"A"}]', "a span from 2 to 1"),
        (encoding.decode_spans, '[{"start":-1,"end":1,"label":"A"}]', "a span from -1 to 1"),
        (encoding.decode_spans, '[{"start":true,"end":1,"label":"A"}]', "a span from True to 1"),
        (encoding.decode_spans, '[{"start":0,"end":1,"label":3}]', "a span from 0 to 1"),
        (encoding.decode_cats, '{"A":"1"}', "a score '1' of 'A'"),
        (encoding.decode_cats, '{"A":NaN}', "a score nan of 'A'"),
        (encoding.decode_cats, '{"A":1' + "0" * 400 + "}", "a score 1000"),
        (encoding.decode_tokens, "[[0]]", "a token [0]"),
        (encoding.decode_tokens, "[[0,1.5]]", "a token [0, 1.5]"),
        (encoding.decode_tokens, "[[0,3],[2,4]]", "a token [2, 4] out of order"),
        (encoding.decode_tokens, "[[3,2]]", "a token [3, 2] out of order"),
        (encoding.decode_span_fields, "[{}]", "a span without 'start'"),
        (encoding.decode_token_fields, '{"x":{}}', "fields of tokens that are not objects by number"),
        (encoding.decode_token_fields, '{"1":[]}', "fields of tokens that are not objects by number"),
        (encoding.number, "1", "'1' where a number belongs"),
        (encoding.number, None, "None where a number belongs"),
        (encoding.text, 1, "1 where text belongs"),
    ],
)
def test_what_tiebreak_did_not_write_is_an_error_that_says_what_was_found(
    read: Callable[[Any], object], stored: object, found: str
) -> None:
    with pytest.raises(StoreError) as error:
        read(stored)
    assert found in str(error.value)
    assert error.value.way_out == WayOut(Way.CHECK)


def test_a_span_may_end_where_its_text_does_and_not_after_it() -> None:
    encoding.check_bounds([Span(0, 4, "A")], 4)
    with pytest.raises(StoreError, match="a span from 0 to 5 of a text of 4 characters"):
        encoding.check_bounds([Span(0, 5, "A")], 4)


def test_what_is_written_is_read_back() -> None:
    spans = (Span(0, 4, 'A"\\é'), Span(0, 4, "B"))
    assert encoding.decode_spans(encoding.encode_spans(spans)) == spans
    assert encoding.decode_readings(encoding.encode_readings({'a"b': spans, "c": ()})) == {'a"b': spans, "c": ()}
    assert encoding.decode_tokens(encoding.encode_tokens(((0, 3), (3, 3), (5, 7)))) == ((0, 3), (3, 3), (5, 7))
    assert encoding.decode_token_fields('{"7":{"x":1}}') == {7: {"x": 1}}
    for read in (encoding.decode_json, encoding.encode_json, encoding.encode_tokens):
        assert read(None) is None
