"""Those who are told in the demo: a mail server that keeps what it gets, a platform's webhook, a page of the mails."""

from __future__ import annotations

import json
import logging
import threading
from collections import deque
from contextlib import ExitStack
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from string import Template
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from markupsafe import escape
from standardwebhooks import Webhook, WebhookVerificationError

from tracking.demo.ports import free

if TYPE_CHECKING:
    from collections.abc import Callable

PORT = 8025
"""Of the page, if it is free."""
KEPT = 200
SHOWN = 8
"""Mails, and things told by webhook, that get a line each; then one line for so many."""
MOST_BYTES = 1_000_000
CSP = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'none'"
MAIL_CSP = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Mails of the demo</title>
<meta name="viewport" content="width=device-width">
<style>
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem }
article { border: 1px solid #8886; border-radius: 8px; margin: 1.5rem 0; overflow: hidden }
h2 { font-size: 1rem; margin: 1rem 1rem 0 }
p { opacity: .75 } article p { margin: 0 1rem .75rem }
iframe { border: 0; width: 100%; height: 38rem; background: Canvas }
details { margin: .75rem 1rem } pre { white-space: pre-wrap; overflow-wrap: anywhere }
</style></head><body><h1>$count mails</h1>
<p>The newest first, as a mail program shows them. Load the page again for more.</p>$mails</body></html>""")
MAIL = Template("""<article><h2>$subject</h2><p>to $to</p>
<iframe sandbox title="$subject" src="/mail/$number" loading="lazy"></iframe>
<details><summary>as plain text</summary><pre>$text</pre></details></article>""")


class Mail(NamedTuple):
    number: int
    to: str
    subject: str
    html: str
    text: str


class Inbox:
    """Runs during a `with` block, on 127.0.0.1. `say` prints a line."""

    def __init__(self, secrets_of: Callable[[str], list[str]], say: Callable[[str], None]) -> None:
        self._secrets_of, self._say = secrets_of, say
        self._stack, self._lock = ExitStack(), threading.Lock()
        self.mails: deque[Mail] = deque(maxlen=KEPT)
        self.arrived = {"mails": 0, "webhook items": 0}
        self.smtp_port = self.port = 0

    def __enter__(self) -> Self:
        from aiosmtpd.controller import Controller  # noqa: PLC0415 - of the demo only

        logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd's, of each step
        self.smtp_port = free(0)
        controller = Controller(self, hostname="127.0.0.1", port=self.smtp_port)
        controller.start()
        self._stack.callback(controller.stop)
        web = ThreadingHTTPServer(("127.0.0.1", free(PORT)), _handler(self))
        web.daemon_threads = True
        self.port = web.server_port
        thread = threading.Thread(target=web.serve_forever, args=(0.1,), daemon=True)
        thread.start()
        self._stack.callback(web.server_close)
        self._stack.callback(thread.join)
        self._stack.callback(web.shutdown)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def page(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def hook(self) -> str:
        """Where the platform takes webhooks."""
        return f"http://127.0.0.1:{self.port}/hook"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Keeps a mail."""
        message: Any = message_from_bytes(envelope.content, policy=policy.default)
        parts = {kind: message.get_body((kind,)) for kind in ("html", "plain")}
        html, text = (parts[kind].get_content() if parts[kind] else "" for kind in ("html", "plain"))
        with self._lock:
            number = self.arrived["mails"] + 1
            self.mails.appendleft(Mail(number, envelope.rcpt_tos[0], str(message["subject"]), html, text))
        self._count("mails", f"mail to {envelope.rcpt_tos[0]}: {message['subject']}")
        return "250 OK"

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """Takes a webhook, if a secret of the rule verifies it; returns the answer's status."""
        for secret in self._secrets_of(self.hook):
            try:
                Webhook(secret).verify(body, headers)
            except WebhookVerificationError:
                continue
            for item in json.loads(body):
                self._count("webhook items", f"webhook: {item['data']['text']}")
            return 204
        return 401

    def _count(self, what: str, line: str) -> None:
        with self._lock:
            self.arrived[what] += 1
            count = self.arrived[what]
        if count <= SHOWN:
            self._say(f"  {line}")
        elif count % 50 == 0:
            self._say(f"  {count} {what} so far")

    def html(self) -> str:
        """The page of all mails."""
        mails = "".join(
            MAIL.substitute(
                number=each.number, to=escape(each.to), subject=escape(each.subject), text=escape(each.text)
            )
            for each in list(self.mails)
        )
        return PAGE.substitute(count=self.arrived["mails"], mails=mails)


def _handler(inbox: Inbox) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            if self.path == "/":
                self._answer(200, CSP, inbox.html())
                return
            found = [each.html for each in list(inbox.mails) if self.path == f"/mail/{each.number}"]
            self._answer(200 if found else 404, MAIL_CSP, found[0] if found else "")

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if self.path != "/hook" or not length.isdecimal() or int(length) > MOST_BYTES:
                self._answer(404, CSP, "")
                return
            body = self.rfile.read(int(length))
            self._answer(inbox.take({name.lower(): value for name, value in self.headers.items()}, body), CSP, "")

        def _answer(self, status: int, csp: str, html: str) -> None:
            body = html.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", csp)
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Referrer-Policy", "no-referrer")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """The demo's terminal has other lines."""

    return Handler
