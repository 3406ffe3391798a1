"""The rules of docs/counting.md, read once more in plain Python: slow, obvious, and without a line of the product's.

`verdicts()` says what becomes of the events of a vector, as its file has it. Counting what is counted is in recounting.py.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

NOW = datetime.now(UTC)
DAY = NOW.date() - timedelta(days=2)
OLDEST, NEWEST = NOW - timedelta(days=7), NOW + timedelta(seconds=300)  # rules 9.2 and 9.3
WINDOWS = {  # rule 3.2
    "view": 1800, "view__*": 1800, "impression": 30, "impression__*": 30, "click": 2, "click__*": 2, "*": 1,
}  # fmt: skip
CEILING = 100  # rule 4.1
AGENTS_A_REQUEST = 10  # rule 6.5
DEPTH = 4  # rule 13.1
NAME = re.compile(r"[A-Za-z][A-Za-z0-9 _.:/-]{0,99}")
RECEIVER = re.compile(r"[a-z][a-z0-9_-]{0,31}:[^\x00-\x1f\x7f]{1,200}")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
FIELDS = {"name", "receiver", "occurred_at", "id", "creator", "properties", "context"}


def instant(at: str, day: date) -> datetime:
    if bound := re.fullmatch(r"(oldest|newest)(?:([+-]\d+)(us|m|h|d))?", at):
        edge, number, unit = bound.groups()
        word = {"us": "microseconds", "m": "minutes", "h": "hours", "d": "days"}[unit or "h"]
        return (OLDEST if edge == "oldest" else NEWEST) + timedelta(**{word: int(number or 0)})
    days, hours, minutes, seconds, offset = re.fullmatch(
        r"(?:(\S+)d )?(\d\d):(\d\d):([\d.]+)([+-]\d\d:\d\d)?", at
    ).groups()
    whole, _, fraction = seconds.partition(".")
    microseconds = (int(f"{fraction:0<7}"[:7]) + 5) // 10  # rule 9.4: to the nearest microsecond
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=int(days or 0))
    moment = midnight + timedelta(hours=int(hours), minutes=int(minutes), seconds=int(whole), microseconds=microseconds)
    if offset:
        sign = -1 if offset[0] == "-" else 1
        moment -= sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[4:]))
    return moment


def events(vector: dict[str, Any]) -> list[dict[str, Any]]:
    """Each event by itself, and each change of an owner, in the order of arrival."""
    day = date.fromisoformat(vector["day"]) if "day" in vector else DAY
    found: list[dict[str, Any]] = []
    for step in vector["events"]:
        one = {"creator": "alice", "source": "web", "receiver": "job:1", "name": "view", "sender": "client"} | step
        if "day" in vector:
            one["sender"] = "import"
        if "owner" in step:
            found.append(one)
            continue
        for number in range(step.get("times", 1)):
            at = NOW + timedelta(milliseconds=len(found)) if "at" not in step else instant(step["at"], day)
            # no two events have one id but those to which the vector gives it
            ours = {"time": at + timedelta(seconds=number * step.get("every", 0)), "id": step.get("id", len(found))}
            found.append(one | ours)
    return found


class Reading:
    """What a deployment knows, from one event to the next."""

    def __init__(self, vector: dict[str, Any], agents: dict[str, Any]) -> None:
        self.entries: dict[str, dict[str, Any]] = {
            name: {"repeat_window_seconds": window} for name, window in WINDOWS.items()
        }
        self.entries["*"]["per_day"] = CEILING
        self.entries |= {entry["name"]: entry for entry in vector.get("catalogue", [])}
        self.agents, self.types, self.together = agents, vector.get("types", []), vector.get("together", False)
        self.owners: dict[str, str] = {}
        self.known: dict[tuple, tuple] = {}
        self.windows: dict[tuple, list[tuple[datetime, float]]] = {}
        self.taken: dict[tuple, int] = {}
        self.looked_at: set[str] = set()

    def verdict(self, one: dict[str, Any]) -> tuple[str, str | None]:
        if fault := self.fault(one):
            return "rejected", fault
        content = (one["receiver"], one["name"], one.get("properties"))
        same = self.known.get(self.identity(one))
        if same is not None:  # rules 8.1 and 8.2
            return ("duplicate" if same == content else "conflict"), None
        self.known[self.identity(one)] = content
        return self.excluded(one) or self.own(one) or self.repeat(one) or self.beyond(one) or "accepted", None

    # 13. what is rejected

    def fault(self, one: dict[str, Any]) -> str | None:
        return self.form(one) or self.time(one) or self.rights(one) or self.schema(one)

    def form(self, one: dict[str, Any]) -> str | None:
        wrong = one.get("fields", {})
        for field, value in wrong.items():
            if field not in FIELDS:
                return field
            if field == "name" and not NAME.fullmatch(value):
                return field
            if field == "receiver" and not RECEIVER.fullmatch(value):
                return field
            if field == "occurred_at":  # the vectors put nothing there that is a time
                return field
            if field == "id" and not 1 <= len(value) <= 100:
                return field
            if field == "creator" and value is not None and re.search(r"[\x00-\x1f]", value):
                return field
            if field == "properties" and not isinstance(value, dict):
                return field
        return "properties" if depth(one.get("properties")) > DEPTH else None

    def time(self, one: dict[str, Any]) -> str | None:
        within = one["sender"] == "import" or OLDEST <= one["time"] <= NEWEST
        return None if within else "occurred_at"

    def rights(self, one: dict[str, Any]) -> str | None:
        named = one.get("fields", {}).get("creator", one["creator"])
        if named is None or (one["sender"] == "client" and named != one["creator"]):
            return "creator"
        may = one.get("may", {})
        if one["receiver"] not in may.get("receivers", [one["receiver"]]):
            return "receiver"
        meant = may.get("names", [one["name"]])
        if not any(one["name"] == name or (name[-1] == "*" and one["name"].startswith(name[:-1])) for name in meant):
            return "name"
        return None

    def schema(self, one: dict[str, Any]) -> str | None:
        entry = self.entries.get(one["name"], {})
        if entry.get("mode") != "reject":
            return None
        lacking = [key for key in entry["schema"]["required"] if key not in (one.get("properties") or {})]
        return f"properties/{lacking[0]}" if lacking else None

    # 8. identity

    def identity(self, one: dict[str, Any]) -> tuple:
        given = one["id"]
        if given is None:
            given = (one["receiver"], one["name"], str(one.get("properties")))
        elif isinstance(given, str) and UUID.fullmatch(given):
            given = given.lower()
        return one["source"], one["creator"], one["time"], given

    # 5., 6. and 7. who does not count

    def excluded(self, one: dict[str, Any]) -> str | None:
        request = self.agents[one["request_agent"]] if "request_agent" in one else {"is": "person"}
        if one["sender"] == "pixel":
            if request["is"] == "ahead" or "purpose" in one:
                return "prefetch"
            return "bot" if request["is"] == "crawler" else None
        said = one.get("agent")
        if said is not None and self.together and one["sender"] == "client":
            if said not in self.looked_at and len(self.looked_at) == AGENTS_A_REQUEST:
                said = None
            else:
                self.looked_at.add(said)
        if said is not None:
            return "bot" if self.agents[said]["is"] in {"crawler", "tool"} else None
        return "bot" if one["sender"] == "client" and request["is"] == "crawler" else None

    def own(self, one: dict[str, Any]) -> str | None:
        kind, _, of = one["receiver"].partition(":")
        is_own = kind == "profile" and of == one["creator"]
        is_own = is_own or (kind in self.types and self.owners.get(one["receiver"]) == one["creator"])
        return "own" if is_own else None

    # 3. first counts

    def window(self, one: dict[str, Any]) -> tuple[float, bool]:
        action, parted, _ = one["name"].partition("__")
        for name in (one["name"], f"{action}__*" if parted else None):
            entry = self.entries.get(name or "", {})
            if entry.get("repeat_window_seconds") is not None:
                return entry["repeat_window_seconds"], entry.get("across_sources", False)
        is_client = one["sender"] in {"client", "pixel"}
        return (self.entries["*"]["repeat_window_seconds"] if is_client else 0), False

    def repeat(self, one: dict[str, Any]) -> str | None:
        seconds, across = self.window(one)
        if not seconds:
            return None
        window = timedelta(seconds=seconds)
        opened = self.windows.setdefault(
            (None if across else one["source"], one["creator"], one["receiver"], one["name"]), []
        )
        if any(abs(one["time"] - other) < window for other in opened):
            return "repeat"
        opened.append(one["time"])
        return None

    # 4. ceilings

    def beyond(self, one: dict[str, Any]) -> str | None:
        action = one["name"].partition("__")[0]
        most = self.entries.get(f"{action}__*", {}).get("per_day")
        most = self.entries["*"].get("per_day") if most is None else most
        if one["sender"] not in {"client", "pixel"} or not most:
            return None
        place = (one["source"], one["creator"], one["receiver"], action, one["time"].date())
        self.taken[place] = self.taken.get(place, 0) + 1
        return "repeat" if self.taken[place] > most else None


def verdicts(vector: dict[str, Any], agents: dict[str, Any]) -> list[tuple[dict[str, Any], str, str | None]]:
    """Each event, what becomes of it, and the field at fault."""
    reading, found = Reading(vector, agents), []
    for one in events(vector):
        if "owner" in one:
            reading.owners[one["receiver"]] = one["owner"]
        else:
            found.append((one, *reading.verdict(one)))
    return found


def depth(value: Any) -> int:
    return 1 + max(map(depth, value.values()), default=0) if isinstance(value, dict) else 0
