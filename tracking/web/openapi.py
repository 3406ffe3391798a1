"""Completes the OpenAPI document: the event, each operation's problems and example, and patterns in ECMA-262's form."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
from apispec import BasePlugin
from marshmallow.validate import Regexp

from tracking.ingest.dialects.calls import SegmentBatch
from tracking.ingest.schemas import Batch
from tracking.web import kinds

if TYPE_CHECKING:
    from apispec import APISpec
    from marshmallow.fields import Field

ALWAYS = {
    400: "The request cannot be read",
    422: "A parameter is not valid; see errors",
    500: "A fault of the server; look for the request id in its log",
    503: "Busy, or the database cannot be reached; try again",
}
WITH_TOKEN = {
    401: "The caller is unknown: the token is missing, expired, revoked, …; branch on type",
    403: "The caller is known, but may not do this",
    429: "Too many requests; Retry-After says when to come back",
}
WITH_BODY = {
    408: "The body took too long to arrive",
    413: "The body is too large",
}
COUNTS = "/v1/stats/"
"""Every answer of counts is also available as CSV."""
TOLD = {
    "As-Of": {
        "description": "every event that was written before this moment is counted; with a replica, or from the"
        " cache, it may be a minute or two ago",
        "schema": {"type": "string", "format": "date-time"},
    },
    "Age": {"description": "seconds since then", "schema": {"type": "integer"}},
    "Small-Groups": {
        "description": "the k of the rule of small groups, where it binds the answer; of CSV, too",
        "schema": {"type": "integer"},
    },
    "Counting-Standard": {
        "description": "the version of docs/counting.md: the rules by which this was counted; of CSV, too",
        "schema": {"type": "string"},
    },
}
PROBLEM = {"$ref": "#/components/schemas/Problem"}
RETRY_AFTER = {"Retry-After": {"description": "seconds", "schema": {"type": "integer"}}}


EVENT = {"id": "0192f0c1-2222-7000-8000-000000000001", "name": "view", "receiver": "job:42"}
CONTACT = {"email": "jobs@acme.example", "language": "de", "timezone": "Europe/Berlin"}
CALL = {"userId": "user-1", "timestamp": "2026-11-24T10:00:00Z", "properties": {"receiver": "job:42"}}
ASKED = {"receiver": ["job:42", "job:77"], "action": ["view"]}
EXAMPLES: dict[str, Any] = {
    "postEvents": {"events": [EVENT | {"occurred_at": "2026-11-24T10:00:00Z", "properties": {"page": "/jobs/42"}}]},
    "postBatch": {"batch": [CALL | {"type": "track", "event": "click__saveJob", "messageId": "node-next-1-a"}]},
    "postTrack": CALL | {"event": "click__saveJob"},
    "postPage": CALL,
    "postScreen": CALL,
    "putReceivers": {
        "receivers": [{"type": "job", "id": "42", "owner": "acme", "title": "Engineer", "contact": CONTACT}]
    },
    "putEventTypes": {
        "event_types": [
            {
                "name": "click__saveJob",
                "description": "the bookmark of a job was clicked",
                "schema": {"required": ["page"], "properties": {"page": {"type": "string"}}},
                "mode": "warn",
            }
        ]
    },
    "putOptouts": {"person": "creator:user-1", "kinds": ["daily"]},
    "postUnsubscribe": {"List-Unsubscribe": "One-Click"},
    "postTokens": {"kind": "client", "creator": "user-1", "expires_in": 900},
    "postStatsSummary": ASKED,
    "postStatsTimeseries": ASKED | {"interval": "week"},
    "postStatsBreakdown": ASKED | {"by": "name"},
    "postStatsTop": {"owner": "acme", "limit": 10},
    "postStatsExplain": ASKED,
    "postStatsOverlap": {"receiver": ["job:42"], "action": ["view"], "and_receiver": ["job:77"]},
    "postStatsFunnel": {"receiver": ["job:42", "job:77"], "step": ["view", "click__application*"]},
}
"""An example of a request's body, by the operation's id."""


def operation_id(method: str, path: str) -> str:
    """`postEvents`, `getStatsSummary`: stable, and as unique as method and path."""
    return method + "".join(word.capitalize() for word in re.findall(r"[a-z0-9]+", path.removeprefix("/v1").lower()))


def describe_events(spec: APISpec) -> None:
    """Adds the schemas of events and of Segment's calls."""
    _, schemas = msgspec.json.schema_components([Batch, SegmentBatch], ref_template="#/components/schemas/{name}")
    for name, schema in schemas.items():
        spec.components.schema(name, _for_readers(schema))


def _for_readers(schema: Any) -> Any:
    """The schema with its patterns in ECMA-262's form."""
    if isinstance(schema, list):
        return [_for_readers(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _ecma(one) if key == "pattern" else _for_readers(one) for key, one in schema.items()}


class Operations(BasePlugin):
    """Adds to each operation its id, an example, and the problems (RFC 9457)."""

    def operation_helper(self, path: str | None = None, operations: dict[str, Any] | None = None, **_: Any) -> None:
        """Completes the operations of a path, by method, in place; apispec calls it for each path."""
        for method, operation in (operations or {}).items():
            statuses = ALWAYS | (WITH_TOKEN if operation.get("security") else {})
            statuses |= WITH_BODY if method in {"post", "put", "patch"} else {}
            responses = {str(status): response for status, response in operation.get("responses", {}).items()}
            responses.pop("default", None)
            operation["responses"] = responses
            operation["operationId"] = operation_id(method, path or "")
            for content in operation.get("requestBody", {"content": {}})["content"].values():
                content["example"] = EXAMPLES[operation["operationId"]]
            for status, description in statuses.items():
                responses[str(status)] = _problem(status, description)  # in place of flask-smorest's
            for status, each in kinds.of_operation(operation["operationId"], operation).items():
                _name(responses[str(status)], each)
            if path and path.startswith(COUNTS) and (counts := responses.get("200")):
                counts.setdefault("content", {}).setdefault("text/csv", {"schema": {"type": "string"}})
                counts["headers"] = TOLD


def _problem(status: int, description: str) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": PROBLEM}}
    response: dict[str, Any] = {"description": description, "content": content}
    return response | ({"headers": RETRY_AFTER} if status in {429, 503} else {})


def _name(response: dict[str, Any], each: list[str]) -> None:
    """Says in a response which kinds of problems it may be."""
    response["content"] = {
        media: content if "html" in media else {"schema": PROBLEM | {"properties": {"type": _types(each)}}}
        for media, content in response["content"].items()
    }


def _types(each: list[str]) -> dict[str, list[str]]:
    return {"enum": [f"/problems/{kind}" for kind in each]}


def pattern_of(_converter: object, field: Field[Any], **_: Any) -> dict[str, str]:
    """The pattern of a field in ECMA-262's form."""
    patterns = [str(each.regex.pattern) for each in field.validators if isinstance(each, Regexp)]
    return {"pattern": _ecma(patterns[0])} if patterns else {}


def _ecma(pattern: str) -> str:
    """A pattern in the form that OpenAPI demands: its end is a dollar sign, and it reads characters, so there are no
    surrogates to exclude.
    """
    return pattern.replace(r"\Z", "$").replace(r"\ud800-\udfff", "")
