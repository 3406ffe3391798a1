"""What people read, in German and English."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from fixtures.letters import DAY, MONDAY, SUNDAY, digest, item, job, letter, milestone
from tracking.notifications.letters import Item
from tracking.notifications.text import MOST_CHARACTERS, clean, detail, sentence, subject
from tracking.notifications.words import WORDS
from tracking.vocabulary import LANGUAGES

THURSDAY = "on Thursday, 26 November 2026"
DONNERSTAG = "am Donnerstag, dem 26. November 2026,"

SENTENCES = [
    (item(), f"12 people viewed your profile {THURSDAY}, 2 more than the day before.",
     f"12 Personen haben {DONNERSTAG} Ihr Profil angesehen, 2 mehr als am Tag davor."),
    (item(value=1, before=3), f"1 person viewed your profile {THURSDAY}, 2 fewer than the day before.",
     f"1 Person hat {DONNERSTAG} Ihr Profil angesehen, 2 weniger als am Tag davor."),
    (item(before=12), f"12 people viewed your profile {THURSDAY}, as many as the day before.",
     f"12 Personen haben {DONNERSTAG} Ihr Profil angesehen, so viele wie am Tag davor."),
    (item(value=None, before=10), f"A few people viewed your profile {THURSDAY}.",
     f"Ein paar Personen haben {DONNERSTAG} Ihr Profil angesehen."),
    (item(value=None, measure="events"), f"Your profile was viewed a few times {THURSDAY}.",
     f"Ihr Profil wurde {DONNERSTAG} ein paar Mal angesehen."),
    (item(value=12345, before=None), f"12,345 people viewed your profile {THURSDAY}.",
     f"12.345 Personen haben {DONNERSTAG} Ihr Profil angesehen."),
    (job(names=("click", "click__*")), f"12 people clicked on your job “Senior Dev” {THURSDAY}.",
     f"12 Personen haben {DONNERSTAG} auf Ihre Stelle „Senior Dev“ geklickt."),
    (job(names=("impression",), measure="events"), f"Your job “Senior Dev” was shown 12 times {THURSDAY}.",
     f"Ihre Stelle „Senior Dev“ wurde {DONNERSTAG} 12-mal angezeigt."),
    (job(names=("apply",)), f"12 people did “apply” on your job “Senior Dev” {THURSDAY}.",
     f"12 Personen haben {DONNERSTAG} „apply“ für Ihre Stelle „Senior Dev“ ausgelöst."),
    (job(names=("view", "click"), measure="events"), f"“view” or “click” happened 12 times on your job “Senior Dev” {THURSDAY}.",
     f"„view“ oder „click“ gab es {DONNERSTAG} 12-mal für Ihre Stelle „Senior Dev“."),
    (job(names=("a", "b", "c", "d")), f"12 people did “a”, “b”, “c” … on your job “Senior Dev” {THURSDAY}.",
     f"12 Personen haben {DONNERSTAG} „a“, „b“, „c“ … für Ihre Stelle „Senior Dev“ ausgelöst."),
    (job(title=None), f"12 people viewed your job “42” {THURSDAY}.",
     f"12 Personen haben {DONNERSTAG} Ihre Stelle „42“ angesehen."),
    (job(receiver="product:7", receiver_type="product", title="Lamp"), f"12 people viewed “Lamp” (product) {THURSDAY}.",
     f"12 Personen haben {DONNERSTAG} „Lamp“ (product) angesehen."),
    (digest(), "Your 12 jobs were viewed by 340 people from Monday, 16 November to Sunday, 22 November 2026.",
     "Ihre 12 Stellen wurden von Montag, dem 16. November, bis Sonntag, dem 22. November 2026, von 340 Personen angesehen."),
    (digest(receivers=1, measure="events", value=1), "Your 1 job was viewed 1 time from Monday, 16 November to Sunday, 22 November 2026.",
     "Ihre 1 Stelle wurde von Montag, dem 16. November, bis Sonntag, dem 22. November 2026, 1-mal angesehen."),
    (digest(first_day=date(2026, 12, 28), day=date(2027, 1, 3), value=None),
     "Your 12 jobs were viewed by a few people from Monday, 28 December 2026 to Sunday, 3 January 2027.",
     "Ihre 12 Stellen wurden von Montag, dem 28. Dezember 2026, bis Sonntag, dem 3. Januar 2027, von ein paar Personen angesehen."),
    (digest(kind="monthly", first_day=date(2026, 10, 1), day=date(2026, 10, 31)), "Your 12 jobs were viewed by 340 people in October 2026.",
     "Ihre 12 Stellen wurden im Oktober 2026 von 340 Personen angesehen."),
    (digest(kind="daily", first_day=DAY, day=DAY), f"Your 12 jobs were viewed by 340 people {THURSDAY}.",
     f"Ihre 12 Stellen wurden {DONNERSTAG} von 340 Personen angesehen."),
    (item(kind="weekly", first_day=MONDAY, day=SUNDAY, before=None),
     "12 people viewed your profile from Monday, 16 November to Sunday, 22 November 2026.",
     "12 Personen haben von Montag, dem 16. November, bis Sonntag, dem 22. November 2026, Ihr Profil angesehen."),
    (item(kind="monthly", first_day=date(2026, 3, 1), day=date(2026, 3, 31), before=None, value=None),
     "A few people viewed your profile in March 2026.", "Ein paar Personen haben im März 2026 Ihr Profil angesehen."),
    (milestone(), "Your job “Senior Dev” has passed 1,000 views.", "Ihre Stelle „Senior Dev“ hat 1.000 Ansichten erreicht."),
    (milestone(measure="creators"), "Your job “Senior Dev” has now been viewed by 1,000 people.",
     "1.000 Personen haben inzwischen Ihre Stelle „Senior Dev“ angesehen."),
]  # fmt: skip


@pytest.mark.parametrize(("told", "english", "german"), SENTENCES)
def test_an_item_is_a_sentence(told: Item, english: str, german: str) -> None:
    assert sentence(told, "en") == english
    assert sentence(told, "de") == german


def test_a_sentence_may_say_whose_day_it_is() -> None:
    assert sentence(item(), "en", "Europe/Berlin") == (
        f"12 people viewed your profile {THURSDAY} (day in Europe/Berlin), 2 more than the day before."
    )
    assert "2026 (Tag in Pacific/Honolulu), Ihr Profil" in sentence(item(), "de", "Pacific/Honolulu")
    assert sentence(digest(), "en", "UTC").endswith("22 November 2026 (days in UTC).")
    assert sentence(digest(kind="monthly"), "en", "UTC").endswith("in November 2026 (days in UTC).")


@pytest.mark.parametrize(
    ("items", "english", "german"),
    [
        ((item(),), "12 people viewed your profile yesterday", "12 Personen haben gestern Ihr Profil angesehen"),
        ((digest(),), "Your 12 jobs were viewed by 340 people last week",
         "Ihre 12 Stellen wurden letzte Woche von 340 Personen angesehen"),
        ((digest(kind="monthly"),), "Your 12 jobs were viewed by 340 people last month",
         "Ihre 12 Stellen wurden letzten Monat von 340 Personen angesehen"),
        ((item(kind="monthly", before=None),), "12 people viewed your profile last month",
         "12 Personen haben letzten Monat Ihr Profil angesehen"),
        ((milestone(),), "Your job “Senior Dev” has passed 1,000 views", "Ihre Stelle „Senior Dev“ hat 1.000 Ansichten erreicht"),
        ((item(), job()), "12 people viewed your profile yesterday (and 1 more update)",
         "12 Personen haben gestern Ihr Profil angesehen (und 1 weitere Meldung)"),
        ((item(), job(), digest()), "12 people viewed your profile yesterday (and 2 more updates)",
         "12 Personen haben gestern Ihr Profil angesehen (und 2 weitere Meldungen)"),
    ],
)  # fmt: skip
def test_a_subject_tells_the_first_item(items: tuple[Item, ...], english: str, german: str) -> None:
    assert subject(letter(*items)) == english
    assert subject(letter(*items, language="de")) == german


def test_a_detail_is_the_day_and_the_change() -> None:
    assert detail(item(), "en") == "Thursday, 26 November 2026 · 2 more than the day before"
    assert detail(job(), "de") == "Donnerstag, 26. November 2026"
    assert detail(digest(kind="monthly"), "en") == "November 2026"
    assert detail(digest(kind="monthly", day=date(2026, 3, 31)), "de") == "März 2026"
    assert detail(digest(), "en") == "16\u2009\u2013\u200922 Nov 2026"


def test_no_change_is_told_beside_a_hidden_number() -> None:
    """Else one of two days gives the other."""
    for language in LANGUAGES:
        for told in (item(value=None, before=10), item(before=None)):
            digits = [text for text in sentence(told, language).replace("2026", "").split() if text.isdigit()]
            assert set(digits) <= {"12", "26"}
            assert "·" not in detail(told, language)


def test_each_language_has_a_text_for_each_plural() -> None:
    assert tuple(WORDS) == LANGUAGES
    for words in WORDS.values():
        categories = {"other", *Locale.parse(words.locale).plural_form.tags}
        for forms in plurals(dataclasses.asdict(words)):
            assert set(forms) - {"some"} == categories
        for clauses in (
            words.creators,
            words.digest_of_creators,
            words.events,
            words.passed_creators,
            words.passed_events,
        ):
            assert set(clauses) == {"view", "click", "impression", "other"}
        for clauses in (words.creators, words.digest_of_creators, words.events):
            assert all("some" in forms for forms in clauses.values())


def plurals(value: Any) -> Iterator[Mapping[str, str]]:
    if isinstance(value, Mapping):
        if all(isinstance(inner, str) for inner in value.values()) and "other" in value:
            yield value
        for inner in value.values():
            yield from plurals(inner)


@given(st.text())
def test_a_title_becomes_one_line(title: str) -> None:
    line = clean(title)
    assert len(line) <= MOST_CHARACTERS
    assert line.isprintable() or {"\u200c", "\u200d"} & {*line}
    assert len(line.splitlines()) <= 1


@pytest.mark.parametrize(
    ("title", "line"),
    [
        ("Dev\r\nBcc: eve@mail.example", "Dev Bcc: eve@mail.example"),
        ("  much\t space\u2028", "much space"),
        ("turned \u202earound\u2066", "turned around"),
        ("family \U0001f469\u200d\U0001f467", "family \U0001f469\u200d\U0001f467"),
        ("half \ud800", "half"),
        ("{what} {n}", "{what} {n}"),
        ("a" * 500, "a" * 99 + "…"),
    ],
)
def test_a_title_loses_what_nobody_sees(title: str, line: str) -> None:
    assert clean(title) == line
    assert f"“{line}”" in sentence(job(title=title), "en")


def test_a_title_of_nothing_visible_is_replaced_by_the_id() -> None:
    assert "your job “42”" in sentence(job(title="\u200b\n"), "en")
