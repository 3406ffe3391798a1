"""The sample job board of `clients/browser/example/`: its pages, and the backend that a platform would have.

It listens on a port of its own, so it is another origin than the API. Its backend has the credential of source
`board`; the browser gets short-lived tokens only.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
import urllib.request
from contextlib import ExitStack
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlencode

from tracking.demo.ports import free

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SOURCE = "board"
PORT = 8030
"""If it is free."""
FILES = Path(__file__).resolve().parents[2] / "clients" / "browser" / "example"
TYPES = {"board.css": "text/css", "board.js": "text/javascript"}
PAGES = re.compile(r"/(jobs/[0-9]{1,9})?\Z")
SHOWN = 60
"""Jobs on the board, job 42 first. A stats token names them, and it takes 200 at most."""
COOKIE = "visitor={visitor}; Path=/; HttpOnly; SameSite=Lax"
VISITOR = re.compile(r"visitor-[0-9a-f]{8}\Z")
CSP = (
    "default-src 'none'; script-src 'self' {api}; connect-src 'self' {api}; frame-src 'self' {api}; style-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Board:
    """Runs during a `with` block, on 127.0.0.1. Its pages work once `opens` was called."""

    def __init__(self, receivers: Sequence[Mapping[str, Any]]) -> None:
        jobs = [each for each in receivers if each["type"] == "job"]
        jobs.sort(key=lambda job: job["id"] != "42")
        self.jobs = [{"id": job["id"], "title": job["title"], "company": job["owner"]} for job in jobs[:SHOWN]]
        self.api = self._credential = ""
        self._port, self._stack = 0, ExitStack()

    def __enter__(self) -> Self:
        web = ThreadingHTTPServer(("127.0.0.1", free(PORT)), type("Handler", (Backend,), {"board": self}))
        web.daemon_threads = True
        self._port = web.server_port
        thread = threading.Thread(target=web.serve_forever, args=(0.1,), daemon=True)
        thread.start()
        self._stack.callback(web.server_close)
        self._stack.callback(thread.join)
        self._stack.callback(web.shutdown)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def url(self) -> str:
        """Its origin, which the source has to allow."""
        return f"http://127.0.0.1:{self._port}"

    def opens(self, api: str, credential: str) -> None:
        """Says where the API is, and the credential of source `board`."""
        self.api, self._credential = api, credential

    def mint(self, kind: str, **scope: Any) -> bytes:
        """What `POST /v1/tokens` answers. Raises OSError if it does not."""
        body = json.dumps({"kind": kind, **scope}).encode()
        headers = {"Authorization": f"Bearer {self._credential}"}
        request = urllib.request.Request(f"{self.api}/v1/tokens", body, headers)  # noqa: S310 - the demo's own API
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
            return bytes(response.read())

    def page(self) -> str:
        """The one page of the board; its script shows the list or a job."""
        return Template((FILES / "index.html").read_text()).substitute(api=self.api)


class Backend(BaseHTTPRequestHandler):
    """Answers one browser."""

    timeout = 10
    board: Board

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        name = path.removeprefix("/")
        if PAGES.match(path):
            self._answer("text/html", self.board.page(), Set_Cookie=COOKIE.format(visitor=self._visitor()))
        elif name in TYPES:
            self._answer(TYPES[name], (FILES / name).read_text())
        elif path == "/jobs.json":
            self._answer("application/json", json.dumps(self.board.jobs))
        elif path in MINTED:
            self._minted(path)
        else:
            self._answer("text/plain", "", status=404)

    def _minted(self, path: str) -> None:
        """Tokens for whoever is logged in. Here everybody is a visitor with a cookie."""
        visitor = self._visitor()
        try:
            answer = MINTED[path](self.board, visitor)
        except OSError as error:
            self._answer("application/json", json.dumps({"detail": f"no token from the API: {error}"}), status=502)
            return
        if path == "/inspector":
            fragment = urlencode({"token": json.loads(answer)["token"], "creator": visitor})
            self._answer("text/plain", "", status=302, Location=f"{self.board.api}/live#{fragment}")
        else:
            self._answer("application/json", answer.decode())

    def _visitor(self) -> str:
        try:
            found = SimpleCookie(self.headers.get("Cookie", "")).get("visitor")
        except CookieError:
            found = None
        return found.value if found and VISITOR.match(found.value) else f"visitor-{secrets.token_hex(4)}"

    def _answer(self, content_type: str, text: str, *, status: int = 200, **headers: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{content_type}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", CSP.format(api=self.board.api))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """The demo's terminal has other lines."""


MINTED: dict[str, Callable[[Board, str], bytes]] = {
    "/footfall-token": lambda board, visitor: board.mint("client", creator=visitor),
    "/footfall-stats-token": lambda board, _: board.mint("stats", receivers=[f"job:{job['id']}" for job in board.jobs]),
    "/inspector": lambda board, _: board.mint("live"),  # on a real site: for its engineers only
}
"""What each address of the backend mints, for this visitor."""
