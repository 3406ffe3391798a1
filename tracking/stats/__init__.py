"""Stage 6: counts come out, from the aggregates."""
