"""gunicorn's gevent worker, with a loop of its own over a connection's requests."""

from __future__ import annotations

import socket
from functools import partial
from typing import TYPE_CHECKING, Any

import gevent
from gunicorn.http import wsgi
from gunicorn.http.errors import NoMoreData
from gunicorn.http.parser import RequestParser
from gunicorn.workers.ggevent import GeventWorker

from deploy.server import refusals
from deploy.server.bodies import Bodies
from deploy.server.connection import TooMuch
from deploy.server.listener import Listener, Room

if TYPE_CHECKING:
    from gunicorn.http.message import Request

    from deploy.server.connection import Connection

SPARE = 24
"""There are this many connections fewer than greenlets, since an ended one goes a moment later."""


AT_ONCE = 2048
"""Bytes of a head, or of small chunks, that are read before others run: less than a millisecond's work."""


class Worker(GeventWorker):  # type: ignore[misc]  # it has no types
    """Bounds each connection, and does not wait for idle ones when it stops.

    gunicorn's own loop drains the rest of a refused body without bound, and waits for idle connections for all of the
    graceful_timeout.
    """

    def load_wsgi(self) -> None:
        super().load_wsgi()
        from tracking import services
        from tracking.environment import load
        from tracking.errors import ENDLESS  # gevent has patched by now
        from tracking.provenance.addresses import party

        self._party, self._endless = party, ENDLESS
        shared = services.of(self.wsgi)
        self._must_stay = shared.must_stay
        try:
            shared.prepare()
        except Exception as error:  # noqa: BLE001 - then it is not ready, and says so
            self.log.warning("could not read what events are judged by: %s", type(error).__name__)
        settings = load()
        self._seconds: float = settings.read_timeout_seconds
        each = 0 if settings.trusted_hops else settings.connections_per_address
        self._room = Room(self.cfg.worker_connections - SPARE, each)
        self._bodies = Bodies(settings.max_body_bytes)

    def server_class(self, listener: socket.socket, *, spawn: Any, **_: Any) -> Listener:
        serve = partial(self.serve, listener.getsockname())
        return Listener(listener, handle=serve, spawn=spawn, requests=lambda: self.nr)

    def serve(self, here: Any, connection: Connection, address: Any) -> None:
        """Answers the requests of a connection, one by one, and closes it."""
        known = self._party(address[0]) if isinstance(address, tuple) else ""  # none: a Unix socket
        if not self._room.enter(connection, known):
            connection.close()
            return
        try:
            self._serve(here, connection, address)
        except OSError:  # the client went away, took too long, or was ended
            pass
        finally:
            self._room.leave(connection, known)
            self._bodies.drop(connection)
            connection.close()

    def _serve(self, here: Any, connection: Connection, address: Any) -> None:
        parser = RequestParser(self.cfg, connection, address)
        parser.unreader.mxchunk = AT_ONCE
        connection.await_head(self._keepalive, self._seconds)
        try:
            while self._answer(next(parser), here, connection, address):
                begun = parser.unreader.buf.tell() > 0
                connection.await_head(self._keepalive, self._seconds, begun=begun)
                connection.others_first(greedy=begun)
        except (StopIteration, NoMoreData):  # it was the last request
            return
        except TooMuch as error:
            refusals.answer(self, error, connection, address)
        except OSError:
            raise
        except Exception as error:  # noqa: BLE001 - a request that cannot be read is answered, too
            refusals.answer(self, error, connection, address)
        connection.linger()

    @property
    def _keepalive(self) -> float:
        return float(self.cfg.keepalive) if self.alive else 1.0

    def _answer(self, request: Request, here: Any, connection: Connection, address: Any) -> bool:
        """Whether the connection is kept alive."""
        connection.await_body(request, self._seconds, self._bodies)
        response, environ = wsgi.create(request, connection, address, here, self.cfg)
        self.nr += 1
        if self.nr >= self.max_requests and not self._must_stay():
            self.alive = False
        pieces = self.wsgi(environ, response.start_response)
        try:
            if not self.alive or not _is_read(request, connection):
                response.force_close()
            for piece in pieces:
                response.write(piece)
                if not self.alive and self._endless in environ:
                    response.force_close()
                    break
            response.close()
        except OSError:
            raise
        except Exception:
            if not response.headers_sent:
                raise
            self.log.exception("an answer broke off")
            return False
        finally:
            if hasattr(pieces, "close"):
                pieces.close()
        return not response.should_close()

    def handle_exit(self, sig: int, frame: Any) -> None:
        super().handle_exit(sig, frame)
        gevent.spawn(self._hang_up)

    def _hang_up(self) -> None:
        for connection in self._room.open:
            if connection.idle:
                connection.shutdown(socket.SHUT_RD)  # bytes that have arrived can still be read


def _is_read(request: Request, connection: Connection) -> bool:
    """Whether the next request follows. Drops the arrived bytes of a body that nobody read, and waits for no more."""
    connection.nothing_more()
    try:
        while request.body.read(8192):
            pass
    except Exception:  # noqa: BLE001 - it cannot be read, for any reason
        return False
    return True
