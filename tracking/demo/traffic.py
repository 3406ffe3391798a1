"""A month of a recruitment platform's events, the same every time for the same seed.

The unit is a visit: somebody looks through lists, opens some of what they see, clicks, now and then applies. Days
and hours have the rhythm of Berlin, and the stream has the faults of a real one, at the rates named below.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from math import ceil
from operator import itemgetter
from random import Random
from typing import Any, Literal
from zoneinfo import ZoneInfo

from tracking.demo.cast import CANDIDATES, RECRUITERS, Cast, Receiver, assemble

DOUBLE_FIRES = 0.010  # of people's events: the same action under a new id, 20 to 900 ms later
RETRIES = 0.008  # of all events: the very same event sent again, 2 s to 10 min later
CRAWLERS = 0.030  # of all events: sent by a crawler that says so
OFFLINE = 0.020  # of visits with the iOS app: sent 10 min to 4 h after they happened
OWN_PROFILE = 0.120  # of visits by a user who has a profile: looks at it

BERLIN = ZoneInfo("Europe/Berlin")
WEEKDAYS = (1.12, 1.20, 1.16, 1.10, 0.94, 0.50, 0.58)
HOURS = (8, 4, 2, 2, 3, 8, 22, 46, 70, 88, 96, 98, 92, 76, 72, 74, 76, 80, 88, 98, 100, 84, 50, 22)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
)
_APPS = ("JobsApp/6.3.1 (iPhone; iOS 26.1; Scale/3.00)", "JobsApp/6.2.0 (iPhone; iOS 18.6; Scale/2.00)")
_BOTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
)
_SITE = "https://jobs.example"

Event = dict[str, Any]
Sent = tuple[int, int, Event]  # sent at, occurred at (milliseconds since 1970), the event


def traffic(
    *, seed: int = 7, days: int = 30, until: datetime, events: int = 120_000, cut: Literal["day", "hour"] = "day"
) -> Iterator[Event]:
    """At least ``events`` events of the last ``days`` days, in the order of their sending.

    They are in wire form, with the ``creator`` and the ``source`` that a token would vouch for. ``until`` is cut
    back to the start of its day, in its own timezone, so that every run on that day gives the same stream. With
    ``cut="hour"`` the current day has its hours so far, and the first day, Berlin's, is whole. A day has the same
    visits, ids included, whenever it is generated; only how many of them there are depends on ``days``, ``until``
    and ``events``.

    Raises ValueError if ``until`` has no timezone or ``days`` is below one.
    """
    if until.tzinfo is None or days < 1:
        raise ValueError("until needs a timezone, and days must be at least 1")
    end = until.replace(hour=0 if cut == "day" else until.hour, minute=0, second=0, microsecond=0)
    start = end - timedelta(days=days)
    first = start.astimezone(BERLIN).date()
    window = range(_milliseconds(start if cut == "day" else _local(first, 0)), _milliseconds(end) + 1)
    dates = [first + timedelta(days=n) for n in range(days + 2)]
    weights = [_weight(seed, day, window) for day in dates]
    cast = assemble(seed)

    waiting: list[Sent] = []
    for day, weight in zip(dates, weights, strict=True):
        waiting += _day(seed, day, cast, window, ceil(events * weight / sum(weights)))
        waiting.sort(key=itemgetter(0))
        midnight = _milliseconds(_local(day + timedelta(days=1), 0))
        sendable = [event for sent, _, event in waiting if sent < midnight]
        waiting = waiting[len(sendable) :]
        yield from sendable
    yield from (event for _, _, event in waiting)


def _weight(seed: int, day: date, window: range) -> float:
    """The day's traffic relative to other days, as far as the day lies in the period."""
    chance = Random(f"{seed}/{day}/weight").random()
    inside = sum(share for hour, share in enumerate(HOURS) if _milliseconds(_local(day, hour)) in window[:-1])
    return WEEKDAYS[day.weekday()] * (0.94 + 0.12 * chance) * inside / sum(HOURS)


