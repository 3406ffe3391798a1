"""`source`: sets what each app may send, from where and how fast."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import click

from tracking.cli.durations import Duration
from tracking.cli.names import checked_name
from tracking.cli.session import as_json, opened
from tracking.imports.run import printable
from tracking.provenance import credentials
from tracking.provenance.origins import as_sent
from tracking.provenance.sources import (
    PROOFS,
    Source,
    add_source,
    find_source,
    list_sources,
    revoke_source,
    rotate_source,
    set_source,
)
from tracking.vocabulary import A_NAME_PATTERN, NAME_PATTERN, RIGHTS

if TYPE_CHECKING:
    from collections.abc import Callable

MOST = 1_000_000_000_000
"""Requests, events or bytes a minute: no machine takes more, and every store can hold this number."""
SHOWN_ONCE = "credential, shown this once (keep it on your server): "


def are_origins(_context: click.Context, _parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_origin(given) for given in value)


def _origin(given: str) -> str:
    sent = as_sent(given)
    if sent is None:
        raise click.BadParameter(
            f"{given!r} is not an origin such as https://www.example.com; to see a page's, type location.origin in "
            "the browser's console"
        )
    return sent


def are_names(_context: click.Context, _parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    for name in value:
        if not re.match(NAME_PATTERN, name):
            raise click.BadParameter(f"no event can have a name such as {name[:100]!r}: {A_NAME_PATTERN}")
    return value


def source_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that set what a source may send."""
    for option in reversed(
        [
            click.option("--right", "rights", multiple=True, type=click.Choice(RIGHTS), help="A right; repeatable."),
            click.option("--description", help="A note for people."),
            click.option(
                "--origin",
                "origins",
                multiple=True,
                callback=are_origins,
                help="Only web pages of this origin may send; repeatable.",
            ),
            click.option(
                "--name",
                "names",
                multiple=True,
                callback=are_names,
                help="Only events of this name, * matches any text; repeatable.",
            ),
            click.option("--strict/--open", default=None, help="Only names of the catalogue, or any name.  [open]"),
            click.option("--rate", type=click.IntRange(0, MOST), help="Requests a minute; 0: unlimited.  [0]"),
            click.option("--events", type=click.IntRange(0, MOST), help="Events a minute; 0: unlimited.  [0]"),
            click.option("--bytes", type=click.IntRange(0, MOST), help="Bytes a minute, unzipped; 0: unlimited.  [0]"),
            click.option("--proof", type=click.Choice(PROOFS), help="Proof of possession by browsers.  [off]"),
        ]
    ):
        command = option(command)
    return command


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in options.items()
        if value is not None and value != ()
    }


@click.group()
def source() -> None:
    """The apps that send events."""


@source.command("add", epilog="Default rights: ingest, mint, stats.")
@click.argument("name")
@source_options
@as_json
def add(name: str, as_json: bool, **options: Any) -> None:
    """Register source NAME and print its credential once."""
    checked_name(name, "NAME")
    given = {"rights": ["ingest", "mint", "stats"], **_given(options)}
    with opened() as (settings, engine), engine.begin() as connection:
        added = add_source(connection, name, key=settings.secret_keys[0], **given)
    if added is None:
        raise click.ClickException(f"there is a source {name!r} already; see source list")
    credential = credentials.derive(settings.secret_keys[0], name, added.version)
    if as_json:
        click.echo(json.dumps(_described(added) | {"credential": credential}))
    else:
        click.echo(f"source {name} may: {', '.join(sorted(added.rights))}")
        click.echo(f"{SHOWN_ONCE}{credential}")


@source.command("set")
@click.argument("name")
@source_options
@as_json
def set_(name: str, as_json: bool, **options: Any) -> None:
    """Change the given settings of source NAME; lists are replaced. Every worker knows it within 5 seconds."""
    given = _given(options)
    if not given:
        raise click.UsageError("say what to change; see --help")
    with opened() as (_, engine), engine.begin() as connection:
        changed = set_source(connection, name, **given)
    _print(_found(changed, name), as_json=as_json)


@source.command("list")
@as_json
def list_(as_json: bool) -> None:
    """List the sources."""
    with opened() as (_, engine), engine.connect() as connection:
        sources = list_sources(connection)
    if as_json:
        click.echo(json.dumps([_described(one) for one in sources]))
        return
    for one in sources:
        state = "revoked" if one.revoked else ", ".join(sorted(one.rights))
        click.echo(f"{one.name:<32} v{one.version:<3} {state}  {printable(one.description)}")
    if not sources:
        click.echo("no sources yet: python -m tracking source add web")


@source.command("show")
@click.argument("name")
@as_json
def show(name: str, as_json: bool) -> None:
    """Show all settings of source NAME; its credential is stored nowhere."""
    with opened() as (_, engine), engine.connect() as connection:
        found = find_source(connection, name)
    _print(_found(found, name), as_json=as_json)


@source.command("rotate")
@click.argument("name")
@click.option(
    "--grace",
    type=Duration(zero=True),
    default="24h",
    show_default=True,
    help="How long the old credential and its tokens still work: 1h, 7d, 0.",
)
@as_json
def rotate(name: str, grace: int, as_json: bool) -> None:
    """Give source NAME a new credential, under the newest of SECRET_KEYS, and print it once."""
    with opened() as (settings, engine), engine.begin() as connection:
        rotated = _found(rotate_source(connection, name, key=settings.secret_keys[0], grace=grace), name)
    credential = credentials.derive(settings.secret_keys[0], name, rotated.version)
    if as_json:
        click.echo(json.dumps(_described(rotated) | {"credential": credential}))
        return
    if grace:
        click.echo(f"source {name} is at version {rotated.version}; version {rotated.version - 1} works until "
                   f"{_moment(rotated.previous_until)}")  # fmt: skip
    else:
        click.echo(f"source {name} is at version {rotated.version}; older ones are refused within 5 seconds")
    click.echo(f"{SHOWN_ONCE}{credential}")


@source.command("revoke")
@click.argument("name")
@as_json
def revoke(name: str, as_json: bool) -> None:
    """Refuse source NAME, its credentials and its tokens for good, within 5 seconds. Its events stay."""
    with opened() as (_, engine), engine.begin() as connection:
        revoked = _found(revoke_source(connection, name), name)
    if as_json:
        click.echo(json.dumps(_described(revoked)))
    else:
        click.echo(f"source {name} is revoked; every worker refuses it within 5 seconds")


def _found(found: Source | None, name: str) -> Source:
    if found is None:
        raise click.ClickException(f"no source {name!r}, or it is revoked; see source list")
    return found


def _moment(moment: Any) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def _described(one: Source) -> dict[str, Any]:
    return {
        "source": one.name,
        "version": one.version,
        "rights": sorted(one.rights),
        "revoked": one.revoked,
        "description": one.description,
        "origins": sorted(one.origins),
        "names": list(one.names),
        "strict": one.strict,
        "rate": one.rate,
        "events": one.events,
        "bytes": one.bytes,
        "proof": one.proof,
        "key": one.key_id,
        "previous_until": _moment(one.previous_until),
    }


def _print(one: Source, *, as_json: bool) -> None:
    described = _described(one)
    if as_json:
        click.echo(json.dumps(described))
        return
    for name, value in described.items():
        text = ", ".join(value) if isinstance(value, list) else value
        click.echo(f"{name:<15} {'-' if text in {None, ''} else printable(str(text))}")
