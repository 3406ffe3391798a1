"""The calls of Segment's HTTP API, as its SDKs and RudderStack's write them: what is read of each, and no more.

https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/, read in November 2026.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from tracking.vocabulary import A_NAME, A_TIME, CHARACTER, MAX_DEPTH, NAME, Depth3, JsonObject, a_text

EXPECTED = {
    "event": f"expected {A_NAME}",
    "timestamp": f"expected {A_TIME}",
    "originalTimestamp": f"expected {A_TIME}",
    "messageId": f"expected {a_text(100)}",
    "userId": f"expected {a_text(200)}",
    "anonymousId": f"expected {a_text(200)}",
}
"""What each field has to be, in words."""

Who = Annotated[str, Meta(pattern=rf"^{CHARACTER}{{0,200}}\Z")]
Time = Annotated[datetime, Meta(tz=True)]
"""As in `Event`; an empty text counts as none."""


class Page(msgspec.Struct, omit_defaults=True, gc=False):
    """Where it happened. An address with its query is left out: people's names and keys of links stand there."""

    path: str | None = None
    referrer: str | None = None
    title: str | None = None


class Context(msgspec.Struct, rename="camel", gc=False):
    """What is kept of a call's context. Addresses, traits and the ids of devices are left out: they are persons'."""

    app: Depth3 = None
    campaign: Depth3 = None
    library: Depth3 = None
    locale: Depth3 = None
    os: Depth3 = None
    page: Page | None = None
    screen: Depth3 = None
    timezone: Depth3 = None
    user_agent: str | None = None

    def kept(self) -> dict[str, Any] | None:
        """What there is of it, by our own names."""
        return {name: value for name, value in msgspec.structs.asdict(self).items() if value is not None} or None


class SegmentCall(msgspec.Struct, rename="camel", omit_defaults=True, gc=False):
    """One call. `track`, `page` and `screen` are events."""

    type: Annotated[
        str | None, Meta(description="track, page, screen, identify, group or alias; missing: as the path says")
    ] = None
    event: Annotated[
        Annotated[str, Meta(pattern=NAME)] | None, Meta(description="of track: what happened", examples=["click__save"])
    ] = None
    name: Annotated[str | None, Meta(description="of page and screen; kept among the properties")] = None
    category: Annotated[str | None, Meta(description="of page and screen; kept among the properties")] = None
    properties: Annotated[
        JsonObject | None,
        Meta(
            description="`receiver` is what it happened on; the others are kept as they are, nested at most "
            f"{MAX_DEPTH} levels",
            examples=[{"receiver": "job:42"}],
        ),
    ] = None
    context: Annotated[Context | None, Meta(description="where it happened; these parts are kept")] = None
    timestamp: Annotated[Time | None, Meta(description="when it happened; never corrected by sentAt")] = None
    original_timestamp: Annotated[Time | None, Meta(description="the same, where there is no timestamp")] = None
    message_id: Annotated[
        Annotated[str, Meta(pattern=rf"^{CHARACTER}{{0,100}}\Z")] | None,
        Meta(description="the same on every retry; missing: derived from the content"),
    ] = None
    user_id: Annotated[Who | None, Meta(description="who did it")] = None
    anonymous_id: Annotated[Who | None, Meta(description="who did it, where no userId and no client token says so")] = (
        None
    )


class SegmentBatch(msgspec.Struct, gc=False):
    """The calls of one request."""

    batch: Annotated[list[SegmentCall], Meta(extra_json_schema={"minItems": 1, "maxItems": 500})]
