"""Finds logs whose visitors are mostly proxies."""

from collections import Counter
from collections.abc import Iterator

from tracking.imports import Parsed

CROWD, FEW, SHARE = 100, 5, 0.9
"""If this few addresses have this share of more than `CROWD` events, a warning says so."""


class Visitors:
    """Counts the addresses of a log, line by line."""

    def __init__(self) -> None:
        self._events: Counter[str] = Counter()
        self._unread = 0
        self._example = ""

    def note(self, parsed: Parsed) -> None:
        if parsed.event is not None and parsed.address:
            self._events[parsed.address] += 1
            if parsed.unread:
                self._unread += 1
                self._example = self._example or parsed.unread

    def warnings(self) -> Iterator[str]:
        total = self._events.total()
        if self._unread > (1 - SHARE) * total:
            yield (
                f"in {self._unread:,} of {total:,} events the forwarded text holds no address, as in"
                f" {self._example!r}; the address of the connection counts."
            )
        if total > CROWD and (found := self._crowding(total)):
            addresses, share = found
            last = addresses.pop()
            if addresses:
                said, them = f"{', '.join(addresses)} and {last} make", "Are these proxies or load balancers"
            else:
                said, them = f"{last} makes", "Is it a proxy or a load balancer"
            yield (
                f"{said} {share:.0%} of the events. {them}? Then all visitors behind one count as one, or as one by"
                " user agent. Let the server log the forwarded address, and give its place by --log-format, as in main."
            )

    def _crowding(self, total: int) -> tuple[list[str], float] | None:
        """The fewest addresses that make nearly all events, and their share."""
        addresses: list[str] = []
        sum_ = 0
        for address, events in self._events.most_common(FEW):
            addresses.append(address)
            sum_ += events
            if sum_ >= SHARE * total:
                return addresses, sum_ / total
        return None
