"""The disk under the embedded engine fills up: nothing is acknowledged that is not stored, and it goes on with room."""

from contextlib import suppress

import pytest

from fixtures.clients import Clients
from fixtures.deployment import PATIENCE, Place, check
from fixtures.served import until
from fixtures.small_disk import SMALL_DISK, is_small


@pytest.mark.embedded
def test_a_full_disk_loses_nothing_that_was_acknowledged(
    place: Place, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_small(place.settings.data):
        pytest.skip(f"no small disk to be had: run as root, or set {SMALL_DISK}")
    monkeypatch.setattr("tracking.embedded.engine.RESTARTS_IN_A_ROW", 1)  # for want of room it is never given up
    clients, ballast = Clients(place.server.url), place.settings.data / "ballast"

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

    try:
        clients.run((0.2, fill_up), (0.2, kill), (0.2, make_room))
    finally:
        ballast.unlink(missing_ok=True)
    assert "giving up" not in caplog.text
    check(place, clients.acknowledged)
