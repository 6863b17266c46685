"""Reading sources and writing exports: one module per file format."""
