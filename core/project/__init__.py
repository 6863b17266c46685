"""A project's config, guidelines, API keys, annotators and labels."""
