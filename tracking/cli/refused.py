"""Errors of the database, as a sentence for people."""

from __future__ import annotations

import psycopg

from tracking.redaction import redacted


def sentence(error: Exception) -> str:
    """The fault and its remedy, without secrets; for an error of psycopg or SQLAlchemy."""
    cause = getattr(error, "orig", None) or error
    said = redacted(str(cause).strip().partition("\n")[0]) or type(cause).__name__
    match cause:
        case psycopg.OperationalError(sqlstate=None):
            return f"the database cannot be reached: {said}; see DATABASE_URL"
        case psycopg.OperationalError():
            advice = "mend that, and run it again"
        case psycopg.DataError():
            advice = "give another value"
        case psycopg.errors.InsufficientPrivilege():
            advice = "DATABASE_URL must name the owner of the schema"
        case _:
            advice = "python -m tracking doctor checks more"
    return f"the database refused it: {said}; {advice}"
