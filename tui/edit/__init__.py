"""Edit mode: the spans of one text under a cursor, and the controllers of its commands."""
