"""The parameters of a question, out of a request, as its schema has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import marshmallow as ma

from tracking.errors import Problem

if TYPE_CHECKING:
    from flask import Request


def of_query(request: Request, schema: ma.Schema) -> dict[str, Any]:
    """The request's query: of what may be repeated all values, of all else the one.

    Raises `Problem` 422 if something else comes twice: whichever counted, another question would be answered.
    """
    fields = {field.data_key or name: field for name, field in schema.fields.items()}
    listed = {name for name, field in fields.items() if isinstance(field, ma.fields.List)}
    given = request.args.to_dict(flat=False)
    if twice := [name for name, values in given.items() if name in fields.keys() - listed and len(values) > 1]:
        raise invalid({name: ["may be given once"] for name in twice})
    return {name: values if name in listed else values[0] for name, values in given.items()}


def loaded(schema: ma.Schema, parameters: dict[str, Any]) -> Any:
    """What the schema makes of them. Raises `Problem` 422 that names what is wrong with which."""
    try:
        return schema.load(parameters, unknown=ma.RAISE)
    except ma.ValidationError as error:
        raise invalid(error.messages) from None


def invalid(errors: Any, said: str = "The request has invalid parameters; see errors.") -> Problem:
    """The problem (422) of a question with these errors, by parameter."""
    return Problem(422, "invalid-parameters", said, members={"errors": errors})
