"""Footfall: who did what on which job, story or profile; proven, counted once, and told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask

from tracking import errors, logs, prerequisites, web, wiring
from tracking.catalogue.routes import blueprint as catalogue
from tracking.ingest import dialects
from tracking.ingest.fastpath import FastPath
from tracking.ingest.routes import blueprint as events
from tracking.provenance.routes import blueprint as tokens
from tracking.settings import load
from tracking.stats.routes import blueprint as stats
from tracking.web.addresses import AddressLimit
from tracking.web.cors import Shared
from tracking.web.documents import blueprint as documents
from tracking.web.headers import Hardened
from tracking.web.health import blueprint as health
from tracking.web.layers import layers
from tracking.web.openapi import Operations, describe_events, pattern_of
from tracking.web.pages import blueprint as pages
from tracking.web.paths import OneSpelling
from tracking.web.proxies import Forwarded

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
    app.extensions["footfall"] = wiring.build(settings)
    # around Flask, from the inside out: the last sees a request first
    around = layers(app, FastPath, AddressLimit, Hardened, Forwarded, Shared, OneSpelling)
    app.wsgi_app = around  # type: ignore[method-assign, assignment]  # Flask's own way to add a layer
    logs.init_app(app)

    api = app.extensions["footfall-api"] = errors.ProblemApi(app, spec_kwargs={"extra_plugins": [Operations()]})
    errors.init_app(app, dialects.problem)
    api.ma_plugin.converter.add_attribute_function(pattern_of)
    describe_events(api.spec)
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    api.register_blueprint(events)
    api.register_blueprint(stats)
    api.register_blueprint(catalogue)
    api.register_blueprint(tokens)
    app.register_blueprint(documents)
    app.register_blueprint(health)
    app.register_blueprint(pages)
    return app
