"""The tracking plan: what is known of each name. `PUT /v1/event-types` and `catalogue import` write it."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from tracking import db
from tracking.catalogue.patterns import OF_ALL, too_many
from tracking.catalogue.plan_schemas import MOST

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection

DEFAULTS: dict[str, Any] = {
    "description": "",
    "owner": None,
    "status": "active",
    "repeat_window_seconds": None,
    "across_sources": False,
    "per_day": None,
    "mode": "observe",
    "from": None,
    "schema": None,
}
"""The fields of an entry beside its name, in the order of a file, and what each is where it is left out."""


MAX_SCHEMAS = 2_000_000
"""Characters of all schemas, as JSON. A worker needs some thirty times that to hold them."""


class TooMany(Exception):  # noqa: N818 - what there are
    """The catalogue would hold more than it may; the message is for people."""


def put(connection: Connection, entries: Sequence[dict[str, Any]], removed: Collection[str] = ()) -> None:
    """Adds or replaces entries, each as `plan_schemas.EventTypeSchema` loads it, and removes those of other names.

    Raises `TooMany`; then the transaction must not be committed.
    """
    db.run(connection, "event_types_lock")
    if removed:
        db.run(connection, "event_types_remove", names=list(removed))
    if entries:
        db.run(connection, "event_types_put", event_types=json.dumps([wire(entry) for entry in entries]))
    count = db.run(connection, "event_types_count").scalar_one()
    if count > MOST:
        raise TooMany(f"the catalogue would have {count:,} entries; the most is {MOST:,}")
    schemas = [entry["schema"] for entry in read(connection) if entry["schema"] is not None]
    if said := too_much(schemas):
        raise TooMany(f"all schemas of the catalogue would have {said}")


def too_much(schemas: Sequence[dict[str, Any]]) -> str | None:
    """What is too much for all schemas together, in words: each worker holds all of them. None if nothing is."""
    size = sum(len(json.dumps(schema, ensure_ascii=False)) for schema in schemas)
    if size > MAX_SCHEMAS:
        return f"{size:,} characters as JSON; the most is {MAX_SCHEMAS:,}"
    return too_many(schemas, OF_ALL)


def read(connection: Connection) -> list[dict[str, Any]]:
    """All entries by name, in wire form, with `updated_at`."""
    entries = []
    for row in db.run(connection, "event_types_list").mappings():
        entry = {**row, "from": row["from"] and row["from"].isoformat(), "updated_at": row["updated_at"].isoformat()}
        window = entry["repeat_window_seconds"]
        if window is not None and window == math.floor(window):
            entry["repeat_window_seconds"] = math.floor(window)
        entries.append(entry)
    return entries


def wire(entry: dict[str, Any]) -> dict[str, Any]:
    """A loaded entry in wire form: JSON, all fields."""
    since = entry["since"]
    return {"name": entry["name"], **{key: entry.get(key) for key in DEFAULTS}, "from": since and since.isoformat()}


def compact(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry in wire form without the fields that say nothing."""
    return {"name": entry["name"]} | {key: entry[key] for key, none in DEFAULTS.items() if entry[key] != none}
