"""`receiver-type`: says which types of receivers are people, or belong to people."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import click

from tracking import db
from tracking.cli.session import as_json, opened
from tracking.vocabulary import A_RECEIVER_TYPE, RECEIVER_TYPE

if TYPE_CHECKING:
    from sqlalchemy import Row


@click.group("receiver-type")
def receiver_type() -> None:
    """Types of receivers that are people, or belong to people. A view of one's own receiver is not counted."""


@receiver_type.command("set", epilog="It holds for events from now on; stored events stay as they are.")
@click.argument("type_", metavar="TYPE")
@click.option("--person/--no-person", default=None, help="A receiver's id is a creator's id, as with a profile.")
@click.option(
    "--owned-by-person/--not-owned-by-person", default=None, help="A receiver's owner is a creator, not a customer."
)
@as_json
def set_(type_: str, person: bool | None, owned_by_person: bool | None, as_json: bool) -> None:
    """Describe TYPE, such as job in job:42; options that you leave out stay as they were."""
    if not re.fullmatch(RECEIVER_TYPE, type_):
        raise click.BadParameter(A_RECEIVER_TYPE, param_hint="TYPE")
    if person is None and owned_by_person is None:
        raise click.UsageError("give an option; see --help")
    given = {"type": type_, "person": person, "owned_by_person": owned_by_person}
    with opened() as (_, engine), engine.begin() as connection:
        row = db.run(connection, "receiver_types_set", **given).one()
    click.echo(json.dumps(_described(row)) if as_json else _line(row))


@receiver_type.command("list")
@as_json
def list_(as_json: bool) -> None:
    """List the types that were set; for all others neither the id nor the owner is a person."""
    with opened() as (_, engine), engine.connect() as connection:
        rows = db.run(connection, "receiver_types_list").all()
    if as_json:
        click.echo(json.dumps([_described(row) for row in rows]))
        return
    for row in rows:
        click.echo(_line(row))


def _described(row: Row[Any]) -> dict[str, Any]:
    return {"type": row.receiver_type, "person": row.id_is_person, "owned_by_person": row.owner_is_person}


def _line(row: Row[Any]) -> str:
    is_ = "a person" if row.id_is_person else "no person"
    return f"{row.receiver_type:<32} {is_}; owned by {'a person' if row.owner_is_person else 'a customer'}"
