"""The meaning of an endpoint's replies and of their headers."""

from __future__ import annotations

import asyncio
import email.utils
import json
import socket
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai_server import (
    OpenAIServer,
    Reply,
    error,
    hang,
    model_not_found,
    nonsense,
    rate_limited,
    reset,
    streamed,
    tool_call,
    unauthorized,
)

from tiebreak.core.errors import AnswerError, PredictorError
from tiebreak.core.predictors.addresses import address_of, key_headers
from tiebreak.core.predictors.completion import check_answers, read_completion
from tiebreak.core.predictors.endpoint import (
    ForbiddenError,
    NotFoundError,
    RefusedError,
    open_session,
    post,
    read_duration,
    read_limits,
    read_retry_after,
)
from tiebreak.core.predictors.gate import EndpointError, Limits
from tiebreak.core.records import LLMCall

BODY = {"model": "test-model", "messages": [{"role": "user", "content": "Acme fell"}]}


def posted(reply: Reply, base_url: str | None = None, timeout: float = 5.0) -> tuple[dict[str, Any], Limits]:
    async def call(url: str) -> tuple[dict[str, Any], Limits]:
        async with open_session(timeout, url) as http:
            return await post(http, url, {}, BODY)

    with OpenAIServer(lambda prompt: reply) as server:
        return asyncio.run(call(base_url or server.base_url))


def raw(status: int = 200, **body: Any) -> Reply:
    return Reply(status, raw=json.dumps(body).encode())


