"""Finding prompts that an endpoint cut: it counted fewer tokens than the prompt must have."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tiebreak.core.finish_reasons import CUT_PROMPT

_LONG = 1000  # tokens; shorter prompts are not checked: no server cuts them, and imitations of a server miscount them
_SHARE = 0.8  # share of the fewest tokens; no tokenizer explains a count below it
_TYPICAL = 100  # tokens; a prompt of at least this length shows how many tokens a word takes
_WORD = re.compile(r"[^\s!-&(-/:-@\[-`{-~]+")  # ends at white space and ASCII's signs, except the apostrophe
_IDEOGRAPH = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_LETTERS, _IDEOGRAPHS = 16, 3  # letters or ideographs a token at most, on average


def fewest_tokens(prompt: str) -> int:
    """Return a number of tokens that no tokenizer stays below: one a word, and more for long words.

    Tokens do not reach across white space, and a sign begins another token (`snake_case`, `3.14`, `"text":`). In a word
    without either, such as a line of Thai, 16 letters count as one token: a frequent word is one token, however long.
    In Chinese and Japanese 3 ideographs count as one (DeepSeek's tokenizer takes 2.3). Signs alone, and runs of blanks
    or of one sign, count nothing, since tokenizers fold them.

    Measured against cl100k, o200k, and the tokenizers of Claude 2 and DeepSeek. It is 0.2 to 0.84 of their tokens in
    all languages that spaCy has sentences for, and 0.5 to 0.7 for code, Markdown and JSON.
    """
    total = 0
    for word in _WORD.findall(prompt):
        ideographs = 0 if word.isascii() else len(_IDEOGRAPH.findall(word))
        letters = len(word) - ideographs
        total += max(1, -(-(_LETTERS * ideographs + _IDEOGRAPHS * letters) // (_LETTERS * _IDEOGRAPHS)))
    return total


@dataclass
class PromptLengths:
    """The lengths of prompts that an endpoint is known to have taken whole: `longest` in tokens."""

    longest: int = 0
    _per_word: float = 0.0  # the largest ratio so far of counted tokens to `fewest_tokens`

    def reason(self, prompt: str, taken: int | None) -> str:
        """Say that the endpoint, which counted `taken` tokens, cut `prompt`; "" if nothing shows that.

        A low count proves nothing if the endpoint has taken a prompt of this length before. Some endpoints count only
        the tokens that their cache lacks.
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
            f"{CUT_PROMPT}: it took {taken:,} tokens of at least {fewest:,}; raise its context length (with Ollama: "
            "OLLAMA_CONTEXT_LENGTH, or num_ctx in a Modelfile), or shorten the prompt"
        )
