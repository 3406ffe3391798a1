"""The parameters of a live stream: its schema loads a filter."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from tracking.bounded import Bounded, Listed
from tracking.live.feed import Filter
from tracking.vocabulary import A_NAME_PATTERN, A_RECEIVER, NAME_PATTERN, RECEIVER, SOURCE_NAME, VERDICTS, matches, text

MOST = 20
"""Values of one filter."""


class FilterSchema(Bounded):
    source = Listed(
        ma.fields.String(validate=matches(rf"^{SOURCE_NAME}\Z", "the name of a source")),
        MOST,
        metadata={"description": "only from these sources; repeatable"},
    )
    creator = Listed(
        ma.fields.String(validate=text(200)), MOST, metadata={"description": "only by these creators; repeatable"}
    )
    receiver = Listed(
        ma.fields.String(validate=matches(RECEIVER, f"expected {A_RECEIVER}")),
        MOST,
        metadata={"description": "only on these receivers; repeatable", "example": ["job:42"]},
    )
    name = Listed(
        ma.fields.String(validate=matches(NAME_PATTERN, A_NAME_PATTERN)),
        MOST,
        metadata={"description": "only of these names, * for any text; repeatable"},
    )
    verdict = Listed(
        ma.fields.String(validate=ma.validate.OneOf(VERDICTS)),
        len(VERDICTS),
        metadata={"description": "only with these verdicts; repeatable"},
    )

    @ma.post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Filter:
        return Filter(**{name: tuple(values) for name, values in data.items()})
