"""Why an LLM's answer ended, in the words of all known endpoints, and which of these words mean a failure."""

from __future__ import annotations

from functools import lru_cache

WHOLE = "stop"  # the only reliable reason: servers use other words both for whole answers and for others
REFUSAL = "refusal"
CUT_PROMPT = "the endpoint cut the prompt"  # the first words of a failure without a finish reason of its own
_SHOWN = 60  # characters; a message shows no more of a reason

# Case and punctuation do not count: MAX_TOKENS, max-tokens and maxTokens are one word. The words come from:
# - OpenAI, Anthropic, Azure, Bedrock, Cohere, DeepSeek, Gemini and Vertex
# - LiteLLM, llama.cpp, LM Studio, Mistral, Ollama, OpenRouter, SGLang
# - TGI, Together, vLLM, watsonx, xAI and Zhipu
_CUT_OFF = (
    *("length", "maxtokens", "maxlength", "maxlen", "maxoutputtokens", "maxcompletiontokens"),
    *("maxnewtokens", "maximumtokens", "tokenlimit", "outputtokenlimit", "maxtokensreached"),
    "maxpredictedtokensreached",
)
_CONTEXT = (
    *("modellength", "modelcontextwindowexceeded", "contextwindowexceeded", "contextlength"),
    *("contextlengthexceeded", "contextlengthreached", "contextfull", "maxcontext", "errorlimit"),
)
_WITHHELD = (
    *("contentfilter", "contentfiltered", "contentblocked", "contentmoderation", "moderation", "safety"),
    *("recitation", "blocklist", "blocked", "prohibitedcontent", "spii", "sensitive", "errortoxic"),
    *("guardrailintervened", "modelarmor", "jailbreak", "imagesafety", "imageprohibitedcontent"),
    "imagerecitation",
)
_REFUSED = ("refusal", "refused")
_BROKE_OFF = (
    *("insufficientsystemresource", "resourceexhausted", "ratelimitexceeded", "modelunloaded", "unload"),
    *("userstopped", "incomplete", "notfinished", "timeout", "timedout", "timelimit"),
    *("pauseturn", "preempted", "repetition", "other", "language", "malformedfunctioncall"),
    *("malformedtoolcall", "malformedtooluse", "malformedresponse", "malformedmodeloutput"),
    *("unexpectedtoolcall", "toomanytoolcalls", "missingthoughtsignature"),
)
_FAULTS = ("error", "fail", "abort", "cancel")  # anywhere in a word: network_error, aborted, request_cancelled
_PREFIXES = ("finishreason", "stopreason", "reason")  # as in FINISH_REASON_MAX_TOKENS


def failure_of(reason: object, answer: str = "") -> str:
    """Say what is wrong with an answer that ended for `reason`; return "" if the reason is good or unknown.

    `answer` is the model's text: if the model refuses, it gives the reason.
    """
    word = _word(reason) if isinstance(reason, str) else ""
    if word in _CUT_OFF:
        return "the answer was cut off at the token limit"
    if word in _CONTEXT:
        return "the answer was cut off at the end of the model's context"
    if word in _WITHHELD:
        return "the answer was withheld by a content filter"
    if word in _REFUSED:
        return f"refused: {answer}"
    if word in _BROKE_OFF or any(fault in word for fault in _FAULTS):
        return f"the endpoint broke off the answer ({shown_reason(reason)})"
    return ""


def is_unknown(reason: object) -> bool:
    """Return whether `reason` leaves open whether the answer is whole; a missing reason does."""
    return reason != WHOLE and not failure_of(reason)


def shown_reason(reason: object) -> str:
    """Return the reason on one line, for a message."""
    return f"finish_reason {one_line}" if (one_line := _one_line(reason)) else "no finish_reason"


def _one_line(reason: object) -> str:
    return " ".join(str(reason or "").split())[:_SHOWN]


@lru_cache(maxsize=256)
def _word(reason: str) -> str:
    word = "".join(filter(str.isalnum, reason.rpartition(".")[2])).casefold()  # of an enum, as FinishReason.SAFETY
    return next((word.removeprefix(each) for each in _PREFIXES if word.startswith(each) and word != each), word)
