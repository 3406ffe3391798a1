"""Footfall records who did what on which job, story or profile, counts it once, and answers questions about it."""

__version__ = "0.1.0"
