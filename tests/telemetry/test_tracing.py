"""Traces of requests and their SQL reach a collector, with nothing in them that is secret or a person's."""

import json
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from fixtures.cast import ALICE, bearer, event
from fixtures.processes import ROOT, Server, environment, serving
from fixtures.served import until
from tracking.provenance import tokens
from tracking.settings import Settings

CALLER = "0af7651916cd43dd8448eb211c80319c"
"""The trace of whoever sends the request (W3C Trace Context)."""


class Collector:
    """OTLP over HTTP: https://opentelemetry.io/docs/specs/otlp/#otlphttp"""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.paths: set[str] = set()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                collector.paths.add(self.path)
                collector.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def spans(self) -> list[Any]:
        requests = [ExportTraceServiceRequest.FromString(body) for body in list(self.bodies)]
        scopes = [
            scope for request in requests for resource in request.resource_spans for scope in resource.scope_spans
        ]
        return [span for scope in scopes for span in scope.spans]


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    collector = Collector()
    thread = threading.Thread(target=collector.server.serve_forever)
    thread.start()
    yield collector
    collector.server.shutdown()
    thread.join()
    collector.server.server_close()


@pytest.fixture(scope="module")
def server(settings: Settings, collector: Collector, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    more = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "100"}
    with serving(settings, tmp_path_factory.mktemp("server") / "log", **more) as running:
        yield running


def ask(server: Server, path: str, body: bytes | None = None, **headers: str) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(f"{server.url}{path}", body, headers), timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return int(error.code)


def test_a_request_and_its_sql_are_a_part_of_the_callers_trace(
    server: Server, collector: Collector, engine: object, alice: str
) -> None:
    body = json.dumps({"events": [event()]}).encode()
    assert ask(server, "/v1/events", body, traceparent=f"00-{CALLER}-b7ad6b7169203331-01", **bearer(alice)) == 200

    def ours() -> list[Any]:
        return [span for span in collector.spans() if span.trace_id.hex() == CALLER]

    until(lambda: any(span.name == "POST /v1/events" for span in ours()))
    (request,) = [span for span in ours() if span.name == "POST /v1/events"]
    assert request.parent_span_id.hex() == "b7ad6b7169203331"
    statements = {
        attribute.value.string_value
        for span in ours()
        if span.parent_span_id == request.span_id
        for attribute in span.attributes
        if attribute.key in {"db.statement", "db.query.text"}
    }
    assert any("tracking.ingest(" in statement for statement in statements)
    assert collector.paths == {"/v1/traces"}


def test_no_token_id_or_address_is_in_a_trace(server: Server, collector: Collector, engine: object, web: str) -> None:
    pixel = tokens.mint(web, "pixel", seconds=900, creator=ALICE, receivers=["job:42"], names=["view"])
    assert ask(server, f"/v1/pixel.gif?token={pixel}") == 200
    assert ask(server, f"/no/such/{ALICE}?token={pixel}") == 404
    until(lambda: {"GET /v1/pixel.gif", "GET none"} <= {span.name for span in collector.spans()})
    sent = b"".join(collector.bodies)
    assert pixel[-20:].encode() not in sent
    assert ALICE.encode() not in sent
    ours = [span for span in collector.spans() if span.kind == Span.SPAN_KIND_SERVER]  # not the database's address
    told = {one.key: one.value.string_value for span in ours for one in span.attributes}
    assert told["net.peer.ip"] == told["http.target"] == ""


def test_nothing_of_it_is_loaded_where_nobody_collects(settings: Settings) -> None:
    code = "import sys, tracking.app as a; a.create_app(); sys.exit('opentelemetry' in sys.modules)"
    env = environment(settings, OTEL_EXPORTER_OTLP_ENDPOINT=None)
    assert subprocess.run([sys.executable, "-c", code], env=env, cwd=ROOT, check=False).returncode == 0


def test_packages_that_are_missing_are_named(shell: Any, tmp_path: Path) -> None:
    (tmp_path / "opentelemetry").mkdir()
    (tmp_path / "opentelemetry" / "__init__.py").write_text("raise ModuleNotFoundError(name='opentelemetry.sdk')")
    done = shell(
        "serve", exits=2, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1", PYTHONPATH=f"{tmp_path}:{ROOT}"
    )  # fmt: skip
    assert "OTEL_EXPORTER_OTLP_ENDPOINT: traces need packages that are not installed (opentelemetry.sdk)" in done.stderr
    assert "tracking/telemetry/requirements.txt" in done.stderr
    assert "Traceback" not in done.stderr
