"""The rules in force for a question, in words, each with its number in the counting standard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tracking.catalogue.windows import ANY, Entry, RuleOf
from tracking.ingest import crawlers
from tracking.vocabulary import NamePattern

if TYPE_CHECKING:
    from tracking.stats.counting import Counting
    from tracking.stats.periods import Period
    from tracking.stats.queries import ExplainQuery

PAGE = "docs/counting.md"
SECTIONS = {
    "1": "1-what-counts", "3": "3-first-counts", "4": "4-ceilings-of-a-day", "5": "5-ones-own", "6": "6-crawlers",
    "7": "7-fetched-ahead", "8": "8-retries", "9": "9-time", "11": "11-people",
}  # fmt: skip
"""Fragments of the page, by the number of the section."""
STANDARD = {"*", *(f"{action}{rest}" for action in ("impression", "view", "click") for rest in ("", "__*"))}
"""The catalogue's entries that the standard has itself."""
MOST = 50
"""Names whose windows are told."""
UNITS = ((3600, "hour"), (60, "minute"), (1, "second"))


class Ruling(NamedTuple):
    """`window`: of all names that are meant, in words; None if they have several, or none."""

    told: list[dict[str, str]]
    windows: list[dict[str, Any]]
    window: str | None


def in_force(counting: Counting, query: ExplainQuery, period: Period, *, everything: bool) -> Ruling:
    """The rules that are in force now, for the names and types of the question.

    `everything`: with the names of the catalogue that the question does not name; a customer does not see these.
    """
    entries = {
        row.name: Entry(row.seconds, row.across_sources, row.per_day) for row in counting.look_up("catalogue_windows")
    }
    rules = RuleOf(entries)
    names = _meant(query, [name for name in entries if everything or name in STANDARD])[:MOST]
    windows = [
        {
            "name": name,
            "seconds": rules[name].seconds,
            "across_sources": rules[name].across_sources,
            "per_day": rules[name].per_day,
            "binds": "all" if rules[name].is_known and name != ANY else "client tokens",
        }
        for name in names
    ]
    own = counting.look_up("explain_own_types")
    people = [row.receiver_type for row in own if row.id_is_person]
    owners = [row.receiver_type for row in own if row.owner_is_person]
    lists = crawlers.lists()
    versions = " and ".join(f"{name} {version}" for name, version in sorted(lists.versions.items()))
    late = _plural(counting.lateness_days, "day")
    final = counting.coverage.final_until
    said = [
        ("1.2", "What is stored and excluded is in no number: not among the events, and not among the people."),
        ("3.1", _repeats(windows)),
        ("4.1", _ceilings(windows)),
        ("5.1", f"People's own visits do not count where ids are people: {', '.join(people)}." if people else ""),
        ("5.2", f"Nor where owners are people: {', '.join(owners)}." if owners else ""),
        ("6.1", f"Crawlers are known by two lists, {versions}; the newest entry is of {lists.newest}."),
        ("6.7", "What is stored was judged by the lists of its day."),
        ("7.1", "A picture that a mail program or a browser fetches before anybody looks does not count."),
        ("8.1", "A retry is stored once."),
        ("9.2", f"An event may arrive {late} late; it counts at the time at which it happened."),
        ("9.5", f"Nothing before {period.text(final)} changes any more by late events." if final else ""),
        ("11.1", "Each person counts once in the period." if query.uniques else ""),
    ]  # fmt: skip
    seconds = {rules[name].seconds for name in names if name != ANY or len(names) == 1}
    window = length(seconds.pop()) if len(seconds) == 1 and 0 not in seconds else None
    return Ruling([_rule(number, says) for number, says in said if says], windows, window)


def length(seconds: float) -> str:
    """`30 minutes`."""
    for size, unit in UNITS:
        if seconds >= size and seconds % size == 0:
            return _plural(int(seconds // size), unit)
    return f"{seconds:g} seconds"


def _plural(number: int, unit: str) -> str:
    return f"{number:,} {unit}{'' if number == 1 else 's'}"


def _rule(number: str, says: str) -> dict[str, str]:
    return {"rule": number, "link": f"{PAGE}#{SECTIONS[number.partition('.')[0]]}", "says": says}


def _meant(query: ExplainQuery, entries: list[str]) -> list[str]:
    """The names whose windows bind what is asked for: those that it names, and entries of the catalogue."""
    if query.name is None and query.action is None:
        return sorted(entries)
    found: set[str] = set()
    for name in query.name or ():
        pattern = NamePattern(name)
        is_open = name.endswith("*") and "__" not in name  # of any action that begins so
        found |= {entry for entry in entries if pattern.matches(entry)} | {ANY if is_open else name}
    for action in query.action or ():
        found |= {entry for entry in entries if entry.startswith(f"{action}__")} | {action, f"{action}__*"}
    return sorted(found)


def _repeats(windows: list[dict[str, Any]]) -> str:
    """Names with one window together, the longest first."""
    names: dict[float, list[str]] = {}
    for window in windows:
        if window["seconds"]:
            names.setdefault(window["seconds"], []).append(
                "any other, by client tokens" if window["name"] == ANY else window["name"]
            )
    if not names:
        return ""
    each = "; ".join(f"{length(seconds)}: {', '.join(names[seconds])}" for seconds in sorted(names, reverse=True))
    return f"The same again by one person on one receiver, from one source, is a repeat within {each}."


def _ceilings(windows: list[dict[str, Any]]) -> str:
    most = sorted({window["per_day"] for window in windows if window["per_day"]})
    if not most:
        return ""
    numbers = " or ".join(f"{number:,}" for number in most)
    return (
        f"By client tokens, {numbers} events of one action, of one person on one receiver, count in a day"
        " (UTC). What comes after is stored as a repeat."
    )
