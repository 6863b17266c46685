"""One try at an OpenAI-compatible endpoint, and the meaning of each reply."""

from __future__ import annotations

import asyncio
import email.utils
import json
import os
import re
import ssl
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from tiebreak.core.errors import AnswerError, PredictorError
from tiebreak.core.predictors.addresses import CHAT, address_of
from tiebreak.core.predictors.gate import EndpointError, Limits
from tiebreak.core.predictors.keys import keys_in, without_keys

if TYPE_CHECKING:
    import aiohttp

_LARGEST = 16 << 20  # bytes of a reply
_A_TIME = 1e9  # seconds; a larger number is a time in Unix seconds (from 2001 on), not a duration
_MILLISECONDS = 1e11  # a larger number is a time in Unix milliseconds
_RETRIED = (408, 409, 425, 429)  # retried like every status from 500 on
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


class RefusedError(AnswerError):
    """The endpoint refused this request (HTTP 400, 413, 422 ...); the next one may succeed."""


class ForbiddenError(AnswerError):
    """HTTP 403: the endpoint forbids this key, or this text."""


class NotFoundError(AnswerError):
    """HTTP 404: the model or the address is wrong or, if other calls were answered, a server in between is at fault."""


def open_session(timeout: float, base_url: str) -> aiohttp.ClientSession:
    """Open a session for many calls at once; call it in an event loop.

    Certificates come from the environment, and proxies too unless the endpoint is on this machine.
    """
    import aiohttp
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=context),
        timeout=aiohttp.ClientTimeout(total=timeout, sock_connect=min(timeout, 10.0)),
        trust_env=_hostname(base_url) not in _THIS_MACHINE,
        cookie_jar=aiohttp.DummyCookieJar(),
    )


def plain_url(url: str) -> str:
    """Return `url` without its user, password and query: they must not be shown or stored."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "base_url"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _hostname(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


async def post(
    http: aiohttp.ClientSession, base_url: str, headers: Mapping[str, str], body: Mapping[str, Any]
) -> tuple[dict[str, Any], Limits]:
    """POST a chat completion; return the JSON object of the reply, and the rate limits in its headers.

    Raises EndpointError (another try may succeed), RefusedError, ForbiddenError, NotFoundError, or PredictorError (the
    endpoint will answer no text).
    The messages quote the endpoint without the whole key; the caller hides parts of the key.
    """
    import aiohttp

    shown = plain_url(base_url)
    try:
        address = address_of(base_url, CHAT)
        async with http.post(address, json=body, headers=headers, allow_redirects=False) as reply:
            data = b""
            while len(data) <= _LARGEST and (more := await reply.content.read(_LARGEST)):
                data += more
            status, answered = reply.status, reply.headers
    except aiohttp.ClientConnectorCertificateError as error:
        raise PredictorError(f"{shown}: its certificate is not valid: {error}") from error
    except aiohttp.InvalidURL as error:
        raise PredictorError(f"{shown}: not a URL; check base_url") from error
    except ValueError as error:  # such as a user in the URL beside a key
        raise PredictorError(f"{shown}: {error}; check base_url and api_key_env") from error
    except TimeoutError as error:
        total = http.timeout.total or 0.0
        raise EndpointError(f"{shown}: no answer within {total:g} seconds") from error
    except aiohttp.ClientConnectorError as error:
        raise EndpointError(f"{shown}: cannot be reached: {why_unreachable(error)}", unreachable=True) from error
    except (aiohttp.ClientError, OSError, asyncio.IncompleteReadError) as error:
        why = str(error) or type(error).__name__
        raise EndpointError(f"{shown}: the connection broke: {why}") from error
    return _checked(shown, status, answered, data, keys_in(headers, base_url)), read_limits(answered)


def why_unreachable(error: Exception) -> str:
    """Return the system's reason for a missing connection, such as `Connection refused`."""
    cause = getattr(error, "os_error", error)
    number = getattr(cause, "errno", None)
    return os.strerror(number) if isinstance(number, int) and number > 0 else str(cause)


def _checked(shown: str, status: int, headers: Mapping[str, str], reply: bytes, keys: Sequence[str]) -> dict[str, Any]:
    """Return the JSON of a reply, without the keys that it may repeat; raises as `post` does."""
    try:
        answer = without_keys(json.loads(reply), keys)
    except (ValueError, RecursionError):
        answer = None
    text = reply.decode("utf-8", "replace") if answer is None else json.dumps(answer, ensure_ascii=False)
    data = without_keys(text, keys).encode("utf-8", "replace")
    failure = error_in(answer)
    if failure and status < 400:  # some gateways send an error with status 200
        status = status_in(failure)
    if status < 300 and isinstance(answer, dict) and answer.get("choices"):
        return answer
    if 300 <= status < 400:
        there = (
            plain_url(without_keys(headers.get("Location", ""), keys)).removesuffix("/chat/completions") or "nowhere"
        )
        raise PredictorError(f"{shown}: it redirects (HTTP {status}) to {there}; write the right address as base_url")
    if status < 400:
        raise _no_completion(shown, is_stream(headers, reply), data)
    code = failure.get("code") if isinstance(failure, dict) else None
    explained = f"{shown}: HTTP {status}: {_message(failure) or _short(data)}"
    if status == 401:
        raise PredictorError(f"{explained}; check the key")
    if status == 403:
        raise ForbiddenError(explained)
    if status == 404:
        raise NotFoundError(f"{explained}; check the model's name, and base_url, which usually ends in /v1")
    if status == 402 or code in ("insufficient_quota", "billing_hard_limit_reached"):
        raise PredictorError(f"{explained}; the account's credit is used up")
    if status in _RETRIED or status >= 500:
        retry_after = read_retry_after(headers)
        if retry_after is None and status == 429:
            retry_after = read_limits(headers).until_reset
        raise EndpointError(explained, retry_after=retry_after, overloaded=status in (429, 503, 529))
    raise RefusedError(explained)


