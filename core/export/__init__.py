"""Write the reviewed data: its records, and the files that they go to."""
