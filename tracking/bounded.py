"""Schemas whose work and answer stay bounded for any input: by the largest valid one."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

import marshmallow as ma

MOST_ERRORS = 20
"""Faults in one answer, of a list's members or of unknown fields: enough to see what is wrong."""

WHOLE = "_schema"
"""marshmallow's key for a fault of the whole, not of a field or member."""


class Bounded(ma.Schema):
    """A schema that looks no further at an object with more fields than it has."""

    @ma.pre_load
    def _no_more_than_there_are(self, data: Any, **_: Any) -> Any:
        if not isinstance(data, Mapping) or len(data) <= len(self.load_fields):
            return data
        known = {field.data_key or name for name, field in self.load_fields.items()}
        unknown = islice((name for name in data if name not in known), MOST_ERRORS)
        count = f"{len(data):,} fields; there are only {len(known)}"
        raise ma.ValidationError({WHOLE: [count]} | {name: ["Unknown field."] for name in unknown})


class Listed(ma.fields.List[Any]):
    """A list of `least` to `most` members. It checks the length first, and reports only the first members at fault."""

    def __init__(self, inner: ma.fields.Field[Any], most: int, *, least: int = 1, **kwargs: Any) -> None:
        super().__init__(inner, validate=ma.validate.Length(least, most), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if not ma.utils.is_collection(value):
            raise self.make_error("invalid")
        self._validate(value)
        members, loaded = list(value), []
        errors: dict[int | str, Any] = {}
        for place, member in enumerate(members):
            try:
                loaded.append(self.inner.deserialize(member, **kwargs))
            except ma.ValidationError as error:
                errors[place] = error.messages
                left = len(members) - place - 1
                if left and len(errors) == MOST_ERRORS:
                    errors[WHOLE] = [f"only the first {MOST_ERRORS} are listed; {left:,} more were not checked"]
                    break
        if errors:
            raise ma.ValidationError(errors, valid_data=loaded)
        return loaded
