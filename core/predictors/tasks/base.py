"""The base of Tiebreak's tasks for spacy-llm: prompts from a template, and results kept with the Doc."""

from __future__ import annotations

import typing
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# Not under TYPE_CHECKING: spacy-llm resolves the annotations of a task's methods.
from spacy.tokens import Doc

from tiebreak.core.errors import ConfigError
from tiebreak.core.predictors.tasks.answers import Labels
from tiebreak.core.predictors.tasks.ending import comes_to_its_end
from tiebreak.core.predictors.tasks.few_shot import FewShot, same_text
from tiebreak.core.predictors.tasks.options import check_definitions, compile_template, read_labels, read_template
from tiebreak.core.predictors.tasks.prompt import RESULTS, Prompt
from tiebreak.core.records import Span


class JSONTask:
    """A task of spacy-llm's that asks one prompt a text and reads JSON. `assigns` names the part of a Doc it writes."""

    assigns: typing.ClassVar[str]
    shipped: typing.ClassVar[str]

    def __init__(
        self,
        name: str,
        *,
        labels: Sequence[str] | str,
        label_definitions: Mapping[str, str] | None,
        description: str | None,
        template: str | None,
        max_examples: int | None,
    ) -> None:
        if max_examples is not None and max_examples < 0:
            raise ConfigError(f"{name}: max_examples is {max_examples}; it must be at least 0")
        self.name = name
        self.labels = read_labels(name, labels)
        self.label_definitions = check_definitions(name, label_definitions, self.labels)
        self.description = (description or "").strip()
        self.examples: list[FewShot] = []
        self.max_examples = max_examples
        self.prompt_template = read_template(name, template, self.shipped)

    def prepare(self) -> None:
        """Derive the template, the form of the answer and the labels from the options; call it when they change.

        Raises ConfigError if the template is wrong.
        """
        self._known = Labels(self.labels)
        self._format = self.response_format()
        self._variables = self.variables()
        self._example_texts = {same_text(example.text) for example in self.examples}
        self._compiled = compile_template(self.name, self.prompt_template, {**self._variables, "text": "a text"})

    def response_format(self) -> dict[str, Any]:
        """Return the form of the answer as OpenAI's endpoints take it."""
        raise NotImplementedError

    def write(self, doc: Doc, response: str) -> None:
        """Write the spans or categories in `response` to `doc`. Raises AnswerError if it cannot be read."""
        raise NotImplementedError

    def comes_to_its_end(self, response: str) -> bool:
        """Return whether `response` can be read to its end; needed if the endpoint does not say that it is whole."""
        return comes_to_its_end(response)

    def variables(self) -> dict[str, Any]:
        """Return the variables that a template may use besides `text`."""
        return {
            "labels": list(self.labels),
            "label_definitions": self.label_definitions,
            "description": self.description,
            "examples": self._shown(self.examples),
        }

    def _shown(self, examples: Sequence[FewShot]) -> list[dict[str, str]]:
        return [{"text": example.text, "answer": example.answer} for example in examples[: self.max_examples]]

    # spacy-llm compares these annotations with typing's own Iterable.
    def generate_prompts(self, docs: typing.Iterable[Doc]) -> typing.Iterable[str]:
        """Yield one `Prompt` a text; it carries the form of the answer. No text is an example in its own prompt."""
        for doc in docs:
            yield self.prompt(doc.text)

    def prompt(self, text: str, *, with_own: bool = False) -> Prompt:
        """Make the prompt of one text. `with_own` keeps an example of the same text in it, as earlier versions did."""
        variables = self._variables
        if not with_own and (own := same_text(text)) in self._example_texts:
            others = [example for example in self.examples if same_text(example.text) != own]
            variables = {**variables, "examples": self._shown(others)}
        return Prompt(self._compiled.render(variables, text=text), self._format)

    def parse_responses(self, docs: typing.Iterable[Doc], responses: typing.Iterable[str]) -> typing.Iterable[Doc]:
        """Write the answers to `docs`. Raises AnswerError at the first answer that cannot be read."""
        for doc, response in zip(docs, responses, strict=False):
            # spacy-llm's models give a list of one answer here, despite the annotation.
            self.write(doc, response if isinstance(response, str) else next(iter(response)))
            yield doc

    def add_label(self, label: str, label_definition: str | None = None) -> int:
        """Add a label as spaCy's components do: return 1 if it is new, else 0."""
        is_new = label not in self.labels
        self.labels = tuple(dict.fromkeys((*self.labels, label)))
        if label_definition:
            self.label_definitions[label] = label_definition
        self.prepare()
        return int(is_new)

    def clear(self) -> None:
        """Forget all labels."""
        self.labels, self.label_definitions = (), {}
        self.prepare()

    def keep(
        self,
        doc: Doc,
        mentions: Mapping[str, int],
        dropped: list[dict[str, Any]],
        spans: Iterable[Span] = (),
        written: tuple[str, list[tuple[Span, Span | None]]] | None = None,
    ) -> None:
        """Keep the outcome of the answer with `doc`, beside the results of other components.

        `written` is a key (`ents`, or a key of `doc.spans`), and pairs: each exact span, and the span under that key.
        """
        kept = doc.user_data.setdefault(RESULTS, {"spans": (), "mentions": {}, "dropped": [], "written": {}, "by": {}})
        kept["spans"] = tuple(sorted({*kept["spans"], *spans}))
        kept["mentions"] = dict(Counter(kept["mentions"]) + Counter(mentions))
        kept["dropped"] = [*kept["dropped"], *dropped]
        kept["by"][str(id(self))] = {"mentions": dict(mentions), "dropped": dropped}
        if written is not None:
            key, pairs = written
            kept["written"][key] = [*kept["written"].get(key, ()), *pairs]
