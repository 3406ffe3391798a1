"""The registry of sources."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack

from tracking import db
from tracking.provenance import credentials
from tracking.provenance.names import NameRules
from tracking.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Engine

    from tracking.vocabulary import Unit

PROOFS = ("off", "optional", "required")

Proof = Literal["off", "optional", "required"]


class SourceOptions(TypedDict, total=False):
    """The settings of a source. One that is left out stays as it is, or takes its default."""

    rights: list[str]
    description: str
    origins: list[str]
    names: list[str]
    strict: bool
    rate: int
    events: int
    bytes: int
    proof: str


DEFAULTS = SourceOptions(
    rights=["ingest"], description="", origins=[], names=[], strict=False, rate=0, events=0, bytes=0, proof="off"
)


@dataclass(frozen=True, slots=True)
class Source:
    """An app that sends events, with its settings. `rate`, `events` and `bytes` are for a minute; 0: unlimited."""

    name: str
    version: int
    rights: frozenset[str]
    description: str
    created_at: datetime
    revoked_at: datetime | None
    origins: frozenset[str]
    names: tuple[str, ...]
    strict: bool
    rate: int
    events: int
    bytes: int
    proof: Proof
    key_id: str | None
    previous_until: datetime | None
    previous_key_id: str | None
    rules: NameRules | None = field(default=None, compare=False)

    @property
    def revoked(self) -> bool:
        return self.revoked_at is not None

    def budget(self, what: Unit) -> int:
        """The most requests, events or bytes a minute; 0: unlimited."""
        return self.rate if what == "requests" else self.events if what == "events" else self.bytes

    def accepts(self, version: int, key_id: str) -> float:
        """The time (seconds since 1970) until which a credential of this version and key works; 0: it does not."""
        if self.revoked:
            return 0.0
        if version == self.version and self.key_id in {None, key_id}:
            return float("inf")
        if version == self.version - 1 and self.previous_until and self.previous_key_id in {None, key_id}:
            return self.previous_until.timestamp()
        return 0.0

    def credential(self, keys: Sequence[str]) -> str | None:
        """The credential of its version, under the key it was issued with; None if that key is not among `keys`."""
        for key in keys:
            if self.key_id in {None, credentials.key_id(key)}:
                return credentials.derive(key, self.name, self.version)
        return None


@dataclass(frozen=True, slots=True)
class Known:
    """All sources by name, and the origins of those that are not revoked."""

    sources: dict[str, Source]
    origins: frozenset[str]


class SourceRegistry:
    """The sources as of a moment ago: a revoked one is refused everywhere within 4 seconds."""

    def __init__(self, engine: Engine, trusted: float = 0.0) -> None:
        self._engine = engine
        self.snapshot = Snapshot(self._read, trusted=trusted)

    def get(self, name: str, max_age: float | None = None) -> Source | None:
        """The source of this name, at most `max_age` seconds old; None if there is none."""
        return self.snapshot.get(max_age).sources.get(name)

    def origins(self, max_age: float | None = None) -> frozenset[str]:
        """The origins of all sources that are not revoked."""
        return self.snapshot.get(max_age).origins

    def _read(self) -> Known:
        with self._engine.connect() as connection:
            sources = list_sources(connection)
            catalogue = None
            if any(source.strict for source in sources):
                catalogue = set(db.run(connection, "catalogue_names").scalars())
        return Known(
            {source.name: replace(source, rules=_rules(source, catalogue)) for source in sources},
            frozenset(origin for source in sources if not source.revoked for origin in source.origins),
        )


def _rules(source: Source, catalogue: set[str] | None) -> NameRules | None:
    if not source.names and not source.strict:
        return None
    return NameRules(source.names, catalogue if source.strict else None)


def list_sources(connection: Connection) -> list[Source]:
    """Every source, revoked ones too, by name."""
    sources = []
    for row in db.run(connection, "sources_list"):
        sets = {"rights": frozenset(row.rights), "origins": frozenset(row.origins), "names": tuple(row.names)}
        sources.append(Source(**row._asdict() | sets))
    return sources


def find_source(connection: Connection, name: str) -> Source | None:
    """The source of this name, revoked or not; None if there is none."""
    return next((source for source in list_sources(connection) if source.name == name), None)


def add_source(connection: Connection, name: str, *, key: str, **options: Unpack[SourceOptions]) -> Source | None:
    """The new source, its credential issued under `key`; None if the name is taken."""
    parameters = {**DEFAULTS, **options, "name": name, "key_id": credentials.key_id(key)}
    return _changed(connection, "sources_add", parameters)


def set_source(connection: Connection, name: str, **options: Unpack[SourceOptions]) -> Source | None:
    """The source with the given settings changed; None if there is none, or it is revoked."""
    return _changed(connection, "sources_set", {**dict.fromkeys(DEFAULTS), **options, "name": name})


def rotate_source(connection: Connection, name: str, *, key: str, grace: int) -> Source | None:
    """The source at its next version; the one before works for `grace` seconds more. None if there is none."""
    return _changed(connection, "sources_rotate", {"name": name, "key_id": credentials.key_id(key), "grace": grace})


def revoke_source(connection: Connection, name: str) -> Source | None:
    """The source, revoked now or before; None if there is none."""
    return _changed(connection, "sources_revoke", {"name": name})


def _changed(connection: Connection, query: str, parameters: dict[str, Any]) -> Source | None:
    """The source after the change; None if the query changed none."""
    changed = db.run(connection, query, **parameters).scalar_one_or_none()
    return find_source(connection, changed) if changed else None
