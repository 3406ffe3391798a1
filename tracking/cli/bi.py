"""`bi`: who reads the schema `analytics` by SQL."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import click

from tracking.bi import logins
from tracking.bi.logins import A_LOGIN_NAME, LOGIN_NAME, Limits, Login, LoginError
from tracking.cli.bi_attributes import attribute
from tracking.cli.bi_dictionary import dictionary
from tracking.cli.durations import Duration, in_words
from tracking.cli.session import as_json, opened

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST = 600
"""Seconds: what a query reads stays on disk for as long, and `migrate` waits."""
UNASKED = (
    "the embedded engine asks for no password: whoever may open its folder is whoever they say they are, and only this "
    "machine reaches it. For a password, set DATABASE_URL to a TimescaleDB server"
)
NO_FILE_LIMIT = (
    "temporary files are not limited: only a superuser can set that. Let one run: alter role {name} set "
    "temp_file_limit = '{megabytes}MB'. On a managed service, such as Tiger Cloud, "
    "set temp_file_limit among its database parameters, or ask for that"
)


@click.group()
def bi() -> None:
    """What BI tools read: who may, which attributes, and what each column means."""


bi.add_command(attribute)
bi.add_command(dictionary)


def limited(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that limit a login."""
    for option in (
        click.option(
            "--temp-files", type=click.IntRange(1, 100_000), default=2048, show_default=True,
            help="Megabytes of temporary files that a session may have.",
        ),
        click.option(
            "--work-mem", type=click.IntRange(1, 256), default=32, show_default=True,
            help="Megabytes of memory for each sort or hash; a session may set another.",
        ),
        click.option(
            "--timeout", type=Duration(), default="30s", show_default=True, callback=is_short,
            help="How long a query or transaction may take: up to 10m.",
        ),
        click.option(
            "--connections", type=click.IntRange(1, 20), default=5, show_default=True, help="Connections at once."
        ),
    ):  # fmt: skip
        command = option(command)
    return command


def is_short(_context: click.Context, _parameter: click.Parameter, seconds: int) -> int:
    if seconds > LONGEST:
        raise click.BadParameter(f"{in_words(seconds)} is longer than {in_words(LONGEST)}")
    return seconds


def is_login(_context: click.Context, _parameter: click.Parameter, name: str) -> str:
    if not re.fullmatch(LOGIN_NAME, name):
        raise click.BadParameter(A_LOGIN_NAME)
    return name


@bi.command("grant")
@click.argument("name", callback=is_login)
@limited
@as_json
def grant(name: str, connections: int, timeout: int, work_mem: int, temp_files: int, as_json: bool) -> None:
    """Make login NAME, which reads the schema analytics and nothing else, and print its URL and password once."""
    limits = Limits(connections, timeout, work_mem, temp_files)
    with opened() as (settings, _):
        granted = _done(logins.grant, settings, name, limits)
    url = granted.url.render_as_string(hide_password=False)
    if as_json:
        click.echo(json.dumps({
            "login": name, "url": url, "password": granted.password, "connections": connections,
            "timeout_seconds": timeout, "work_mem_mb": work_mem,
            "temp_files_mb": temp_files if granted.files_limited else None,
        }))  # fmt: skip
    else:
        files = f", {temp_files} MB of temporary files" if granted.files_limited else ""
        click.echo(
            f"login {name} reads analytics: {connections} connections, {in_words(timeout)} a query, {work_mem} MB of "
            f"memory for a sort{files}"
        )
        click.echo(f"{'URL' if granted.password is None else 'URL with password, shown this once'}: {url}")
    if granted.password is None:
        click.secho(UNASKED, fg="yellow", err=True)
    if not granted.files_limited:
        click.secho(NO_FILE_LIMIT.format(name=name, megabytes=temp_files), fg="yellow", err=True)


@bi.command("revoke")
@click.argument("name", callback=is_login)
@as_json
def revoke(name: str, as_json: bool) -> None:
    """End the sessions of login NAME, and remove it."""
    with opened() as (settings, _):
        left = _done(logins.revoke, settings, name)
    for warning in left:
        click.secho(warning, fg="yellow", err=True)
    click.echo(json.dumps({"login": name, "revoked": True}) if as_json else f"login {name} is gone")


@bi.command("list")
@as_json
def list_(as_json: bool) -> None:
    """List the logins that read analytics, their limits, and their open sessions."""
    with opened() as (settings, _):
        found, unknown = logins.every(settings)
    for warning in unknown:
        click.secho(warning, fg="yellow", err=True)
    if as_json:
        click.echo(json.dumps([_described(one) for one in found]))
        return
    for one in found:
        click.echo(f"{one.name:<32} {_limits(one)}; {_sessions(one)}")
    if not found:
        click.echo("no logins yet: python -m tracking bi grant anna")


def _done(work: Callable[..., Any], *arguments: object) -> Any:
    try:
        return work(*arguments)
    except LoginError as error:
        raise click.ClickException(str(error)) from None


def _described(one: Login) -> dict[str, Any]:
    return {
        "login": one.name,
        "granted": one.seconds is not None,
        "may_log_in": one.may_log_in,
        "connections": one.connections,
        "timeout_seconds": one.seconds,
        "settings": one.settings,
        "sessions": one.sessions,
        "seen_at": one.seen_at.isoformat(timespec="seconds") if one.seen_at else None,
    }


def _limits(one: Login) -> str:
    if one.seconds is None:
        return "made by hand, not by bi grant"
    if not one.may_log_in:
        return "revoked, but its role is left: revoke it again"
    files = one.settings.get("temp_file_limit", "unlimited")
    return f"{one.connections} connections, {in_words(one.seconds)} a query, temporary files: {files}"


def _sessions(one: Login) -> str:
    if one.seen_at is None:
        return "no session is open"
    return f"{one.sessions} open, last used {one.seen_at:%Y-%m-%d %H:%M:%S %Z}"
