"""Entries of the tracking plan, as an endpoint and a file bring them."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Any, get_args

import marshmallow as ma

from tracking.bounded import Bounded, Listed
from tracking.catalogue.patterns import OF_ALL, too_many
from tracking.catalogue.property_schemas import check
from tracking.catalogue.windows import ANY
from tracking.vocabulary import A_NAME, CHARACTER, NAME, Mode, matches, text

MOST = 1000
"""Entries that the catalogue holds, and one request brings."""
MAX_WINDOW = 31 * 86_400
MAX_PER_DAY = 1_000_000_000
MODES = get_args(Mode)
STATES = ("active", "deprecated")
DETAIL = "__*"
OF_ACTION = re.compile(r"[A-Za-z](?:(?!__)[A-Za-z0-9 _.:/-]){0,96}__\*")
SPELLED = re.compile(rf"{NAME}|^{OF_ACTION.pattern}\Z|^\*\Z")
A_SPELLED = f"{A_NAME}; or ACTION__*, as in click__*, for all names of an action; or *, for all others"


class EventTypeSchema(Bounded):
    """What is known of a name. A field that is left out has its default."""

    name = ma.fields.String(
        required=True,
        validate=matches(SPELLED.pattern, A_SPELLED),
        metadata={"example": "click__saveJob", "description": "or click__* for all of an action, or * for all others"},
    )
    description = ma.fields.String(
        load_default="",
        validate=matches(rf"^{CHARACTER}{{0,500}}\Z", "at most 500 characters, no control characters"),
        metadata={"example": "the bookmark of a job was clicked"},
    )
    owner = ma.fields.String(
        allow_none=True, load_default=None, validate=text(200), metadata={"description": "the team that answers for it"}
    )
    status = ma.fields.String(load_default="active", validate=ma.validate.OneOf(STATES))
    repeat_window_seconds = ma.fields.Float(
        allow_none=True,
        load_default=None,
        validate=ma.validate.Range(0, MAX_WINDOW),
        metadata={"description": "a second one so soon is a double fire; 0: never; null: as its action, or as *"},
    )
    across_sources = ma.fields.Boolean(
        load_default=False,
        truthy={True},
        falsy={False},
        metadata={"description": "one action that two sources report is one"},
    )
    per_day = ma.fields.Integer(
        strict=True,
        allow_none=True,
        load_default=None,
        validate=ma.validate.Range(0, MAX_PER_DAY),
        metadata={
            "description": "of click__* and *: so many events of one creator on one receiver count in a day; 0: all;"
            " null: as *"
        },
    )
    schema = ma.fields.Dict(
        keys=ma.fields.String(),
        allow_none=True,
        load_default=None,
        validate=check,
        metadata={"description": "JSON Schema (2020-12) of its properties", "example": {"required": ["page"]}},
    )
    mode = ma.fields.String(
        load_default="observe",
        validate=ma.validate.OneOf(MODES),
        metadata={"description": "what becomes of an event whose properties do not fit the schema"},
    )
    since = ma.fields.Date(
        data_key="from",
        allow_none=True,
        load_default=None,
        format="iso",
        metadata={"description": "of reject: the first day of it, in the reporting timezone; before, it is warn"},
    )

    @ma.validates_schema
    def _fits_together(self, data: dict[str, Any], **_: Any) -> None:
        name = data["name"]
        is_one = name != ANY and not name.endswith(DETAIL)
        if is_one and data["per_day"] is not None:
            raise ma.ValidationError("only of an action, as click__*, or of *", "per_day")
        if data["across_sources"] and data["repeat_window_seconds"] is None:
            raise ma.ValidationError("needs repeat_window_seconds", "across_sources")
        if name == ANY and data["schema"] is not None:
            raise ma.ValidationError("only of a name, or of an action, as click__*", "schema")
        if data["schema"] is None and data["mode"] != "observe":
            raise ma.ValidationError("needs a schema", "mode")
        if data["since"] is not None and data["mode"] != "reject":
            raise ma.ValidationError("only of mode reject", "from")

    @ma.post_load
    def _whole(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        window = data["repeat_window_seconds"]
        if window is not None and window == math.floor(window):
            data["repeat_window_seconds"] = math.floor(window)
        return data


class EventTypesSchema(Bounded):
    event_types = Listed(ma.fields.Nested(EventTypeSchema), MOST, required=True, least=0)

    @ma.pre_load
    def _bounded(self, data: Any, **_: Any) -> Any:
        """Before any is compiled: the sum of many small schemas would take seconds."""
        entries = data.get("event_types") if isinstance(data, dict) else None
        if isinstance(entries, list):
            schemas = (entry.get("schema") for entry in entries[: MOST + 1] if isinstance(entry, dict))
            if said := too_many(schemas, OF_ALL):
                raise ma.ValidationError(f"all schemas have {said}", "event_types")
        return data

    @ma.validates_schema
    def _once_each(self, data: dict[str, Any], **_: Any) -> None:
        seen = Counter(entry["name"] for entry in data["event_types"])
        if repeated := [one for one in seen.most_common(1) if one[1] > 1]:
            name, times = repeated[0]
            raise ma.ValidationError(f"{name} comes {times} times", "event_types")
