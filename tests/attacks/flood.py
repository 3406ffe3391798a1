"""Clients that send without end, and come again when they are thrown out."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit


@contextmanager
def flooding(url: str, head: bytes, piece: bytes, connections: int) -> Iterator[Counter[str]]:
    """Sends `head`, and then `piece` again and again, as fast as the server takes it; counts the `connections` it made
    and the `bytes` it sent.
    """
    address = urlsplit(url)
    ends = threading.Event()
    counts: Counter[str] = Counter()

    def send() -> None:
        while not ends.is_set():
            with (
                contextlib.suppress(OSError),
                socket.create_connection((address.hostname, address.port), 10) as connection,
            ):
                counts["connections"] += 1
                connection.settimeout(0.5)  # who is not read looks whether it is over
                connection.sendall(head)
                while not ends.is_set():
                    with contextlib.suppress(TimeoutError):
                        counts["bytes"] += connection.send(piece)

    threads = [threading.Thread(target=send) for _ in range(connections)]
    for thread in threads:
        thread.start()
    try:
        yield counts
    finally:
        ends.set()
        for thread in threads:
            thread.join()
