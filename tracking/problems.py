"""Every kind of problem, its meaning, and what to do. `/problems/<kind>` shows it; no other kind is raised."""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    means: str
    do: str


LATER = "Wait for as long as Retry-After says, and send the same request again."
MINT = "Have your backend mint a new token, and send the request again with that."
LINK = "Use the link as it is in the newest message. The platform's own settings may stop messages, too."
OURS = "The request is right. Send it again later; the operator finds the request_id in the server's log."

KINDS: dict[str, Kind] = {
    "bad-request": Kind("The request cannot be understood.", "Look at the detail, and at the API document."),
    "body-broken": Kind(
        "The body ended too early, or its chunks are not as their sizes say, or too small for so long a body.",
        "Send it again, in one piece or in larger chunks.",
    ),
    "body-too-large": Kind(
        "The body has more bytes than MAX_BODY_BYTES, as it was sent or after gzip.", "Send it as several requests."
    ),
    "body-too-slow": Kind(
        "The body took longer to arrive than READ_TIMEOUT_SECONDS.", "Send it again, or as several requests."
    ),
    "busy": Kind("Too many requests wait to be written. Nothing was stored.", LATER),
    "chunks-needed": Kind(
        "The answer is sent in chunks, which HTTP/1.0 does not know.",
        "Send HTTP/1.1. Behind nginx, set proxy_http_version 1.1.",
    ),
    "credential-invalid": Kind("The credential is not one of this deployment.", "Use what `source add` printed."),
    "database-unavailable": Kind(
        "The database cannot be reached, or cannot write. A commit may have come through.",
        f"{LATER} With the same ids nothing is stored twice.",
    ),
    "disk-full": Kind("The database's disk is full. Nothing was stored.", LATER),
    "expectation-failed": Kind("The header Expect asks for something unknown.", "Leave it out, or send 100-continue."),
    "exports-running": Kind("As many exports run as may at once.", LATER),
    "headers-too-large": Kind(
        "The request has too many headers, or too long ones.", "Send fewer; cookies are not needed here."
    ),
    "http-version-unknown": Kind("The request's first line names no version of HTTP/1.", "Send HTTP/1.1."),
    "internal": Kind("The server has a fault.", OURS),
    "interrupted": Kind(
        "The process that wrote the events was ended meanwhile. Send them again: nothing is stored twice.", LATER
    ),
    "invalid-envelope": Kind(
        "The body is JSON, but not of the form that this path takes.", "Look at the request body in the API document."
    ),
    "invalid-event-types": Kind(
        "An event type of the batch is not valid, or there would be too many. Nothing was stored.", "Read `errors`."
    ),
    "invalid-gzip": Kind("The body starts as gzip, but does not decompress.", "Send it plain, or as one gzip stream."),
    "invalid-json": Kind("The body is not JSON in UTF-8.", "Send JSON (RFC 8259), in UTF-8."),
    "invalid-parameters": Kind(
        "A parameter is unknown, missing or not as it should be.", "Read `errors`, which names the first of them."
    ),
    "invalid-receivers": Kind("A receiver of the batch is not valid. Nothing was stored.", "Read `errors`."),
    "link-broken": Kind("The link that stops messages is cut short, or not of this system.", LINK),
    "link-expired": Kind("The link that stops messages is older than a year.", LINK),
    "link-invalid": Kind("The link that stops messages was not made by this deployment, or was changed.", LINK),
    "link-wrong-deployment": Kind("The link that stops messages was made by another deployment.", LINK),
    "method-not-allowed": Kind("The path is right, the method is not.", "Use one that the header Allow names."),
    "metrics-off": Kind(
        "The numbers for Prometheus are told to nobody.", "Set METRICS_TOKEN, and give it to Prometheus as its bearer."
    ),
    "metrics-token-wrong": Kind(
        "The bearer is not the METRICS_TOKEN of this deployment.", "Give Prometheus the same text as the API."
    ),
    "no-events": Kind("The batch is empty.", "Send one event at least."),
    "not-acceptable": Kind(
        "The answer cannot be had in a form that the header Accept, or `format`, allows.",
        "Ask for one that the detail names.",
    ),
    "not-allowed": Kind("The source does not have the right for this.", "`source set` gives it the right."),
    "not-found": Kind("There is no such path.", "Look at the API document; each path has one spelling."),
    "not-http": Kind(
        "The bytes are no request of HTTP/1.1: the first line, a header or a length is wrong.",
        "Look at the client, and at the proxies between it and the server.",
    ),
    "origin-not-allowed": Kind(
        "The page's origin is not one of the source's.", "`source set --origin` names the origins of its pages."
    ),
    "owner-not-allowed": Kind("The token does not cover this owner.", "Ask for what the token names, or mint another."),
    "proof-expired": Kind("The proof was made too long ago, or in the future.", "Set the clock, and sign anew."),
    "proof-invalid": Kind("The proof does not fit the request.", "Sign its method, path and body by the token's key."),
    "proof-missing": Kind("The token is bound to a key, and the request is not signed.", "Sign it: docs/proofs.md."),
    "proof-required": Kind("The source takes only tokens that are bound to a key.", "Mint one with `key`."),
    "proof-reused": Kind("The proof was used before.", "Sign each request anew, also one that is sent again."),
    "queue-unavailable": Kind("The queue in front of the database cannot take events now.", LATER),
    "questions-waiting": Kind("Too many questions are being counted.", LATER),
    "raw-events-dropped": Kind(
        "The period, or what arrived after the cursor, reaches back to where raw events were dropped.",
        "Ask for a later one; the detail says from when on all are there.",
    ),
    "receiver-not-allowed": Kind(
        "The token does not cover this receiver.", "Ask for what the token names, or mint another."
    ),
    "schema-behind": Kind("The database lacks migrations.", "Run `python -m tracking migrate`."),
    "scope-exceeded": Kind("The token would grant more than its source may.", "Ask for less, or widen its rights."),
    "settings-differ": Kind(
        "The settings of this process differ from those in the database.",
        "Set the same for all processes, or run `python -m tracking migrate` with the new settings.",
    ),
    "source-revoked": Kind(
        "The source is unknown, revoked, or its credential was rotated.", "Use its present credential, or mint anew."
    ),
    "streams-open": Kind("As many live streams are open as may be at once.", LATER),
    "token-expired": Kind("The token has expired.", MINT),
    "token-invalid": Kind("The signature does not fit: it is no token of this deployment.", MINT),
    "token-malformed": Kind(
        "The text that was sent as a token is not one.", "Send it whole: it begins with fc_, fs_, fl_, fp_ or fk_."
    ),
    "token-missing": Kind(
        "The request carries no token.", "Send Authorization: Bearer, or `token` in the body, as sendBeacon has to."
    ),
    "token-not-yet-valid": Kind(
        "The token is valid only from a later time on.", "Wait, or set the clock of the backend that mints."
    ),
    "token-wrong-audience": Kind("The token was minted for another deployment.", "Mint it with this one's DEPLOYMENT."),
    "too-heavy": Kind("The answer would take too long to count.", "Ask for a shorter period or for fewer receivers."),
    "too-many-events": Kind("The batch has more events than MAX_EVENTS.", "Send it as several requests."),
    "too-many-exports": Kind("The source runs as many exports as it may at once.", LATER),
    "too-many-streams": Kind(
        "The source's tokens have as many live streams open as they may.", f"Close a page. {LATER}"
    ),
    "too-many-questions": Kind(
        "Too many questions at once are about the same owner, or the same receivers.",
        "Ask again when earlier questions are answered.",
    ),
    "too-many-requests": Kind("This token, source or address asked too often.", f"{LATER} Events can share a request."),
    "too-slow": Kind(
        "Writing these events took longer than one statement may. Nothing was stored.", f"{LATER} Send fewer."
    ),
    "transfer-coding-unknown": Kind(
        "The body is sent in a transfer coding that is unknown here.", "Send it chunked, or with its Content-Length."
    ),
    "uri-too-long": Kind("The first line of the request is too long.", "Ask for less at once."),
    "wrong-kind": Kind(
        "This kind of token cannot be used here.",
        "Client tokens write, stats tokens read counts, live tokens watch, pixel tokens are pictures.",
    ),
}
