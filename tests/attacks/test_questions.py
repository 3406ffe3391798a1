"""Those who ask for what takes long to count keep nobody from writing, and no other customer from asking."""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import pytest

from attacks.honest import honest
from fixtures.cast import bearer
from tracking.provenance import tokens

MANY = 200_000
FILL = f"""
    insert into tracking.events (occurred_at, event_id, source, creator, receiver_type, receiver_id, name)
      select now() - n * interval '1 second', gen_random_uuid(), 'web', 'user-' || n % 5000, 'honest', 'heavy', 'view'
        from generate_series(1, {MANY}) as n
"""
STEPS = "&".join(f"step={step}" for step in ("v*", "view", "vi*", "view*", "vie*", "view"))
ASKING = 40


@pytest.mark.native
def test_forty_heavy_funnels_at_once_keep_nobody_else_out(server: Any, web: str, receivers: None, sql: Any) -> None:
    """The embedded engine has one session for all."""
    sql(FILL)
    address, ends = urlsplit(server.url).netloc, threading.Event()
    another = bearer(tokens.mint(web, "stats", seconds=900, owner="acme"))
    said: Counter[int] = Counter()

    def ask(number: int) -> None:
        asked = 0
        while not ends.is_set():
            asked += 1
            connection = http.client.HTTPConnection(address, timeout=60)
            # every question another one, so that none is answered by what is kept, and with a token of its own
            headers = bearer(tokens.mint(web, "stats", seconds=900, receivers=["honest:heavy"]))
            first = f"2026-01-{1 + (number * 7 + asked) % 28:02}"
            connection.request("GET", f"/v1/stats/funnel?from={first}&{STEPS}", headers=headers)
            response = connection.getresponse()
            response.read()
            said[response.status] += 1
            assert response.status == 200 or response.getheader("Retry-After")
            connection.close()

    with honest(server.url) as senders:
        attackers = [threading.Thread(target=ask, args=(number,)) for number in range(ASKING)]
        for attacker in attackers:
            attacker.start()
        try:
            senders.go_on(300)
            for _ in range(10):
                connection = http.client.HTTPConnection(address, timeout=5)
                for path, headers in (("/readyz", {}), ("/v1/stats/summary?uniques=false", another)):
                    connection.request("GET", path, headers=headers)
                    response = connection.getresponse()
                    assert (response.status, bool(response.read())) == (200, True)
                connection.close()
        finally:
            ends.set()
            for attacker in attackers:
                attacker.join()
    assert said.keys() <= {200, 422, 429, 503}
    assert said[200] > 0
