"""The engine over many texts: its time against the ideal, its CPU time, its memory, and two predictors together.

Each run is a process of its own over a new store.

- `engine`: 64 calls in flight at an endpoint that takes 200 ms, against texts / 64 times 200 ms. The time runs from
  when the predictor is open to the last prediction saved; median of three.
- `cpu`: CPU time a text of such runs, against that of `client_once`; medians of three, in turn.
- `memory`: the peak for many texts minus the peak for few, at an endpoint that answers at once.
- `together`: spaCy and an LLM at the same time, on paragraphs, against the slower of the two alone. Their speeds are
  about the same; medians of three, in turn.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from benchmarks import texts
from benchmarks.bench import ROOT, Bench
from benchmarks.endpoint import CONFIG, endpoint, json_answers, llm
from benchmarks.rows import Reach, Row
from benchmarks.terminal import installed_environment
from benchmarks.timed_run import timed_run
from tiebreak.core.label_map import LabelMap
from tiebreak.core.loading.demo import SPACY_LABELS
from tiebreak.core.project.config import PredictorConfig

_LATENCY, _CONCURRENCY = 0.2, 64
_TOGETHER = 24  # calls in flight beside spaCy
_PARAGRAPH = 6  # headlines in a paragraph


def rows(bench: Bench) -> Iterator[Row]:
    """Yield the time against the ideal."""
    headlines = texts.unique_texts(bench.size(2000, 400))
    with endpoint(_LATENCY) as base_url:
        predictor = llm(bench.folder, base_url, _CONCURRENCY)
        runs = [timed_run(bench.folder, headlines, predictor) for _ in range(3)]
    seconds, ideal = median(run.seconds for run in runs), len(headlines) / _CONCURRENCY * _LATENCY
    what = f"engine, {len(headlines):,} texts, {_CONCURRENCY} in flight, first call to last answer saved"
    yield Row(what, seconds, "s", ideal, "ideal", seconds / ideal, Reach("at most", 1.2))
    whole = median(run.whole for run in runs)
    yield Row("the same, from exec to exit", whole, "s", ideal, "ideal", whole / ideal)


def cpu_rows(bench: Bench) -> Iterator[Row]:
    """Yield the CPU time a text of spacy-llm's task, and of Tiebreak's task as a note."""
    headlines = texts.unique_texts(bench.size(2000, 400))
    ours: dict[str, list[float]] = {}
    theirs: list[float] = []
    answers = json_answers(bench.folder / "answers.jsonl", headlines)
    with endpoint(_LATENCY) as base_url, endpoint(_LATENCY, answers) as in_json, endpoint(0.0) as at_once:
        for _ in range(3):
            for task, url in (("spacy.NER.v3", base_url), ("tiebreak.NER.v1", in_json)):
                run = timed_run(bench.folder, headlines, llm(bench.folder, url, _CONCURRENCY, task))
                ours.setdefault(task, []).append(1000 * run.cpu / len(headlines))
            theirs.append(1000 * _client(bench.folder, at_once, headlines) / len(headlines))
    for task, times in ours.items():
        measured, against = median(times), median(theirs)
        reach = Reach("at most", 1.3) if task == "spacy.NER.v3" else None
        what = f"engine's CPU time a text, stored, {task}"
        yield Row(what, measured, "ms", against, "openai's client and spacy-llm's task", measured / against, reach)


def memory_rows(bench: Bench) -> Iterator[Row]:
    """Yield the peak memory of the engine with an LLM, with spaCy, and of a spaCy pipeline's process."""
    few, many = bench.size(1000, 500), bench.size(100_000, 5000)
    reach = Reach("at most", 50.0, "MB")
    with endpoint(0.0) as base_url:
        predictor = llm(bench.folder, base_url, _CONCURRENCY)
        base, peak = (timed_run(bench.folder, texts.unique_texts(count), predictor).megabytes for count in (few, many))
    what, against = f"peak memory of the engine, {many:,} texts", f"at {few:,}"
    yield Row(f"{what}, LLM", peak, "MB", base, against, peak - base, reach)
    runs = [timed_run(bench.folder, texts.unique_texts(count), _spacy()) for count in (few, many)]
    base, peak = (run.megabytes for run in runs)
    yield Row(f"{what}, spaCy", peak, "MB", base, against, peak - base, reach)
    base, peak = (run.worker for run in runs)
    yield Row("the same, the pipeline's process", peak, "MB", base, against, peak - base, reach)


def together_rows(bench: Bench) -> Iterator[Row]:
    """Yield the time of both predictors at once, against the slower of them alone."""
    headlines = texts.unique_texts(_PARAGRAPH * bench.size(1600, 400))
    paragraphs = [". ".join(headlines[at : at + _PARAGRAPH]) for at in range(0, len(headlines), _PARAGRAPH)]
    taken: dict[str, list[float]] = {"spaCy": [], "LLM": [], "both": []}
    with endpoint(_LATENCY) as base_url:
        asked, spacy = llm(bench.folder, base_url, _TOGETHER), _spacy()
        for _ in range(3):
            for name, predictors in (("spaCy", [spacy]), ("LLM", [asked]), ("both", [spacy, asked])):
                taken[name].append(timed_run(bench.folder, paragraphs, *predictors).seconds)
    seconds = {name: median(times) for name, times in taken.items()}
    slower = max(seconds["spaCy"], seconds["LLM"])
    against = f"the slower alone (spaCy {seconds['spaCy']:.1f} s, LLM {seconds['LLM']:.1f} s)"
    what = f"spaCy and LLM together, {len(paragraphs):,} paragraphs"
    yield Row(what, seconds["both"], "s", slower, against, seconds["both"] / slower, Reach("at most", 1.15))


def _spacy() -> PredictorConfig:
    return PredictorConfig("spacy", "en_core_web_sm", LabelMap.parse(SPACY_LABELS))


def _client(folder: Path, base_url: str, headlines: Sequence[str]) -> float:
    """Return the CPU seconds of `client_once`."""
    config, source = folder / "client.cfg", folder / "client.txt"
    config.write_text(CONFIG.format(task="spacy.NER.v3") + '@llm_models = "spacy.NoOp.v1"\n')
    source.write_text("\n".join(headlines), encoding="utf-8")
    command = [sys.executable, "-m", "benchmarks.client_once", str(config), base_url, str(source)]
    environment = installed_environment()
    done = json.loads(subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE).stdout)
    if done["count"] != len(headlines):
        raise RuntimeError(f"the client predicted {done['count']} of {len(headlines)} texts")
    return float(done["cpu"])
