"""An LLM's predictions from an endpoint that takes 200 ms, 32 calls in flight.

The endpoint is `tests/openai_server.py` in a process of its own. Measured is the engine, from when the predictor is
open and checked to the last prediction saved; the median of three. Against it stand the ideal, texts / 32 times 200 ms,
and spacy-llm's own model `spacy.GPT-4.v3` with the same task, on 32 texts and scaled by the text (it asks one after
the other, so that is fair); its check of api.openai.com's list of models is sent to the endpoint, too.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

import requests

from benchmarks import texts
from benchmarks.bench import ROOT, Bench
from benchmarks.rows import Reach, Row
from benchmarks.timed_run import timed_run
from tiebreak.core.config import PredictorConfig

_LATENCY, _CONCURRENCY, _STOCK_TEXTS = 0.2, 32, 32

_CONFIG = """
[nlp]
lang = "en"
pipeline = ["llm"]

[components]

[components.llm]
factory = "llm"

[components.llm.task]
@llm_tasks = "spacy.NER.v3"
labels = ["ORG", "PERSON", "LOCATION", "PRODUCT"]

[components.llm.model]
"""


def rows(bench: Bench) -> Iterator[Row]:
    headlines = texts.unique_texts(bench.size(256, 64))
    with _server() as base_url:
        config = bench.folder / "ours.cfg"
        model = f'@llm_models = "tiebreak.OpenAI.v1"\nname = "gpt-4"\nbase_url = "{base_url}"\napi_key_env = null\n'
        config.write_text(_CONFIG + model)
        predictor = PredictorConfig("llm", str(config), concurrency=_CONCURRENCY)
        seconds = median(timed_run(bench.folder, headlines, predictor) for _ in range(3))
        stock = len(headlines) * _stock(bench.folder / "stock.cfg", base_url, headlines[:_STOCK_TEXTS])
    ideal = len(headlines) / _CONCURRENCY * _LATENCY
    what = f"LLM predictions, {len(headlines)} texts, {_CONCURRENCY} in flight"
    yield Row(what, seconds, "s", ideal, "ideal", seconds / ideal, Reach("at most", 1.25))
    yield Row(what, seconds, "s", stock, "spacy.GPT-4.v3", stock / seconds, Reach("at least", 15.0))


def _stock(config: Path, base_url: str, headlines: list[str]) -> float:
    """Seconds a text of spacy-llm's own model."""
    import spacy_llm.util

    config.write_text(
        f'{_CONFIG}@llm_models = "spacy.GPT-4.v3"\nname = "gpt-4"\nendpoint = "{base_url}/chat/completions"\n'
    )
    get = requests.get

    def get_here(url: str, **options: Any) -> requests.Response:
        return get(url.replace("https://api.openai.com/v1", base_url), **options)

    with patch.dict(os.environ, {"OPENAI_API_KEY": "none"}), patch("requests.get", get_here):
        nlp = spacy_llm.util.assemble(config)
    started = time.perf_counter()
    done = sum(1 for _ in nlp.pipe(headlines))
    return (time.perf_counter() - started) / done


@contextmanager
def _server() -> Iterator[str]:
    """The endpoint; gives its base URL."""
    command = [sys.executable, str(ROOT / "tests" / "openai_server.py"), "--latency", str(_LATENCY)]
    with subprocess.Popen([*command, "--labels", ",".join(texts.LABELS)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
