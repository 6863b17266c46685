"""Walking through the queue: the next example, holds, overlap, what is left."""
