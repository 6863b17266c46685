"""An endpoint on loopback for the benchmarks of LLMs: `tests/openai_server.py` in a process of its own, and configs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import texts
from benchmarks.bench import ROOT
from tiebreak.core.config import PredictorConfig

CONFIG = """
[nlp]
lang = "en"
pipeline = ["llm"]

[components]

[components.llm]
factory = "llm"

[components.llm.task]
@llm_tasks = "{task}"
labels = ["ORG", "PERSON", "LOCATION", "PRODUCT"]

[components.llm.model]
"""


@contextmanager
def endpoint(latency: float) -> Iterator[str]:
    """Answers after `latency` seconds, as spacy.NER.v3 asks, or as tiebreak.NER.v1 does; gives its base URL."""
    command = [sys.executable, str(ROOT / "tests" / "openai_server.py"), "--latency", str(latency)]
    with subprocess.Popen([*command, "--labels", ",".join(texts.LABELS)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def llm(folder: Path, base_url: str, concurrency: int, task: str = "spacy.NER.v3") -> PredictorConfig:
    """A predictor with our model that asks the endpoint."""
    path = folder / f"{task}-{base_url.rpartition(':')[2].partition('/')[0]}.cfg"
    model = f'@llm_models = "tiebreak.OpenAI.v1"\nname = "gpt-4"\nbase_url = "{base_url}"\napi_key_env = null\n'
    path.write_text(CONFIG.format(task=task) + model)
    return PredictorConfig("llm", str(path), concurrency=concurrency)
