"""Attacks that each brought the service to a stop once, all at once, and without end.

    with together(server.url) as attacks:
        ...  # they go on until the block ends

What they store has receivers of the type `attacked`; the events of others are to be counted as if nobody attacked.
"""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from attacks.flood import flooding
from fixtures.cast import ago, bearer, event
from fixtures.clients import Batch, post_patiently
from fixtures.database import KEY
from tracking.provenance import credentials, tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEAD = b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer fc_web_1_e30.awV8QA.AAAA\r\n"
ENDLESS = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
DRIPS = b"1\r\nx\r\n" * 10_000
PIPELINED = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 200
COSTLY_PATH = "/" + "://a:" * 1_600
"""A pattern that is quadratic looks at it for as long as others take for a thousand requests."""
STEPS = "&".join(f"step={step}" for step in ("v*", "view", "vi*", "view*", "vie*", "view"))


class Attacks:
    def __init__(self, url: str) -> None:
        self._url, self._web = url, credentials.derive(KEY, "web", 1)
        self._ends = threading.Event()
        self.answers: Counter[str] = Counter()
        """Of each attack that waits for answers, how many it had; of questions, those that were counted."""

    @contextmanager
    def running(self) -> Iterator[None]:
        attackers: list[tuple[int, Callable[[int], None]]] = [
            (2, self._costly_paths),
            (3, self._one_busy_key),
            (4, self._keys_in_two_orders),
            (4, self._heavy_questions),
        ]
        with ThreadPoolExecutor(sum(number for number, _ in attackers)) as executor, ExitStack() as stack:
            stack.enter_context(flooding(self._url, ENDLESS, DRIPS, connections=1))
            stack.enter_context(flooding(self._url, b"", PIPELINED, connections=2))
            running = [executor.submit(attack, number) for many, attack in attackers for number in range(many)]
            try:
                yield
            finally:
                self._ends.set()
            for attacker in running:
                attacker.result()

    def _ask(self, path: str, headers: dict[str, str]) -> int | None:
        connection = http.client.HTTPConnection(urlsplit(self._url).netloc, timeout=60)
        try:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException):
            self._ends.wait(0.05)  # whoever attacks comes again
            return None
        else:
            return response.status
        finally:
            connection.close()

    def _post(self, batches: Iterator[Batch], headers: dict[str, str], attack: str) -> None:
        """Until each batch is acknowledged, so that nothing is stored any more when the attacks have ended."""
        for batch in batches:
            if self._ends.is_set():
                return
            post_patiently(self._url, batch, headers)
            self.answers[attack] += 1

    def _costly_paths(self, _: int) -> None:
        while not self._ends.is_set():
            self.answers["costly paths"] += self._ask(COSTLY_PATH, {}) == 404

    def _one_busy_key(self, number: int) -> None:
        """A click every four seconds, back over a week."""
        token = tokens.mint(self._web, "client", seconds=80_000, creator="attacker")
        moments = (range(500 * turn, 500 * (turn + 1)) for turn in count(number, 3))
        batches = (
            [event(name="click", receiver="attacked:one", occurred_at=ago(seconds=60 + 4 * n % 600_000)) for n in turn]
            for turn in moments
        )
        self._post(batches, bearer(token), "one busy key")

    def _keys_in_two_orders(self, number: int) -> None:
        """Two of the attackers have the first key of each pair twice, the others the second."""
        token = tokens.mint(self._web, "client", seconds=80_000, creator="attackers")

        def batch(turn: int) -> Batch:
            acts = []
            for pair in range(125):
                one, other = f"attacked:{pair}-a", f"attacked:{pair}-b"
                twice, once = (one, other) if number % 2 else (other, one)
                acts += [(twice, 0), (twice, 50), (once, 0)]
            start = 600 + 1_000 * turn % 500_000 + 100 * number
            return [event(receiver=receiver, occurred_at=ago(seconds=start + later)) for receiver, later in acts]

        self._post((batch(turn) for turn in count()), bearer(token), "keys in two orders")

    def _heavy_questions(self, number: int) -> None:
        headers = bearer(tokens.mint(self._web, "stats", seconds=80_000, receivers=["attacked:one", "job:1"]))
        for turn in count():
            if self._ends.is_set():
                return
            # every question another one, so that none is answered by what is kept
            path = f"/v1/stats/funnel?from=2026-01-{1 + (number * 7 + turn) % 28:02}&{STEPS}"
            self.answers["heavy questions"] += self._ask(path, headers) == 200


@contextmanager
def together(url: str) -> Iterator[Attacks]:
    """Raises where one of them came to nothing: then it showed nothing."""
    attacks = Attacks(url)
    with attacks.running():
        yield attacks
    assert len(+attacks.answers) == 4, attacks.answers
