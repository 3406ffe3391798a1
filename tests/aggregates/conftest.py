"""Events that are counted and, some days later, dropped."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from fixtures.jobs import midnight
from fixtures.retention import noon


@pytest.fixture
def hundred(happened: Any, run_jobs: Any) -> datetime:
    """The day twelve days ago, in UTC, with 100 events that are counted."""
    assert happened(*[noon(12) + timedelta(seconds=n) for n in range(100)]) == {"accepted": 100}
    run_jobs()
    return midnight(12)
