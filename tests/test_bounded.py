"""What is sent may be as long as a body may be: it is refused by its length, and the answer is short."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import marshmallow as ma
import pytest

from fixtures.cast import bearer
from tracking.bounded import MOST_ERRORS, Bounded, Listed
from tracking.catalogue.schemas import ReceiversSchema
from tracking.notifications.schemas import OptoutsQuerySchema, OptoutsSchema
from tracking.notifications.unsubscribing import ClaimsSchema as LinkClaimsSchema
from tracking.provenance.schemas import TokenRequestSchema
from tracking.provenance.tokens import ClaimsSchema
from tracking.stats import schemas

TAKEN = [
    ReceiversSchema, TokenRequestSchema, ClaimsSchema, LinkClaimsSchema, OptoutsQuerySchema, OptoutsSchema,
    schemas.SummaryQuerySchema, schemas.TimeseriesQuerySchema, schemas.BreakdownQuerySchema, schemas.TopQuerySchema,
    schemas.FunnelQuerySchema,
]  # fmt: skip
"""All that is loaded from what somebody sends."""


def within(schema: ma.Schema) -> Iterator[ma.Schema | ma.fields.Field[Any]]:
    """The schema, its fields and theirs."""
    yield schema
    for field in schema.load_fields.values():
        yield field
        inner = field.inner if isinstance(field, ma.fields.List) else field
        if isinstance(inner, ma.fields.Nested):
            yield from within(inner.schema)


def errors_in(messages: Any) -> int:
    inner = messages.values() if isinstance(messages, dict) else messages
    return sum(errors_in(one) if isinstance(one, (dict, list)) else 1 for one in inner)


@pytest.mark.parametrize("schema", TAKEN, ids=lambda schema: schema.__name__)
def test_every_schema_and_every_list_in_it_is_bounded(schema: type[ma.Schema]) -> None:
    for one in within(schema()):
        assert isinstance(one, Bounded) or not isinstance(one, ma.Schema)
        assert isinstance(one, Listed) or not isinstance(one, ma.fields.List)
        assert not isinstance(one, ma.fields.Dict) or (one.key_field, one.value_field) == (None, None)


@pytest.mark.parametrize("schema", TAKEN, ids=lambda schema: schema.__name__)
def test_what_is_told_is_bounded(schema: type[ma.Schema]) -> None:
    lists = [field.data_key or name for name, field in schema().load_fields.items() if isinstance(field, Listed)]
    wrong: list[Any] = [{f"f{n}": n for n in range(5000)}, *({name: [1] * 5000} for name in lists)]
    wrong += [{name: [1] * most} for name in lists for most in (6, 30, 50, 200, 1000)]
    for sent in wrong:
        found = schema().validate(sent)
        assert 0 < errors_in(found) <= MOST_ERRORS + 10, sent


def test_a_list_of_the_most_tells_how_many_are_left() -> None:
    class Names(Bounded):
        names = Listed(ma.fields.String(), 30)

    assert Names().load({"names": ["a"] * 30}) == {"names": ["a"] * 30}
    assert Names().validate({"names": []}) == {"names": ["Length must be between 1 and 30."]}
    assert Names().validate({"names": [1] * 31}) == Names().validate({"names": []})
    assert Names().validate({"names": "a"}) == {"names": ["Not a valid list."]}
    for wrong, told in ((1, 1), (20, 20), (21, 21), (30, 21)):
        errors = Names().validate({"names": ["a"] * (30 - wrong) + [1] * wrong})["names"]
        assert len(errors) == told
        assert ("_schema" in errors) == (wrong > MOST_ERRORS)


@pytest.mark.parametrize("path", ["/v1/tokens", "/v1/stats/summary", "/v1/receivers"])
def test_a_body_of_unknown_fields_is_answered_in_short(client: Any, web: str, sql: Any, path: str) -> None:
    sql("update tracking.sources set rights = '{ingest,mint,stats,catalogue}'")
    body = json.dumps({f"f{n}": n for n in range(10_000)})
    response = client.open(path, method="PUT" if path == "/v1/receivers" else "POST", data=body, headers=bearer(web))
    assert response.status_code == 422
    assert len(response.data) < 2_000
