"""Of all bodies that are awaited there are so many bytes and no more; who has cost most makes room for the others."""

from types import SimpleNamespace

import pytest

from deploy.server import bodies as kept
from deploy.server.bodies import HELD, LARGEST, Bodies

MEGABYTE = 1_000_000


class Sender:
    """Stands for a connection: only whether it was ended counts."""

    def __init__(self, bodies: Bodies) -> None:
        self.ended = False
        self._bodies = bodies

    def end(self) -> None:
        self.ended = True
        self._bodies.drop(self)


class World:
    """Senders of bodies, at moments that the test says."""

    def __init__(self, clock: SimpleNamespace, largest: int = MEGABYTE) -> None:
        self.bodies = Bodies(largest)
        self._clock = clock

    def sender(self, octets: int, at: float) -> Sender:
        sender = Sender(self.bodies)
        self.more(sender, octets, at)
        return sender

    def more(self, sender: Sender, octets: int, at: float) -> None:
        self._clock.now = at
        self.bodies.add(sender, octets)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(kept, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def test_bodies_that_never_end_are_never_more_than_so_many_bytes(clock: SimpleNamespace) -> None:
    world = World(clock)
    senders = []
    for number in range(500):
        senders.append(world.sender(MEGABYTE - 1, number))
        assert world.bodies.held <= HELD
    assert [one.ended for one in senders] == [True] * (500 - 64) + [False] * 64


def test_a_small_body_that_takes_long_is_not_what_makes_room(clock: SimpleNamespace) -> None:
    world = World(clock)
    honest = [world.sender(2_000, 0) for _ in range(50)]
    attackers = [world.sender(MEGABYTE, 10 + number / 100) for number in range(1_000)]
    assert not any(one.ended for one in honest)
    assert sum(not one.ended for one in attackers) == 63


def test_whoever_adds_the_byte_too_many_may_be_the_one_that_ends(clock: SimpleNamespace) -> None:
    world = World(clock)
    old = world.sender(HELD - 10, 0)
    new = world.sender(5, 1)
    world.more(old, 6, 2)
    assert (old.ended, new.ended) == (True, False)
    assert world.bodies.held == 5


def test_a_body_that_came_makes_room_for_others(clock: SimpleNamespace) -> None:
    world = World(clock)
    for number in range(500):
        one = world.sender(HELD, number)
        world.bodies.drop(one)
        world.bodies.drop(one)
        assert not one.ended
    assert world.bodies.held == 0


@pytest.mark.parametrize("largest", [1_000, MEGABYTE, 50 * MEGABYTE])
def test_some_of_the_largest_bodies_fit_whatever_is_allowed(clock: SimpleNamespace, largest: int) -> None:
    world = World(clock, largest)
    assert not any(one.ended for one in [world.sender(largest, number) for number in range(LARGEST)])
