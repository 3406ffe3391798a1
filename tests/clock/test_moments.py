"""The parts that see a clock, at moments at which clocks and calendars are odd: the tests, the API and the engine alike."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from fixtures.processes import OURS, ROOT

SEE_A_CLOCK = "tests/clock/test_days.py"
SHOWN = "tests/web/test_dashboard.py::test_what_is_shown_is_what_the_api_says"
DAYS = ["tests/stats/test_final_until.py", "tests/cli/test_ledger.py"]
MOMENTS = {
    "New Year's Eve, a Sunday, two to midnight": ("2028-12-31 23:58:00", []),
    "New Year, a Monday, two past midnight": ("2029-01-01 00:02:00", [SHOWN]),
    "clocks go forward in Berlin": ("2027-03-28 00:59:50", []),
    "clocks go back in Berlin": ("2027-10-31 00:59:50", DAYS),
}


@pytest.mark.timeout(600)  # an engine and a run of its own
@pytest.mark.embedded  # a server has a clock of its own
@pytest.mark.parametrize("moment", MOMENTS)
def test_it_is_all_the_same_when_it_runs(moment: str) -> None:
    if not shutil.which("cc"):
        pytest.skip("no C compiler here, which tests/at needs: apt-get install gcc libc6-dev")
    when, more = MOMENTS[moment]
    done = subprocess.run(
        [
            "tests/at",
            f"{when} UTC",
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            SEE_A_CLOCK,
            *more,
        ],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name not in OURS},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
