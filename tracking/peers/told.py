"""What an owner, or whoever asks about a receiver, is told of the last night."""

from __future__ import annotations

from enum import StrEnum
from statistics import median
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row

MOST = 1_000
"""Receivers of an owner that are looked at: the newest."""
MOST_ADVISED = 5
"""Receivers of an owner about which something is advised."""
NAMES = {
    "impressions": "impressions", "views": "views", "applications": "applications",
    "opened": "views per impression", "conversion": "applications per view",
}  # fmt: skip
NOTED = ("views", "applications", "conversion", "impressions")
"""The first of them that has a difference is the one in words."""
MANY = 2.0
"""From this difference on it is told how many times as many there are."""


class Silence(StrEnum):
    """Why nothing is told."""

    NOT_ONE = "not-one"
    PEOPLE = "people"
    NOT_COUNTED = "not-counted"
    NO_COHORT = "no-cohort"


WORDS = {
    Silence.NOT_ONE: "Ask about one receiver, or about one owner: others are compared with these.",
    Silence.PEOPLE: "People are not compared with each other.",
    Silence.NOT_COUNTED: "Not counted yet: a receiver that has an owner is compared from the night after its first "
    "day on.",
    Silence.NO_COHORT: "There are not enough similar ones at this age: at least 10 are needed, of 5 other owners, none "
    "of whom has more than 40%.",
}  # fmt: skip


def told(of: Literal["receiver", "owner"] | None, rows: Sequence[Row[Any]]) -> dict[str, Any]:
    """The member `peers` of an answer: of a receiver, or of an owner's receivers together."""
    if of is None:
        return _silent(of, Silence.NOT_ONE, None)
    things = [row for row in rows if not row.is_person]
    if rows and not things:
        return _silent(of, Silence.PEOPLE, None)
    counted_on = things[0].counted_on if things else None
    if not any(row.age is not None for row in things):
        return _silent(of, Silence.NOT_COUNTED, counted_on)
    compared = [row for row in things if row.comparison is not None]
    if not compared:
        return _silent(of, Silence.NO_COHORT, counted_on)
    said = _of_receiver(compared[0]) if of == "receiver" else _of_owner(compared)
    return _frame(of, counted_on) | {"compared": len(compared)} | said


def differences(rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    """Of each measure the median of the receivers' differences, and how many have one."""
    found: dict[str, list[float]] = {}
    for row in rows:
        for one in row.comparison["measures"]:
            if one["difference"] is not None:
                found.setdefault(one["measure"], []).append(one["difference"])
    return [
        {"measure": name, "difference": round(median(found[name]), 2), "receivers": len(found[name])}
        for name in NAMES
        if name in found
    ]


def _of_receiver(row: Row[Any]) -> dict[str, Any]:
    said = dict(row.comparison)
    similar = f"{said['receivers']} or more similar ones in their first {_days(said['age'])}"
    return said | {"note": _note(said["measures"], similar), "advice": _advice([row])}


def _of_owner(rows: Sequence[Row[Any]]) -> dict[str, Any]:
    measures = differences(rows)
    note = _note(measures, "similar ones at the same age")
    return {"measures": measures, "note": note, "advice": _advice(rows)}


def _advice(rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    advised = [row for row in rows if row.comparison["advice"]][:MOST_ADVISED]
    return [
        {"receiver": f"{row.receiver_type}:{row.receiver_id}", "title": row.title} | one
        for row in advised
        for one in row.comparison["advice"]
    ]


def _note(measures: Sequence[dict[str, Any]], similar: str) -> str:
    known = {one["measure"]: one for one in measures if one["difference"] is not None}
    one = next((known[name] for name in NOTED if name in known), None)
    if one is None:
        return f"Too few events to tell a difference from {similar}."
    what, difference = NAMES[one["measure"]], one["difference"]
    if "receivers" in one:  # of an owner, whose receivers do not all have a difference
        similar += f", in the median of {one['receivers']} compared"
    if difference >= MANY:
        return f"{round(1 + difference)} times as many {what} as {similar}."
    percent = round(100 * difference)
    if percent == 0:
        return f"As many {what} as {similar}."
    return f"{abs(percent)}% {'more' if percent > 0 else 'fewer'} {what} than {similar}."


def _days(age: int) -> str:
    return "day" if age == 1 else f"{age} days"


def _silent(of: str | None, reason: Silence, counted_on: Any) -> dict[str, Any]:
    return _frame(of, counted_on) | {"reason": reason, "note": WORDS[reason]}


def _frame(of: str | None, counted_on: Any) -> dict[str, Any]:
    return {
        "of": of, "reason": None, "note": "", "counted_on": None if counted_on is None else counted_on.isoformat(),
        "compared": 0, "age": None, "by": None, "receivers": None, "measures": [], "advice": [],
    }  # fmt: skip
