"""The scope of a question, as the parameters of `sql/queries/stats_scope.sql`: what is granted, and what is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tracking.stats.queries import CountQuery, ExplainQuery, OverlapQuery
from tracking.steps import of_action
from tracking.vocabulary import NamePattern

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tracking.provenance.grants import Grant
    from tracking.stats.queries import StatsQuery


Scope = dict[str, Any]


class Side(NamedTuple):
    """Receivers as TYPE:ID, and LIKE patterns of names; None: any."""

    receivers: list[str] | None
    names: list[str] | None


def sides(query: OverlapQuery) -> tuple[Side, Side]:
    """The two things that people did."""
    one = Side(None if query.receiver is None else list(query.receiver), patterns(query.name, query.action))
    receivers = one.receivers if query.and_receiver is None else list(query.and_receiver)
    other = patterns(query.and_name, query.and_action)
    return one, Side(receivers, one.names if other is None else other)


def _either(one: list[str] | None, other: list[str] | None) -> list[str] | None:
    return None if one is None or other is None else sorted({*one, *other})


def scope(grant: Grant, query: StatsQuery) -> Scope:
    """The parameters for the grant and the question. SQL compares the two; nothing is decided here."""
    receivers = None if query.receiver is None else list(query.receiver)
    names = patterns(query.name, query.action) if isinstance(query, CountQuery) else None
    if isinstance(query, OverlapQuery):
        one, other = sides(query)
        receivers, names = _either(one.receivers, other.receivers), _either(one.names, other.names)
    return {
        "reads_all": grant.kind == "source",
        "granted": None if grant.receivers is None else sorted(grant.receivers),
        "granted_owner": grant.owner,
        "receivers": receivers,
        "owner": query.owner,
        "one_owner": grant.owner is not None or query.owner is not None,
        "type": query.type,
        "source": query.source,
        "names": names,
        "uniques": isinstance(query, CountQuery) and query.uniques,
        "people": not isinstance(query, CountQuery) or isinstance(query, ExplainQuery) or query.uniques,
    }


def of_receivers(scope: Scope, receivers: list[str]) -> Scope:
    """The same scope where these receivers, which were found by their owner, are granted, and nothing else is."""
    return scope | {"reads_all": False, "granted": receivers, "granted_owner": None, "owner": None}


def patterns(names: Iterable[str] | None, actions: Iterable[str] | None) -> list[str] | None:
    """LIKE patterns of the names that are meant, or None for all: `view`, `click__*`, or an action with its details."""
    if names is None and actions is None:
        return None
    named = [NamePattern(name).like() for name in names or ()]
    return named + [pattern for action in actions or () for pattern in of_action(action)]


def one_receiver(grant: Grant, query: StatsQuery) -> bool:
    """Whether the question can only be about a single receiver."""
    asked = query.receiver or grant.receivers
    return asked is not None and len(set(asked)) == 1
