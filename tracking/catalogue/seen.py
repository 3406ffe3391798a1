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
    kinds: dict[str, int] = {}
    for row in db.run(connection, "catalogue_faults", days=days).mappings():
        faults.setdefault(row["entry"], []).append(_fault(row))
        kinds[row["entry"]] = row["kinds"]
    for entry in entries:
        shown = faults.get(entry["name"], [])
        left_out = kinds.get(entry["name"], 0) - len(shown)
        entry["seen"] = _shares(known.get(entry["name"])) | {"faults": shown, "faults_left_out": left_out}
    unknown = [{"name": row["name"], **_shares(row)} for row in seen if not row["is_known"]]
    left = max((row["names"] for row in seen if not row["is_known"]), default=0) - len(unknown)
    return {"days": days, "event_types": entries, "unknown_names": unknown, "unknown_names_left_out": left}


def _fault(row: RowMapping) -> dict[str, Any]:
    return {key: row[key] for key in ("name", "field", "reason", "events")} | {
        "last_seen": row["last_seen"].isoformat()
    }


def _shares(row: dict[str, Any] | None) -> dict[str, Any]:
    received = row["received"] if row else 0
    return {
        "received": received,
        "accepted": row["accepted"] if row else 0,
        "repeat_share": round(row["repeat"] / received, 4) if row and received else None,
        "rejected_share": round(row["rejected"] / received, 4) if row and received else None,
        "last_seen": row["last_seen"].isoformat() if row else None,
    }
