"""gunicorn, as Footfall runs it. Address and number of workers come from the command line.

gevent: thousands of waiting requests cost a greenlet each; it patches each worker before the application, and with
it psycopg, is imported there. That is why nothing of `tracking` is imported here, and why there is no preloading.
"""

import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any

import gevent
from gevent.server import StreamServer
from gunicorn.workers.ggevent import GeventWorker

PAUSE = 0.0005
"""Seconds for which a worker leaves a burst of connections to others."""


class Server(StreamServer):
    """Takes connections one by one. Two of them with no request between are a burst, and the next is left to other
    workers for a moment: docs/decisions/0013.
    """

    max_accept = 1

    def __init__(self, *args: Any, requests: Callable[[], int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._requests = requests
        self._before = -1

    def do_handle(self, *connection: Any) -> None:
        super().do_handle(*connection)
        before, self._before = self._before, self._requests()
        if self._before == before:
            self.stop_accepting()
            self._timer = self.loop.timer(PAUSE)
            self._timer.start(self._start_accepting_if_started)


class Worker(GeventWorker):
    """Does not wait, when it is to stop, for connections that are kept alive and idle: gunicorn's own would, for the
    whole graceful_timeout. What was sent is read and answered all the same.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sockets: dict[gevent.Greenlet, socket.socket] = {}
        self._idle: set[gevent.Greenlet] = set()

    def server_class(self, listener: socket.socket, *, spawn: Any, **_: Any) -> Server:
        address = listener.getsockname()
        named = SimpleNamespace(getsockname=lambda: address)  # is asked for it when it may be closed already
        return Server(listener, handle=partial(self.handle, named), spawn=spawn, requests=lambda: self.nr)

    def handle(self, listener: Any, client: socket.socket, addr: Any) -> None:
        self._sockets[gevent.getcurrent()] = client
        try:
            super().handle(listener, client, addr)
        finally:
            del self._sockets[gevent.getcurrent()]

    @contextmanager
    def timeout_ctx(self) -> Iterator[None]:
        """Around the wait for a connection's next request."""
        greenlet = gevent.getcurrent()
        self._idle.add(greenlet)
        try:
            with gevent.Timeout(self.cfg.keepalive if self.alive else 1, exception=False):
                yield
        finally:
            self._idle.discard(greenlet)

    def handle_exit(self, sig: int, frame: Any) -> None:
        super().handle_exit(sig, frame)
        gevent.spawn(self._hang_up)

    def _hang_up(self) -> None:
        for greenlet in self._idle:
            self._sockets[greenlet].shutdown(socket.SHUT_RD)  # what has arrived already can still be read


worker_class = Worker
worker_connections = 1000
timeout = 30  # of a worker that hangs; a slow body has READ_TIMEOUT_SECONDS, slow headers have keepalive
graceful_timeout = 20
keepalive = 75  # longer than a load balancer's idle timeout of 60 s
limit_request_line = 8190
limit_request_fields = 64
limit_request_field_size = 8190
header_map = "drop"  # X_Forwarded_For is not X-Forwarded-For
forwarded_allow_ips = ""  # whose word counts about a client is TRUSTED_HOPS' business alone
forwarder_headers = ""
control_socket_disable = True
max_requests = 1_000_000
max_requests_jitter = 100_000


def post_worker_init(_worker: object) -> None:
    """One stream of logs: gunicorn's own records go where the application's go."""
    for name in ("gunicorn.error", "gunicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True
