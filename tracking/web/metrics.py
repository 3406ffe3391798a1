"""`/metrics`: numbers for Prometheus, for the holder of METRICS_TOKEN alone."""

from __future__ import annotations

import hmac

from flask import Blueprint, Response, request

from tracking.errors import Problem
from tracking.services import current
from tracking.telemetry.exposition import CONTENT_TYPE

blueprint = Blueprint("metrics", __name__)


@blueprint.get("/metrics")
def metrics() -> Response:
    """Numbers for Prometheus; with METRICS_TOKEN as the bearer."""
    here = current()
    if here.settings.metrics_token is None:
        raise Problem(404, "metrics-off", "No numbers are told here: set METRICS_TOKEN, and give it to Prometheus.")
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(bearer.encode(), here.settings.metrics_token.encode()):
        raise Problem(401, "metrics-token-wrong", "The bearer is not the METRICS_TOKEN of this deployment.")
    return Response(here.exposition.text(), content_type=CONTENT_TYPE)
