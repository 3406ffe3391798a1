"""Stage 7: the one scheduler process. Run it as `python -m jobs`."""
