"""The application: `create_app()`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask

from tracking import errors, logs, prerequisites, web, wiring
from tracking.catalogue import routes as catalogue_routes
from tracking.environment import load
from tracking.exports import routes as exports_routes
from tracking.ingest import dialects
from tracking.ingest import routes as ingest_routes
from tracking.ingest.fastpath import FastPath
from tracking.live import routes as live_routes
from tracking.notifications import routes as notifications_routes
from tracking.provenance import routes as provenance_routes
from tracking.stats import routes as stats_routes
from tracking.telemetry import tracing
from tracking.web.addresses import AddressLimit
from tracking.web.cors import Shared
from tracking.web.documents import blueprint as documents
from tracking.web.headers import Hardened
from tracking.web.health import blueprint as health
from tracking.web.layers import layers
from tracking.web.metrics import blueprint as metrics
from tracking.web.openapi import Operations, describe_events, pattern_of
from tracking.web.pages import blueprint as pages
from tracking.web.paths import OneSpelling
from tracking.web.proxies import Forwarded
from tracking.web.watched import Watched

if TYPE_CHECKING:
    from tracking.settings import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """The API. These functions are the table of contents.

    Raises `SettingsError` if a setting makes no sense, and `MigrationError` if their combination makes none.
    """
    settings = settings or load()
    prerequisites.check_retention(settings)
    return with_services(operations(), settings)


def operations() -> Flask:
    """All that can be asked, and the document that says so: the same under any settings."""
    app = Flask("tracking", static_folder=None)
    app.config.from_mapping(web.CONFIG)
    logs.init_app(app)

    api = app.extensions["footfall-api"] = errors.ProblemApi(app, spec_kwargs={"extra_plugins": [Operations()]})
    errors.init_app(app, dialects.problem)
    api.ma_plugin.converter.add_attribute_function(pattern_of)
    describe_events(api.spec)
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    for routes in (
        ingest_routes, exports_routes, live_routes, stats_routes, catalogue_routes, provenance_routes,
        notifications_routes,
    ):  # fmt: skip
        api.register_blueprint(routes.blueprint)
    app.register_blueprint(documents)
    app.register_blueprint(health)
    app.register_blueprint(metrics)
    app.register_blueprint(pages)
    return app


def with_services(app: Flask, settings: Settings) -> Flask:
    """The same app, with what answers under these settings, and the layers around it."""
    logs.configure(settings.log_level)
    app.extensions["footfall"] = wiring.build(settings)
    # around Flask, from the inside out: the last sees a request first
    around = layers(app, FastPath, AddressLimit, Hardened, Forwarded, Shared, OneSpelling, Watched)
    if tracing.is_wanted():
        around = tracing.traced(around)
    app.wsgi_app = around  # type: ignore[method-assign, assignment]  # Flask's own way to add a layer
    return app
