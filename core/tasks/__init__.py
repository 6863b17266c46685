"""The kinds of tasks: how their predictions are read, compared, scored and stored; one module per kind."""
