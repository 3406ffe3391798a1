"""Stage 7: what people are told about their receivers: once, from the counts, until they want no more of it."""
