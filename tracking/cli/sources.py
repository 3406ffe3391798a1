"""`source` and `token`: who may send, and what they hand to their users."""

from __future__ import annotations

import json

import click
import marshmallow as ma

from tracking.cli.database import as_json, opened
from tracking.cli.durations import Duration
from tracking.provenance import credentials, tokens
from tracking.provenance.sources import RIGHTS, add_source, list_sources
from tracking.settings import load


def checked_name(name: str, parameter: str) -> str:
    if not credentials.SOURCE_NAME.fullmatch(name):
        raise click.BadParameter(
            "lower-case letters, digits, hyphens; a letter first; at most 32", param_hint=parameter
        )
    return name


@click.group()
def source() -> None:
    """The apps that send events."""


@source.command("add")
@click.argument("name")
@click.option(
    "--right",
    "rights",
    multiple=True,
    type=click.Choice(RIGHTS),
    default=["ingest", "mint", "stats"],
    show_default=True,
    help="What it may do; repeatable.",
)
@click.option("--description", default="", help="For people.")
@as_json
def add(name: str, rights: tuple[str, ...], description: str, as_json: bool) -> None:
    """Register source NAME and print its credential, this once."""
    checked_name(name, "NAME")
    with opened() as (settings, engine), engine.begin() as connection:
        added = add_source(connection, name, list(rights), description)
    if added is None:
        raise click.ClickException(f"there is a source {name!r} already; see source list")
    credential = credentials.derive(settings.secret_keys[0], name, added.version)
    if as_json:
        click.echo(json.dumps({"source": name, "rights": sorted(added.rights), "credential": credential}))
    else:
        click.echo(f"source {name} may: {', '.join(sorted(added.rights))}")
        click.echo(f"credential, shown this once (keep it on your server): {credential}")


@source.command("list")
@as_json
def list_(as_json: bool) -> None:
    """List the sources."""
    with opened() as (_, engine), engine.connect() as connection:
        sources = list_sources(connection)
    if as_json:
        click.echo(
            json.dumps(
                [
                    {
                        "source": one.name,
                        "version": one.version,
                        "rights": sorted(one.rights),
                        "revoked": one.revoked,
                        "description": one.description,
                    }
                    for one in sources
                ]
            )
        )
        return
    for one in sources:
        state = "revoked" if one.revoked else ", ".join(sorted(one.rights))
        click.echo(f"{one.name:<32} v{one.version:<3} {state}  {one.description}")
    if not sources:
        click.echo("no sources yet: python -m tracking source add web")


@click.group()
def token() -> None:
    """Sign tokens with a source's credential, as a backend does."""


@token.command("client")
@click.option("--source", "name", required=True, help="The source that signs.")
@click.option("--creator", required=True, help="Who will act with it.")
@click.option("--receiver", "receivers", multiple=True, help="Only on this receiver, TYPE:ID; repeatable.")
@click.option("--name", "names", multiple=True, help="Only events of this name, * matches any text; repeatable.")
@click.option("--for", "seconds", type=Duration(), default="15m", show_default=True, help="Life: 15m, 12h, 7d.")
@as_json
def client(
    name: str,
    creator: str,
    receivers: tuple[str, ...],
    names: tuple[str, ...],
    seconds: int,
    as_json: bool,
) -> None:
    """A token to write events as one creator."""
    _print(name, "client", seconds, as_json=as_json, creator=creator, receivers=list(receivers), names=list(names))


@token.command("stats")
@click.option("--source", "name", required=True, help="The source that signs.")
@click.option("--receiver", "receivers", multiple=True, help="May read this receiver, TYPE:ID; repeatable.")
@click.option("--owner", help="May read all receivers of this owner.")
@click.option("--for", "seconds", type=Duration(), default="12h", show_default=True, help="Life: 15m, 12h, 7d.")
@as_json
def stats(name: str, receivers: tuple[str, ...], owner: str | None, seconds: int, as_json: bool) -> None:
    """A token to read the counts of some receivers, or of an owner's."""
    if not receivers and not owner:
        raise click.UsageError("name what it may read: --receiver job:42, or --owner acme")
    _print(name, "stats", seconds, as_json=as_json, receivers=list(receivers), owner=owner)


def _print(name: str, kind: tokens.TokenKind, seconds: int, *, as_json: bool, **claims: object) -> None:
    settings = load()
    if seconds > settings.token_max_seconds:
        raise click.BadParameter(
            f"the longest life is TOKEN_MAX_SECONDS={settings.token_max_seconds}", param_hint="--for"
        )
    with opened() as (_, engine), engine.connect() as connection:
        known = {one.name: one for one in list_sources(connection)}
    if name not in known or known[name].revoked:
        raise click.ClickException(f"no source {name!r}; python -m tracking source add {name}")
    credential = credentials.derive(settings.secret_keys[0], name, known[name].version)
    try:
        minted = tokens.mint(
            credential, kind, seconds=seconds, **{key: None if claim == [] else claim for key, claim in claims.items()}
        )
    except ma.ValidationError as error:
        raise click.UsageError(f"no such token can be: {error.messages}") from None
    click.echo(json.dumps({"token": minted, "expires_in": seconds}) if as_json else minted)
