"""docs/backup.md: the folder of the embedded engine, copied while nothing runs, is a backup."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from fixtures.clusters import Page
from fixtures.database import a_folder
from tracking import db, embedded, migrations
from tracking.settings import Settings

pytestmark = pytest.mark.embedded

PAGE = Page("backup.md")


def test_a_copied_folder_is_the_same_deployment(settings: Settings) -> None:
    with a_folder() as backups, a_folder() as data:
        settings = replace(settings, data=data)
        with embedded.Engine(data):
            migrations.migrate(settings)
            sql(settings, "insert into tracking.sources (name) values ('web')")
        env = os.environ | {"FOOTFALL_DATA": str(data), "BACKUPS": str(backups)}
        PAGE.by_footfall("The embedded engine", 0, env, Path("/"))
        with embedded.Engine(data):
            sql(settings, "drop table tracking.sources cascade")
        shutil.rmtree(data)
        shutil.copytree(backups / "footfall-data", data)
        with embedded.Engine(data):
            assert sql(settings, "select name from tracking.sources") == [("web",)]
            assert migrations.missing(settings) == []


def sql(settings: Settings, statement: str) -> list[tuple]:
    with db.connect(db.owner_url(settings)) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []
