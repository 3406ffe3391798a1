"""The pages behind the link that stops messages, in the reader's language."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Response
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from tracking.vocabulary import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Request
    from jinja2 import Template

    from tracking.errors import Problem
    from tracking.notifications.unsubscribing import Choice

FOLDER = Path(__file__).parent / "templates"
STYLE = (FOLDER / "stop.css").read_text()
CSP = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'; "
    "img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""CSP level 3: its own style sheet, a form that goes back here, and nothing else."""


@dataclass(frozen=True, kw_only=True)
class Words:
    question: str
    whom: str
    kinds: Mapping[str, str]
    button: str
    nothing_yet: str
    stopped: str
    again: str
    no_link: str
    problems: Mapping[str, str]
    """By kind of problem; `link` for any other of the link, `other` for all else."""


WORDS: Mapping[str, Words] = {
    "de": Words(
        question="Diese Nachrichten abbestellen?",
        whom="Für {id}:",
        kinds={
            "daily": "Tägliche Nachrichten",
            "weekly": "Wöchentliche Nachrichten",
            "monthly": "Monatliche Nachrichten",
            "milestone": "Nachrichten über Meilensteine",
        },
        button="Abbestellen",
        nothing_yet="Erst mit dem Knopf wird etwas geändert.",
        stopped="Sie bekommen diese Nachrichten nicht mehr",
        again="In den Einstellungen der App können Sie sie wieder einschalten.",
        no_link="Das hat nicht geklappt",
        problems={
            "link-expired": "Dieser Link ist älter als ein Jahr. Nehmen Sie den Link in einer neueren Nachricht.",
            "link": "Dieser Link ist nicht vollständig oder nicht von hier. Bitte nehmen Sie den aus der Nachricht.",
            "other": "Das liegt nicht an Ihnen. Bitte versuchen Sie es in einigen Minuten noch einmal.",
        },
    ),
    "en": Words(
        question="Stop these messages?",
        whom="For {id}:",
        kinds={
            "daily": "Daily messages",
            "weekly": "Weekly messages",
            "monthly": "Monthly messages",
            "milestone": "Messages about milestones",
        },
        button="Stop these messages",
        nothing_yet="Nothing is changed until you press the button.",
        stopped="You will get no more of these",
        again="You can switch them on again in the app's settings.",
        no_link="That did not work",
        problems={
            "link-expired": "This link is older than a year. Use the link in a newer message.",
            "link": "This link is not whole, or not from here. Use it as it is in the message.",
            "other": "This is no fault of yours. Please try again in a few minutes.",
        },
    ),
}


def is_program(request: Request) -> bool:
    """Whether the client wants JSON, and would not take a page."""
    accepted = request.accept_mimetypes
    return accepted["application/json"] > 0 and accepted["text/html"] == 0


def is_browser(request: Request) -> bool:
    """Whether the client asks for a page by name."""
    return any(name == "text/html" and quality > 0 for name, quality in request.accept_mimetypes)


def question(request: Request, choice: Choice) -> Response:
    """Whether these messages are to stop, and a button."""
    words = WORDS[_language(request)]
    return _page(request, words.question, words.nothing_yet, choice, asks=True)


def stopped(request: Request, choice: Choice) -> Response:
    """They have stopped."""
    words = WORDS[_language(request)]
    return _page(request, words.stopped, words.again, choice)


def problem(request: Request, problem: Problem) -> Response:
    """What is wrong, and what to do, for people."""
    words = WORDS[_language(request)]
    kind = problem.kind if problem.kind in words.problems else "link" if problem.kind.startswith("link-") else "other"
    response = _page(request, words.no_link, words.problems[kind], None)
    response.status_code = problem.status
    response.headers.update(problem.headers)
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"  # RFC 9110, section 11.6.1; browsers ask for nothing then
    return response


def _language(request: Request) -> str:
    return request.accept_languages.best_match(LANGUAGES, "en")


def _page(request: Request, title: str, text: str, choice: Choice | None, *, asks: bool = False) -> Response:
    language = _language(request)
    shown: dict[str, Any] = {
        "language": language,
        "words": WORDS[language],
        "style": Markup(STYLE),  # noqa: S704 - our own file
        "title": title,
        "text": text,
        "choice": choice,
        "id": choice.person.partition(":")[2] if choice else "",
        "asks": asks,
    }
    response = Response(_template().render(shown), content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = CSP
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"  # the address has the token
    return response


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return environment.from_string((FOLDER / "stop.html").read_text())
