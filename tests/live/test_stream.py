"""Everything that arrives is seen once, in the order of arrival, within two seconds."""

import time
from typing import Any

from fixtures.cast import ago, event


def test_an_event_is_seen_within_two_seconds(watch: Any, send: Any) -> None:
    stream = watch()
    assert stream.answer.status == 200
    stream.next()
    send(event(id="one"))
    started = time.monotonic()
    (seen,) = stream.until(lambda events: len(events) == 1)
    assert time.monotonic() - started < 2.5
    assert (seen["verdict"], seen["name"], seen["receiver"]) == ("accepted", "view", "job:42")
