"""Small worlds for the property test: events around the days on which calendars go wrong, and questions about them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

OWNED = {
    "job:42": "acme", "job:43": "acme", "story:42": "acme",
    "job:77": "globex", "story:77": "globex", "story:9": None,
}  # fmt: skip
RECEIVERS = [*OWNED, "job:9"]  # of the last nobody has told us whose it is
NAMES = [
    "impression", "impression__list", "view", "view__photo", "click", "click__save", "click__applicationCreatedTop",
    "clicker", "click_x__save", "click__",
]  # fmt: skip
SOURCES = ["web", "ios"]
CREATORS = [f"user-{n}" for n in range(7)]
ANCHORS = [
    "2026-03-29T00:00:00Z",  # Berlin: 23 hours
    "2026-10-25T00:00:00Z",  # Berlin: 25 hours
    "2026-03-08T06:00:00Z",  # New York: 23 hours
    "2026-04-04T14:00:00Z",  # Lord Howe: half an hour more
    "2026-10-03T14:00:00Z",  # Lord Howe: half an hour less
    "2024-02-29T12:00:00Z",  # a leap day
    "2025-12-29T00:00:00Z",  # week 1 of the year that is yet to come
    "2026-04-24T00:00:00Z",  # Cairo: the day begins at one
]
TIMEZONES = [
    "Europe/Berlin", "UTC", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe",
    "Pacific/Chatham", "Pacific/Kiritimati", "Africa/Cairo", "America/St_Johns",
]  # fmt: skip
QUARTER = timedelta(minutes=15)
SPAN = 4  # days on each side of the anchor


@st.composite
def events(draw: st.DrawFn, anchor: datetime) -> dict[str, Any]:
    """One row of tracking.events; its time is often at an edge, or a microsecond before."""
    quarters = draw(st.integers(-SPAN * 96, SPAN * 96))
    within = draw(st.sampled_from([0, 0, 1, 899_999_999, 123_456_789]))
    receiver_type, _, receiver_id = draw(st.sampled_from(RECEIVERS)).partition(":")
    color = draw(st.sampled_from([None, "red", "blue", "", 3, True]))
    return {
        "occurred_at": anchor + quarters * QUARTER + timedelta(microseconds=within),
        "receiver_type": receiver_type,
        "receiver_id": receiver_id,
        "name": draw(st.sampled_from(NAMES)),
        "source": draw(st.sampled_from(SOURCES)),
        "creator": draw(st.sampled_from(CREATORS)),
        "properties": None if color is None else {"color": color},
        "excluded": draw(st.sampled_from([None, None, None, None, "repeat", "bot"])),
    }


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


@st.composite
def grants(draw: st.DrawFn) -> dict[str, Any]:
    """Whose token: a source's credential, an owner's, that of some receivers, or of both."""
    kind = draw(st.sampled_from(["source", "source", "source", "owner", "owner", "receivers", "both"]))
    grant: dict[str, Any] = {}
    if kind in {"owner", "both"}:
        grant["owner"] = draw(st.sampled_from(["acme", "acme", "globex", "nobody"]))
    if kind in {"receivers", "both"}:
        grant["receivers"] = draw(st.lists(st.sampled_from(RECEIVERS), min_size=1, max_size=4, unique=True))
    return grant


@st.composite
def questions(draw: st.DrawFn, anchor: datetime) -> dict[str, Any]:
    """An endpoint, its parameters, and a grant."""
    endpoint = draw(st.sampled_from(["summary", "timeseries", "timeseries", "breakdown", "top", "funnel"]))
    query: dict[str, Any] = {
        "receiver": draw(_maybe(st.lists(st.sampled_from(RECEIVERS), min_size=1, max_size=2, unique=True))),
        "owner": draw(st.sampled_from([None, None, None, None, "acme", "globex"])),
        "type": draw(st.sampled_from([None, None, "job", "story"])),
        "source": draw(st.sampled_from([None, None, "web"])),
        "timezone": draw(_maybe(st.sampled_from(TIMEZONES))),
    } | draw(_periods(anchor))
    if endpoint != "funnel":
        query |= draw(st.sampled_from([{}, {}, {"name": 1}, {"name": 2}, {"action": 1}]))
        if "name" in query:
            names = st.sampled_from([*NAMES, "click__*", "click*", "view*"])
            query["name"] = draw(st.lists(names, min_size=query["name"], max_size=query["name"], unique=True))
        if "action" in query:
            query["action"] = [draw(st.sampled_from(["click", "view", "click_x"]))]
        query["uniques"] = draw(st.sampled_from([None, "true", "false"]))
    if endpoint in {"summary", "timeseries"}:
        query["compare"] = draw(st.sampled_from([None, "previous", "year", "none"]))
    if endpoint == "timeseries":
        query["interval"] = draw(st.sampled_from([None, "hour", "day", "week", "month"]))
        if draw(st.booleans()):  # a single receiver and name in the reporting timezone: the daily aggregate's case
            query |= {"interval": "day", "timezone": None, "source": None, "name": [draw(st.sampled_from(NAMES))]}
            query["receiver"] = [draw(st.sampled_from(RECEIVERS))]
            query.pop("action", None)
    if endpoint == "breakdown":
        query["by"] = draw(st.sampled_from([None, "name", "action", "detail", "source", "type", "property:color"]))
        query["limit"] = draw(st.sampled_from([None, 1, 3]))
    if endpoint == "top":
        query["order"] = draw(st.sampled_from([None, "events"] + ["creators"] * (query["uniques"] != "false")))
        query["search"] = draw(st.sampled_from([None, None, "ENGIN", "4", "zzz"]))
        query["limit"] = draw(st.sampled_from([None, 1, 3]))
    if endpoint == "funnel":
        steps = st.sampled_from(["impression", "view", "click", "click__application*", "click__save", "clicker"])
        query["step"] = draw(_maybe(st.lists(steps, min_size=1, max_size=6, unique=True)))
    asked = {key: value for key, value in query.items() if value is not None}
    return {"endpoint": endpoint, "query": asked, "grant": draw(grants())}


@st.composite
def _periods(draw: st.DrawFn, anchor: datetime) -> dict[str, str]:
    first = draw(st.integers(-SPAN * 96, SPAN * 96))
    length = draw(st.integers(1, SPAN * 2 * 96))
    start, end = anchor + first * QUARTER, anchor + (first + length) * QUARTER
    if draw(st.booleans()):
        return {"from": start.isoformat(), "to": end.isoformat()}
    return {"from": str(start.date()), "to": str(end.date())}


@st.composite
def worlds(draw: st.DrawFn, each: int) -> dict[str, Any]:
    """What happened, what came late, who was erased, what was dropped; and questions."""
    anchor = datetime.fromisoformat(draw(st.sampled_from(ANCHORS))).astimezone(UTC)
    return {
        "anchor": anchor,
        "events": draw(st.lists(events(anchor), min_size=20, max_size=60)),
        "late": draw(st.lists(events(anchor), max_size=15)),
        "materialized": draw(_maybe(st.integers(-SPAN, SPAN))),  # days from the anchor; what is newer is real-time
        "erased": draw(_maybe(st.sampled_from(CREATORS))),
        "dropped": draw(_maybe(st.integers(-SPAN, SPAN))),
        "questions": draw(st.lists(questions(anchor), min_size=each, max_size=each)),
    }
