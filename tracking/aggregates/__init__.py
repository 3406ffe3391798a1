"""Stage 5: the counts. They are refreshed where something waits, and raw events go once they are counted."""
