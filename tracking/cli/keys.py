"""`keys`: which of SECRET_KEYS is still needed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from tracking.cli.session import as_json, opened
from tracking.provenance import credentials
from tracking.provenance.sources import list_sources

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tracking.provenance.sources import Source


@click.command()
@as_json
def keys(as_json: bool) -> None:
    """List which of SECRET_KEYS are still in use, and by which sources.

    A source's credential belongs to the key it was issued under. The database stores only a fingerprint of that
    key. To retire a key: put a new one first, rotate each source that is listed beside the old one, wait for the
    end of the grace, and take the old one away.
    """
    with opened() as (settings, engine), engine.connect() as connection:
        sources = [one for one in list_sources(connection) if not one.revoked]
    said = in_use(settings.secret_keys, sources)
    if as_json:
        click.echo(json.dumps(said))
        return
    for key in said:
        by = ", ".join(key["sources"]) or "no source: it may go"
        click.echo(f"{key['key']:<13} {key['state']:<9} {by}")


def in_use(keys: Sequence[str], sources: Sequence[Source]) -> list[dict[str, Any]]:
    """The state and the sources of each key, newest first, and of each missing key that a source still names.

    A source without a noted key may use any of them, and is listed beside each.
    """
    now = datetime.now(UTC)
    states = {credentials.key_id(key): "signs" if place == 0 else "verifies" for place, key in enumerate(keys)}
    used: dict[str, set[str]] = {key: set() for key in states}
    for one in sources:
        for key in [one.key_id] if one.key_id else states:
            used.setdefault(key, set()).add(one.name)
        if one.previous_until and one.previous_until > now:
            for key in [one.previous_key_id] if one.previous_key_id else states:
                used.setdefault(key, set()).add(f"{one.name} (v{one.version - 1}, in its grace)")
    return [{"key": key, "state": states.get(key, "missing"), "sources": sorted(names)} for key, names in used.items()]