def _day(seed: int, day: date, cast: Cast, window: range, quota: int) -> list[Sent]:
    """The day's visits, one after the other until at least ``quota`` events have been sent within the period."""
    rng = Random(f"{seed}/{day}")
    hours = [_milliseconds(_local(day, hour)) for hour, share in enumerate(HOURS) for _ in range(share)]
    kept: list[Sent] = []
    made = crawled = 0
    while len(kept) < quota:
        start = hours[int(rng.random() * len(hours))] + int(rng.random() * 3_600_000)
        # Crawlers come when they are behind their share: the rate is exact, not a matter of luck.
        is_crawler = crawled < CRAWLERS * made
        sent = _crawl(rng, start, cast) if is_crawler else _people(rng, start, cast)
        made += len(sent)
        crawled += len(sent) if is_crawler else 0
        kept += [one for one in sent if one[1] in window and one[0] in window]
    return kept


def visit(rng: Random, start: int, cast: Cast) -> list[Sent]:
    """One visit that begins at `start` (milliseconds since 1970); by a crawler now and then."""
    return _crawl(rng, start, cast) if rng.random() < CRAWLERS / 2 else _people(rng, start, cast)


class _Visit:
    """One creator's actions from one source; ``now`` moves on as they act."""

    def __init__(self, rng: Random, now: int, source: str, creator: str, user_agent: str = "") -> None:
        self.rng, self.now, self.source, self.creator, self.user_agent = rng, now, source, creator, user_agent
        self.delay = 0
        self.double_fires = DOUBLE_FIRES
        self.sent: list[Sent] = []

    def act(self, name: str, receiver: Receiver, page: str = "", **properties: object) -> None:
        """Record the action, with its faults."""
        event = self._send(self.now, name, receiver, page, properties)
        chance = self.rng.random()
        if chance < self.double_fires:
            event = self._send(self.now + 20 + int(self.rng.random() * 880), name, receiver, page, dict(properties))
        elif chance > 1 - RETRIES:
            again = {**event, "properties": dict(properties), "context": dict(event["context"])}
            later = 2_000 + int(self.rng.random() ** 3 * 598_000)
            self.sent.append((self.now + self.delay + later, self.now, again))

    def pause(self, at_least: int, at_most: int) -> None:
        """Let this many milliseconds pass."""
        self.now += at_least + int(self.rng.random() * (at_most - at_least))

    def _send(self, now: int, name: str, receiver: Receiver, page: str, properties: dict[str, object]) -> Event:
        context = {"page": page or receiver.url}
        if self.user_agent:
            context["user_agent"] = self.user_agent
        event = {
            "id": _uuid4(self.rng.getrandbits(128)),
            "occurred_at": _iso(now),
            "name": name,
            "receiver": receiver.key,
            "creator": self.creator,
            "source": self.source,
            "properties": properties,
            "context": context,
        }
        self.sent.append((now + self.delay, now, event))
        return event


def _people(rng: Random, start: int, cast: Cast) -> list[Sent]:
    """A visit by a candidate, a recruiter's search, or a mail with jobs."""
    chance = rng.random()
    if chance < 0.06:
        visit = _Visit(rng, start, "jobs-backend", _of(rng, RECRUITERS), _of(rng, _BROWSERS))
        _search_profiles(visit, cast)
    elif chance < 0.12:
        visit = _Visit(rng, start, "jobs-backend", _of(rng, CANDIDATES))
        for position, job in enumerate(cast.jobs.some(rng, 4), 1):
            visit.act("impression__jobMail", job, "mail/job-alert", position=position)
    else:
        in_app = rng.random() < 0.34
        creator = _candidate(rng, cast)
        visit = _Visit(rng, start, "ios" if in_app else "web", creator, _of(rng, _APPS if in_app else _BROWSERS))
        if in_app and rng.random() < OFFLINE:
            visit.delay = 600_000 + int(rng.random() * 13_800_000)
        _look_for_work(visit, cast)
    return visit.sent


def _candidate(rng: Random, cast: Cast) -> str:
    """A user, a visitor who was here before, or a new one."""
    chance = rng.random()
    if chance < 0.42:
        # The square makes some users frequent visitors.
        return CANDIDATES[int(rng.random() ** 2 * len(CANDIDATES))]
    if chance < 0.70:
        return _of(rng, cast.regulars)
    return f"anon-{rng.getrandbits(48):012x}"


def _look_for_work(visit: _Visit, cast: Cast) -> None:
    rng = visit.rng
    if rng.random() < 0.12:  # came by a link on another site
        _open_job(visit, cast.jobs.pick(rng), "link")
    for page in count(1):
        visit.pause(1_500, 9_000)
        stories_instead = rng.random() < 0.18
        cards = (cast.stories if stories_instead else cast.jobs).some(rng, 5 + int(rng.random() * 5))
        where = f"{_SITE}/stories" if stories_instead else f"{_SITE}/search?page={page}"
        for position, card in enumerate(cards, 1):
            visit.pause(200, 1_800)
            visit.act("impression", card, where, position=position)
        for card in cards:
            if rng.random() < 0.16 * cast.appeal.get(card.key, 1):
                (_open_story if stories_instead else _open_job)(visit, card, "list")
        if rng.random() > 0.35:
            break
    own = cast.own_profile.get(visit.creator)
    if own and rng.random() < OWN_PROFILE:
        visit.pause(3_000, 40_000)
        visit.act("view", own, via="menu")


def _open_job(visit: _Visit, job: Receiver, came_from: str) -> None:
    visit.pause(2_000, 20_000)
    visit.act("view", job, via=came_from)
    chance = visit.rng.random()
    if chance > 0.36:
        return
    visit.pause(8_000, 120_000)
    if chance > 0.30:
        visit.act("click__share", job)
    elif chance > 0.20:
        visit.act("click__saveJob", job)
    else:
        visit.act("click", job, target="apply")
        if visit.rng.random() < 0.38:
            visit.pause(40_000, 400_000)
            button = "Bottom" if visit.rng.random() < 0.7 else "Top"
            visit.act(f"click__applicationCreatedFrom{button}Btn", job, steps=2 + int(visit.rng.random() * 4))


def _open_story(visit: _Visit, story: Receiver, came_from: str) -> None:
    visit.pause(2_000, 20_000)
    visit.act("view", story, via=came_from)
    seconds = 5 + int(visit.rng.random() ** 2 * 120)
    visit.pause(seconds * 1_000, seconds * 1_000 + 999)
    if visit.rng.random() < 0.40:
        visit.act("story__completed", story, seconds=seconds)
        if visit.rng.random() < 0.12:
            visit.pause(2_000, 9_000)
            visit.act("story__shared", story)


def _search_profiles(visit: _Visit, cast: Cast) -> None:
    rng = visit.rng
    cards = cast.profiles.some(rng, 4 + int(rng.random() * 8))
    for position, profile in enumerate(cards, 1):
        visit.pause(200, 1_800)
        visit.act("impression", profile, f"{_SITE}/talents", position=position)
    for profile in cards:
        if rng.random() < 0.40:
            visit.pause(3_000, 30_000)
            visit.act("view", profile, via="talents")
            if rng.random() < 0.45:
                visit.pause(1_500, 9_000)
                visit.act("view__profilePhoto", profile)


def _crawl(rng: Random, start: int, cast: Cast) -> list[Sent]:
    visit = _Visit(rng, start, "web", f"anon-{rng.getrandbits(48):012x}", _of(rng, _BOTS))
    visit.double_fires = 0
    for receiver in cast.jobs.some(rng, 24) + cast.stories.some(rng, 4):
        visit.pause(1_000, 12_000)
        visit.act("view", receiver)
    return visit.sent


def _of(rng: Random, choices: tuple[str, ...] | list[str]) -> str:
    return choices[int(rng.random() * len(choices))]


def _local(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=BERLIN)


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _iso(milliseconds: int) -> str:
    moment = _EPOCH + timedelta(milliseconds=milliseconds)
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z"


def _uuid4(bits: int) -> str:
    """A UUID of version 4 (RFC 9562) out of 128 random bits; three times as fast as ``str(uuid.UUID(...))``."""
    bits = bits & ~(0xF << 76) & ~(0x3 << 62) | 0x4 << 76 | 0x2 << 62
    digits = f"{bits:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
