"""The export as Superset imports it: its YAML files in a zip, with the database's address where the placeholder is."""

from __future__ import annotations

import io
import json
import secrets
import zipfile
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from deploy.superset.installing import HERE
from deploy.superset.told import SupersetError

EXPORT = HERE / "export"
DATABASE = "databases/Footfall.yaml"
PLACEHOLDER = "postgresql+psycopg2://LOGIN:XXXXXXXXXX@HOST:5432/footfall"
MASK = "XXXXXXXXXX"
"""What Superset's own exports have in the place of a password."""


class Address(NamedTuple):
    """Where Footfall's database is, and as whom Superset asks it."""

    url: str
    """As Superset writes it: with its driver, and with a mask for the password."""
    password: str | None

    @property
    def whole(self) -> str:
        return (
            self.url
            if self.password is None
            else self.url.replace(f":{MASK}@", f":{quote(self.password, safe='')}@", 1)
        )


def address(url: str) -> Address:
    """The address in a URL as `python -m tracking bi grant` prints it. Raises `SupersetError`."""
    try:
        parts = urlsplit(url.strip())
        fine = parts.scheme.partition("+")[0] in {"postgresql", "postgres"} and parts.username and parts.port != 0
    except ValueError:  # a port that is no number
        fine = False
    if not fine:
        raise SupersetError(
            "the database's URL must be postgresql://LOGIN:PASSWORD@HOST:PORT/NAME, as `bi grant` printed it"
        )
    login, _, where = parts.netloc.rpartition("@")
    password = None if parts.password is None else unquote(parts.password)
    shown = login.partition(":")[0] + ("" if password is None else f":{MASK}")
    return Address(urlunsplit(("postgresql+psycopg2", f"{shown}@{where}", parts.path, parts.query, "")), password)


def zipped(database: Address) -> bytes:
    """The zip file that Superset imports. Raises `SupersetError` if the export does not have the placeholder."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bundle:
        for path in sorted(EXPORT.rglob("*.yaml")):
            name = path.relative_to(EXPORT).as_posix()
            text = path.read_text()
            if name == DATABASE:
                if PLACEHOLDER not in text:
                    raise SupersetError(f"{path} does not have {PLACEHOLDER}: put it back in the place of the address")
                text = text.replace(PLACEHOLDER, database.url)
            bundle.writestr(f"footfall/{name}", text)
    return packed.getvalue()


def form(database: Address) -> tuple[bytes, str]:
    """The body of an import (RFC 7578) and its content type."""
    boundary = secrets.token_hex(16)
    passwords = {} if database.password is None else {DATABASE: database.password}
    fields = {"passwords": json.dumps(passwords), "overwrite": "true"}
    body = b"".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    )
    body += (
        f'--{boundary}\r\nContent-Disposition: form-data; name="formData"; filename="footfall.zip"\r\n'
        "Content-Type: application/zip\r\n\r\n"
    ).encode()
    body += zipped(database) + f"\r\n--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"
