"""`/`, `/openapi.json` and `/problems/…`: links, the OpenAPI document, and the meaning of each problem."""

from __future__ import annotations

import functools
import html
from typing import TYPE_CHECKING

import msgspec
from flask import Blueprint, Response, abort, current_app, request

from tracking.problems import KINDS
from tracking.web.frozen import Frozen

if TYPE_CHECKING:
    from flask_smorest import Api

blueprint = Blueprint("documents", __name__)

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{kind}</title>
<h1>{kind}</h1>
<p>{means}</p>
<p>{do}</p>
<p><a href="/problems">All kinds of problems</a></p>
</html>
"""
LIST = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Problems</title>
<h1>Problems</h1>
<dl>
{rows}
</dl>
</html>
"""


@blueprint.get("/")
def index() -> Response:
    """Links to the other pages."""
    return _index().answer(request)


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """The OpenAPI 3.1 document."""
    return _openapi().answer(request)


@blueprint.get("/problems")
def problems() -> Response:
    """Every kind of problem, its meaning, and what to do."""
    return _problems().answer(request)


@blueprint.get("/problems/<kind>")
def problem(kind: str) -> Response:
    """The meaning of one kind of problem, and what to do; as a page or plain text."""
    if kind not in KINDS:
        abort(404)
    as_page = request.accept_mimetypes.best_match(["text/plain", "text/html"]) == "text/html"
    response = _problem(kind, as_page).answer(request)
    response.vary.add("Accept")
    return response


@functools.cache
def _index() -> Frozen:
    return _json(
        {
            "service": "footfall",
            "docs": "/docs",
            "openapi": "/openapi.json",
            "problems": "/problems",
            "ready": "/readyz",
        }
    )


def _openapi() -> Frozen:
    found: Frozen | None = current_app.extensions.get("footfall-openapi")
    if found is None:
        api: Api = current_app.extensions["footfall-api"]
        document = api.spec.to_dict()
        del document["components"]["schemas"]["PaginationMetadata"]  # flask-smorest's, and nothing here has pages
        found = current_app.extensions["footfall-openapi"] = _json(document)
    return found


@functools.cache
def _problems() -> Frozen:
    rows = "\n".join(
        f'<dt><a href="/problems/{kind}">{kind}</a></dt><dd>{html.escape(said.means)} {html.escape(said.do)}</dd>'
        for kind, said in sorted(KINDS.items())
    )
    return Frozen(LIST.format(rows=rows).encode(), "text/html; charset=utf-8")


@functools.cache
def _problem(kind: str, as_page: bool) -> Frozen:
    means, do = KINDS[kind]
    if as_page:
        page = PAGE.format(kind=kind, means=html.escape(means), do=html.escape(do))
        return Frozen(page.encode(), "text/html; charset=utf-8")
    return Frozen(f"{kind}\n\n{means}\n{do}\n".encode(), "text/plain; charset=utf-8")


def _json(document: object) -> Frozen:
    return Frozen(msgspec.json.encode(document), "application/json")
