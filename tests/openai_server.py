"""A loopback HTTP server that speaks the OpenAI protocol, for tests and benchmarks."""

import argparse
import asyncio
import json
import re
import signal
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from http.client import responses
from pathlib import Path
from typing import Any, Self

AZURE = "/openai/deployments/test-model"  # Azure's path of a model, beside OpenAI's


@dataclass(frozen=True)
class Request:
    """One request as it was read; `prompt` is the content of the last user message."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    prompt: str
    at: float


@dataclass(frozen=True)
class Reply:
    """The reply to a chat request; `raw` replaces the whole body. `kind` names it in `served`.

    `choice` is added to the choice of the reply, and `usage` to the server's own counts.
    """

    status: int = 200
    content: str | None = ""
    finish_reason: str | None = "stop"
    headers: dict[str, str] = field(default_factory=dict)
    delay: float | None = None
    hang: bool = False
    reset: bool = False
    raw: bytes | None = None
    refusal: str | None = None
    choice: dict[str, Any] = field(default_factory=dict)
    usage: dict[str, Any] = field(default_factory=dict)
    kind: str = ""


def error(status: int = 500, message: str = "", code: str | None = None) -> Reply:
    """Return a reply with the OpenAI error body."""
    kind = "server_error" if status >= 500 else "invalid_request_error"
    body = {"message": message, "type": kind, "param": None, "code": code}
    return Reply(status, raw=json.dumps({"error": body}).encode())


def rate_limited(retry_after: float) -> Reply:
    """Return a 429 that asks the client to wait `retry_after` seconds."""
    reply = error(429, "Rate limit reached.", "rate_limit_exceeded")
    return replace(reply, headers={"Retry-After": f"{retry_after:g}"})


def cut_off(content: str) -> Reply:
    """Return a reply that ran into the token limit."""
    return Reply(content=content, finish_reason="length")


server_error = partial(error, message="The server had an error.")
unauthorized = partial(error, 401, "Incorrect API key provided.", "invalid_api_key")
model_not_found = partial(error, 404, "The model does not exist.", "model_not_found")
hang = timeout = partial(Reply, hang=True)
nonsense = partial(Reply, raw=b"<html><body>Bad gateway</body></html>")
no_content = partial(Reply, content=None)


def streamed(*pieces: str) -> Reply:
    """Return a reply in pieces, as server-sent events, though the client did not ask for a stream."""
    chunks = [
        {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": each}}]} for each in pieces
    ]
    raw = "".join(f"data: {each}\n\n" for each in (*map(json.dumps, chunks), "[DONE]"))
    return Reply(headers={"Content-Type": "text/event-stream"}, raw=raw.encode())


def tool_call(name: str = "extract", arguments: str = "{}") -> Reply:
    """Return a reply that calls a tool, which has no content."""
    calls = [{"id": "call_1", "type": "function", "function": {"name": name, "arguments": arguments}}]
    message = {"role": "assistant", "content": None, "tool_calls": calls}
    return Reply(finish_reason="tool_calls", choice={"message": message})


reset = partial(Reply, reset=True)


def task_text(prompt: str) -> str:
    """Return the text which a NER.v3 or NER.v2 prompt asks about, or else the last paragraph."""
    text = prompt.strip().removesuffix("Answer:").removesuffix("'''")
    mark = "Text:\n'''\n" if prompt.rstrip().endswith("'''") else "\nParagraph: "
    return text.rpartition(mark if mark in text else "\n\n")[2].strip()


def capitalised(prompt: str) -> list[str]:
    """Return the capitalised words of the text which the prompt asks about."""
    return [w for w in re.findall(r"\w+", task_text(prompt)) if w[0].isupper()]


def ner_v3_answer(prompt: str, labels: Sequence[str] = ("ORG",)) -> str:
    """Write capitalised words as spacy.NER.v3 parses them, the labels taken in turn."""
    n, words = len(labels), enumerate(capitalised(prompt))
    lines = [f"{i + 1}. {w} | True | {labels[i % n]} | is a name" for i, w in words]
    return "\n".join(lines) or "1. none | False | ==NONE== | no word is capitalised"


def ner_v2_answer(prompt: str, labels: Sequence[str] = ("ORG",)) -> str:
    """Write capitalised words as spacy.NER.v2 parses them, the labels taken in turn."""
    words, n = list(dict.fromkeys(capitalised(prompt))), len(labels)
    return "\n".join(f"{labels[i]}: {', '.join(words[i::n])}" for i in range(n))


@dataclass(eq=False)
class OpenAIServer:
    """The server, in a background thread; `answer` gets a prompt and must not block.

    The server answers 400 to the types of response_format in `refused_formats`. `served` has the prompt of each
    finished chat request, with its outcome:
    - `ok`, the status of an error, or the kind of a reply that has a kind;
    - `gone` if the client did not wait for the reply;
    - `dropped` if the server stopped.
    """

    answer: Callable[[str], str | Reply] = ner_v3_answer
    latency: float = 0.0
    models: Sequence[str] = ("gpt-4", "gpt-3.5-turbo", "test-model")
    api_key: str | None = None
    refused_formats: Sequence[str] = ()
    port: int = 0
    requests: list[Request] = field(default_factory=list, init=False)
    served: list[tuple[str, str]] = field(default_factory=list, init=False)
    in_flight_peak: int = field(default=0, init=False)
    _in_flight: int = field(default=0, init=False)
    _script: deque[Reply] = field(default_factory=deque, init=False)
    _fail: Callable[[Request], Reply | None] = lambda _: None
    _thread: threading.Thread | None = field(default=None, init=False)
    _stopping: Future[None] = field(default_factory=Future, init=False)

    @property
    def base_url(self) -> str:
        """The base URL for clients; known once the server has started."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def calls(self) -> int:
        """The number of chat completion requests so far, failed requests included."""
        return sum(r.path.partition("?")[0].endswith("/chat/completions") for r in self.requests)

    def script(self, *replies: Reply) -> None:
        """Queue replies; each of the next chat requests takes one, whatever its prompt."""
        self._script.extend(replies)

    def fail_when(self, predicate: Callable[[Request], Reply | None]) -> None:
        """Use the reply of `predicate` when it gives one and none is queued."""
        self._fail = predicate

    def start(self) -> Self:
        """Listen and serve; a second start takes the same port again."""
        listener = socket.create_server(("127.0.0.1", self.port), backlog=1024)
        self.port, self._stopping = listener.getsockname()[1], Future()
        run = self._listen(listener)
        self._thread = threading.Thread(target=asyncio.run, args=[run], daemon=True)
        self._thread.start()
        return self

    def stop(self, *exc_info: object) -> None:
        """Refuse new connections and drop the open connections."""
        if self._thread is not None and self._thread.is_alive():
            self._stopping.set_result(None)
            self._thread.join()

    __enter__, __exit__ = start, stop

    def restart(self) -> None:
        """Stop if need be and serve on the same port again."""
        self.stop()
        self.start()

    async def _listen(self, listener: socket.socket) -> None:
        server = await asyncio.start_server(self._serve, sock=listener, backlog=1024)
        await asyncio.wrap_future(self._stopping)
        server.close()

    async def _serve(self, r: asyncio.StreamReader, w: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection, one after the other."""
        sock, linger = w.get_extra_info("socket"), struct.pack("ii", 1, 0)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with closing(w), suppress(EOFError, ConnectionError, asyncio.CancelledError):
            while not (reply := await self._reply(r)).reset:
                body, phrase = reply.raw or b"", responses.get(reply.status)
                start, kind = f"HTTP/1.1 {reply.status} {phrase}", "application/json"
                headers = {"Content-Type": kind, "Content-Length": str(len(body))}
                lines = [f"{k}: {v}" for k, v in (headers | reply.headers).items()]
                w.write("\r\n".join([start, *lines, "\r\n"]).encode("latin-1") + body)
                await w.drain()
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)  # close = RST

    async def _reply(self, r: asyncio.StreamReader) -> Reply:
        """Read and record one request and make the reply to it."""
        head = (await r.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, path, _ = head.split(" ", 2)
        headers = {k.lower(): v.strip() for k, v in re.findall(r"(.+?):(.*)", head)}
        payload = await r.readexactly(int(headers.get("content-length", 0)))
        try:
            body = dict(json.loads(payload))
            prompt = [m["content"] for m in body["messages"] if m["role"] == "user"][-1]
            sound = isinstance(body["model"] + prompt, str) and not body.get("stream")
        except (ValueError, TypeError, LookupError):
            body, prompt, sound = {}, "", False
        request = Request(path, headers, body, prompt, time.monotonic())
        self.requests.append(request)
        if self.api_key and self.api_key not in (
            headers.get("authorization", "")[len("Bearer ") :],
            headers.get("api-key"),
        ):
            return unauthorized()
        path = path.partition("?")[0]
        if (method, path) == ("GET", "/v1/models"):
            about = {"object": "model", "created": 0, "owned_by": "test"}
            data = [about | {"id": model} for model in self.models]
            return Reply(raw=json.dumps({"object": "list", "data": data}).encode())
        if (method, path) not in (("POST", "/v1/chat/completions"), ("POST", f"{AZURE}/chat/completions")):
            return error(404, f"Invalid URL ({method} {path})", "unknown_url")
        if not sound:
            return error(400, "Expected JSON: model, text messages and no stream.")
        self._in_flight += 1
        self.in_flight_peak = max(self.in_flight_peak, self._in_flight)
        became = "dropped"
        try:
            reply, became = await self._chat(request, r)
            return reply
        except EOFError:
            became = "gone"
            raise
        finally:
            self.served.append((prompt, became))
            self._in_flight -= 1

    async def _chat(self, request: Request, r: asyncio.StreamReader) -> tuple[Reply, str]:
        """Return the reply to a chat request, after its latency, and its kind."""
        reply = self._chosen(request)
        delay = self.latency if reply.delay is None else reply.delay
        with suppress(TimeoutError):
            async with asyncio.timeout(None if reply.hang else delay):
                await r.read(1)
                raise EOFError("the client has gone")
        kind = reply.kind or ("reset" if reply.reset else "ok" if reply.status < 400 else str(reply.status))
        return self._made(request, reply), kind

    def _chosen(self, request: Request) -> Reply:
        if self._script:
            return self._script.popleft()
        if (request.body.get("response_format") or {}).get("type") in self.refused_formats:
            return error(400, "response_format is not supported")
        answer = self._fail(request) or self.answer(request.prompt)
        return answer if isinstance(answer, Reply) else Reply(content=answer)

    def _made(self, request: Request, reply: Reply) -> Reply:
        """Return the reply with its body."""
        if reply.raw is not None:
            return reply
        if reply.status >= 400:
            return replace(reply, raw=error(reply.status, reply.content or "").raw)
        content = reply.content if reply.refusal is None else None
        message = {"role": "assistant", "content": content, "refusal": reply.refusal}
        choice = {"index": 0, "message": message, "finish_reason": reply.finish_reason} | reply.choice
        sent = sum(len(str(m.get("content")).split()) for m in request.body["messages"])
        got = len((content or "").split())
        usage = {"prompt_tokens": sent, "completion_tokens": got}
        usage |= {"total_tokens": sent + got} | reply.usage
        about = {"id": f"chatcmpl-{len(self.requests)}", "object": "chat.completion"}
        made = {"created": int(time.time()), "model": request.body["model"]}
        body = {**about, **made, "choices": [choice], "usage": usage}
        return replace(reply, raw=json.dumps(body).encode())


def main() -> None:
    """Serve until SIGTERM; the first line on stdout is the base URL."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds")
    parser.add_argument("--labels", default="ORG", help="labels to take in turn, such as ORG,PERSON")
    parser.add_argument("--answers", type=Path, help='JSONL, {"text":, "answer":}')
    args = parser.parse_args()
    rows = args.answers.read_text("utf-8").strip().split("\n") if args.answers else []
    known = {row["text"].strip(): row["answer"] for row in map(json.loads, rows)}

    def answer(prompt: str) -> str:
        ner = ner_v2_answer if prompt.rstrip().endswith("'''") else ner_v3_answer
        return str(known.get(task_text(prompt), ner(prompt, args.labels.split(","))))

    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    with OpenAIServer(answer, args.latency, port=args.port) as server:
        print(server.base_url, flush=True)
        signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    main()
