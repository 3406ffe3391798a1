"""A link stops messages to one person, and whatever differs by a byte stops nothing."""

from __future__ import annotations

import hashlib
import string
import time
from dataclasses import replace
from typing import Any

import pytest
from itsdangerous import URLSafeTimedSerializer

from fixtures.database import KEY, OLD_KEY
from fixtures.letters import item, letter
from tracking.errors import Problem
from tracking.notifications import unsubscribing
from tracking.provenance import credentials, tokens
from tracking.redaction import redacted

KEYS = (KEY, OLD_KEY)
BOB = "creator:bob"
TOKEN = unsubscribing.token(KEYS, "footfall", BOB, ["daily"])
YEAR = unsubscribing.LIFE_SECONDS


def refused(text: str, keys: tuple[str, ...] = KEYS, deployment: str = "footfall") -> str:
    with pytest.raises(Problem) as problem:
        unsubscribing.read(text, keys, deployment)
    assert problem.value.status == 401
    return problem.value.kind


def signed(claims: Any, at: float | None = None) -> str:
    """A token of any claims, signed by a key of the deployment."""

    class Signer(URLSafeTimedSerializer.default_signer):
        def get_timestamp(self) -> int:
            return int(time.time() if at is None else at)

    serializer = URLSafeTimedSerializer(
        KEY,
        salt=unsubscribing.SALT,
        signer=Signer,
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )
    return f"fu_{serializer.dumps(claims)}"


def claims(**more: Any) -> dict[str, Any]:
    return {"aud": "footfall", "person": BOB, "kinds": ["daily"]} | more


def test_a_token_names_a_person_and_kinds() -> None:
    token = unsubscribing.token(KEYS, "footfall", BOB, {"weekly", "daily"})
    assert unsubscribing.read(token, KEYS, "footfall") == (BOB, ("daily", "weekly"))


def test_the_link_of_a_letter_stops_the_kinds_in_it(settings: Any) -> None:
    of_two = letter(item(), item(kind="milestone", value=None, threshold=100), person=BOB)
    link = unsubscribing.link(replace(settings, public_url="https://footfall.example"), of_two)
    address, _, token = link.partition("?token=")
    assert address == "https://footfall.example/v1/unsubscribe"
    choice = unsubscribing.read(token, settings.secret_keys, settings.deployment)
    assert choice == (BOB, ("daily", "milestone"))


def test_the_first_key_signs_and_each_verifies() -> None:
    assert unsubscribing.read(unsubscribing.token((OLD_KEY,), "footfall", BOB, ["daily"]), KEYS, "footfall")
    assert refused(TOKEN, (OLD_KEY,)) == "link-invalid"


@pytest.mark.parametrize("position", range(len(TOKEN)))
def test_a_token_changed_at_any_position_is_refused(position: int) -> None:
    for other in "A9-":
        if other != TOKEN[position]:
            assert refused(TOKEN[:position] + other + TOKEN[position + 1 :]) in {"link-broken", "link-invalid"}


def test_a_token_has_one_spelling() -> None:
    for last in string.ascii_letters + string.digits + "-_=.":
        if last != TOKEN[-1]:
            assert refused(TOKEN[:-1] + last)


@pytest.mark.parametrize("length", [*range(0, len(TOKEN), 7), len(TOKEN) - 1])
def test_a_token_cut_short_is_refused(length: int) -> None:
    assert refused(TOKEN[:length]) in {"link-broken", "link-invalid"}


@pytest.mark.parametrize(
    "text",
    [" ", f" {TOKEN}", f"{TOKEN}\n", f"{TOKEN} {TOKEN}", TOKEN.removeprefix("fu_"), "ü" * 50, f"fu_{'A' * 5000}", "\0"],
)
def test_what_is_no_token_is_broken(text: str) -> None:
    assert refused(text) == "link-broken"


def test_a_token_for_another_deployment_is_refused() -> None:
    assert refused(TOKEN, deployment="staging") == "link-wrong-deployment"


def test_a_token_lives_for_a_year() -> None:
    assert unsubscribing.read(signed(claims(), time.time() - YEAR + 60), KEYS, "footfall").person == BOB
    assert refused(signed(claims(), time.time() - YEAR)) == "link-expired"


def test_a_clock_that_was_set_back_breaks_no_link() -> None:
    assert unsubscribing.read(signed(claims(), time.time() + 3600), KEYS, "footfall").person == BOB


@pytest.mark.parametrize(
    "wrong",
    [
        [], None, "creator:bob", {}, claims(more=1), claims(person="bob"), claims(person=7), claims(person="creator:"),
        claims(person="creator:a\0"), claims(person=f"creator:{'x' * 201}"), claims(kinds=[]), claims(kinds="daily"),
        claims(kinds=["hourly"]), claims(kinds=["daily"] * 5), claims(aud=None), claims(aud=""),
        claims(**{f"c{n}": n for n in range(300)}),
    ],
)  # fmt: skip
def test_claims_that_make_no_sense_are_refused_although_they_are_signed(wrong: Any) -> None:
    assert refused(signed(wrong)) == "link-broken"


@pytest.mark.parametrize("at", [2**63, 10**18])
def test_a_time_that_no_calendar_has_is_refused(at: int) -> None:
    assert refused(signed(claims(), at)) == "link-broken"


def test_no_other_token_stops_messages(web: str) -> None:
    client = tokens.mint(web, "client", seconds=900, creator="bob")
    for other in (web, client, f"fu_{client.split('_', 3)[3]}"):
        assert refused(other) in {"link-broken", "link-invalid"}
    assert credentials.verify(TOKEN, KEYS) is None
    with pytest.raises(Problem):
        tokens.verify(TOKEN, KEYS, max_seconds=900)


def test_the_longest_id_of_a_person_fits() -> None:
    person = "creator:" + "".join(chr(0x1F300 + 37 * n % 1000) for n in range(200))
    token = unsubscribing.token(KEYS, "d" * 64, person, ["daily", "weekly", "milestone"])
    assert unsubscribing.read(token, KEYS, "d" * 64).person == person


@pytest.mark.parametrize("around", ["{}", "https://footfall.example/v1/unsubscribe?token={}", "x{}", "Failed: {}."])
def test_a_token_is_taken_out_of_any_text_of_the_log(around: str) -> None:
    said = redacted(around.format(TOKEN))
    assert not [at for at in range(len(TOKEN) - 11) if TOKEN[at : at + 12] in said]
