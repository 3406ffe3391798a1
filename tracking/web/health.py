"""`/healthz`: the process lives. `/readyz`: it can do its work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, current_app

from tracking import db, migrations
from tracking.errors import Problem

if TYPE_CHECKING:
    from tracking.services import Services

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> dict[str, Any]:
    """200 where the process lives."""
    return {"status": "ok"}


@blueprint.get("/readyz")
def readyz() -> dict[str, Any]:
    """200 where the database answers, with this version's schema and these settings; else a 503 problem."""
    services: Services = current_app.extensions["footfall"]
    with services.engine.connect() as connection:
        applied = connection.exec_driver_sql(db.query("migrations_applied")).all()
    missing = {migration.name for migration in migrations.available()} - {row.name for row in applied}
    if missing:
        raise Problem(503, "schema-behind", "The database lacks migrations; run python -m tracking migrate.")
    if differing := services.deployment.get().differing(services.settings):
        raise Problem(
            503, "settings-differ",
            f"{'; '.join(differing)}. What is counted and kept follows the database; run python -m tracking migrate to "
            "change it, or set this process as it says.",
        )  # fmt: skip
    return {"status": "ready"}
