"""Asking an LLM's endpoint one tiny question: is it up, does it know the model, does it give structured output?"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tiebreak.core.doctor.checks import Check, fail, note, ok, one_line
from tiebreak.core.doctor.secrets import redact
from tiebreak.core.finish_reasons import failure_of, is_unknown, shown_reason
from tiebreak.core.predictors.addresses import CHAT, MODELS, address_of, key_headers
from tiebreak.core.predictors.endpoint import error_in, is_stream, plain_url, status_in

if TYPE_CHECKING:
    from requests import PreparedRequest, Response

SECONDS = 8.0  # for all calls together, so that they end before the check runs out of time
_SLOW = 5.0  # seconds; a slower answer is reported as slow
_PROMPT = "What is Ada Lovelace, a person or a place? Answer with that one word."  # JSON can only come from the schema
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"label": {"type": "string", "enum": ["person", "place"]}},
    "required": ["label"],
    "additionalProperties": False,
}
_FORMAT = {"type": "json_schema", "json_schema": {"name": "doctor", "strict": True, "schema": _SCHEMA}}
_BUSY = (408, 409, 425, 429)


@dataclass(frozen=True)
class Endpoint:
    """The address, model and options of a call; `key` is the value of the variable `key_env`, empty without a key."""

    url: str
    model: str
    key_env: str | None = None
    key: str = field(default="", repr=False)
    timeout: float = SECONDS
    options: dict[str, Any] = field(default_factory=dict)
    structured: bool = True  # whether calls send a JSON schema

    @property
    def shown(self) -> str:
        return plain_url(self.url)

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine, and must not be reached through a proxy."""
        return urlsplit(self.url).hostname in ("localhost", "127.0.0.1", "::1")


def endpoint_of(model: Any, *, has_schema: bool = True) -> Endpoint | None:
    """Return the endpoint of an assembled `tiebreak.OpenAI.v1`; None for any other model.

    `has_schema`: the model's task asks for JSON by a schema.
    """
    url, name = getattr(model, "base_url", None), getattr(model, "name", None)
    if not isinstance(url, str) or not isinstance(name, str):
        return None
    key_env = getattr(model, "api_key_env", None)
    parameters = _parameters(model)
    given = {option: getattr(model, option, None) for option in ("temperature", "max_tokens")}
    return Endpoint(
        url.rstrip("/"),
        name,
        key_env,
        os.environ.get(key_env, "") if key_env else "",
        min(float(getattr(model, "timeout", SECONDS)), SECONDS),
        {option: value for option, value in given.items() if value is not None} | parameters,
        has_schema and bool(getattr(model, "structured", True)) and "response_format" not in parameters,
    )


def check_endpoint(predictor: str, endpoint: Endpoint) -> list[Check]:
    """Check an endpoint with one call, or two if the first leaves open whether structured output failed."""
    import requests

    name = f"{predictor}: endpoint"
    asking = _Asking(endpoint, time.monotonic() + endpoint.timeout)
    try:
        return _ask(predictor, asking)
    except requests.exceptions.Timeout:
        found = f"{endpoint.shown}: no answer within {endpoint.timeout:g} seconds"
        return [
            fail(name, found, "try again: a local model may still be loading; otherwise check base_url and the server")
        ]
    except requests.exceptions.SSLError as error:
        found = f"{endpoint.shown}: no secure connection: {asking.redact(error)}"
        return [fail(name, found, "check https:// in base_url, the clock, and the proxy's certificate")]
    except requests.exceptions.ConnectionError as error:
        found = f"{endpoint.shown}: cannot be reached: {asking.redact(_cause(error))}"
        return [fail(name, found, "start the server, or correct base_url")]
    except (requests.exceptions.RequestException, ValueError) as error:
        return [fail(name, f"{endpoint.shown}: {asking.redact(error)}", "check base_url")]


@dataclass
class _Asking:
    """The calls to one endpoint; all of them end by `deadline`."""

    endpoint: Endpoint
    deadline: float
    seconds: float = 0.0  # the duration of the last call

    def ask(self, *, structured: bool) -> Response:
        body = {"model": self.endpoint.model, "messages": [{"role": "user", "content": _PROMPT}]}
        body |= self.endpoint.options | ({"response_format": _FORMAT} if structured else {})
        return self._send("POST", CHAT, body)

    def models(self) -> list[str]:
        """Return the names of the endpoint's models; empty if it does not list them."""
        import requests

        try:
            listed = self._send("GET", MODELS).json()
            return [str(model["id"]) for model in listed["data"]]
        except (requests.exceptions.RequestException, ValueError, LookupError, TypeError):
            return []

    def redact(self, error: object) -> str:
        return redact(one_line(redact(str(error), self.endpoint.key)), self.endpoint.key)

    def _send(self, method: str, path: str, body: object = None) -> Response:
        import requests

        left = self.deadline - time.monotonic()
        if left <= 0:
            raise requests.exceptions.Timeout
        started = time.perf_counter()
        with requests.Session() as session:
            session.trust_env = not self.endpoint.is_local
            response = session.request(
                method,
                address_of(self.endpoint.url, path),
                json=body,
                timeout=left,
                auth=_with_key(self.endpoint),
                allow_redirects=False,
            )
        self.seconds = time.perf_counter() - started
        return response


def _with_key(endpoint: Endpoint) -> Callable[[PreparedRequest], PreparedRequest]:
    """Return an authentication that sends the key, and nothing from ~/.netrc."""

    def put(request: PreparedRequest) -> PreparedRequest:
        request.headers.update(key_headers(endpoint.url, endpoint.key))
        return request

    return put


