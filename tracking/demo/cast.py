"""The cast of the demo: twelve customers, their jobs, stories and profiles, and the visitors.

Everything follows from the seed alone, so the receivers can be loaded once and the traffic many times. Only
``random()`` and ``getrandbits()`` are used: their sequences are promised to be the same in every Python version.
"""

from bisect import bisect
from functools import lru_cache
from itertools import accumulate
from random import Random
from typing import Any, NamedTuple

CUSTOMERS = (
    "acme", "globex", "initech", "umbrella", "hooli", "vandelay",
    "wonka", "soylent", "tyrell", "cyberdyne", "bluth", "dunder",
)  # fmt: skip

JOBS, STORIES, PROFILES = 240, 48, 300
RECRUITERS = tuple(f"user-{n}" for n in range(1, 37))
CANDIDATES = tuple(f"user-{n}" for n in range(100, 2000))  # the first of them have a profile

_LEVELS = ("Junior", "", "", "Senior", "Lead")
_TRADES = (
    "Python Developer", "Data Analyst", "Frontend Developer", "DevOps Engineer", "Product Manager", "UX Designer",
    "Account Manager", "Payroll Specialist", "Customer Success Manager", "Registered Nurse", "Physiotherapist",
    "Electrician", "Mechatronics Technician", "Warehouse Associate", "Truck Driver", "Store Manager", "Chef de Partie",
    "Civil Engineer", "Quality Inspector", "Tax Adviser", "HR Business Partner", "Early Years Teacher",
    "Machine Operator", "Marketing Manager", "Financial Controller", "Network Administrator", "Buyer", "Welder",
)  # fmt: skip
_CITIES = ("Berlin", "Hamburg", "Munich", "Cologne", "Leipzig", "Stuttgart", "Frankfurt", "Dresden", "Remote")
_CATEGORIES, _TRADES_EACH = ("office", "care and crafts", "site and school", "plant and money"), 7
_REGIONS, _CITIES_EACH = ("north and west", "south and east", "middle"), 3
"""Of so many trades and cities each, as they are listed."""
SOUGHT = {("category", "office"), ("region", "north and west")}
"""Jobs that have both are among the busiest, so that there is something to tell of them beside each other."""
_STORIES = (
    "A day in our {city} office", "From trainee to team lead in four years", "Why I came back after two years away",
    "Night shift, told by those who work it", "What we look for in an interview", "Part-time and in charge",
    "Our first hundred days as colleagues", "How the {city} team ships every week",
)  # fmt: skip
_GIVEN = (
    "Lena", "Jonas", "Aylin", "Mateusz", "Sophie", "Emre", "Hannah", "Luca", "Mina", "Tobias",
    "Amara", "Felix", "Katarina", "Omar", "Greta", "Daniel", "Nadia", "Paul", "Yuki", "Ines",
)  # fmt: skip
_FAMILY = (
    "Hoffmann", "Yilmaz", "Nowak", "Schneider", "Okafor", "Brandt", "Rossi", "Keller", "Haddad", "Lindqvist",
    "Fischer", "Petrov", "Winkler", "Sato", "Moreau", "Becker", "Castillo", "Vogel",
)  # fmt: skip


class Receiver(NamedTuple):
    """A receiver; ``owner`` is the customer (for a profile, the one whose talent pool it is in)."""

    type: str
    id: str
    owner: str
    title: str
    url: str
    attributes: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str:
        """The receiver in an event's form."""
        return f"{self.type}:{self.id}"


class Popular:
    """A few busy receivers and a long tail.

    The n-th in rank is drawn in proportion to ``(n + level) ** -exponent`` (Zipf and Mandelbrot): the first of them are
    about as busy as each other, as many as ``level``.
    """

    def __init__(self, ranked: list[Receiver], exponent: float, level: int = 0) -> None:
        self.ranked = ranked
        self._reach = list(accumulate((rank + 1 + level) ** -exponent for rank in range(len(ranked))))

    def pick(self, rng: Random) -> Receiver:
        """One receiver."""
        return self.ranked[bisect(self._reach, rng.random() * self._reach[-1], hi=len(self.ranked) - 1)]

    def some(self, rng: Random, most: int) -> list[Receiver]:
        """Up to ``most`` different receivers, as a page of cards shows them."""
        return list(dict.fromkeys(self.pick(rng) for _ in range(most)))


