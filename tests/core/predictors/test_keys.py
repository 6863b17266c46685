"""An API key that an endpoint repeats gets into no store, message or cache."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiebreak.core.predictors.keys import HIDDEN, keys_in, without_keys

KEYS = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), min_size=6, max_size=40).filter(
    lambda key: key not in HIDDEN and HIDDEN not in key
)


@given(KEYS, st.sampled_from(["as it is", "url", "json", "base64"]), st.text(max_size=5))
def test_no_form_of_a_key_is_left(key: str, form: str, beside: str) -> None:
    shown = {
        "as it is": key,
        "url": quote(key, safe=""),
        "json": json.dumps(key)[1:-1],
        "base64": base64.b64encode(key.encode()).decode(),
    }[form]
    said = {"choices": [{"message": {"content": f"{beside} {shown} {beside}"}}], shown: [shown, 1, None]}
    assert shown not in str(without_keys(said, [key])).replace(HIDDEN, "\n")


def test_a_value_too_short_for_a_key_tears_nothing_apart() -> None:
    assert without_keys("a banana", ["a"]) == "a banana"
    assert without_keys("nothing is said", [""]) == "nothing is said"


@pytest.mark.parametrize(
    ("headers", "url", "keys"),
    [
        ({"Authorization": "Bearer sk-1"}, "http://host/v1", ("sk-1",)),
        ({}, "https://sam:pass%2Fword@host/v1", (base64.b64encode(b"sam:pass/word").decode(), "pass/word")),
        ({}, "https://sk-12345@host/v1", (base64.b64encode(b"sk-12345:").decode(), "sk-12345")),
        ({}, "http://[", ()),
    ],
)
def test_the_keys_of_a_request(headers: dict[str, str], url: str, keys: tuple[str, ...]) -> None:
    assert keys_in(headers, url) == keys
