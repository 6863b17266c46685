"""Writing what was reviewed: records, and the files they go to."""
