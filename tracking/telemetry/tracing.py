"""OpenTelemetry's traces of requests and SQL, where OTEL_EXPORTER_OTLP_ENDPOINT names a collector. Elsewhere nothing of
it is imported. Its own variables count: OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER, OTEL_EXPORTER_OTLP_HEADERS and so on.

https://opentelemetry.io/docs/languages/sdk-configuration/, read in November 2026.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any

from tracking.logs import ROUTE
from tracking.settings import SettingsError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span
    from sqlalchemy import Engine

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
PACKAGES = "tracking/telemetry/requirements.txt"

SAYS_TOO_MUCH = (
    "http.target", "http.url", "url.full", "url.path", "url.query", "net.peer.ip", "client.address", "http.client_ip",
)  # fmt: skip
"""Attributes in which tokens, ids of people or their addresses stand. The route says what is needed."""


def is_wanted() -> bool:
    return bool(os.environ.get(ENDPOINT))


def trace_statements(*engines: Engine) -> None:
    """From now on each statement of these engines is a span. Others may be made of them only afterwards.

    Raises `SettingsError` where the packages are not installed.
    """
    provider = _provider()
    from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor

    # It names SQLAlchemy 2.0 as the newest that it knows. With ours a test sees the statements arrive.
    SQLAlchemyInstrumentor().instrument(engines=engines, tracer_provider=provider, skip_dep_check=True)


def traced(wsgi: WSGIApplication) -> WSGIApplication:
    """The application with a span around each request."""
    from opentelemetry.instrumentation.wsgi import OpenTelemetryMiddleware

    return OpenTelemetryMiddleware(wsgi, _hide, _name, tracer_provider=_provider())


@cache
def _provider() -> TracerProvider:
    """Sends what ends, in the background and in batches. Made after the fork: it has a thread."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.instrumentation import sqlalchemy, wsgi  # noqa: F401 - whether they are there
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise SettingsError(
            f"{ENDPOINT}: traces need packages that are not installed ({error.name}): pip install -r {PACKAGES}, or "
            "unset it"
        ) from None
    os.environ.setdefault("OTEL_SERVICE_NAME", "footfall")
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def _hide(span: Span, _environ: WSGIEnvironment) -> None:
    for attribute in SAYS_TOO_MUCH:
        if attribute in getattr(span, "attributes", ()):
            span.set_attribute(attribute, "")
    span.update_name("request")


def _name(span: Span, environ: WSGIEnvironment, _status: str, _headers: Any) -> None:
    """By the route, as the numbers are."""
    route = environ.get(ROUTE, "none")
    span.set_attribute("http.route", route)
    span.update_name(f"{environ['REQUEST_METHOD']} {route}")
