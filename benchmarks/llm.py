"""An LLM's predictions from an endpoint that takes 200 ms, 32 calls in flight.

The engine runs in a process of its own; the time is from when the predictor is open and checked to the last prediction
saved. The median of three counts. It is compared with the ideal, texts / 32 times 200 ms, and with spacy-llm's own
model `spacy.GPT-4.v3` with the same task. That model is timed on 32 texts and scaled by the text, which is fair, as it
makes one call after the other. Its check of api.openai.com's list of models goes to the endpoint too.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

import requests

from benchmarks import texts
from benchmarks.bench import Bench
from benchmarks.endpoint import CONFIG, endpoint, llm
from benchmarks.rows import Reach, Row
from benchmarks.timed_run import timed_run

_LATENCY, _CONCURRENCY, _STOCK_TEXTS = 0.2, 32, 32


def rows(bench: Bench) -> Iterator[Row]:
    headlines = texts.unique_texts(bench.size(256, 64))
    with endpoint(_LATENCY) as base_url:
        predictor = llm(bench.folder, base_url, _CONCURRENCY)
        seconds = median(timed_run(bench.folder, headlines, predictor).seconds for _ in range(3))
        stock = len(headlines) * _stock(bench.folder / "stock.cfg", base_url, headlines[:_STOCK_TEXTS])
    ideal = len(headlines) / _CONCURRENCY * _LATENCY
    what = f"LLM predictions, {len(headlines)} texts, {_CONCURRENCY} in flight"
    yield Row(what, seconds, "s", ideal, "ideal", seconds / ideal, Reach("at most", 1.25))
    yield Row(what, seconds, "s", stock, "spacy.GPT-4.v3", stock / seconds, Reach("at least", 15.0))


def _stock(config: Path, base_url: str, headlines: list[str]) -> float:
    """Return the seconds a text that spacy-llm's own model takes."""
    import spacy_llm.util

    model = f'@llm_models = "spacy.GPT-4.v3"\nname = "gpt-4"\nendpoint = "{base_url}/chat/completions"\n'
    config.write_text(CONFIG.format(task="spacy.NER.v3") + model)
    get = requests.get

    def get_here(url: str, **options: Any) -> requests.Response:
        return get(url.replace("https://api.openai.com/v1", base_url), **options)

    with patch.dict(os.environ, {"OPENAI_API_KEY": "none"}), patch("requests.get", get_here):
        nlp = spacy_llm.util.assemble(config)
    started = time.perf_counter()
    done = sum(1 for _ in nlp.pipe(headlines))
    return (time.perf_counter() - started) / done
