"""Takes connections: shares a burst of them with other workers, and makes room if there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gevent.server import StreamServer

from deploy.server.connection import Connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gevent.pool import Pool

PAUSE = 0.0005
"""Seconds for which a worker leaves a burst of connections to others."""
CROWD = 128
"""With this many open connections, a burst is not shared: more are taken at once, and closed at once."""


class Room:
    """The open connections. If there is no room for one more, the one ends whose client takes longest.

    `each`: the most from one address, or 0 for no bound.
    """

    def __init__(self, total: int, each: int) -> None:
        self.open: set[Connection] = set()
        self._total = total
        self._each = each
        self.by_address: dict[str, set[Connection]] = {}

    def enter(self, connection: Connection, address: str) -> bool:
        """Whether there is room: there is none if all others are being answered."""
        same = self.by_address.get(address, set())
        if self._each and len(same) >= self._each and not _end_one(same):
            return False
        if len(self.open) >= self._total and not _end_one(self.open):
            return False
        self.open.add(connection)
        self.by_address.setdefault(address, same).add(connection)
        return True

    def leave(self, connection: Connection, address: str) -> None:
        self.open.remove(connection)
        same = self.by_address[address]
        same.remove(connection)
        if not same:
            del self.by_address[address]


def _end_one(connections: Iterable[Connection]) -> bool:
    waiting = [connection for connection in connections if connection.waits]
    if waiting:
        min(waiting, key=lambda connection: connection.since).end()
    return bool(waiting)


class Listener(StreamServer):
    """Takes connections one by one. Two of them with no request between are a burst: it leaves the next one to other
    workers for a moment (docs/decisions/0012).
    """

    max_accept = 1
    pause = PAUSE

    def __init__(self, *args: Any, requests: Callable[[], int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._open: Pool = kwargs["spawn"]
        self._requests = requests
        self._before = -1

    def do_read(self) -> tuple[Connection, Any] | None:  # type: ignore[override]  # its stub forgets None
        accepted = super().do_read()
        if accepted is None:
            return None
        plain, address = accepted
        return Connection(plain.family, plain.type, plain.proto, fileno=plain.detach()), address

    def do_handle(self, *connection: Any) -> None:
        super().do_handle(*connection)
        before, self._before = self._before, self._requests()
        if self._before == before and len(self._open) < CROWD:
            self.stop_accepting()
            self._timer = self.loop.timer(self.pause)
            self._timer.start(self._start_accepting_if_started)  # type: ignore[attr-defined, call-arg]
