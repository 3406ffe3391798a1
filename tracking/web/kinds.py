"""The kinds of problems that each operation of the OpenAPI document may answer with, by status.

The document names them, so tests/test_openapi.py, which asks each operation, finds one that is not here. What is
refused before an operation is chosen stands with none: BEFORE.
"""

from __future__ import annotations

from typing import Any

Kinds = dict[int, tuple[str, ...]]

ALWAYS: Kinds = {
    400: ("bad-request",),
    422: ("invalid-parameters",),
    429: ("too-many-requests",),
    500: ("internal",),
    503: ("database-unavailable", "disk-full", "too-heavy"),
}
TOKEN: Kinds = {
    401: (
        "token-missing", "token-malformed", "token-invalid", "token-expired", "token-not-yet-valid",
        "token-wrong-audience", "credential-invalid", "source-revoked",
    ),
    403: ("wrong-kind", "not-allowed"),
}  # fmt: skip
ORIGIN: Kinds = {403: ("origin-not-allowed",)}
PROOF: Kinds = {401: ("proof-required", "proof-missing", "proof-invalid", "proof-expired", "proof-reused")} | ORIGIN
"""Of what takes tokens, and not credentials alone."""
BODY: Kinds = {400: ("body-broken",), 408: ("body-too-slow",), 413: ("body-too-large",)}
JSON: Kinds = {400: ("invalid-json",)}
GZIP: Kinds = {400: ("invalid-gzip",)}
COMMON = (ALWAYS, TOKEN, PROOF, BODY, JSON, GZIP)
"""What docs/project/endpoints.md tells once."""

WRITING: Kinds = {503: ("busy", "interrupted", "too-slow", "queue-unavailable")}
EVENTS: Kinds = {400: ("invalid-envelope", "no-events", "too-many-events")} | WRITING
TURNS: Kinds = {429: ("too-many-questions",), 503: ("questions-waiting",)}
COUNTED: Kinds = {403: ("owner-not-allowed", "receiver-not-allowed"), 422: ("too-heavy",)} | TURNS
FROM_RAW: Kinds = {422: ("too-heavy", "raw-events-dropped")}
LINK: Kinds = {401: ("link-broken", "link-invalid", "link-expired", "link-wrong-deployment")}

OWN: dict[str, Kinds] = {
    "postEvents": EVENTS,
    **dict.fromkeys(("postBatch", "postTrack", "postPage", "postScreen"), EVENTS),
    "getPixelGif": WRITING,
    "getEvents": {
        400: ("chunks-needed",), 406: ("not-acceptable",), 422: ("raw-events-dropped",),
        429: ("too-many-exports", "too-many-questions"), 503: ("exports-running", "questions-waiting"),
    },
    "getLive": {400: ("chunks-needed",), 429: ("too-many-streams",), 503: ("streams-open",)},
    **{f"{method}Stats{name}": COUNTED for method in ("get", "post") for name in ("Summary", "Timeseries", "Explain")},
    **{
        f"{method}Stats{name}": COUNTED | FROM_RAW
        for method in ("get", "post")
        for name in ("Breakdown", "Top", "Funnel", "Overlap")
    },
    "putReceivers": {400: ("invalid-envelope",), 422: ("invalid-receivers",)},
    "putEventTypes": {400: ("invalid-envelope",), 422: ("invalid-event-types",)},
    "postTokens": {403: ("scope-exceeded",)},
    "getUnsubscribe": LINK,
    "postUnsubscribe": LINK,
}  # fmt: skip
"""By the operation's id."""

BY_CREDENTIAL = {"getEvents", "postTokens", "putReceivers", "putEventTypes", "getOptouts", "putOptouts"}
"""No token is enough for these: neither a page's origin nor a proof is looked at."""
IN_ADDRESS = {"getPixelGif"}
"""The token is a part of the address."""
AS_IT_CAME = {"postTokens"}
"""The body is not unzipped."""

BEFORE = {
    "body-broken", "body-too-slow", "expectation-failed", "headers-too-large", "http-version-unknown",
    "method-not-allowed", "not-found", "not-http", "transfer-coding-unknown", "uri-too-long",
}  # fmt: skip
"""Of what the server or the layers around Flask refuse, whatever is asked."""
ELSEWHERE = {"metrics-off", "metrics-token-wrong", "schema-behind", "settings-differ"}
"""Of paths that are no operation: /metrics and /readyz."""


def of_operation(name: str, operation: dict[str, Any]) -> dict[int, list[str]]:
    """The kinds of an operation of the document, by status."""
    groups = [ALWAYS]
    if operation.get("security") or name in IN_ADDRESS:
        groups.append(TOKEN)
        if name in IN_ADDRESS:
            groups.append(ORIGIN)
        elif name not in BY_CREDENTIAL:
            groups.append(PROOF)
    media = operation.get("requestBody", {}).get("content", {})
    groups += [BODY] if media else []
    groups += [JSON] if "application/json" in media else []
    groups += [GZIP] if "application/json" in media and name not in AS_IT_CAME else []
    found: dict[int, list[str]] = {}
    for group in (*groups, OWN.get(name, {})):
        for status, kinds in group.items():
            found[status] = [*found.get(status, ()), *kinds]
    return found