def _no_completion(shown: str, is_streamed: bool, data: bytes) -> Exception:
    if is_streamed:
        return PredictorError(f"{shown}: it sent a stream that was not asked for; have it send whole answers")
    return EndpointError(f"{shown}: the answer is not a chat completion: {_short(data)}")


def is_stream(headers: Mapping[str, str], reply: bytes) -> bool:
    """Return whether a reply is a stream of server-sent events; only `stream` asks for them."""
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return kind == "text/event-stream" or reply.lstrip().startswith(b"data:")


def error_in(answer: object) -> Any:
    """Return the error in a reply, an object or a text: beside its choices, in the first choice, or instead of them."""
    if not isinstance(answer, dict):
        return None
    choices = answer.get("choices")
    places = [answer.get("error")]
    if isinstance(choices, list) and choices:
        choice = choices[0] if isinstance(choices[0], dict) else {}
        message = choice.get("message")
        places += [choice.get("error"), message.get("error") if isinstance(message, dict) else None]
    else:
        errors = answer.get("errors")
        places += [errors[0] if isinstance(errors, list) and errors else errors, answer.get("detail")]
        places += [answer if isinstance(answer.get("message"), str) else None]
    return next((each for each in places if each and (not isinstance(each, dict) or any(each.values()))), None)


def status_in(failure: object) -> int:
    """Return the HTTP status that an error names, as a number or at the beginning of a text; else 500."""
    codes = [failure.get(key) for key in ("code", "status", "status_code")] if isinstance(failure, dict) else []
    numbers = (re.match(r"[45]\d\d\b", str(code)) for code in codes)
    return next((int(number[0]) for number in numbers if number), 500)


def _short(data: bytes) -> str:
    return " ".join(data[:500].decode("utf-8", "replace").split())[:200] or "an empty reply"


def message_in(body: str) -> str:
    """Return the message in the body of an error, or the beginning of the body."""
    try:
        failure = error_in(json.loads(body))
    except (ValueError, RecursionError):
        failure = None
    return _message(failure) or _short(body.encode("utf-8", "replace"))


def _message(failure: Any) -> str:
    return str((failure.get("message") if isinstance(failure, dict) else failure) or "")


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds in `Retry-After` (a number, or a date by the endpoint's clock) or `retry-after-ms`."""
    milliseconds = headers.get("retry-after-ms", "")
    if re.fullmatch(r"\d+(\.\d+)?", milliseconds.strip()):
        return float(milliseconds) / 1000
    value = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", value):
        return float(value)
    date = _date(value)
    return None if date is None else max(0.0, date - _now(headers))


def _now(headers: Mapping[str, str]) -> float:
    """Return the time by the endpoint's clock, in Unix seconds, or by this machine's if the reply has no date."""
    date = _date(headers.get("Date", ""))
    return time.time() if date is None else date


def _date(value: str) -> float | None:
    """Convert an HTTP date to Unix seconds; None if it is not a date."""
    try:
        return email.utils.parsedate_to_datetime(value).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def read_limits(headers: Mapping[str, str]) -> Limits:
    """Read the rate limits in the headers of OpenAI (`x-ratelimit-`) and Anthropic (`anthropic-ratelimit-`)."""
    if not any("ratelimit" in name.lower() for name in headers):
        return Limits()

    def left(kind: str) -> int | None:
        value = headers.get(f"x-ratelimit-remaining-{kind}") or headers.get(f"anthropic-ratelimit-{kind}-remaining")
        return int(value) if value and value.strip().isascii() and value.strip().isdigit() else None

    def reset(kind: str) -> float:
        value = headers.get(f"x-ratelimit-reset-{kind}") or headers.get(f"anthropic-ratelimit-{kind}-reset") or ""
        return read_duration(value, _now(headers))

    return Limits(left("requests"), reset("requests"), left("tokens"), reset("tokens"))


def read_duration(value: str, now: float) -> float:
    """Read a duration (`6m0s`, `1.5s`, `20ms`, plain seconds) or a time as seconds from `now`; 0 if it is neither.

    A time is in RFC 3339, Unix seconds or Unix milliseconds.
    """
    value = value.strip()
    if re.fullmatch(r"\d+(\.\d+)?", value):
        number = float(value) / (1000 if float(value) > _MILLISECONDS else 1)
        return max(0.0, number - now) if number > _A_TIME else number
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|h|m|s|d)", value)
    if parts and "".join(number + unit for number, unit in parts) == value:
        seconds = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
        return sum(float(number) * seconds[unit] for number, unit in parts)
    try:
        return max(0.0, datetime.fromisoformat(value).timestamp() - now)
    except ValueError:
        return 0.0
