"""The forms in which events come out, and the choice among them."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, NamedTuple, Protocol

from tracking.errors import Problem
from tracking.exports.ndjson import Lines
from tracking.exports.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from werkzeug.datastructures import MIMEAccept

    from tracking.exports.arrivals import Row
    from tracking.exports.queries import Format
    from tracking.exports.reading import Page

PIECE = 65_536
"""Bytes that are sent at once: a client has seconds for each, so a slow one is noticed soon."""
INSTALL = "Parquet needs pyarrow, which is not installed here: pip install -r tracking/lake/requirements.txt"


class Writer(Protocol):
    def rows(self, rows: list[Row], /) -> bytes: ...

    def end(self) -> bytes: ...


class Form(NamedTuple):
    name: Format
    media: str
    header: str
    """The whole of Content-Type."""
    write: Callable[[bool], Writer]
    """Takes whether CSV begins with a byte order mark."""


def _parquet(_bom: bool) -> Writer:
    from tracking.exports.parquet import Parquet  # noqa: PLC0415 - pyarrow is large, and need not be there

    return Parquet()


NDJSON = Form("ndjson", "application/x-ndjson", "application/x-ndjson", lambda _: Lines())
CSV = Form("csv", "text/csv", "text/csv; charset=utf-8; header=present", lambda bom: Table(bom=bom))
PARQUET = Form("parquet", PARQUET_MEDIA := "application/vnd.apache.parquet", PARQUET_MEDIA, _parquet)
FORMS: dict[str, Form] = {form.name: form for form in (NDJSON, CSV, PARQUET)}


def has_parquet() -> bool:
    """Whether Parquet can be written here."""
    return importlib.util.find_spec("pyarrow") is not None


def chosen(accept: MIMEAccept, name: str | None) -> Form:
    """The form that is named; else the one that the header Accept likes most (RFC 9110, section 12.5.1).

    Raises `Problem` 406 where there is none.
    """
    liked = [(_quality(accept, form.media), form) for form in FORMS.values()]
    if name is not None:
        liked = [(1.0, FORMS[name])]
    can = [(quality, form) for quality, form in liked if quality > 0 and (form is not PARQUET or has_parquet())]
    if not can:
        only_parquet = any(quality > 0 for quality, _ in liked)
        medias = ", ".join(form.media for form in FORMS.values())
        raise Problem(406, "not-acceptable", INSTALL if only_parquet else f"Events come as one of: {medias}.")
    return max(can, key=lambda each: each[0])[1]


def _quality(accept: MIMEAccept, media: str) -> float:
    """How much it is liked: what the header says of it most precisely. Parameters, as a charset, do not matter."""
    if not accept:
        return 1.0
    for wanted in (media, f"{media.partition('/')[0]}/*", "*/*"):
        if found := [quality for said, quality in accept if said.partition(";")[0].strip().lower() == wanted]:
            return max(found)
    return 0.0


def pieces(writer: Writer, pages: Iterable[Page]) -> Iterator[bytes]:
    """The whole answer in pieces, none of them empty."""
    for page in pages:
        yield from _cut(writer.rows(page.rows)) if page.rows else ()
    yield from _cut(writer.end())


def _cut(octets: bytes) -> Iterator[bytes]:
    for start in range(0, len(octets), PIECE):
        yield octets[start : start + PIECE]
