"""The address for the calls of an endpoint, and the header for its key: OpenAI's way and Azure's."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

CHAT = "/chat/completions"
MODELS = "/models"

# Hosts that take a key as `api-key`. Azure's other hosts, such as models.ai.azure.com, take it as OpenAI does.
_AZURE = (
    *(".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com"),
    *(".openai.azure.us", ".cognitiveservices.azure.us", ".openai.azure.cn", ".cognitiveservices.azure.cn"),
)
_TOKEN = "eyJ"  # the beginning of a token from Azure's sign-in, which is not a key


def address_of(base_url: str, path: str) -> str:
    """Append `path` to the path of `base_url`; its query stays, since Azure names the `api-version` there."""
    try:
        parts = urlsplit(base_url)
    except ValueError:  # the first request reports it
        return base_url + path
    own = parts.path.rstrip("/").removesuffix(CHAT)
    return urlunsplit(parts._replace(path=own + path))


def key_headers(base_url: str, key: str) -> dict[str, str]:
    """Return the header that holds the key; empty without a key."""
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
