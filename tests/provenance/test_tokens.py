"""A token proves who may do what, for a while; whatever differs by a byte proves nothing."""

import hashlib
import string
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from itsdangerous import URLSafeTimedSerializer

from fixtures.cast import ALICE
from fixtures.database import KEY, OLD_KEY
from tracking.errors import Problem
from tracking.provenance import credentials, tokens
from tracking.provenance.grants import Grant

WEB = credentials.derive(KEY, "web", 1)
IOS = credentials.derive(KEY, "ios", 1)
CLIENT = tokens.mint(WEB, "client", seconds=900, creator=ALICE)
DAY = 86_400


def verify(text: str, keys: tuple[str, ...] = (KEY, OLD_KEY), max_seconds: int = DAY) -> Grant:
    return tokens.verify(text, keys, max_seconds=max_seconds)[1]


def refused(text: str, keys: tuple[str, ...] = (KEY, OLD_KEY), max_seconds: int = DAY) -> str:
    """The kind of the problem, which must be a 401."""
    with pytest.raises(Problem) as problem:
        verify(text, keys, max_seconds)
    assert problem.value.status == 401
    return problem.value.kind


def signed(claims: Any, *, kind: str = "client", credential: str = WEB, at: float | None = None) -> str:
    """A token of any claims, signed as a backend in another language would."""

    class Signer(URLSafeTimedSerializer.default_signer):
        def get_timestamp(self) -> int:
            return int(time.time() if at is None else at)

    serializer = URLSafeTimedSerializer(
        credential,
        salt=f"footfall {kind} token",
        signer=Signer,
        serializer_kwargs={"ensure_ascii": True},  # so that half a surrogate pair can be written, as JavaScript does
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )
    return f"f{kind[0]}_web_1_{serializer.dumps(claims)}"


def claims(**more: Any) -> dict[str, Any]:
    return {"aud": tokens.AUDIENCE, "exp": int(time.time()) + 900, "jti": "j1", "creator": ALICE} | more


def test_a_client_token_grants_writing_as_one_creator() -> None:
    grant = verify(tokens.mint(WEB, "client", seconds=900, creator=ALICE, receivers=["job:42"], names=["view", "cl*"]))
    assert (grant.source_name, grant.kind, grant.creator) == ("web", "client", ALICE)
    assert (grant.receivers, grant.names) == (frozenset({"job:42"}), ("view", "cl*"))
    assert grant.rights == {"ingest"}
    assert grant.expires_at == pytest.approx(time.time() + 900, abs=5)


def test_a_live_token_grants_watching_and_nothing_else() -> None:
    grant = verify(tokens.mint(WEB, "live", seconds=900))
    assert (grant.rights, grant.owner, grant.creator, grant.receivers) == ({"live"}, None, None, None)
    assert refused(signed(claims(), kind="live")) == "token-malformed", "it takes no claims of its own"


def test_a_stats_token_grants_reading_and_nothing_else() -> None:
    grant = verify(tokens.mint(WEB, "stats", seconds=900, owner="acme"))
    assert (grant.rights, grant.owner, grant.creator) == ({"stats"}, "acme", None)


@pytest.mark.parametrize("position", range(len(CLIENT)))
def test_a_token_changed_at_any_position_is_refused(position: int) -> None:
    for other in "A9-":
        if other != CLIENT[position]:
            assert refused(CLIENT[:position] + other + CLIENT[position + 1 :])


@pytest.mark.parametrize("length", [*range(0, len(CLIENT), 7), len(CLIENT) - 1])
def test_a_token_cut_short_is_refused(length: int) -> None:
    assert refused(CLIENT[:length]) in {"token-malformed", "token-invalid"}


def test_the_last_character_has_no_spare_bits_to_play_with() -> None:
    """base64 of 32 bytes leaves two bits unused: a token has one spelling only."""
    alphabet = string.ascii_letters + string.digits + "-_"
    for other in alphabet.replace(CLIENT[-1], ""):
        assert refused(CLIENT[:-1] + other) in {"token-malformed", "token-invalid"}


@pytest.mark.parametrize(
    "text",
    [
        "", "fc_", "fc_web_1_", "nonsense", "fk_web_1_x", "fx" + CLIENT[2:], CLIENT + " ", CLIENT + "\n", "\n" + CLIENT,
        "fc_web_1_" + "A" * 5000, CLIENT + "A" * 5000, CLIENT.replace("web", "WEB"), CLIENT.replace("_1_", "_0_"),
        "fc_web_1_é", "fc_web_1_\0", "fc_web_1_\ud800", "fc_web_99999999999_x.y.z",
    ],
)  # fmt: skip
def test_what_is_no_token_is_called_malformed(text: str) -> None:
    assert refused(text) == "token-malformed"


@pytest.mark.parametrize("text", ["...A", ".A", "a.b.c", ".a.A", "A" * 4000, ".eJw.aSQ.c2lA", "e30.aSQ.c2lA"])
def test_what_has_the_form_of_a_token_but_no_signature_is_called_invalid(text: str) -> None:
    assert refused(f"fc_web_1_{text}") == "token-invalid"


def test_a_token_of_one_kind_does_not_verify_as_the_other() -> None:
    assert refused("fs" + CLIENT[2:]) == "token-invalid"


def test_a_token_does_not_verify_for_another_source_or_version() -> None:
    assert refused(CLIENT.replace("fc_web_", "fc_ios_")) == "token-invalid"
    assert refused(CLIENT.replace("_1_", "_2_", 1)) == "token-invalid"


