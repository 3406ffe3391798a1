"""How a test reaches an engine, and waits for it."""

import time
from collections.abc import Callable
from pathlib import Path

from tracking.embedded import url


def dsn(data: Path, user: str = "postgres") -> str:
    return url(data, user).replace("+psycopg", "")


def until(condition: Callable[[], object], seconds: float = 15) -> None:
    """Waits for something that another process does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
