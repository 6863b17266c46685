"""Reading sources and writing exports: one module a file format."""
