"""The prompts of a Doc, as spacy-llm's own component would make them, a Doc at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spacy.tokens import Doc
    from spacy_llm.pipeline import LLMWrapper


class Prompter:
    """Makes the prompts of one LLM component. Use it from one thread at a time."""

    def __init__(self, llm: LLMWrapper) -> None:
        from spacy_llm.ty import supports_sharding

        self._task: Any = llm.task
        self._length = getattr(llm._model, "context_length", None)
        self._has_shards = supports_sharding(llm.task)
        self._may_go_on = self._has_shards and _takes_one_by_one(llm.task)
        self._doc: Doc | None = None
        self._stream: Iterator[Any] | None = None

    def prompts(self, doc: Doc) -> tuple[list[Any], Any]:
        """The prompts of `doc`, and the shards they are for."""
        if not self._has_shards:
            return list(self._task.generate_prompts([doc])), doc
        prompts, shards = self._go_on(doc) if self._may_go_on else self._begin([doc])
        return list(prompts), list(shards)

    def _begin(self, docs: list[Doc]) -> Any:
        [made] = self._task.generate_prompts(docs, self._length)
        return made

    def _go_on(self, doc: Doc) -> Any:
        """The next of a stream of prompts: spacy-llm compiles the template for each stream, which takes 2 ms."""
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


def _takes_one_by_one(task: Any) -> bool:
    """Whether the task takes a Doc from a stream only when it makes the prompts of that one, as spacy-llm's tasks do;
    of those that look at all Docs first, or that users wrote, one cannot know.
    """
    from spacy_llm.tasks import BuiltinTask

    return isinstance(task, BuiltinTask) and all(
        getattr(type(task), name) is getattr(BuiltinTask, name)
        for name in ("generate_prompts", "_preprocess_docs_for_prompt")
    )
