"""Stage 7: `GET /v1/events`."""

from __future__ import annotations

from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, cast
from urllib.parse import urlencode

import structlog
from flask import Response, request
from flask_smorest import Blueprint

from tracking import parameters
from tracking.errors import Problem, ProblemSchema
from tracking.exports import forms
from tracking.exports.asking import TO_GO_ON, Asking, in_turn
from tracking.exports.queries import ExportQuery, filtered
from tracking.exports.reading import Export
from tracking.exports.schemas import ExportQuerySchema
from tracking.services import current
from tracking.stats.periods import PeriodError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tracking.exports.forms import Form
    from tracking.provenance.grants import Grant
    from tracking.services import Services

log = structlog.get_logger(__name__)

blueprint = Blueprint("exports", __name__, url_prefix="/v1", description="Stored events come out")

HEADERS = {
    "Next-Cursor": {"description": "where to go on when all of this was read", "schema": {"type": "string"}},
    "Link": {"description": 'rel="next", if there is more already', "schema": {"type": "string"}},
}
TEXT = {"schema": {"type": "string"}}
PROBLEM = {"application/problem+json": {"schema": ProblemSchema}}


@blueprint.get("/events")
@blueprint.doc(
    parameters=[{"in": "query", "schema": ExportQuerySchema}],
    responses={
        "200": {
            "description": "Stored events. An answer without its end broke off: go on behind its last rows",
            "headers": HEADERS,
            "content": {form.media: TEXT for form in forms.FORMS.values()},
        },
        "406": {"description": "No form that Accept allows is available", "content": PROBLEM},
    },
    security=[{"token": []}],
)
def get_events() -> Response:
    """Stored events in the order of their arrival, excluded ones with the reason, as NDJSON, CSV or Parquet."""
    services = current()
    grant = services.gate.authenticate(request, "export")
    if (
        request.environ["SERVER_PROTOCOL"] == "HTTP/1.0"
    ):  # its answers end as if they were whole, wherever they break off
        raise Problem(
            400, "chunks-needed", "A long answer comes in chunks: ask by HTTP/1.1, and by no proxy with less."
        )
    schema = ExportQuerySchema()
    query: ExportQuery = parameters.loaded(schema, parameters.of_query(request, schema))
    form = forms.chosen(request.accept_mimetypes, query.format)
    stream = _streamed(services, grant, query, form)
    export = cast("Export", next(stream))
    response = Response(cast("Iterator[bytes]", stream), content_type=form.header)
    response.headers["Content-Disposition"] = f'attachment; filename="events.{form.name}"'
    response.headers["Next-Cursor"] = str(export.next)
    if export.more:
        response.headers["Link"] = f'<?{_following(export)}>; rel="next"'
    response.vary.update(["Authorization", "Accept"])
    return response


def _streamed(services: Services, grant: Grant, query: ExportQuery, form: Form) -> Iterator[Export | bytes]:
    """First the export, when its first rows are read; then the answer. Closing it gives the slot back, at any point."""
    ask = Asking(partial(in_turn, services.counts, grant.account))
    with services.exports.slot(grant.account):
        try:
            export = Export(ask, filtered(query, services.deployment.get().timezone), query.cursor, query.limit)
        except PeriodError as error:
            raise parameters.invalid({error.field: str(error)}, f"{error.field}: {error}") from None
        pieces = forms.pieces(form.write(query.bom), export.pages())
        first = next(pieces, b"")
        yield export
        ask.patience = TO_GO_ON
        sent = 0
        try:
            for piece in chain((first,) if first else (), pieces):
                sent += len(piece)
                yield piece
        finally:  # whose data people took
            log.info("exported", source=grant.source_name, format=form.name, bytes=sent)


def _following(export: Export) -> str:
    """The query for what comes next: the same, with another cursor."""
    sent = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
    return urlencode([*sent, ("cursor", str(export.next))], safe=":,*")
