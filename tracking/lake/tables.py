"""Opens the lake's two tables: makes them at first, brings older ones to this version, refuses those of others."""

from __future__ import annotations

import re
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

import structlog
from pyiceberg.exceptions import (
    NamespaceAlreadyExistsError,
    NoSuchTableError,
    TableAlreadyExistsError,
    ValidationError,
)
from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.table import StaticTable
from sqlalchemy.exc import IntegrityError

from tracking.lake import avro, catalogs, faults, files
from tracking.lake.errors import LakeError, LostTableError
from tracking.lake.schemas import EVENTS, LEDGER, PROPERTIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table

    from tracking.lake.schemas import TableOf
    from tracking.settings import Settings

log = structlog.get_logger(__name__)

DEPLOYMENT = "footfall.deployment"
"""The property that says whose table it is."""

NEVER_WRITTEN = re.compile(r"/0+-[^/]*\Z")
"""The first metadata file of a table, which has no rows yet. A run that is killed then leaves one without a table."""

avro.install()

ADOPT = "python -m tracking lake adopt"


class Lake(NamedTuple):
    """The tables as they are at one moment; `Table.refresh()` looks again."""

    events: Table
    ledger: Table

    @property
    def names(self) -> tuple[str, str]:
        return EVENTS.name, LEDGER.name


@contextmanager
def written(settings: Settings) -> Iterator[Lake]:
    """The tables for writing. They are made if this is the first time, and get the columns that they lack.

    Raises `LakeError` for what cannot be used, here and for every fault of storage or catalog within the block.
    """
    with faults.told(settings), catalogs.opened(settings) as catalog:
        made = [_known(catalog, settings, table) or _made(catalog, settings, table) for table in (EVENTS, LEDGER)]
        yield Lake(*(_evolved(table, wanted) for table, wanted in zip(made, (EVENTS, LEDGER), strict=True)))


@contextmanager
def read(settings: Settings) -> Iterator[Lake | None]:
    """The tables for reading, by the catalog; None if nothing was ever written. Raises as `written` does."""
    with faults.told(settings), catalogs.opened(settings) as catalog:
        events, ledger = (_known(catalog, settings, table) for table in (EVENTS, LEDGER))
        for table, wanted in ((events, EVENTS), (ledger, LEDGER)):
            if table is None:
                _check_unwritten(settings, wanted)
        yield Lake(events, ledger) if events and ledger else None


@contextmanager
def found(settings: Settings) -> Iterator[Lake]:
    """The tables for reading, by their newest metadata files: without the catalog, which may be lost.

    Raises `LakeError` if there are none, and as `written` does.
    """
    with faults.told(settings):
        yield Lake(*(_newest(settings, table) for table in (EVENTS, LEDGER)))


def adopt(settings: Settings) -> list[str]:
    """Makes the tables that lie at LAKE_URL known to the catalog, which does not know them; returns their names.

    Raises `LakeError` if there are none, if they are of another deployment, and as `written` does.
    """
    adopted = []
    with found(settings) as lake, catalogs.opened(settings) as catalog:
        for table, name in zip(lake, lake.names, strict=True):
            identifier = (catalogs.NAMESPACE, name)
            if catalog.table_exists(identifier):
                known = catalog.load_table(identifier)
                if files.number(known.metadata_location) >= files.number(table.metadata_location):
                    continue
                catalog.drop_table(identifier)
            _make_namespace(catalog)
            catalog.register_table(identifier, table.metadata_location)
            adopted.append(name)
    return adopted


def url(settings: Settings) -> str:
    """LAKE_URL, without a slash at its end. Raises `LakeError` if it is not set."""
    if settings.lake_url is None:
        raise LakeError("LAKE_URL is not set: there is no lake; set it to file:///FOLDER or s3://BUCKET/PREFIX")
    return settings.lake_url.rstrip("/")


def location(settings: Settings, table: TableOf) -> str:
    return f"{url(settings)}/{table.name}"


def io() -> PyArrowFileIO:
    return PyArrowFileIO(catalogs.file_properties())


