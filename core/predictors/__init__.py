"""The predictors: spaCy pipelines, and LLMs through spacy-llm."""
