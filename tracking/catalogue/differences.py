"""What a new tracking plan changes, and what of that breaks: an event that was taken before may be rejected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tracking.catalogue.narrowing import expanded, narrowed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TOLD = ("description", "owner", "status", "repeat_window_seconds", "across_sources", "per_day", "mode", "from")


class Change(NamedTuple):
    name: str
    said: str
    breaks: bool = False


def differences(before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]]) -> list[Change]:
    """The changes between two plans in wire form, by name."""
    old, new = ({entry["name"]: entry for entry in entries} for entries in (before, after))
    return [
        change
        for name in sorted(old.keys() | new.keys())
        for change in (_of if name in old and name in new else _one_sided)(name, old, new)
    ]


def _one_sided(name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    """Of a name that one plan has. What is new may have been sent before, by a source that is not strict."""
    if name not in new:
        yield Change(name, "is removed: a strict source may not send it any more", breaks=True)
        return
    after = new[name]
    if after["mode"] != "reject":
        yield Change(name, "is new")
        return
    yield Change(name, "is new, and rejects what does not fit")
    action, parted, _ = name.partition("__")
    covered = old.get(f"{action}__*") if parted else None
    rejected = covered is not None and covered["mode"] == "reject" and not _earlier(covered, after)
    for said in narrowed(expanded(covered["schema"]) if covered and rejected else None, expanded(after["schema"])):
        yield Change(name, said, breaks=True)


def _of(name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    before, after = old[name], new[name]
    for field in TOLD:
        if before[field] != after[field]:
            yield Change(
                name, f"{field} is {_shown(after[field])}, was {_shown(before[field])}", _rejects(field, before, after)
            )
    if before["schema"] == after["schema"]:
        return
    rejects = after["mode"] == "reject"
    less = list(narrowed(expanded(before["schema"]), expanded(after["schema"])))
    for said in less:
        yield Change(name, f"{said}{'' if rejects else ' (not rejected)'}", breaks=rejects)
    if not less:
        yield Change(name, "schema takes all that it took before")


def _rejects(field: str, before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Whether the change of a field makes it reject, or reject earlier. The day itself may lie in the future."""
    if after["mode"] != "reject":
        return False
    if field == "mode":
        return True
    return field == "from" and before["mode"] == "reject" and _earlier(before, after)


def _earlier(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Whether `after` rejects from an earlier day on."""
    return (after["from"] or "") < (before["from"] or "")


def _shown(value: Any) -> str:
    return "not set" if value in {None, ""} else str(value)
