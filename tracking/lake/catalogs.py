"""The catalog: where a table's current metadata file is written down. A commit is one conditional update there."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pyiceberg.catalog import Catalog, MetastoreCatalog
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.catalog.sql import SqlCatalog

from tracking import db

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from tracking.settings import Settings

NAME, NAMESPACE = "footfall", "footfall"

CONNECT_SECONDS, REQUEST_SECONDS = "5", "60"
"""Of one request to S3; it is tried three times."""


class DatabaseCatalog(SqlCatalog):
    """PyIceberg's SQL catalog in schema `lake`, whose tables a migration makes.

    Its own engine would prepare statements, which the embedded engine and poolers cannot bear, and would make tables.
    """

    def __init__(self, name: str, engine: Engine, **properties: str) -> None:
        MetastoreCatalog.__init__(self, name, **properties)
        self.engine = engine.execution_options(schema_translate_map={None: "lake"})
        self._schema_version = "v1"


@contextmanager
def opened(settings: Settings) -> Iterator[Catalog]:
    """The deployment's catalog; its connections are closed at the end."""
    properties = file_properties()
    if settings.lake_catalog == "glue":
        yield GlueCatalog(NAME, **properties)
        return
    engine = db.engine(db.owner_url(settings))
    try:
        yield DatabaseCatalog(NAME, engine, **properties)
    finally:
        engine.dispose()


def file_properties() -> dict[str, Any]:
    """How files are read and written: by pyarrow, with what the usual AWS variables say of the region and endpoint.

    Keys of access are not in here: pyarrow and boto3 find them as every AWS program does, also from a machine's role.
    """
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or (endpoint and "us-east-1")
    found = {"s3.endpoint": endpoint, "client.region": region}
    return {name: value for name, value in found.items() if value} | {
        "py-io-impl": "pyiceberg.io.pyarrow.PyArrowFileIO",
        "s3.connect-timeout": CONNECT_SECONDS,
        "s3.request-timeout": REQUEST_SECONDS,
    }
