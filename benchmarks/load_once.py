"""Load argv's SOURCE into a new store at argv's STORE, and print seconds and peak memory as JSON.

It is a process of its own, so that the memory is the load's. Linux passes `ru_maxrss` on from the parent through exec,
so the peak is `VmHWM` if the system has it.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import time
from pathlib import Path

from tiebreak.core.loading.sources import load_sources
from tiebreak.core.store.opening import create_store


def peak_memory(process: str = "self") -> float:
    """Return the peak memory of this process, or of the one with that id, in MB."""
    status = Path(f"/proc/{process}/status")
    if status.exists() and (peak := re.search(r"VmHWM:\s*(\d+) kB", status.read_text())):
        return int(peak[1]) / 1024
    peak_size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak_size / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def main(path: str, source: str) -> None:
    with create_store(path) as store:
        started = time.perf_counter()
        report = load_sources(store, [source])
        seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "megabytes": peak_memory(), "examples": report.new}))


if __name__ == "__main__":
    main(*sys.argv[1:])
