"""What came in of each entry of the catalogue lately, and under names that it does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tracking import db
from tracking.catalogue import event_types

if TYPE_CHECKING:
    from sqlalchemy import Connection, RowMapping

DAYS = 7
MOST_DAYS = 30
"""As long as faults are kept."""
MOST_UNKNOWN = 100


def report(connection: Connection, days: int = DAYS) -> dict[str, Any]:
    """The catalogue with what came in `days` days, as `GET /v1/event-types` answers it."""
    entries = event_types.read(connection)
    seen = [dict(row) for row in db.run(connection, "catalogue_seen", days=days, unknown=MOST_UNKNOWN).mappings()]
    known = {row["name"]: row for row in seen if row["is_known"]}
    faults: dict[str, list[dict[str, Any]]] = {}
    names = {entry["name"] for entry in entries}
    for row in db.run(connection, "catalogue_faults", days=days).mappings():
        faults.setdefault(_entry_of(row["name"], names), []).append(_fault(row))
    for entry in entries:
        entry["seen"] = _shares(known.get(entry["name"])) | {"faults": faults.get(entry["name"], [])}
    unknown = [{"name": row["name"], **_shares(row)} for row in seen if not row["is_known"]]
    return {"days": days, "event_types": entries, "unknown_names": unknown}


def _entry_of(name: str, names: set[str]) -> str:
    return name if name in names else f"{name.partition('__')[0]}__*"


def _fault(row: RowMapping) -> dict[str, Any]:
    return {**row, "last_seen": row["last_seen"].isoformat()}


def _shares(row: dict[str, Any] | None) -> dict[str, Any]:
    received = row["received"] if row else 0
    return {
        "received": received,
        "accepted": row["accepted"] if row else 0,
        "repeat_share": round(row["repeat"] / received, 4) if row and received else None,
        "rejected_share": round(row["rejected"] / received, 4) if row and received else None,
        "last_seen": row["last_seen"].isoformat() if row else None,
    }
