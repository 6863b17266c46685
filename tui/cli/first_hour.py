"""What `tiebreak` says when it is given no command: the commands of a first hour, in their order."""

from __future__ import annotations

_STEPS = (
    ("demo", "try it on real headlines"),
    ("load news.db texts.jsonl", "load your texts"),
    ("predict news.db en_core_web_sm --as spacy", "run a spaCy pipeline"),
    ("configs openai", "copy the config of an LLM"),
    ("predict news.db openai.cfg --as llm", "run that LLM"),
    ("review news.db --for 60m", "settle what they differ on"),
    ("report news.db", "see who was right, where"),
    ("export news.db reviewed.jsonl", "take out what you settled"),
)


def first_hour() -> str:
    """The page: one line a step, at most 80 columns wide."""
    width = max(len(step) for step, _ in _STEPS)
    steps = (f"  tiebreak {step:<{width}}  {what}" for step, what in _STEPS)
    return "\n".join(
        (
            "Settle what NLP models disagree on, in the terminal. A first hour:",
            "",
            *steps,
            "",
            "`tiebreak --help` lists every command, and `tiebreak COMMAND --help` says how",
            "to use it.",
        )
    )
