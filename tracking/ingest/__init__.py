"""Stages 1, 3 and 4: events arrive, are validated one by one, and are written once."""
