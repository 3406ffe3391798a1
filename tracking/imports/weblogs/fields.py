"""The named fields of a line of any format."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC
from typing import NamedTuple

from tracking.imports import Line
from tracking.imports.times import instant

Fields = dict[str, str]
"""The fields by name, all as text, without the missing ones: time, address, forwarded, perhaps (forwarded), request,
method, uri, query, status, size, referrer, agent."""

Read = Callable[[Line], Fields | None]
"""The fields of a line; None if it is a directive. Raises `NotInFormat`, or ValueError if it is in the format and
holds no request. It may remember earlier lines, so each file has one of its own."""

Open = Callable[[], Read]

_HEADERS = """
    true_client_ip cf_connecting_ip cf_connecting_ipv6 fastly_client_ip fly_client_ip do_connecting_ip incap_client_ip
    x_azure_clientip x_nf_client_connection_ip x_vercel_forwarded_for x_appengine_user_ip x_sucuri_clientip
    ali_cdn_real_ip cloudfront_viewer_address x_envoy_external_address
    x_original_forwarded_for x_forwarded_for forwarded x_cluster_client_ip x_client_ip x_real_ip
"""
CLIENT_HEADERS = tuple(_HEADERS.split())
"""Headers in which proxies give the client's address, in lower case, an underscore for a hyphen; first those that hold
no other address."""


class NotInFormat(ValueError):  # noqa: N818 (the name says it)
    """The line is of another format; the message says what was expected."""


class Field(NamedTuple):
    """A field's meaning, None if it is skipped; of several fields with one meaning, the lowest rank is best."""

    name: str | None
    rank: int = 0


def places(fields: Iterable[Field | None]) -> dict[str, list[int]]:
    """The places of each meaning's fields, the best first."""
    ranked = sorted((field.rank, at, field.name) for at, field in enumerate(fields) if field and field.name)
    found: dict[str, list[int]] = {}
    for _, at, name in ranked:
        found.setdefault(name, []).append(at)
    return found


def best(name: str, values: Sequence[str], at: list[int]) -> str:
    """The first value at these places, which have one meaning, that is not empty.

    Of times it is the first that is a time, since durations may have that name, too. Of forwarded values it is all.
    """
    first = values[at[0]].strip()
    if len(at) == 1:
        return first
    held = [value for place in at if (value := values[place].strip()) not in ("", "-")] or [first]
    if name == "forwarded":
        return ",".join(held)
    if name == "time" and len(held) > 1:
        return next(filter(_is_time, held), held[0])
    return held[0]


def _is_time(text: str) -> bool:
    try:
        instant(text, UTC)
    except ValueError:
        return False
    return True
