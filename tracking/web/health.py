"""`/healthz`: the process lives. `/readyz`: it can do its work."""

from __future__ import annotations

from functools import cache
from typing import Any

import psycopg
from flask import Blueprint
from sqlalchemy.exc import ProgrammingError

from tracking import db, migrations
from tracking.errors import Problem
from tracking.services import current

blueprint = Blueprint("health", __name__)


@cache
def _wanted() -> frozenset[tuple[str, str]]:
    """Name and checksum of each file of this version's schema; a newer version's may be in force meanwhile."""
    return frozenset(migrations.contents().items())


@blueprint.get("/healthz")
def healthz() -> dict[str, Any]:
    """200 if the process lives."""
    return {"status": "ok"}


@blueprint.get("/readyz")
def readyz() -> dict[str, Any]:
    """200 if the database answers, with this version's schema and these settings; otherwise a 503 problem.

    With a queue in front: 200 if the queue takes events, and what they are judged by is known and not too old.
    """
    services = current()
    if services.publisher is not None:
        services.publisher.check()
        services.prepare()
        return {"status": "ready"}
    try:
        with services.engine.connect() as connection:
            applied = {tuple(row) for row in db.run(connection, "schema_applied")}
    except ProgrammingError as error:
        if not isinstance(error.orig, psycopg.errors.UndefinedTable):
            raise
        applied = set()  # nothing of Footfall's is there yet
    if not _wanted() <= applied:
        raise Problem(503, "schema-behind", "The database is older than this version; run python -m tracking migrate.")
    if differing := services.deployment.get().differing(services.settings):
        raise Problem(
            503, "settings-differ",
            f"{'; '.join(differing)}. Every process uses the database's values; run python -m tracking migrate to "
            "change them, or give this process the same.",
        )  # fmt: skip
    return {"status": "ready"}
