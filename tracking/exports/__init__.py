"""Stage 7: stored events, taken away in the order in which they arrived."""
