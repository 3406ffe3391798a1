"""Two servers' logs, and one log in several files: the numbers are those of the events, not of the files."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tracking.ingest.jobs import FORGET_RECENT_ACTIONS

pytestmark = pytest.mark.usefixtures("catalogue")

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=75)
AGENT = "Mozilla/5.0 (X11; Linux x86_64) Firefox/131.0"

Importing = Callable[..., dict[str, int]]


def hit(minute: float, page: str = "/two") -> str:
    moment = NOON + timedelta(minutes=minute)
    return f'198.51.100.20 - - [{moment:%d/%b/%Y:%H:%M:%S} +0000] "GET {page} HTTP/1.1" 200 10 "-" "{AGENT}"'


@pytest.fixture
def importing(footfall: Any, tmp_path: Path) -> Importing:
    """Imports lines as a file of its own and returns the verdicts that were given."""
    files = iter(range(100))

    def run(*lines: str, source: str = "shop", format_: str = "combined") -> dict[str, int]:
        file = tmp_path / f"{next(files)}.log"
        file.write_text("".join(f"{line}\n" for line in lines))
        done = footfall("import", str(file), "--format", format_, "--source", source, "--json")
        counts = json.loads(done.stdout)["verdicts"]
        return {verdict: number for verdict, number in counts.items() if number}

    return run


@pytest.fixture
def an_hour_passes(settings: Any) -> Callable[[], None]:
    return lambda: FORGET_RECENT_ACTIONS.run(settings)


def test_the_same_line_in_two_servers_logs_is_two_events(importing: Importing, sql: Any) -> None:
    for source in ("one", "two"):
        assert importing(hit(0), source=source) == {"accepted": 1}
        assert importing(hit(0), source=source) == {"duplicate": 1}
    assert sql("select source, excluded from tracking.events order by 1") == [("one", None), ("two", None)]


def test_the_same_event_without_an_id_from_two_shops_is_two_events(importing: Importing) -> None:
    line = json.dumps({"occurred_at": NOON.isoformat(), "name": "view", "receiver": "job:1", "creator": "mia"})
    for source in ("one", "two"):
        assert importing(line, source=source, format_="ndjson") == {"accepted": 1}
        assert importing(line, source=source, format_="ndjson") == {"duplicate": 1}


def test_two_lines_in_two_files_count_as_in_one_whatever_was_forgotten_between(
    importing: Importing, an_hour_passes: Callable[[], None]
) -> None:
    assert importing(hit(0), hit(10), source="whole") == {"accepted": 1, "repeat": 1}
    assert importing(hit(0), source="cut") == {"accepted": 1}
    an_hour_passes()
    assert importing(hit(10), source="cut") == {"repeat": 1}
    an_hour_passes()
    assert importing(hit(-10), source="cut") == {"repeat": 1}
    assert importing(hit(30), source="cut") == {"accepted": 1}
    an_hour_passes()
    assert importing(hit(10, "/three"), source="cut") == {"accepted": 1}


def test_files_of_what_was_compressed_meanwhile_count_the_same(
    importing: Importing, an_hour_passes: Callable[[], None], sql: Any
) -> None:
    assert importing(*[hit(minute, f"/{minute}") for minute in range(120)]) == {"accepted": 120}
    an_hour_passes()
    for (chunk,) in sql("select show_chunks('tracking.events')::text"):
        sql(f"call convert_to_columnstore('{chunk}')")
    assert importing(*[hit(minute + 5, f"/{minute}") for minute in range(120)]) == {"repeat": 120}
    assert importing(hit(35, "/0")) == {"accepted": 1}
