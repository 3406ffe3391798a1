"""`import --format parquet` puts back what was written out: the same rows, counts and ledger."""

from __future__ import annotations

import json
from typing import Any

STORED = {"accepted", "repeat", "bot", "own"}


def without_rows(ledger: list[tuple]) -> list[tuple]:
    """The lines of verdicts that leave no row."""
    return [line for line in ledger if line[2] not in STORED]


def test_an_emptied_deployment_is_as_it_was(
    world: None, write_out: Any, held: Any, emptied: Any, footfall: Any
) -> None:
    before, file = held(), write_out()
    assert {line[2] for line in before["ledger"]} == STORED | {"duplicate", "conflict", "rejected"}
    assert len(before["event_counts_daily"]) > 100
    emptied()
    done = json.loads(footfall("import", str(file), "--format", "parquet", "--json").stdout)
    assert done == {"restored": len(before["events"]), "there": 0, "left_out": 0}
    after = held()
    gone = without_rows(before["ledger"])
    assert len(gone) > 20
    assert after == before | {"ledger": [line for line in before["ledger"] if line not in gone]}
    assert json.loads(footfall("ledger", "--json", "--since", "1h").stdout)["balances"]