class Cast(NamedTuple):
    """Every receiver, and the visitors without an account who come back."""

    jobs: Popular
    stories: Popular
    profiles: Popular
    own_profile: dict[str, Receiver]
    regulars: list[str]
    appeal: dict[str, float]
    """Of each job, how often it is opened where it is shown; 1 is usual. Job 42 would do well with another title."""

    def receivers(self) -> list[Receiver]:
        """All receivers in a stable order: by type, then as numbered."""
        everyone = (*self.jobs.ranked, *self.stories.ranked, *self.profiles.ranked)
        return sorted(everyone, key=lambda one: (one.type, int(one.id.removeprefix("user-"))))


@lru_cache(maxsize=4)
def assemble(seed: int) -> Cast:
    """The cast for this seed, computed once."""
    rng = Random(f"{seed}/cast")
    jobs = [_job(rng, str(number)) for number in range(1, JOBS + 1)]
    stories = [_story(rng, str(number)) for number in range(1, STORIES + 1)]
    profiles = [_profile(rng, user) for user in CANDIDATES[:PROFILES]]
    return Cast(
        jobs=Popular(_ranked(rng, jobs, star="42"), 1.5, level=10),
        stories=Popular(_ranked(rng, stories), 0.9),
        profiles=Popular(_ranked(rng, profiles), 0.7),
        own_profile={profile.id: profile for profile in profiles},
        regulars=[f"anon-{rng.getrandbits(48):012x}" for _ in range(3000)],
        appeal={job.key: 0.8 + 0.4 * rng.random() for job in jobs} | {"job:42": 0.55},
    )


def receivers(seed: int = 7) -> list[dict[str, Any]]:
    """Every receiver that ``traffic(seed=seed)`` can mention: type, id, owner, title, url, and of jobs attributes.

    Acme owns job 42, which is among the busiest for every seed.
    """
    return [receiver._asdict() | {"attributes": dict(receiver.attributes)} for receiver in assemble(seed).receivers()]


def _of(rng: Random, choices: tuple[str, ...]) -> str:
    return choices[int(rng.random() * len(choices))]


def _ranked(rng: Random, some: list[Receiver], star: str | None = None) -> list[Receiver]:
    """The same receivers shuffled, those that are sought first, and the star second to the busiest."""
    order = sorted(some, key=lambda each: rng.random() * (0.05 if set(each.attributes) >= SOUGHT else 1))
    for at, receiver in enumerate(order):
        if receiver.id == star:
            order.insert(1, order.pop(at))
            break
    return order


def _job(rng: Random, number: str) -> Receiver:
    level, trade, city = _of(rng, _LEVELS), _of(rng, _TRADES), _of(rng, _CITIES)
    owner = _of(rng, CUSTOMERS)
    if number == "42":
        owner, level, trade, city = "acme", "Senior", "Python Developer", "Berlin"
    attributes = {
        "category": _CATEGORIES[_TRADES.index(trade) // _TRADES_EACH],
        "region": _REGIONS[_CITIES.index(city) // _CITIES_EACH],
        "contract": "permanent" if int(number) % 3 else "fixed-term",
    }
    title = f"{level} {trade} (m/f/d), {city}".strip()
    url = f"https://jobs.example/{owner}/jobs/{number}"
    return Receiver("job", number, owner, title, url, tuple(attributes.items()))


def _story(rng: Random, number: str) -> Receiver:
    owner = _of(rng, CUSTOMERS)
    title = _of(rng, _STORIES).format(city=_of(rng, _CITIES))
    return Receiver("story", number, owner, title, f"https://jobs.example/{owner}/stories/{number}")


def _profile(rng: Random, user: str) -> Receiver:
    title = f"{_of(rng, _GIVEN)} {_of(rng, _FAMILY)}, {_of(rng, _TRADES)}"
    return Receiver("profile", user, _of(rng, CUSTOMERS), title, f"https://jobs.example/profiles/{user}")
