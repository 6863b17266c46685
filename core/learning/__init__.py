"""What answers teach: which candidate holds at a difference, and how sure that is."""
