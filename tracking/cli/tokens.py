"""`token`: signs tokens with a source's credential, as a backend does for its users."""

from __future__ import annotations

import json

import click
import marshmallow as ma

from tracking.cli.durations import Duration, in_words
from tracking.cli.session import as_json, opened
from tracking.environment import load
from tracking.ingest.pixel import PATH
from tracking.provenance import tokens
from tracking.provenance.sources import find_source

LIFE = "How long it works: 15m, 12h. At most TOKEN_MAX_SECONDS, a day unless it is set."


@click.group()
def token() -> None:
    """Sign tokens with a source's credential, as a backend does."""


@token.command("client")
@click.option("--source", "name", required=True, help="The source that signs.")
@click.option("--creator", required=True, help="The creator who will use it.")
@click.option("--receiver", "receivers", multiple=True, help="Only on this receiver, TYPE:ID; repeatable.")
@click.option("--name", "names", multiple=True, help="Only events of this name, * matches any text; repeatable.")
@click.option("--for", "seconds", type=Duration(), default="15m", show_default=True, help=LIFE)
@as_json
def client(
    name: str,
    creator: str,
    receivers: tuple[str, ...],
    names: tuple[str, ...],
    seconds: int,
    as_json: bool,
) -> None:
    """Sign a token to write events as one creator."""
    _print(name, "client", seconds, as_json=as_json, creator=creator, receivers=list(receivers), names=list(names))


@token.command("stats")
@click.option("--source", "name", required=True, help="The source that signs.")
@click.option("--receiver", "receivers", multiple=True, help="May read this receiver, TYPE:ID; repeatable.")
@click.option("--owner", help="May read all receivers of this owner.")
@click.option("--for", "seconds", type=Duration(), default="12h", show_default=True, help=LIFE)
@as_json
def stats(name: str, receivers: tuple[str, ...], owner: str | None, seconds: int, as_json: bool) -> None:
    """Sign a token to read the counts of some receivers, or of all receivers of an owner."""
    if not receivers and not owner:
        raise click.UsageError("name what it may read: --receiver job:42, or --owner acme")
    _print(name, "stats", seconds, as_json=as_json, receivers=list(receivers), owner=owner)


@token.command("live")
@click.option("--source", "name", required=True, help="The source that signs.")
@click.option("--for", "seconds", type=Duration(), default="12h", show_default=True, help=LIFE)
@as_json
def live(name: str, seconds: int, as_json: bool) -> None:
    """Sign a token to watch the events of all sources as they arrive, on the page /live."""
    _print(name, "live", seconds, as_json=as_json)


@click.command()
@click.option("--source", "name", required=True, help="The source that signs.")
@click.option("--creator", required=True, help="To whom the mail goes.")
@click.option("--receiver", required=True, help="What is opened, TYPE:ID, as mail:autumn.")
@click.option("--name", "what", default="view", show_default=True, help="The name of the events.")
@click.option("--for", "seconds", type=Duration(), default="365d", show_default=True, help="How long it works.")
@as_json
def pixel(name: str, creator: str, receiver: str, what: str, seconds: int, as_json: bool) -> None:
    """Print the address of a picture that writes an event each time it is fetched, for mails (docs/pixel.md)."""
    minted = _minted(name, "pixel", seconds, creator=creator, receivers=[receiver], names=[what])
    settings = load()
    address = f"{settings.public_url or f'http://{settings.host}:{settings.port}'}{PATH}?token={minted}"
    click.echo(json.dumps({"url": address, "expires_in": seconds}) if as_json else address)


def _print(name: str, kind: tokens.TokenKind, seconds: int, *, as_json: bool, **claims: object) -> None:
    minted = _minted(name, kind, seconds, **claims)
    click.echo(json.dumps({"token": minted, "expires_in": seconds}) if as_json else minted)


def _minted(name: str, kind: tokens.TokenKind, seconds: int, **claims: object) -> str:
    settings = load()
    longest = tokens.longest(kind, settings.token_max_seconds)
    if seconds > longest:
        by = "" if kind == "pixel" else f" (TOKEN_MAX_SECONDS={longest})"
        raise click.BadParameter(
            f"a token works for {in_words(longest)} at most{by}, not for {in_words(seconds)}", param_hint="--for"
        )
    with opened() as (_, engine), engine.connect() as connection:
        source = find_source(connection, name)
    if source is None or source.revoked:
        raise click.ClickException(f"no source {name!r}; python -m tracking source add {name}")
    if lacking := {"mint", tokens.RIGHT[kind]} - source.rights:
        rights = " ".join(f"--right {right}" for right in sorted(source.rights | lacking))
        raise click.ClickException(
            f"source {name} lacks the right {' and '.join(sorted(lacking))}, so its token would be refused; "
            f"python -m tracking source set {name} {rights}"
        )
    credential = source.credential(settings.secret_keys)
    if credential is None:
        raise click.ClickException(
            f"the key of {name} is not among SECRET_KEYS; python -m tracking source rotate {name}"
        )
    given = {key: None if claim == [] else claim for key, claim in claims.items()}
    try:
        return tokens.mint(credential, kind, seconds=seconds, audience=settings.deployment, **given)
    except ma.ValidationError as error:
        raise click.UsageError(f"this token cannot be minted: {tokens.said(error)}") from None