def in_choice(error: object, content: str = "", finish_reason: str = "error") -> Reply:
    """Make an error as OpenRouter sends it after the answer has begun: HTTP 200, with the error in the choice."""
    return Reply(content=content, finish_reason=finish_reason, choice={"error": error})


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (error(500, "It broke."), "HTTP 500: It broke."),
        (error(502), "HTTP 502"),
        (error(408), "HTTP 408"),
        (error(409), "HTTP 409"),
        (error(425), "HTTP 425"),
        (nonsense(), "not a chat completion: <html>"),
        (raw(), "not a chat completion"),
        (raw(choices=[]), "not a chat completion"),
        (Reply(raw=b"[1, 2]"), "not a chat completion"),
        (Reply(raw=b""), "an empty reply"),
        (Reply(raw=b'{"choices": [{"mess'), "not a chat completion"),
        (Reply(raw=b'{"choices": ' + 200_000 * b"["), "not a chat completion"),
        (raw(error={"message": "upstream", "code": 502}), "HTTP 502: upstream"),
        (raw(error="upstream"), "HTTP 500: upstream"),
        (in_choice({"code": 502, "message": "upstream"}), "HTTP 502: upstream"),
        (in_choice({"code": "504", "message": "upstream"}), "HTTP 504: upstream"),
        (in_choice("upstream"), "HTTP 500: upstream"),
        (in_choice({"message": "upstream"}, content='{"entities": []}', finish_reason="stop"), "HTTP 500: upstream"),
        (raw(choices=[{"message": {"content": "", "error": {"code": 502, "message": "up"}}}]), "HTTP 502: up"),
        (raw(choices=None, error={"code": 502, "message": "upstream"}), "HTTP 502: upstream"),
        (raw(choices=[], errors=[{"code": 502, "message": "upstream"}]), "HTTP 502: upstream"),
        (raw(choices=None, detail="upstream"), "HTTP 500: upstream"),
        (raw(object="error", message="upstream", code=502), "HTTP 502: upstream"),
        (reset(), "the connection broke"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_may_do_the_next_time(reply: Reply, said: str) -> None:
    with pytest.raises(EndpointError, match=said) as raised:
        posted(reply)
    assert (raised.value.overloaded, raised.value.unreachable, raised.value.retry_after) == (False, False, None)


@pytest.mark.parametrize(
    ("reply", "wait"),
    [
        (rate_limited(1.5), 1.5),
        (error(429), None),
        (error(503, "No slot is free."), None),
        (error(529, "Overloaded"), None),
        (replace(error(503), headers={"Retry-After": "7"}), 7.0),
        (raw(error={"message": "slow down", "code": 429}), None),
        (raw(error={"message": "slow down", "code": "429"}), None),
        (raw(error={"message": "slow down", "code": "RESOURCE_EXHAUSTED", "status": 429}), None),
        (in_choice({"message": "slow down", "code": 429}), None),
        (raw(choices=[], message="slow down", code=429), None),
        (
            replace(error(429), headers={"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "2.5s"}),
            2.5,
        ),
        (
            replace(error(429), headers={"x-ratelimit-remaining-tokens": "9", "x-ratelimit-reset-tokens": "2.5s"}),
            None,
        ),
    ],
)
def test_what_is_an_overload(reply: Reply, wait: float | None) -> None:
    with pytest.raises(EndpointError) as raised:
        posted(reply)
    assert (raised.value.overloaded, raised.value.retry_after) == (True, wait)


def test_an_answer_that_does_not_come_in_time() -> None:
    with pytest.raises(EndpointError, match=r"no answer within 0\.2 seconds"):
        posted(hang(), timeout=0.2)


def test_an_endpoint_that_is_not_there() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
    with pytest.raises(EndpointError, match="cannot be reached: Connection refused") as raised:
        posted(Reply(), url)
    assert raised.value.unreachable


@pytest.mark.parametrize("status", [400, 413, 422, 431])
def test_what_is_refused_of_one_request(status: int) -> None:
    with pytest.raises(RefusedError, match=f"HTTP {status}: too long"):
        posted(error(status, "too long"))


def test_an_error_within_the_choice_is_what_its_code_says() -> None:
    with pytest.raises(RefusedError, match="HTTP 400: too long"):
        posted(in_choice({"code": 400, "message": "too long"}))
    with pytest.raises(ForbiddenError, match="HTTP 403: flagged"):
        posted(in_choice({"code": 403, "message": "flagged"}))
    with pytest.raises(PredictorError, match="HTTP 402: no credit; the account's credit is used up"):
        posted(in_choice({"code": 402, "message": "no credit"}))


@pytest.mark.parametrize("nothing", [None, {}, "", {"code": None, "message": ""}, False])
def test_an_error_that_says_nothing_is_none(nothing: object) -> None:
    answer, _ = posted(in_choice(nothing, content="fine", finish_reason="stop"))
    assert answer["choices"][0]["message"]["content"] == "fine"


def test_what_is_not_found() -> None:
    with pytest.raises(NotFoundError, match="check the model's name, and base_url"):
        posted(model_not_found())


def test_what_is_forbidden_may_be_the_key_or_the_text() -> None:
    with pytest.raises(ForbiddenError, match="HTTP 403: Forbidden"):
        posted(error(403, "Forbidden"))


@pytest.mark.parametrize(
    ("reply", "way_out"),
    [
        (unauthorized(), "check the key"),
        (error(402, "Payment required"), "credit is used up"),
        (error(429, "You exceeded your quota", "insufficient_quota"), "credit is used up"),
        (error(400, "Hard limit", "billing_hard_limit_reached"), "credit is used up"),
        (
            Reply(307, raw=b"", headers={"Location": "http://127.0.0.1:1/v1/chat/completions"}),
            r"redirects \(HTTP 307\) to http://127.0.0.1:1/v1; write the right address as base_url",
        ),
    ],
)
def test_what_is_hopeless_for_all(reply: Reply, way_out: str) -> None:
    with pytest.raises(PredictorError, match=way_out):
        posted(reply)


def test_a_password_in_the_url_is_sent_and_not_shown() -> None:
    with OpenAIServer(lambda prompt: error(500, "It broke.")) as server:
        url = server.base_url.replace("http://", "http://sam:secret@")
        with pytest.raises(EndpointError, match=f"{server.base_url}: HTTP 500") as raised:
            posted(Reply(), url)
        assert server.requests[0].headers["authorization"].startswith("Basic ")
    assert "secret" not in str(raised.value)


def test_an_answer_comes_with_the_rate_limits() -> None:
    headers = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1m0.5s"}
    answer, limits = posted(Reply(content="fine", headers=headers))
    assert answer["choices"][0]["message"]["content"] == "fine"
    assert limits == Limits(0, 60.5)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        *(("6m0s", 360.0), ("1.5s", 1.5), ("20ms", 0.02), ("1h2m3s", 3723.0), ("1d", 86400.0), ("12", 12.0)),
        *(("0.25", 0.25), (" 8.64s ", 8.64), ("", 0.0), ("soon", 0.0), ("5 s", 0.0), ("-5", 0.0), ("s5", 0.0)),
        *(("2001-01-01T00:00:00Z", 0.0), ("0001-01-01", 0.0), ("9999-12-31T23:59:59-23:00", 2.5e11)),
    ],
)
def test_durations(value: str, seconds: float) -> None:
    assert read_duration(value, time.time()) == pytest.approx(seconds, rel=0.02)


def test_a_time_is_so_many_seconds_from_now() -> None:
    later = datetime.now(UTC) + timedelta(seconds=90)
    unix = later.timestamp()
    for value in (later.isoformat(), later.strftime("%Y-%m-%dT%H:%M:%SZ"), f"{unix:.2f}", f"{1000 * unix:.0f}"):
        assert read_duration(value, time.time()) == pytest.approx(90, abs=5)
        assert read_duration(value, unix + 5) == 0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": " 0.5 "}, 0.5),
        ({"Retry-After": "0"}, 0.0),
        ({"retry-after-ms": "250", "Retry-After": "1"}, 0.25),
        ({"retry-after-ms": "soon", "Retry-After": "1"}, 1.0),
        ({"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}, 0.0),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
def test_the_time_to_come_back(headers: dict[str, str], seconds: float | None) -> None:
    assert read_retry_after(headers) == seconds


def test_the_time_to_come_back_may_be_a_date() -> None:
    date = email.utils.formatdate(time.time() + 30, usegmt=True)
    assert read_retry_after({"Retry-After": date}) == pytest.approx(30, abs=3)
    at, later = ("Fri, 31 Dec 1999 23:59:59 GMT", "Sat, 01 Jan 2000 00:00:09 GMT")
    assert read_retry_after({"Date": at, "Retry-After": later}) == 10  # regardless of this machine's clock
    assert read_limits({"Date": at, "anthropic-ratelimit-requests-reset": "2000-01-01T00:00:09Z"}).requests_reset == 10


@pytest.mark.parametrize(
    ("headers", "limits"),
    [
        ({}, Limits()),
        ({"Content-Length": "3"}, Limits()),
        (
            {
                "x-ratelimit-remaining-requests": "59",
                "x-ratelimit-reset-requests": "1s",
                "x-ratelimit-remaining-tokens": "149984",
                "x-ratelimit-reset-tokens": "6ms",
            },
            Limits(59, 1.0, 149984, 0.006),
        ),
        (
            {
                "anthropic-ratelimit-requests-remaining": "0",
                "anthropic-ratelimit-requests-reset": "2001-01-01T00:00:00Z",
            },
            Limits(0, 0.0),
        ),
        ({"x-ratelimit-remaining-requests": "many", "x-ratelimit-remaining-tokens": "-1"}, Limits()),
        ({"x-ratelimit-remaining-requests": "²"}, Limits()),
    ],
)
def test_rate_limits(headers: dict[str, str], limits: Limits) -> None:
    assert read_limits(headers) == limits


@given(st.text() | st.from_regex(r"[0-9:TZ+\-., ]{0,30}", fullmatch=True) | st.datetimes().map(str))
def test_no_header_is_an_error(value: str) -> None:
    assert read_duration(value, time.time()) >= 0
    wait = read_retry_after({"Retry-After": value, "retry-after-ms": value})
    assert wait is None or wait >= 0
    read_limits({"x-ratelimit-remaining-requests": value, "x-ratelimit-reset-requests": value})


@pytest.mark.parametrize(
    ("base_url", "address"),
    [
        ("http://h/v1", "http://h/v1/chat/completions"),
        ("http://h/v1/", "http://h/v1/chat/completions"),
        ("https://me:pw@h:8/v1", "https://me:pw@h:8/v1/chat/completions"),
        ("https://h/openai/d?api-version=1", "https://h/openai/d/chat/completions?api-version=1"),
        ("https://h/openai/d/?api-version=1", "https://h/openai/d/chat/completions?api-version=1"),
        ("https://h/d/chat/completions?api-version=1", "https://h/d/chat/completions?api-version=1"),
    ],
)
def test_the_query_of_an_address_stays_behind_its_path(base_url: str, address: str) -> None:
    assert address_of(base_url, "/chat/completions") == address


def test_a_key_goes_in_the_header_that_the_host_takes() -> None:
    assert key_headers("https://my.openai.azure.com/openai/deployments/d?api-version=1", "k") == {"api-key": "k"}
    for host in ("api.openai.com", "openai.azure.com.example.org", "models.inference.ai.azure.com", "[::1"):
        assert key_headers(f"https://{host}/v1", "k") == {"Authorization": "Bearer k"}
    assert key_headers("https://my.openai.azure.com/", "eyJ0.e.s") == {"Authorization": "Bearer eyJ0.e.s"}
    assert key_headers("https://my.openai.azure.com/", "") == {}


@pytest.mark.parametrize("reply", [streamed("a", "b"), replace(streamed("a"), headers={}), Reply(raw=b"data: [DONE]")])
def test_an_endpoint_that_only_streams_is_named(reply: Reply) -> None:
    with pytest.raises(PredictorError, match="sent a stream that was not asked for"):
        posted(reply)


def test_an_answer_that_calls_a_tool_is_named() -> None:
    answer, _ = posted(tool_call("extract"))
    with pytest.raises(AnswerError, match="answered with a tool call"):
        check_answers(read_completion("url", answer), LLMCall("prompt", None, 0.0, None, None))
