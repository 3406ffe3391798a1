"""What a restore must not undo: revoked or rotated sources, rights and logins that ended, messages that were stopped.

A file of them, written often, is applied after a restore. It takes away, and gives nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from tracking import db
from tracking.bi import logins
from tracking.provenance.sources import list_sources
from tracking.restoring import Unrestorable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection, Engine

    from tracking.settings import Settings

LONGEST = 10_000
"""Bytes of a line."""


class Line(msgspec.Struct, tag_field="what", forbid_unknown_fields=True):
    """A line of the file: a JSON object that says what it is."""


class Source(Line, tag="source"):
    """The credential that is valid, and what it may do."""

    name: str
    version: int
    key_id: str | None
    previous_until: datetime | None
    previous_key_id: str | None
    rights: list[str]
    revoked_at: datetime | None


class Login(Line, tag="login"):
    """A login of a BI tool that may come in."""

    name: str


class Optout(Line, tag="optout"):
    """A person who wants no more messages of a kind."""

    person: str
    kind: str
    since: datetime


class End(Line, tag="end"):
    """The last line: how many are before it, and when they were read."""

    lines: int
    at: datetime


@dataclass
class Applied:
    """What changed. `lacking`: sources of the file that are not here; `left`: what could not be done, in words."""

    at: datetime
    sources: list[str] = field(default_factory=list)
    optouts: int = 0
    logins: list[str] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def written(settings: Settings, engine: Engine) -> Iterator[bytes]:
    """The lines of the file, as everything is now."""
    at = datetime.now(UTC)
    lines = list(_lines(settings, engine))
    for line in [*lines, End(len(lines), at)]:
        yield msgspec.json.encode(line) + b"\n"


def _lines(settings: Settings, engine: Engine) -> Iterator[Line]:
    with engine.connect() as connection:
        for one in list_sources(connection):
            yield Source(one.name, one.version, one.key_id, one.previous_until, one.previous_key_id,
                         sorted(one.rights), one.revoked_at)  # fmt: skip
        for row in db.run(connection, "optouts_all"):
            yield Optout(*row)
    found, _ = logins.every(settings)
    for login in found:
        yield Login(login.name)


def read(lines: Iterable[bytes], file: str) -> tuple[list[Line], datetime]:
    """The lines of a whole file, and when it was written. Raises `Unrestorable` for any other."""
    decoder = msgspec.json.Decoder(Source | Login | Optout | End)
    found: list[Line] = []
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST:
            raise Unrestorable(f"{file}: line {number} is too long; it is no file of decisions export")
        try:
            one = decoder.decode(line)
        except (msgspec.DecodeError, UnicodeError) as error:
            raise Unrestorable(f"{file}: line {number} is none of decisions export: {error}") from None
        if isinstance(one, End):
            if one.lines != number - 1:
                break
            return found, one.at
        found.append(one)
    raise Unrestorable(f"{file} is not whole; take the one before it")


def apply(settings: Settings, engine: Engine, lines: list[Line], at: datetime) -> Applied:
    """Takes away what the file does not allow any more; a second time it changes nothing."""
    done = Applied(at)
    sources = {one.name: one for one in lines if isinstance(one, Source)}
    stopped = [one for one in lines if isinstance(one, Optout)]
    with engine.begin() as connection:
        here = {one.name for one in list_sources(connection)}
        done.lacking = sorted(sources.keys() - here)
        done.sources = [name for name in sorted(sources.keys() & here) if _narrowed(connection, sources[name])]
        columns = {name: [getattr(one, name) for one in stopped] for name in ("person", "kind", "since")}
        done.optouts = db.run(connection, "optouts_put_back", **columns).rowcount
    allowed = {one.name for one in lines if isinstance(one, Login)}
    found, _ = logins.every(settings)
    for login in found:
        if login.seconds is not None and login.name not in allowed:
            try:
                done.left += logins.revoke(settings, login.name)
                done.logins.append(login.name)
            except logins.LoginError as error:
                done.left.append(str(error))
    return done


def _narrowed(connection: Connection, one: Source) -> bool:
    return db.run(connection, "sources_narrow", **msgspec.structs.asdict(one)).rowcount > 0
