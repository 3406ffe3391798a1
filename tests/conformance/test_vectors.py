"""Events in, counts out, by the standard: each vector, sent in few requests and in many."""

from pathlib import Path
from typing import Any

import pytest

from tracking.conformance import vectors


@pytest.mark.parametrize("batched", [True, False], ids=["batched", "singly"])
@pytest.mark.parametrize("file", vectors.files(), ids=lambda file: file.stem)
def test_events_in_counts_out(file: Path, batched: bool, differing: Any) -> None:
    assert differing(vectors.of_file(file), batched=batched) == {}
