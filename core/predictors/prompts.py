"""The prompts of one Doc, made as spacy-llm's own component makes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from tiebreak.core.predictors.tasks.few_shot import same_text

if TYPE_CHECKING:
    from spacy.tokens import Doc
    from spacy_llm.pipeline import LLMWrapper


class Prompter:
    """Makes the prompts of one LLM component. Use it from one thread at a time.

    The prompt of a text that is a few-shot example does not show its answer.
    """

    def __init__(self, llm: LLMWrapper) -> None:
        from spacy_llm.ty import supports_sharding

        from tiebreak.core.predictors.tasks.base import JSONTask

        self._task: Any = llm.task
        self._is_ours = isinstance(llm.task, JSONTask)
        self._length = getattr(llm._model, "context_length", None)
        self._has_shards = supports_sharding(llm.task)
        self._may_go_on = self._has_shards and _takes_one_by_one(llm.task)
        self.example_texts = _texts(
            llm.task.examples if self._is_ours else getattr(llm.task, "_prompt_examples", None) or ()
        )
        self._own = {same_text(text) for text in self.example_texts}
        self._doc: Doc | None = None
        self._stream: Iterator[Any] | None = None

    def prompts(self, doc: Doc, *, with_own: bool = False) -> tuple[list[Any], Any]:
        """Make the prompts of `doc`, and its shards. `with_own` includes its own answer, as earlier versions did."""
        if with_own and self._is_ours:
            return [self._task.prompt(doc.text, with_own=True)], doc
        with nullcontext() if with_own else self._without_own(doc.text):
            if not self._has_shards:
                return list(self._task.generate_prompts([doc])), doc
            prompts, shards = self._go_on(doc) if self._may_go_on else self._begin([doc])
            return list(prompts), list(shards)

    @contextmanager
    def _without_own(self, text: str) -> Iterator[None]:
        """Hide this text's examples from a task of spacy-llm's; it reads its examples for each prompt."""
        if self._is_ours or not self._own or (own := same_text(text)) not in self._own:
            yield
            return
        examples = self._task._prompt_examples
        self._task._prompt_examples = [each for each in examples if own not in map(same_text, _texts([each]))]
        try:
            yield
        finally:
            self._task._prompt_examples = examples

    def _begin(self, docs: list[Doc]) -> Any:
        [made] = self._task.generate_prompts(docs, self._length)
        return made

    def _go_on(self, doc: Doc) -> Any:
        """Take the next prompts from a stream: spacy-llm compiles the template once a stream, in 2 ms."""
        self._doc = doc
        try:
            if self._stream is None:
                self._stream = iter(self._task.generate_prompts(self._docs(), self._length))
            return next(self._stream)
        except BaseException:
            self._stream = None  # it has ended
            raise
        finally:
            self._doc = None

    def _docs(self) -> Iterator[Doc]:
        while self._doc is not None:
            yield self._doc


def _texts(examples: Iterable[Any]) -> tuple[str, ...]:
    texts = (getattr(example, "text", None) for example in examples)
    return tuple(text for text in texts if isinstance(text, str))


def _takes_one_by_one(task: Any) -> bool:
    """Return whether the task takes a Doc from a stream only to make its prompts, as spacy-llm's tasks do.

    False for tasks that look at all Docs first, and for tasks that users wrote: they might.
    """
    from spacy_llm.tasks import BuiltinTask

    return isinstance(task, BuiltinTask) and all(
        getattr(type(task), name) is getattr(BuiltinTask, name)
        for name in ("generate_prompts", "_preprocess_docs_for_prompt")
    )
