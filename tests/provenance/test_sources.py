"""Which credentials of a source are taken, by version and key, and until when; and what a token may use of it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tracking.errors import Problem
from tracking.provenance.grants import Grant
from tracking.provenance.limits import Limits
from tracking.provenance.sources import Source

UNTIL = datetime(2040, 1, 1, tzinfo=UTC)
EVER, GRACE, NEVER = float("inf"), UNTIL.timestamp(), 0.0
ROTATED = Source(
    name="web", version=3, rights=frozenset(), description="", created_at=UNTIL, revoked_at=None, origins=frozenset(),
    names=(), strict=False, rate=10, events=20, bytes=30, proof="off", key_id="new", previous_until=UNTIL,
    previous_key_id="old",
)  # fmt: skip


@pytest.mark.parametrize(
    ("version", "key", "until"),
    [
        (3, "new", EVER), (3, "old", NEVER), (3, "other", NEVER), (2, "old", GRACE), (2, "new", NEVER), (2, "other", NEVER),
        (1, "old", NEVER), (1, "new", NEVER), (4, "new", NEVER), (4, "old", NEVER), (0, "old", NEVER),
    ],
)  # fmt: skip
def test_a_credential_is_of_one_version_and_one_key(version: int, key: str, until: float) -> None:
    assert ROTATED.accepts(version, key) == until
    assert replace(ROTATED, revoked_at=UNTIL).accepts(version, key) == NEVER
    assert replace(ROTATED, previous_until=None).accepts(version, key) == (NEVER if until == GRACE else until)


def test_a_source_from_before_keys_had_names_takes_any() -> None:
    old = replace(ROTATED, key_id=None, previous_key_id=None)
    assert [old.accepts(version, "any") for version in (1, 2, 3, 4)] == [NEVER, GRACE, EVER, NEVER]


def test_a_budget_is_of_what_it_says() -> None:
    assert [ROTATED.budget(what) for what in ("requests", "events", "bytes")] == [10, 20, 30]


@pytest.mark.parametrize(("per_token", "rate", "taken"), [(600, 8, 2), (1, 8, 1), (0, 8, 2), (3, 0, 3), (600, 1, 1)])
def test_a_token_has_the_lesser_of_its_own_rate_and_its_share(per_token: int, rate: int, taken: int) -> None:
    limits = Limits(None, per_token=per_token, per_address=0)
    grant = Grant("web", "client", frozenset(), EVER, creator="alice", source=replace(ROTATED, rate=rate))
    for _ in range(taken):
        limits.spend(grant, "requests")
    with pytest.raises(Problem, match=f"More than {taken} requests a minute from this token"):
        limits.spend(grant, "requests")
