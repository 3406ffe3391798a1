"""Refuses requests before the application sees them, with the same problems as the application."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from gunicorn.http import errors
from gunicorn.http.wsgi import Response

from deploy.server.connection import HEAD_BYTES, TooMuch

if TYPE_CHECKING:
    from gunicorn.workers.base import Worker

    from deploy.server.connection import Connection


class Unread:
    """Stands for a request that could not be read: gunicorn's `Response` asks for these fields."""

    method = "GET"
    version = (1, 1)

    def should_close(self) -> bool:
        return True


def answer(worker: Worker, error: Exception, connection: Connection, address: Any) -> None:
    """Sends the problem for an error that gunicorn, or a bug of Footfall's, raised."""
    from tracking.errors import UNANSWERED, Problem  # gevent has patched by now
    from tracking.logs import ROUTE

    known = said(error, worker.cfg)
    if known is None:
        worker.log.error("unexpected error", exc_info=error)
        known = (500, "internal", "Something went wrong; look for the request id in the server's log.")
    response = Response(Unread(), connection, worker.cfg)
    for piece in worker.wsgi(
        _environ(address) | {UNANSWERED: Problem(*known), ROUTE: "unreadable"}, response.start_response
    ):
        response.write(piece)
    response.close()


def said(error: Exception, limits: Any) -> tuple[int, str, str] | None:
    """Status, kind and detail; None if the request is not at fault."""
    match error:
        case errors.LimitRequestLine():
            line = limits.limit_request_line
            return 414, "uri-too-long", f"The first line of a request may have {line:,} bytes; ask for less at once."
        case errors.LimitRequestHeaders() | TooMuch():
            fields, size = limits.limit_request_fields, limits.limit_request_field_size
            detail = (
                f"A request may have {fields} headers, of {size:,} bytes each and {HEAD_BYTES:,} together; send less."
            )
            return 431, "headers-too-large", detail
        case errors.UnsupportedTransferCoding():
            return (
                501,
                "transfer-coding-unknown",
                "Send the body by Content-Length or chunked; the server recognises gzip by itself.",
            )
        case errors.ExpectationFailed():
            return 417, "expectation-failed", "Expect may only say 100-continue."
        case errors.InvalidHTTPVersion():
            return 505, "http-version-unknown", "Send HTTP/1.1."
        case errors.ParseException():
            return (
                400,
                "not-http",
                "This is not a request of HTTP/1.1: its first line, a header or its length is wrong.",
            )
        case _:
            return None


def _environ(address: Any) -> dict[str, Any]:
    """PEP 3333's environment for a request of which only the address is known."""
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": address[0] if isinstance(address, tuple) else "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
