"""The least that an API with tokens can be: Flask, the same guard, and nothing else. What the rest is held against."""

from flask import Flask, Response, current_app, request

from tracking import services, settings


def create_app() -> Flask:
    app = Flask(__name__)
    app.extensions["footfall"] = services.build(settings.load())

    @app.post("/v1/events")
    def nothing() -> Response:
        current_app.extensions["footfall"].guard.admit(request, "ingest")
        return Response(b"{}", content_type="application/json")

    return app


app = create_app()
