"""What the tests of `import` share."""

import json
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def importing(footfall: Any, tmp_path: Path) -> Any:
    """Imports these lines, and returns the verdicts and what was said beside them."""

    def run(lines: list[str] | bytes, *options: str, exits: int = 0, **more: str) -> tuple[dict[str, int], str]:
        file = tmp_path / "events"
        file.write_bytes(lines if isinstance(lines, bytes) else "".join(f"{line}\n" for line in lines).encode())
        options = options or ("--format", "ndjson")
        done = footfall("import", str(file), "--source", "archive", "--json", *options, exits=exits, **more)
        counts = json.loads(done.stdout)
        assert counts["lines"] == sum(counts["verdicts"].values()) + sum(counts["excluded"].values())
        return {verdict: count for verdict, count in counts["verdicts"].items() if count}, done.stderr

    return run
