"""Tiebreak's tasks for spacy-llm: they ask for JSON, and account for every item of the answer."""
