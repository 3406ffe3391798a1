"""The least that an API with tokens can be: Flask, the same gate, and nothing else. What the rest is held against."""

from flask import Flask, Response, request

from tracking import environment, services, wiring


def create_app() -> Flask:
    app = Flask(__name__)
    app.extensions["footfall"] = wiring.build(environment.load())

    @app.post("/v1/events")
    def nothing() -> Response:
        services.current().gate.authenticate(request, "ingest")
        return Response(b"{}", content_type="application/json")

    return app


app = create_app()
