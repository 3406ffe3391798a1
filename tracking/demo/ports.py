"""Where the demo's own pages listen."""

from __future__ import annotations

import socket


def free(port: int) -> int:
    """The port of 127.0.0.1, or another if it is taken; any for 0."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return free(0)
        return int(probe.getsockname()[1])
