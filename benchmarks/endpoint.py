"""A loopback endpoint for the LLM benchmarks (`tests/openai_server.py` in a process of its own), and configs for it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks import texts
from benchmarks.bench import ROOT
from tiebreak.core.project.config import PredictorConfig

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
def endpoint(latency: float, answers: Path | None = None) -> Iterator[str]:
    """Run an endpoint and yield its base URL.

    It answers after `latency` seconds, in the format that spacy.NER.v3 asks for or with the recorded `answers`.
    """
    command = [sys.executable, str(ROOT / "tests" / "openai_server.py"), "--latency", str(latency)]
    command += ["--labels", ",".join(texts.LABELS), *(["--answers", str(answers)] if answers is not None else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def json_answers(path: Path, headlines: Sequence[str]) -> Path:
    """Write answers to the headlines in the format that tiebreak.NER.v1 asks for."""
    with path.open("w", encoding="utf-8") as file:
        for text in headlines:
            spans = texts.guess_spans(text, seed=1)
            listed = [{"text": text[span.start : span.end], "label": span.label} for span in spans]
            answer = json.dumps({"entities": listed}, ensure_ascii=False)
            file.write(json.dumps({"text": text, "answer": answer}) + "\n")
    return path


def llm(folder: Path, base_url: str, concurrency: int, task: str = "spacy.NER.v3") -> PredictorConfig:
    """Return a predictor whose model, `tiebreak.OpenAI.v1`, asks the endpoint."""
    path = folder / f"{task}-{base_url.rpartition(':')[2].partition('/')[0]}.cfg"
    model = f'@llm_models = "tiebreak.OpenAI.v1"\nname = "gpt-4"\nbase_url = "{base_url}"\napi_key_env = null\n'
    path.write_text(CONFIG.format(task=task) + model)
    return PredictorConfig("llm", str(path), concurrency=concurrency)
