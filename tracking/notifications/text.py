"""What people read: an item as a sentence, and the subject of a letter."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from babel import Locale
from babel.dates import format_date, format_interval
from babel.numbers import format_decimal, format_percent

from tracking.notifications.words import WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tracking.notifications.letters import Item, Letter, Part
    from tracking.notifications.words.form import Plural, Words

MOST_CHARACTERS = 100
"""Of a title."""
MOST_NAMES = 3
MONTH = "LLLL y"
"""A month, as a pattern of CLDR."""
JOINERS = "\u200c\u200d"
"""They make emoji and the letters of some scripts; other invisible characters can turn a line around."""


class Headline(NamedTuple):
    """A clause around its number, which is empty where none is told."""

    before: str
    number: str
    after: str


def sentence(item: Item, language: str, timezone: str | None = None) -> str:
    """What happened and when. Without `timezone` the reader sees elsewhere whose days they are."""
    clause = "".join(headline(item, language, _when(item, language, timezone)))
    change = _change(item, language)
    return f"{clause}, {change}." if change else f"{clause}."


def subject(letter: Letter) -> str:
    """The first item, and how many more there are."""
    words, first, others = WORDS[letter.language], letter.items[0], len(letter.items) - 1
    when = {"daily": words.yesterday, "weekly": words.last_week, "monthly": words.last_month, "milestone": ""}[
        first.kind
    ]
    text = "".join(headline(first, letter.language, when))
    return counted(words.more_items, others, letter.language, text=text) if others else text


def headline(item: Item, language: str, when: str = "") -> Headline:
    """What happened, around its number; `when` as the language has it within a clause."""
    words = WORDS[language]
    count = item.threshold if item.kind == "milestone" else item.value
    before, _, after = _forms(item, words)["some" if count is None else _category(count, language)].partition("{n}")
    said = {
        "what": what(item, language),
        "was": words.was[_category(item.receivers, language)],
        "action": _action(item.names, words),
        "when": when,
    }
    before = before.format(**said)
    return Headline(
        before[:1].upper() + before[1:], "" if count is None else number(count, language), after.format(**said)
    )


def detail(item: Item, language: str) -> str:
    """What `headline` leaves out: the days, and what changed since the day before."""
    locale = WORDS[language].locale
    if item.kind == "weekly":
        days = format_interval(item.first_day, item.day, "yMMMd", locale=locale)
    else:
        days = format_date(item.day, MONTH if item.kind == "monthly" else "full", locale)
    change = _change(item, language)
    return f"{days} · {change}" if change else days


def beside(item: Item, language: str) -> str:
    """How a digest's receivers do beside similar ones; empty where there is nothing to say."""
    if item.beside is None:
        return ""
    words, difference = WORDS[language], item.beside.difference
    form = words.more_than_similar if difference > 0 else words.less_than_similar
    return form.format(percent=format_percent(abs(difference), locale=words.locale))


def what(item: Item, language: str) -> str:
    """What is theirs: `your profile`, `your job “Senior Dev”`, `your 12 jobs`."""
    words = WORDS[language]
    if item.per == "owner":
        forms = words.many_receivers.get(item.receiver_type, words.many)
        return counted(forms, item.receivers, language, type=item.receiver_type)
    form = words.receivers.get(item.receiver_type, words.receiver)
    return form.format(title=words.quoted.format(name(item)), type=item.receiver_type)


def name(of: Item | Part) -> str:
    """The title, or else the id."""
    return clean(of.title or "") or clean(of.receiver.partition(":")[2])


def amount(part: Part, language: str) -> str:
    return WORDS[language].some if part.value is None else number(part.value, language)


def counted(forms: Plural, count: int, language: str, **said: str) -> str:
    return forms[_category(count, language)].format(n=number(count, language), **said)


def number(count: int, language: str) -> str:
    return format_decimal(count, locale=WORDS[language].locale)


def clean(text: str, most: int = MOST_CHARACTERS) -> str:
    """The text as one line of at most so many characters, of those that people see."""
    kinds = ((character, unicodedata.category(character)) for character in text)
    seen = "".join(
        " " if kind in {"Cc", "Zl", "Zp", "Zs"} else character
        for character, kind in kinds
        if kind not in {"Cf", "Cn", "Co", "Cs"} or character in JOINERS
    )
    line = " ".join(seen.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def _category(count: int, language: str) -> str:
    return Locale.parse(WORDS[language].locale).plural_form(count)


def _forms(item: Item, words: Words) -> Plural:
    of_creators = item.measure == "creators"
    if item.kind == "milestone":
        clauses = words.passed_creators if of_creators else words.passed_events
    elif of_creators:
        clauses = words.digest_of_creators if item.per == "owner" else words.creators
    else:
        clauses = words.events
    (action, *others) = _actions(item.names)
    return clauses.get(action, clauses["other"]) if not others else clauses["other"]


def _actions(names: Sequence[str]) -> list[str]:
    """The names; an action stands for its details, which are `ACTION__*`."""
    return [name for name in dict.fromkeys(names) if name.removesuffix("__*") not in {*names} - {name}]


def _action(names: Sequence[str], words: Words) -> str:
    actions = _actions(names)
    quoted = [words.quoted.format(clean(action)) for action in actions[:MOST_NAMES]]
    if len(actions) > MOST_NAMES:
        return ", ".join(quoted) + " …"
    *first, last = quoted
    return words.action_or.join([", ".join(first), last]) if first else last


def _when(item: Item, language: str, timezone: str | None) -> str:
    words = WORDS[language]
    last = format_date(item.day, words.day, words.locale)
    if item.kind == "milestone":
        return ""
    if item.kind == "daily":
        return words.on_day.format(day=last, zone=words.of_day.format(zone=timezone) if timezone else "")
    zone = words.of_days.format(zone=timezone) if timezone else ""
    if item.kind == "monthly":
        return words.in_month.format(month=format_date(item.day, MONTH, words.locale), zone=zone)
    pattern = words.day_of_year if item.first_day.year == item.day.year else words.day
    first = format_date(item.first_day, pattern, words.locale)
    return words.from_day_to_day.format(first=first, last=last, zone=zone)


def _change(item: Item, language: str) -> str:
    if item.kind != "daily" or item.value is None or item.before is None:
        return ""
    words, more = WORDS[language], item.value - item.before
    form = words.as_many if more == 0 else words.more if more > 0 else words.less
    return form.format(n=number(abs(more), language))
