"""Errors of the embedded engine."""


class EngineError(RuntimeError):
    """One line for a person: what is wrong, and what to do about it."""


class EngineInUseError(EngineError):
    """Another process serves this data folder."""
