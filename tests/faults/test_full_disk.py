"""The disk under the embedded engine fills up: nothing is acknowledged that is not stored, and it goes on with room."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from fixtures.clients import Clients
from fixtures.database import a_folder
from fixtures.deployment import PATIENCE, Place, a_place, check
from fixtures.served import until

SMALL_DISK = "FOOTFALL_SMALL_DISK"
"""An empty folder that is a file system of 200 MB to 1 GB, where these tests may not mount one: `docker run --tmpfs`."""
MEGABYTES = 300


@pytest.fixture
def small_disk() -> Iterator[Path]:
    if given := os.environ.get(SMALL_DISK):
        folder = Path(given)
        assert 200 << 20 <= shutil.disk_usage(folder).total <= 1 << 30
        yield folder
        return
    with a_folder() as folder:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m,mode=700", "footfall-test", str(folder)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if mounted.returncode:
            pytest.skip(f"no small disk: {mounted.stderr.strip()}; run as root, or set {SMALL_DISK}")
        try:
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def place(small_disk: Path, tmp_path: Path) -> Iterator[Place]:
    with a_place(tmp_path / "log", small_disk / "data") as place:
        yield place


@pytest.mark.embedded
def test_a_full_disk_loses_nothing_that_was_acknowledged(
    place: Place, small_disk: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracking.embedded.engine.RESTARTS_IN_A_ROW", 1)  # for want of room it is never given up
    clients, ballast = Clients(place.server.url), small_disk / "ballast"

    def fill_up() -> None:
        with suppress(OSError), ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(1 << 16))
        assert clients.wait(lambda: clients.said["/problems/disk-full"] >= 20), clients.said

    def kill() -> None:
        """Recovery, too, has to write."""
        place.kill_engine()
        until(lambda: "is full" in caplog.text, PATIENCE)
        assert clients.wait(lambda: clients.said["/problems/database-unavailable"] >= 5), clients.said

    def make_room() -> None:
        ballast.unlink()
        place.revived()

    clients.run((0.2, fill_up), (0.2, kill), (0.2, make_room))
    assert "giving up" not in caplog.text
    check(place, clients.acknowledged)
