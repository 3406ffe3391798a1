"""A whole log comes again and again, in any order, from several clients: no count changes after the first time."""

import json
import random
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fixtures.access_log import access_log
from fixtures.cast import bearer
from fixtures.clients import Batch, in_pieces, post_patiently
from fixtures.database import KEY
from fixtures.deployment import SIZE, Place, check
from fixtures.processes import environment
from fixtures.tallies import new_events, totals
from tracking.imports.reader import Reader
from tracking.imports.weblogs import Options, form
from tracking.imports.weblogs.exclusions import REASONS
from tracking.provenance import credentials

LINES = 3_000 * SIZE


@pytest.fixture
def log(tmp_path: Path) -> Path:
    file = tmp_path / "access.log"
    file.write_text("".join(f"{line}\n" for line in access_log(LINES, seed=9)))
    return file


def events_of(log: Path) -> Batch:
    """As the import command would send them: the ids are its ids."""
    combined = form("combined", Options(included=frozenset(REASONS)))
    with Reader(str(log), combined.errors) as reader:
        return [parsed.event for parsed in combined.parse(reader) if parsed.event is not None]


def import_(place: Place, log: Path) -> Counter[str]:
    command = [
        "-m",
        "tracking",
        "import",
        str(log),
        "--format",
        "combined",
        "--include",
        "all",
        "--source",
        "web",
        "--json",
    ]
    done = subprocess.run(
        [sys.executable, *command], env=environment(place.settings), capture_output=True, text=True, check=True
    )
    return +Counter(json.loads(done.stdout)["verdicts"])


def post_all(place: Place, events: Batch, seed: int | None, largest: int) -> Counter[str]:
    """Two clients at once, each with half of it; without a seed as the log has it."""
    chance = random.Random(seed)
    events = events if seed is None else chance.sample(events, len(events))
    half = len(events) * 2 // 3 if seed == 1 else len(events) // 2
    headers = bearer(credentials.derive(KEY, "web", 1))

    def client(share: Batch) -> list[str]:
        pieces = in_pieces(share, random.Random(seed), largest)
        return [verdict for batch in pieces for verdict in post_patiently(place.server.url, batch, headers)]

    with ThreadPoolExecutor(2) as executor:
        return Counter(verdict for found in executor.map(client, (events[:half], events[half:])) for verdict in found)


@pytest.mark.parametrize("first", ["imported", "posted"])
def test_a_log_replayed_three_times_changes_no_count_after_the_first(place: Place, log: Path, first: str) -> None:
    events = events_of(log)
    verdicts = import_(place, log) if first == "imported" else post_all(place, events, None, 300)
    rejected = verdicts.pop("rejected", 0)
    assert (rejected > 0) is (first == "imported")
    assert verdicts.keys() == {"accepted", "repeat", "bot"}
    assert verdicts.total() == len(events) > 0.95 * LINES
    check(place, [one["id"] for one in events])

    counted, booked = totals(place.settings), new_events(place.settings)
    for seed, largest in ((None, 300), (1, 120), (2, 500)):
        assert post_all(place, events, seed, largest) == {"duplicate": len(events)}
        assert totals(place.settings) == counted
        assert new_events(place.settings) == booked
    assert import_(place, log).keys() <= {"duplicate", "rejected"}
    assert totals(place.settings) == counted
    assert new_events(place.settings) == booked
    check(place, [one["id"] for one in events])
