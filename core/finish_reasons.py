"""Why an LLM's answer ended, in the words of the endpoints there are: which of them say that it is no answer."""

from __future__ import annotations

from functools import lru_cache

WHOLE = "stop"  # the one reason that says so; servers that use others have used them for other ends, too
REFUSAL = "refusal"
CUT_PROMPT = "the endpoint cut the prompt"  # how a failure begins of which no reason to end tells
_SHOWN = 60  # characters of a reason, in a message

# Without case and signs between: MAX_TOKENS, max-tokens and maxTokens are one word. From the lists of OpenAI,
# Anthropic, Azure, Bedrock, Cohere, DeepSeek, Gemini and Vertex, LiteLLM, llama.cpp, LM Studio, Mistral, Ollama,
# OpenRouter, SGLang, TGI, Together, vLLM, watsonx, xAI and Zhipu.
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
_FAULTS = ("error", "fail", "abort", "cancel")  # in whatever word: network_error, aborted, request_cancelled
_PREFIXES = ("finishreason", "stopreason", "reason")  # as in FINISH_REASON_MAX_TOKENS


def failure_of(reason: object, said: str = "") -> str:
    """Say why an answer that ended for `reason` is none; "" where the reason is good or not known.

    `said` is what the model said, which is its reason where it refuses.
    """
    word = _word(reason) if isinstance(reason, str) else ""
    if word in _CUT_OFF:
        return "the answer was cut off at the token limit"
    if word in _CONTEXT:
        return "the answer was cut off where the model's context ends"
    if word in _WITHHELD:
        return "the answer was withheld by a content filter"
    if word in _REFUSED:
        return f"refused: {said}"
    if word in _BROKE_OFF or any(fault in word for fault in _FAULTS):
        return f"the endpoint broke off the answer ({shown_reason(reason)})"
    return ""


def is_unknown(reason: object) -> bool:
    """Whether `reason` leaves open if the answer is whole; as none does."""
    return reason != WHOLE and not failure_of(reason)


def shown_reason(reason: object) -> str:
    """The reason on one line, for a message."""
    return f"finish_reason {one_line}" if (one_line := _one_line(reason)) else "no finish_reason"


def _one_line(reason: object) -> str:
    return " ".join(str(reason or "").split())[:_SHOWN]


@lru_cache(maxsize=256)
def _word(reason: str) -> str:
    word = "".join(filter(str.isalnum, reason.rpartition(".")[2])).casefold()  # of an enum, as FinishReason.SAFETY
    return next((word.removeprefix(each) for each in _PREFIXES if word.startswith(each) and word != each), word)
