"""Pages of text, from what core reports."""
