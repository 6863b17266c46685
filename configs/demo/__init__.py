"""Real headlines, and an LLM's recorded predictions of them."""
