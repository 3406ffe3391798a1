"""Where the tests' world comes from: a real TimescaleDB, a small cast, and rules about skipping and about time."""

import faulthandler
import sys

import pytest

pytest_plugins = ["fixtures.skips", "fixtures.database", "fixtures.cast", "fixtures.processes", "fixtures.browser"]


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """At its end Python waits for every thread; one that waits for ever, left by a test that failed, must not keep it."""
    faulthandler.dump_traceback_later(60, exit=True, file=sys.__stderr__)
