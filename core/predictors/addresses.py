"""Where the calls of an endpoint go, and in which header its key: as OpenAI has it, and as Azure does."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

CHAT = "/chat/completions"
MODELS = "/models"

# Which take a key as `api-key`. Others of Azure's, such as models.ai.azure.com, take it as OpenAI does.
_AZURE = (
    *(".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com"),
    *(".openai.azure.us", ".cognitiveservices.azure.us", ".openai.azure.cn", ".cognitiveservices.azure.cn"),
)
_TOKEN = "eyJ"  # how a token of Azure's own sign-in begins, which is no key


def address_of(base_url: str, path: str) -> str:
    """`base_url` with `path` behind its own, and before its query: Azure's says `api-version` there."""
    try:
        parts = urlsplit(base_url)
    except ValueError:  # which is said when it is asked
        return base_url + path
    own = parts.path.rstrip("/").removesuffix(CHAT)
    return urlunsplit(parts._replace(path=own + path))


def key_headers(base_url: str, key: str) -> dict[str, str]:
    """The header that holds the key; none without a key."""
    if not key:
        return {}
    if (_hostname(base_url) or "").endswith(_AZURE) and not key.startswith(_TOKEN):
        return {"api-key": key}
    return {"Authorization": f"Bearer {key}"}


def _hostname(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
