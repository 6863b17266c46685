"""Time how long the store takes to save the answers of one annotator, without a screen, in a process of its own.

argv: the store, the annotator, the number of answers, and the seconds from one answer to the next. The process prints
"ready", begins when it reads a line on stdin, and prints the seconds that each answer took.
"""

from __future__ import annotations

import sys
import time

from tiebreak.core.review.session import ReviewSession
from tiebreak.core.store.opening import open_store


def main(path: str, annotator: str, count: str, pace: str) -> None:
    with open_store(path) as store:
        session = ReviewSession(store, annotator)
        review = session.next()
        print("ready", flush=True)
        sys.stdin.readline()
        for _ in range(int(count)):
            if review is None:
                raise RuntimeError("no example is left to answer; the store is too small")
            began = time.perf_counter()
            review = session.answer(review, "accept", seconds=1, keys=1)
            print(time.perf_counter() - began)
            time.sleep(max(0.0, float(pace) - (time.perf_counter() - began)))


if __name__ == "__main__":
    main(*sys.argv[1:])
