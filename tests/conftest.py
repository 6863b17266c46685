"""Settings and fixtures that all tests share: hypothesis, excerpts of real data, real stores, and a real endpoint."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from llm_configs import ModelAnswer, Write, write_llm
from openai_server import OpenAIServer, ner_v3_answer
from stores import create_store

from tiebreak.core.records import Prediction, Record, Span, Task
from tiebreak.core.store import slices
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.predictions import save_predictions, start_run

# If the tests run in the background of a shell, the processes that they start would ignore Ctrl+C.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Processes that the tests start find the pipeline components in this folder.
# They write bytecode even if the environment forbids it: otherwise each would compile spaCy again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ["PYTHONPYCACHEPREFIX"] = str(Path(__file__).parents[1] / ".pytest_cache" / "bytecode")
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(Path(__file__).parent), os.environ.get("PYTHONPATH")]))

_EXAMPLES = {"short": 20, "full": 100}  # examples that hypothesis tries of each law
for _profile, _count in _EXAMPLES.items():
    settings.register_profile(
        _profile,
        deadline=None,
        max_examples=_count,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="also run the long tests (marked `full`)")


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("full" if config.getoption("--full") else "short")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Use a single process if the command names files: more would take longer to start than the tests to run."""
    return 0 if config.args_source is pytest.Config.ArgsSource.ARGS else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests that are long by nature, unless the command asks for them: by --full, by -m, or by name."""
    named = any("::" in argument for argument in config.args)
    if config.getoption("--full") or config.getoption("-m") or named:
        return
    left_out = [item for item in items if item.get_closest_marker("full")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if not item.get_closest_marker("full")]


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Shorten an id of a test that would be longer than a line."""
    return f"{argname} of {len(val)}" if isinstance(val, str | bytes) and len(val) > 80 else None


@pytest.fixture(autouse=True)
def same_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """The slice of a store that a test makes in this process is the same each time."""
    monkeypatch.setattr(slices, "new_salt", lambda: "of the tests")


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder with excerpts of real data."""
    return Path(__file__).parent / "data"


@pytest.fixture
def new_store(tmp_path: Path) -> Iterator[Callable[[Task], Store]]:
    """Makes stores, each in a file of its own, and closes them at the end."""
    stores: list[Store] = []
    numbers = count(1)

    def make(task: Task) -> Store:
        stores.append(create_store(tmp_path / f"made{next(numbers)}.db", task))
        return stores[-1]

    yield make
    for store in stores:
        store.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store with the task ner."""
    with create_store(tmp_path / "store.db") as store:
        yield store


@pytest.fixture
def model_answer() -> ModelAnswer:
    """The function that makes `server`'s answer from a prompt, unless a module of tests has its own."""
    return ner_v3_answer


@pytest.fixture
def server(model_answer: ModelAnswer) -> Iterator[OpenAIServer]:
    """A loopback endpoint; it says that every capitalised word is an ORG, in the form that spacy.NER.v3 parses."""
    with OpenAIServer(model_answer) as server:
        yield server


@pytest.fixture
def write(tmp_path: Path, server: OpenAIServer) -> Write:
    """Writes the config of an LLM that asks `server`."""
    return lambda *args, **settings: write_llm(tmp_path, server.base_url, *args, **settings)


@pytest.fixture
def same_environment() -> Iterator[None]:
    """Every variable that a test sets in the environment is gone after the test."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def predict() -> Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]:
    """Stores a predictor's spans of texts, or a string for the reason of a failure; returns the examples' ids."""

    def predict(store: Store, predictor: str, said: Mapping[str, Iterable[Span] | str]) -> dict[str, int]:
        ids, _ = add_examples(store, [Record(text) for text in said], "test")
        run_id = start_run(store, predictor=predictor, kind="file", fingerprint="1", model="test")
        predictions = [
            Prediction(example_id, error=spans)
            if isinstance(spans, str)
            else Prediction(example_id, tuple(sorted(spans)))
            for example_id, spans in zip(ids, said.values(), strict=True)
        ]
        save_predictions(store, run_id, predictions)
        return dict(zip(said, ids, strict=True))

    return predict
