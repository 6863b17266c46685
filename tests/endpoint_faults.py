"""Misbehaving endpoints for tests: faults by chance, rate limits, and the outcome of each text's requests."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from random import Random

from openai_server import OpenAIServer, Reply, Request, cut_off, nonsense, rate_limited, reset, server_error, task_text

RETRIED = ("429", "500", "hang", "reset", "html", "gone", "dropped")  # the outcomes after which a client tries again


@dataclass
class Faults:
    """Gives each request a fault by chance: `shares` has the share of each kind, `replies` the reply for it.

    The seed, the prompt and the number of the try decide, so that the order in which requests arrive does not matter.
    """

    seed: int
    shares: Mapping[str, float]
    replies: Mapping[str, Reply]
    tries: Counter[str] = field(default_factory=Counter)
    made: Counter[str] = field(default_factory=Counter)

    def __call__(self, request: Request) -> Reply | None:
        self.tries[request.prompt] += 1
        chance = Random(f"{self.seed} {self.tries[request.prompt]} {request.prompt}").random()
        for kind, share in self.shares.items():
            if chance < share:
                self.made[kind] += 1
                return replace(self.replies[kind], kind=kind)
            chance -= share
        return None


def all_at_once(seed: int) -> Faults:
    """Return faults at these rates: 30% 429 with Retry-After, 10% 500, 5% hangs, 5% cut off, 5% nonsense, 3% reset.

    Half of the nonsense is not JSON, half does not answer the question.
    """
    shares = {"429": 0.3, "500": 0.1, "hang": 0.05, "cut": 0.05, "html": 0.025, "unreadable": 0.025, "reset": 0.03}
    replies = {
        "429": rate_limited(0.02),
        "500": server_error(),
        "hang": Reply(hang=True),
        "cut": cut_off("1. Ac"),
        "html": nonsense(),
        "unreadable": Reply(content="I am a teapot."),
        "reset": reset(),
    }
    return Faults(seed, shares, replies)


@dataclass
class RateLimit:
    """Allows a number of requests per window of seconds; headers give the number left, and 429 answers the rest."""

    requests: int
    seconds: float
    answer: Callable[[str], str]
    refused: int = 0
    _left: int = 0
    _until: float = 0.0

    def __call__(self, request: Request) -> Reply:
        now = time.monotonic()
        if now >= self._until:
            self._left, self._until = self.requests, now + self.seconds
        if not self._left:
            self.refused += 1
            return rate_limited(self._until - now)
        self._left -= 1
        reset_in = f"{1000 * (self._until - now):.0f}ms"
        headers = {"x-ratelimit-remaining-requests": str(self._left), "x-ratelimit-reset-requests": reset_in}
        return Reply(content=self.answer(request.prompt), headers=headers)


def needless_requests(server: OpenAIServer) -> list[str]:
    """Return each text that was asked again after a request that needed no other try."""
    by_text: dict[str, list[str]] = {}
    for prompt, became in server.served:
        by_text.setdefault(task_text(prompt), []).append(became)
    return [f"{text}: {became}" for text, became in by_text.items() if any(each not in RETRIED for each in became[:-1])]
