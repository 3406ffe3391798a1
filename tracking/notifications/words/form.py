"""What a language has to say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Plural = Mapping[str, str]
"""A text for each plural category of CLDR that the language has, and `some`: fewer than may be told."""
Clauses = Mapping[str, Plural]
"""By action: `view`, `click`, `impression`; `other` has its name as {action}. {n} is the number, {what} is theirs."""


@dataclass(frozen=True, kw_only=True)
class Words:
    locale: str
    """Its numbers, dates and plurals, of CLDR."""
    quoted: str
    action_or: str
    """Between the last two of several names."""
    day: str
    """A date within a sentence, as a pattern of CLDR."""
    day_of_year: str
    """The same, where the year follows soon."""

    creators: Clauses
    """A clause with a place for {when}, which starts with a blank or is empty."""
    digest_of_creators: Clauses
    events: Clauses
    """Of a digest too; {was} fits the number of receivers."""
    passed_creators: Clauses
    passed_events: Clauses
    was: Plural

    on_day: str
    from_day_to_day: str
    in_month: str
    yesterday: str
    last_week: str
    last_month: str
    of_day: str
    of_days: str
    """The timezone beside a date."""

    more: str
    less: str
    as_many: str
    more_than_similar: str
    less_than_similar: str
    """Of a digest: views beside similar receivers of others."""
    some: str

    receivers: Mapping[str, str]
    """What is theirs by its type, in words that fit as subject and as object; {title} where it needs one."""
    receiver: str
    """Of any other type."""
    many_receivers: Mapping[str, Plural]
    many: Plural

    others: Plural
    more_items: Plural
    open: str
    days_are: str
    why: str
    stop: str
