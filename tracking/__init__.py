"""Footfall: who did what on which job, story or profile; proven, counted once, and told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask

from tracking import errors, logs, prerequisites, services, web
from tracking.catalogue.routes import blueprint as catalogue
from tracking.ingest import routes as ingest
from tracking.provenance.routes import blueprint as tokens
from tracking.settings import load
from tracking.stats.routes import blueprint as stats
from tracking.web import cors, headers, paths, proxies, turns
from tracking.web.documents import blueprint as documents
from tracking.web.health import blueprint as health
from tracking.web.openapi import Operations, describe_events, pattern_of
from tracking.web.pages import blueprint as pages

if TYPE_CHECKING:
    from tracking.settings import Settings

__version__ = "0.1.0"


def create_app(settings: Settings | None = None) -> Flask:
    """The API. Reading this is reading the table of contents.

    Raises `SettingsError` where the environment, and `MigrationError` where its combination, makes no sense.
    """
    settings = settings or load()
    prerequisites.check_retention(settings)
    logs.configure(settings.log_level)

    app = Flask(__name__, static_folder=None)
    app.config.from_mapping(web.CONFIG)
    app.extensions["footfall"] = services.build(settings)
    ingest.init_app(app)  # each of these goes around the one before: the last sees a request first
    turns.init_app(app)
    headers.init_app(app)
    proxies.init_app(app, settings.trusted_hops)
    cors.init_app(app)
    paths.init_app(app)
    logs.init_app(app)

    api = app.extensions["footfall-api"] = errors.ProblemApi(app, spec_kwargs={"extra_plugins": [Operations()]})
    errors.init_app(app)
    api.ma_plugin.converter.add_attribute_function(pattern_of)
    describe_events(api.spec)
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    api.register_blueprint(ingest.blueprint)
    api.register_blueprint(stats)
    api.register_blueprint(catalogue)
    api.register_blueprint(tokens)
    app.register_blueprint(documents)
    app.register_blueprint(health)
    app.register_blueprint(pages)
    return app