def test_a_token_signed_with_another_key_is_refused() -> None:
    foreign = credentials.derive("somebody else's key, also of 32 bytes", "web", 1)
    assert refused(tokens.mint(foreign, "client", seconds=900, creator=ALICE)) == "token-invalid"


def test_a_token_under_the_older_key_still_verifies() -> None:
    older = tokens.mint(credentials.derive(OLD_KEY, "web", 1), "client", seconds=900, creator=ALICE)
    assert verify(older).creator == ALICE
    assert refused(older, keys=(KEY,)) == "token-invalid"


def test_an_expired_token_is_refused() -> None:
    assert refused(tokens.mint(WEB, "client", seconds=0, creator=ALICE)) == "token-expired"
    assert refused(signed(claims(exp=-1))) == "token-expired"


def test_a_token_lives_no_longer_than_the_platform_allows() -> None:
    """Whatever it says itself: a leaked one must not live for years."""
    forever = signed(claims(exp=10**12), at=time.time() - 3600)
    assert verify(forever, max_seconds=3700).expires_at == pytest.approx(time.time() + 100, abs=5)
    assert refused(forever, max_seconds=3500) == "token-expired"


def test_a_token_from_the_future_is_refused_beyond_a_minute_of_skew() -> None:
    assert verify(signed(claims(), at=time.time() + 30))
    assert refused(signed(claims(exp=10**12), at=time.time() + 300)) == "token-not-yet-valid"


@pytest.mark.parametrize(
    "said",
    [
        [],
        None,
        "x",
        7,
        {},
        {"aud": tokens.AUDIENCE, "exp": 10**12, "jti": "j"},
        claims(jti=None),
        claims(jti=""),
        claims(jti="j" * 65),
        claims(exp="tomorrow"),
        claims(exp=1e400),
        claims(exp=1.5),
        claims(exp=True),
        claims(admin=True),
        claims(receiver="job:42"),
        claims(owner="acme"),
        claims(creator=""),
        claims(creator="x" * 201),
        claims(creator=7),
        claims(creator=None),
        claims(creator="user\0alice"),
        claims(creator="user\ud800"),
        claims(creator="user\nalice"),
        claims(receivers=[]),
        claims(receivers="job:42"),
        claims(receivers=["job:42"] * 201),
        claims(receivers=["job:4\0"]),
        claims(receivers=["nonsense"]),
        claims(names=[]),
        claims(names=[""]),
        claims(names=[7]),
    ],
)
def test_claims_that_are_not_valid_are_refused(said: Any) -> None:
    """An unknown claim too: it may be a restriction that would silently not hold."""
    assert refused(signed(said)) == "token-malformed"


@pytest.mark.parametrize(
    "said",
    [
        {"aud": tokens.AUDIENCE, "exp": 10**12, "jti": "j"},
        claims(owner="acme"),
        {"aud": tokens.AUDIENCE, "exp": 10**12, "jti": "j", "owner": "acme", "names": ["view"]},
        {"aud": tokens.AUDIENCE, "exp": 10**12, "jti": "j", "owner": ""},
        {"aud": tokens.AUDIENCE, "exp": 10**12, "jti": "j", "owner": "ac\0me"},
        {"aud": tokens.AUDIENCE, "exp": 10**12, "jti": "j", "receivers": []},
        {"aud": tokens.AUDIENCE, "exp": 10**12, "jti": "j", "receivers": ["job:\0"]},
    ],
)
def test_stats_claims_that_are_not_valid_are_refused(said: Any) -> None:
    assert refused(signed(said, kind="stats")) == "token-malformed"


def test_a_foreign_signer_that_follows_the_format_is_believed() -> None:
    soon = datetime.now(UTC) + timedelta(minutes=5)
    grant = verify(signed(claims(exp=int(soon.timestamp()))))
    assert grant.creator == ALICE
    assert grant.expires_at == int(soon.timestamp())


def test_two_tokens_minted_alike_differ() -> None:
    assert tokens.mint(IOS, "client", seconds=9, creator="a") != tokens.mint(IOS, "client", seconds=9, creator="a")


def test_a_token_for_another_deployment_is_refused_though_the_keys_are_equal() -> None:
    staging = tokens.mint(WEB, "client", seconds=900, audience="staging", creator=ALICE)
    assert refused(staging) == "token-wrong-audience"
    assert tokens.verify(staging, (KEY,), max_seconds=DAY, audience="staging").grant.creator == ALICE
    assert refused(signed({"exp": 10**12, "jti": "j", "creator": ALICE})) == "token-malformed"


def test_a_token_may_say_from_when_on_it_is_valid() -> None:
    now = int(time.time())
    assert verify(signed(claims(nbf=now + 30)))
    assert refused(signed(claims(nbf=now + 300))) == "token-not-yet-valid"
    assert refused(signed(claims(nbf="now"))) == "token-malformed"


def test_a_token_from_the_future_is_refused_whatever_it_says_of_its_beginning() -> None:
    now = int(time.time())
    assert refused(signed(claims(nbf=now - 60), at=now + 3_600)) == "token-not-yet-valid"
    assert refused(signed(claims(nbf=now + 3_600), at=now)) == "token-not-yet-valid"
    assert verify(signed(claims(nbf=now - 60), at=now)).creator == ALICE
