"""The pages and their bundles, by path. A page asks the API for its numbers, with a token from its address's fragment.

A bundle is built from the folder of the page's name and committed in `static/`, so that serving needs no Node.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
from functools import partial
from pathlib import Path
from typing import NamedTuple

from flask import Blueprint, Response, request

from tracking.services import current

blueprint = Blueprint("pages", __name__)

STATIC = Path(__file__).parent / "static"
HTML = "text/html; charset=utf-8"
SCRIPT = "text/javascript; charset=utf-8"
STYLE = "text/css; charset=utf-8"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors {embedders}"
)
"""CSP level 3: nothing inline, nothing from other hosts, and nothing sent to other hosts."""
SHARED = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "public, max-age=300",
}
"""Each page of a platform asks for its scripts: five minutes pass before a new version is everywhere."""


class File(NamedTuple):
    """A file of `static/`, its content type, and the policy of the page that it is or belongs to.

    `shared`: pages of other origins load it. `says` is for the list of paths in the README.
    """

    name: str
    content_type: str
    policy: str = CSP
    shared: bool = False
    says: str = "Its script or its style sheet."
    """What it is, for README.md."""


FILES = {
    "/dashboard": File(
        "dashboard.html", HTML, says="Counts, for a customer; what stands behind # in its address stays in the browser."
    ),
    "/dashboard/dashboard.js": File("dashboard.js", SCRIPT),
    "/dashboard/dashboard.css": File("dashboard.css", STYLE),
    "/components.js": File(
        "components.js", SCRIPT, shared=True, says="Elements that show counts on a platform's pages."
    ),
    "/catalogue": File("catalogue.html", HTML, says="The names of events, and what came in of each."),
    "/catalogue/catalogue.js": File("catalogue.js", SCRIPT),
    "/catalogue/catalogue.css": File("catalogue.css", STYLE),
    "/docs": File("docs.html", HTML, says="The API document as a page, with a form that tries each operation."),
    "/docs/docs.js": File("docs.js", SCRIPT),
    "/docs/docs.css": File("docs.css", STYLE),
    "/live": File("live.html", HTML, says="What becomes of events as they arrive, for those who send them."),
    "/live/live.js": File("live.js", SCRIPT),
    "/live/live.css": File("live.css", STYLE),
    "/tracker.js": File(
        "tracker.js", SCRIPT, shared=True, says="The tracker for browsers; its parts come when needed."
    ),
    "/tracker/debug.js": File("tracker-debug.js", SCRIPT, shared=True),
    "/tracker/elements.js": File("tracker-elements.js", SCRIPT, shared=True),
    "/tracker/proof.js": File("tracker-proof.js", SCRIPT, shared=True),
}


class Asset(NamedTuple):
    plain: bytes
    zipped: bytes
    tag: str


@functools.cache
def _asset(name: str) -> Asset:
    plain = (STATIC / name).read_bytes()
    return Asset(plain, gzip.compress(plain, 9, mtime=0), hashlib.sha256(plain).hexdigest()[:32])


def _serve(file: File) -> Response:
    found = _asset(file.name)
    zipped = request.accept_encodings.quality("gzip") > 0
    response = Response(found.zipped if zipped else found.plain, content_type=file.content_type)
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = "no-cache"  # the browser asks again each time, and mostly gets 304
    if file.shared:
        response.headers.update(SHARED)
    response.headers["Content-Security-Policy"] = file.policy.format(embedders=current().settings.embedders)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.set_etag(f"{found.tag}{'-gzip' if zipped else ''}")
    response.make_conditional(request)
    return response


for path, file in FILES.items():
    view = partial(_serve, file)
    view.__doc__ = file.says
    blueprint.add_url_rule(path, endpoint=file.name.replace(".", "_"), view_func=view)