def _ask(predictor: str, asking: _Asking) -> list[Check]:
    endpoint, name = asking.endpoint, f"{predictor}: endpoint"
    response = asking.ask(structured=endpoint.structured)
    refused = ""
    if endpoint.structured and _status(response) >= 400 and _status(response) not in (401, 403, 404, *_BUSY):
        refused = f"HTTP {_status(response)}: {asking.redact(_message(response))}"
        response = asking.ask(structured=False)
    if _status(response) != 200:
        return [_not_answered(name, asking, response)]
    if is_stream(response.headers, response.content):
        found = f"{endpoint.shown}: {endpoint.model}: sent a stream that was not asked for"
        return [fail(name, found, "set the server or gateway to send whole answers, or use another one")]
    if _calls_tool(response):
        found = f"{endpoint.shown}: {endpoint.model}: answered with a tool call and no text"
        return [fail(name, found, "remove the tools from the server or from `parameters`, or use another model")]
    content = _content(response)
    if content is None:
        found = f"{endpoint.shown}: the answer is not a chat completion: {asking.redact(response.text)[:200]}"
        return [fail(name, found, "check base_url; it usually ends in /v1")]
    reason = _finish_reason(response)
    answered = _answered(name, asking, reason)
    if not endpoint.structured:
        return [answered]
    return [answered, _structured(f"{predictor}: structured output", refused, content, failure_of(reason))]


def _answered(name: str, asking: _Asking, reason: object) -> Check:
    endpoint = asking.endpoint
    found = f"{endpoint.shown}: {endpoint.model} answered in {asking.seconds:.1f} seconds"
    if is_unknown(reason):
        ended = f"{found}, with {asking.redact(shown_reason(reason))}"
        return note(name, ended, "its meaning is unknown: an answer counts as whole if it can be read to its end")
    if asking.seconds > _SLOW:
        return note(name, found, "it is slow; if the server is your own, lower `concurrency`")
    return ok(name, found)


def _structured(name: str, refused: str, content: str, failure: str) -> Check:
    """Judge by the endpoint's answer or refusal whether it follows `response_format`."""
    without = "Tiebreak will ask for plain JSON; `structured = false` in the model's section saves the try"
    if refused:
        return note(name, f"not supported: {refused}", without)
    try:
        fits = json.loads(content).keys() == _SCHEMA["properties"].keys()
    except (ValueError, AttributeError):
        fits = False
    if failure and not fits:
        return note(name, f"not known: {failure}", "raise or remove `max_tokens` if it is set; otherwise try again")
    if not fits:
        return note(name, "ignored: the answer does not follow the JSON schema", without)
    return ok(name, "supported (response_format json_schema)")


def _not_answered(name: str, asking: _Asking, response: Response) -> Check:
    endpoint, status = asking.endpoint, _status(response)
    found = f"{endpoint.shown}: {endpoint.model}: HTTP {status}: {asking.redact(_message(response))}"
    if 300 <= status < 400:
        return fail(name, found, "it redirects: write the new address as base_url")
    if status in (401, 403):
        return fail(name, found, f"check the key in {endpoint.key_env or 'a variable, and name it in api_key_env'}")
    if status in (404, 405):
        models = asking.models()
        if models and endpoint.model not in models:
            return fail(name, found, f"no such model; the endpoint lists {_some(models)}")
        return fail(name, found, "check the model's name, and base_url, which usually ends in /v1")
    if status == 429 and re.search("quota|credit|billing", _message(response), re.IGNORECASE):
        return fail(name, found, "the account's credit is used up: see the provider's billing page")
    if status in _BUSY:
        return note(name, found, "it is up, but busy: a run waits as long as the endpoint asks")
    if status >= 500:
        return fail(name, found, "the server failed: try again, or look at its log")
    return fail(name, found, "correct the option that it names, in the model's section of the config")


def _parameters(model: Any) -> dict[str, Any]:
    parameters = getattr(model, "parameters", None)
    return dict(parameters) if isinstance(parameters, dict) else {}


def _status(response: Response) -> int:
    """Return the HTTP status, or the status in an error that came with 200."""
    status: int = response.status_code
    return status_in(failure) if status == 200 and (failure := error_in(_body(response))) else status


def _body(response: Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def _content(response: Response) -> str | None:
    try:
        content = _body(response)["choices"][0]["message"]["content"]
    except (LookupError, TypeError):
        return None
    return content if isinstance(content, str) else ""


def _calls_tool(response: Response) -> bool:
    try:
        message = _body(response)["choices"][0]["message"]
        return bool(message.get("tool_calls") or message.get("function_call")) and not message.get("content")
    except (LookupError, TypeError, AttributeError):
        return False


def _finish_reason(response: Response) -> object:
    try:
        return _body(response)["choices"][0].get("finish_reason")
    except (LookupError, TypeError, AttributeError):
        return None


def _message(response: Response) -> str:
    """Return the message of an error, in OpenAI's form or another, or else the meaning of the status."""
    failure = error_in(body := _body(response)) or body
    for key in ("message", "detail"):
        if isinstance(failure, dict) and failure.get(key):
            return str(failure[key])
    return str(failure) if failure else response.reason or "no reason given"


def _cause(error: BaseException) -> str:
    """Return the system's reason for the missing connection, out of the text that requests wraps around it."""
    text = str(error)
    if "resolve" in text or "getaddrinfo" in text:
        return "its name cannot be resolved"
    found = re.search(r"\[Errno -?\d+\] ([^'\")]+)", text)
    return found[1] if found else text


def _some(names: list[str], most: int = 8) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
