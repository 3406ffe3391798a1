"""Two writers send the same actions in different orders and batches, at the same time: each counts once."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from fixtures.cast import ago, bearer, event
from fixtures.clients import NAMES, Batch, in_pieces, post_patiently
from fixtures.database import KEY
from fixtures.deployment import SIZE, Place, check
from fixtures.tallies import new_events, totals
from tracking.provenance import credentials

ACTIONS = 1_500 * SIZE


def actions() -> Batch:
    """Few people on few things within a few minutes: the guard has much to do, and the writers meet at its keys."""
    chance = random.Random(4)
    return [
        event(
            creator=f"user-{chance.randrange(12)}",
            receiver=f"job:{chance.randrange(4)}",
            name=chance.choice(NAMES),
            occurred_at=ago(minutes=90, seconds=chance.uniform(0, 300)),
        )
        for _ in range(ACTIONS)
    ]


def replay(place: Place, events: Batch, seed: int, largest: int) -> Counter[str]:
    """Sends all of them, shuffled and cut anew; and some twice in one batch."""
    chance = random.Random(seed)
    headers = bearer(credentials.derive(KEY, "web", 1))
    verdicts: Counter[str] = Counter()
    for batch in in_pieces(chance.sample(events, len(events)), chance, largest):
        verdicts.update(post_patiently(place.server.url, batch + batch[: len(batch) // 10], headers))
    return verdicts


def both(place: Place, events: Batch, *writers: tuple[int, int]) -> Counter[str]:
    with ThreadPoolExecutor(len(writers)) as executor:
        return sum(executor.map(lambda writer: replay(place, events, *writer), writers), Counter())


def test_two_writers_with_shuffled_overlapping_batches_count_each_action_once(place: Place) -> None:
    events = actions()
    verdicts = both(place, events, (1, 80), (2, 200))
    assert verdicts["accepted"] + verdicts["repeat"] == ACTIONS
    assert verdicts["repeat"] > ACTIONS / 5
    assert verdicts.keys() == {"accepted", "repeat", "duplicate"}
    check(place, [one["id"] for one in events])

    counted, booked = totals(place.settings), new_events(place.settings)
    assert both(place, events, (3, 20), (4, 300)).keys() == {"duplicate"}
    assert totals(place.settings) == counted
    assert new_events(place.settings) == booked
