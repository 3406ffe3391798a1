"""What a question is about, as the parameters of `sql/queries/stats_scope.sql`: what is granted, what is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tracking.vocabulary import NamePattern

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tracking.provenance.grants import Grant


def scope(grant: Grant, query: dict[str, Any]) -> dict[str, Any]:
    """The parameters that say who asks and what for. SQL holds the one against the other; nothing is decided here."""
    return {
        "reads_all": grant.kind == "source",
        "granted": None if grant.receivers is None else sorted(grant.receivers),
        "granted_owner": grant.owner,
        "receivers": query.get("receiver"),
        "owner": query.get("owner"),
        "type": query.get("type"),
        "source": query.get("source"),
        "names": patterns(query.get("name"), query.get("action")),
        "uniques": query.get("uniques", False),
    }


def patterns(names: Iterable[str] | None, actions: Iterable[str] | None = None) -> list[str] | None:
    """LIKE patterns of the names that are meant, or None for all: `view`, `click__*`, or an action with its details."""
    if names is None and actions is None:
        return None
    named = [NamePattern(name).like() for name in names or ()]
    return named + [pattern for action in actions or () for pattern in of_action(action)]


def of_action(action: str) -> list[str]:
    literal = NamePattern(action).like()
    return [literal, f"{literal}\\_\\_%"]


def of_step(step: str) -> list[str]:
    """A step of a funnel: an action, or where it has a detail or a * in it, names."""
    return [NamePattern(step).like()] if "__" in step or step.endswith("*") else of_action(step)


def one_receiver(grant: Grant, query: dict[str, Any]) -> bool:
    """Whether the question can only be about a single receiver."""
    asked = query.get("receiver") or (None if grant.receivers is None else sorted(grant.receivers))
    return asked is not None and len(set(asked)) == 1
