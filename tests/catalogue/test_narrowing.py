"""Whatever two schemas say: what `diff` calls wider refuses nothing that was taken before."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings

from fixtures.schemas import SENT, changed
from tracking.catalogue.narrowing import expanded, narrowed
from tracking.catalogue.property_schemas import compiled


@settings(max_examples=500, deadline=None)
@given(changed())
def test_what_counts_as_wider_refuses_nothing_that_was_taken(pair: tuple[Any, Any]) -> None:
    before, after = pair
    if not list(narrowed(expanded(before), expanded(after))):
        old, new = compiled(before), compiled(after)
        assert [one for one in SENT if old.is_valid(one) and not new.is_valid(one)] == []