def _known(catalog: Catalog, settings: Settings, wanted: TableOf) -> Table | None:
    try:
        table = catalog.load_table((catalogs.NAMESPACE, wanted.name))
    except NoSuchTableError:
        return None
    _check_place(settings, table, wanted)
    _check_columns(table, wanted)
    newest = files.number(next(iter(files.metadata(table.location())), table.metadata_location))
    # one more may be that of a killed run; others may have written since the table was loaded
    if newest > files.number(table.refresh().metadata_location) + 1:
        raise LakeError(
            f"{table.location()} is newer than the catalog, which a backup may have brought back; if so: {ADOPT}"
        )
    return table


def _check_place(settings: Settings, table: Table, wanted: TableOf) -> None:
    _check_owner(settings, table)
    if table.location() != location(settings, wanted):
        raise LakeError(
            f"table {wanted.name} lies at {table.location()}, and not at LAKE_URL ({url(settings)}); set that"
        )


def _newest(settings: Settings, wanted: TableOf) -> Table:
    """The table of this deployment, by the newest metadata file that is whole.

    A killed run may leave half of one, and a run that another was quicker than leaves one whose files it took away.
    """
    place = location(settings, wanted)
    broken: ValidationError | None = None
    for file in files.metadata(place):
        try:
            table = StaticTable.from_metadata(file, catalogs.file_properties())
        except ValidationError as error:
            log.warning("a metadata file is damaged; the one before it is read", file=file)
            broken = error
            continue
        snapshot = table.current_snapshot()
        if snapshot is None or table.io.new_input(snapshot.manifest_list).exists():
            _check_place(settings, table, wanted)
            return table
    if broken is not None:
        raise broken
    raise LakeError(f"{place}: there is no table; see LAKE_URL")


def _check_unwritten(settings: Settings, wanted: TableOf) -> None:
    """Raises `LostTableError` if a table was written where the catalog knows of none."""
    place = location(settings, wanted)
    if any(not NEVER_WRITTEN.search(file) for file in files.metadata(place)):
        raise LostTableError(
            f"{place} holds a table that the catalog does not know; if it is this deployment's own: {ADOPT}"
        )


def _made(catalog: Catalog, settings: Settings, wanted: TableOf) -> Table:
    place = location(settings, wanted)
    _check_unwritten(settings, wanted)
    _make_namespace(catalog)
    try:
        return catalog.create_table(
            (catalogs.NAMESPACE, wanted.name),
            schema=wanted.schema,
            location=place,
            partition_spec=wanted.partitions,
            sort_order=wanted.order,
            properties=PROPERTIES | {DEPLOYMENT: settings.deployment},
        )
    except TableAlreadyExistsError:  # another process was quicker
        return catalog.load_table((catalogs.NAMESPACE, wanted.name))


def _make_namespace(catalog: Catalog) -> None:
    with suppress(NamespaceAlreadyExistsError, IntegrityError):  # another process was quicker
        catalog.create_namespace(catalogs.NAMESPACE)


def _check_owner(settings: Settings, table: Table) -> None:
    owner = table.properties.get(DEPLOYMENT)
    if owner is None:
        raise LakeError(f"{table.location()} is a table of another program; let LAKE_URL name another place")
    if owner != settings.deployment:
        raise LakeError(
            f"{table.location()} is of deployment {owner}, this one is {settings.deployment} (DEPLOYMENT); "
            "let LAKE_URL name another place"
        )


def _check_columns(table: Table, wanted: TableOf) -> None:
    columns = {name: kind for name, kind, _ in wanted.columns}
    for field in table.schema().fields:
        if field.name not in columns:
            raise LakeError(
                f"{table.location()} has a column {field.name}, which this version does not know; run the newer version"
            )
        if field.field_type != columns[field.name]:
            raise LakeError(f"{table.location()}: column {field.name} is {field.field_type}, not {columns[field.name]}")


def _evolved(table: Table, wanted: TableOf) -> Table:
    """The table with the columns that an older version did not write; in its older rows they are null."""
    lacking = [(name, kind) for name, kind, _ in wanted.columns if name not in table.schema().column_names]
    if lacking:
        with table.update_schema() as change:
            for name, kind in lacking:
                change.add_column(name, kind)
    return table
