"""Where predictions come from: spaCy pipelines, and LLMs behind spacy-llm."""
