"""Where the tests' world comes from: a real TimescaleDB, a small cast, and rules about skipping and about time."""

import faulthandler
import re
import signal
import sys
from datetime import datetime

import hypothesis
import pytest

# A world that fails is told as it was found: to make it smaller takes minutes in a database, and a deadline is a
# matter of the machine. `--hypothesis-profile=default` brings both back.
hypothesis.settings.register_profile(
    "footfall",
    deadline=None,
    print_blob=True,
    phases=set(hypothesis.Phase) - {hypothesis.Phase.shrink, hypothesis.Phase.explain},
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("footfall")

# A shell starts `make test &` with SIGINT ignored, and so would be each process that a test starts and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

pytest.register_assert_rewrite("fixtures.deployment", "fixtures.clients")
pytest_plugins = [
    "fixtures.skips",
    "fixtures.order",
    "fixtures.database",
    "fixtures.cast",
    "fixtures.jobs",
    "fixtures.logins",
    "fixtures.telling",
    "fixtures.processes",
    "fixtures.standin",
    "fixtures.standby",
    "fixtures.wire",
    "fixtures.browser",
]


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """A test has the same name in each worker, whatever the hour: no bytes that hold a time, nor a time itself."""
    moment = isinstance(val, datetime) or re.fullmatch(r"1\d{9,12}(\.\d+)?", str(val)) is not None
    return argname if moment or isinstance(val, bytes) else None


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """At its end Python waits for every thread; one that waits for ever, left by a test that failed, must not keep it."""
    faulthandler.dump_traceback_later(60, exit=True, file=sys.__stderr__)
