"""Whether an endpoint has cut a prompt: from the tokens that it counted, and those that the prompt must have."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tiebreak.core.finish_reasons import CUT_PROMPT

_LONG = 1000  # tokens at least: no server cuts shorter prompts, and some that only imitate one count anything
_SHARE = 0.8  # of the fewest tokens; below, no tokenizer explains the count
_TYPICAL = 100  # tokens at least, from which on a prompt shows how many tokens a word takes
_WORD = re.compile(r"[^\s!-&(-/:-@\[-`{-~]+")  # between white space and ASCII's signs, but for the apostrophe
_IDEOGRAPH = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_LETTERS, _IDEOGRAPHS = 16, 3  # a token at most, on average


def fewest_tokens(prompt: str) -> int:
    """A number of tokens that no tokenizer stays below: one a word, and more for long words.

    Tokens do not reach across white space, and a sign begins another one (`snake_case`, `3.14`, `"text":`). Of a word
    without either, such as a line of Thai, 16 letters count as one token, since frequent words are one, however long;
    of Chinese and Japanese 3 (DeepSeek's tokenizer takes 2.3). Signs alone, and runs of blanks or of one sign, count
    nothing, since tokenizers fold them. Against cl100k, o200k, and those of Claude 2 and DeepSeek it is 0.2 to 0.84 of
    the tokens of all languages that spaCy has sentences for, and 0.5 to 0.7 of code, Markdown and JSON.
    """
    total = 0
    for word in _WORD.findall(prompt):
        ideographs = 0 if word.isascii() else len(_IDEOGRAPH.findall(word))
        letters = len(word) - ideographs
        total += max(1, -(-(_LETTERS * ideographs + _IDEOGRAPHS * letters) // (_LETTERS * _IDEOGRAPHS)))
    return total


@dataclass
class PromptLengths:
    """How long prompts an endpoint has taken whole, as far as is known: `longest` in tokens."""

    longest: int = 0
    _per_word: float = 0.0  # the most tokens that one of the fewest tokens stood for

    def reason(self, prompt: str, taken: int | None) -> str:
        """Say that the endpoint, which counted `taken` tokens, cut `prompt`; "" where nothing shows that.

        A count that is too low means nothing where the endpoint has taken a prompt of this length before: some count
        only what their cache did not have.
        """
        if not taken:
            return ""
        fewest = fewest_tokens(prompt)
        if fewest < _LONG or taken >= _SHARE * fewest:
            if fewest >= _TYPICAL:
                self.longest = max(self.longest, taken)
                self._per_word = max(self._per_word, taken / fewest)
            return ""
        if self.longest and self.longest >= self._per_word * fewest:
            return ""
        return (
            f"{CUT_PROMPT}: it took {taken:,} tokens of at least {fewest:,}; raise its context length (of Ollama: "
            "OLLAMA_CONTEXT_LENGTH, or num_ctx in a Modelfile), or shorten the prompt"
        )
