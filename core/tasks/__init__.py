"""What a task is: how its predictions are read, compared, scored and stored; one module a kind of task."""
