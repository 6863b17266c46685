"""Asks an LLM's endpoint one tiny question: is it there, does it know the model, does it give structured output."""

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

SECONDS = 8.0  # for all calls together, so that they end before the check is left behind
_SLOW = 5.0  # seconds that are worth a word
_PROMPT = "What is Ada Lovelace, a person or a place? Answer with that one word."  # JSON comes of the schema alone
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
    """Where a model is asked, and with what; `key` is the value of the variable `key_env`, empty for none."""

    url: str
    model: str
    key_env: str | None = None
    key: str = field(default="", repr=False)
    timeout: float = SECONDS
    options: dict[str, Any] = field(default_factory=dict)
    structured: bool = True  # whether answers are asked for by a JSON schema

    @property
    def shown(self) -> str:
        return plain_url(self.url)

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine, where no proxy leads to."""
        return urlsplit(self.url).hostname in ("localhost", "127.0.0.1", "::1")


def endpoint_of(model: Any, *, has_schema: bool = True) -> Endpoint | None:
    """The endpoint of an assembled `tiebreak.OpenAI.v1`; None where `model` is another one.

    `has_schema`: its task asks for JSON by a schema.
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
    """One call, with a second one only where the first leaves open whether structured output is what failed."""
    import requests

    name = f"{predictor}: endpoint"
    asking = _Asking(endpoint, time.monotonic() + endpoint.timeout)
    try:
        return _ask(predictor, asking)
    except requests.exceptions.Timeout:
        found = f"{endpoint.shown}: no answer within {endpoint.timeout:g} seconds"
        return [
            fail(name, found, "try again, since a local model may still be loading; else check base_url and server")
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
    """The calls to one endpoint, which together end at `deadline`."""

    endpoint: Endpoint
    deadline: float
    seconds: float = 0.0  # that the last call took

    def ask(self, *, structured: bool) -> Response:
        body = {"model": self.endpoint.model, "messages": [{"role": "user", "content": _PROMPT}]}
        body |= self.endpoint.options | ({"response_format": _FORMAT} if structured else {})
        return self._send("POST", CHAT, body)

    def models(self) -> list[str]:
        """The models that the endpoint lists; none where it does not list them."""
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
    """Sends the key, and nothing that ~/.netrc has for the host."""

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
        found = f"{endpoint.shown}: {endpoint.model}: answers as a stream only, and none was asked for"
        return [fail(name, found, "have the server or the gateway answer at once, or ask another one")]
    if _calls_tool(response):
        found = f"{endpoint.shown}: {endpoint.model}: answered with a tool call, and with no text"
        return [fail(name, found, "take the tools from the server, or from `parameters`; or ask another model")]
    content = _content(response)
    if content is None:
        found = f"{endpoint.shown}: the answer is not a chat completion: {asking.redact(response.text)[:200]}"
        return [fail(name, found, "check base_url, which mostly ends in /v1")]
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
        return note(name, ended, "it may mean anything: an answer counts as whole where it can be read to its end")
    if asking.seconds > _SLOW:
        return note(name, found, "slow: expect it, or lower `concurrency` where the server is your own")
    return ok(name, found)


def _structured(name: str, refused: str, content: str, failure: str) -> Check:
    """Whether `response_format` holds, from what the endpoint said to it."""
    without = "answers are asked for as plain JSON; `structured = false` in the model's section saves the try"
    if refused:
        return note(name, f"not supported: {refused}", without)
    try:
        fits = json.loads(content).keys() == _SCHEMA["properties"].keys()
    except (ValueError, AttributeError):
        fits = False
    if failure and not fits:
        return note(name, f"not known: {failure}", "raise `max_tokens`, or drop it, where it is set; else try again")
    if not fits:
        return note(name, "passed over: the answer does not keep to the JSON schema", without)
    return ok(name, "supported (response_format json_schema)")


def _not_answered(name: str, asking: _Asking, response: Response) -> Check:
    endpoint, status = asking.endpoint, _status(response)
    found = f"{endpoint.shown}: {endpoint.model}: HTTP {status}: {asking.redact(_message(response))}"
    if 300 <= status < 400:
        return fail(name, found, "it redirects: write the address that it names as base_url")
    if status in (401, 403):
        return fail(name, found, f"check the key in {endpoint.key_env or 'a variable, and name it in api_key_env'}")
    if status in (404, 405):
        models = asking.models()
        if models and endpoint.model not in models:
            return fail(name, found, f"no such model; the endpoint lists {_some(models)}")
        return fail(name, found, "check the model's name, and base_url, which mostly ends in /v1")
    if status == 429 and re.search("quota|credit|billing", _message(response), re.IGNORECASE):
        return fail(name, found, "the account has nothing left to spend: see the provider's page on billing")
    if status in _BUSY:
        return note(name, found, "it is there, but busy: a run waits as long as it asks")
    if status >= 500:
        return fail(name, found, "the server is in trouble: try again, or look into its log")
    return fail(name, found, "correct what it names in the model's section of the config")


def _parameters(model: Any) -> dict[str, Any]:
    parameters = getattr(model, "parameters", None)
    return dict(parameters) if isinstance(parameters, dict) else {}


def _status(response: Response) -> int:
    """The status, or that of an error which came with 200."""
    status: int = response.status_code
    return status_in(said) if status == 200 and (said := error_in(_body(response))) else status


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
    """What an error says, in OpenAI's form or another; else what the status means."""
    said = error_in(body := _body(response)) or body
    for key in ("message", "detail"):
        if isinstance(said, dict) and said.get(key):
            return str(said[key])
    return str(said) if said else response.reason or "no reason given"


def _cause(error: BaseException) -> str:
    """The system's own words for why there is no connection, out of those that requests wraps around them."""
    text = str(error)
    if "resolve" in text or "getaddrinfo" in text:
        return "its name cannot be resolved"
    found = re.search(r"\[Errno -?\d+\] ([^'\")]+)", text)
    return found[1] if found else text


def _some(names: list[str], most: int = 8) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
