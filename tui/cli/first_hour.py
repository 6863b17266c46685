"""The page that `tiebreak` prints without a command: the commands of a first hour, in order."""

from __future__ import annotations

_STEPS = (
    ("demo", "try it on real headlines"),
    ("load news.db texts.jsonl", "load your texts"),
    ("predict news.db en_core_web_sm --as spacy", "run a spaCy pipeline"),
    ("configs openai", "copy the config of an LLM"),
    ("predict news.db openai.cfg --as llm", "run that LLM"),
    ("review news.db --for 60m", "settle where they differ"),
    ("report news.db", "see which model was right"),
    ("export news.db reviewed.jsonl", "export what you settled"),
)


def first_hour() -> str:
    """Return the page: one line a step, at most 80 columns wide."""
    width = max(len(step) for step, _ in _STEPS)
    steps = (f"  tiebreak {step:<{width}}  {what}" for step, what in _STEPS)
    return "\n".join(
        (
            "Settle where NLP models disagree, in the terminal. A first hour:",
            "",
            *steps,
            "",
            "`tiebreak --help` lists all commands; `tiebreak COMMAND --help` shows how to",
            "use one.",
        )
    )
