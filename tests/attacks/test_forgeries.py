"""Tokens and credentials that were never given: each is refused, by its own name."""

import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from itsdangerous import URLSafeSerializer, URLSafeTimedSerializer

from fixtures.cast import ALICE
from fixtures.database import KEY, OLD_KEY
from tracking.provenance import credentials, tokens

WEB = credentials.derive(KEY, "web", 1)


def b64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def claims(**more: Any) -> dict[str, Any]:
    return {"aud": "footfall", "exp": int(time.time()) + 900, "jti": "j", "creator": ALICE} | more


def signed(
    credential: str = WEB, *, salt: str = "footfall client token", derivation: str = "hmac",
    digest: Any = hashlib.sha256, prefix: str = "fc_web_1", **more: Any,
) -> str:  # fmt: skip
    serializer = URLSafeTimedSerializer(
        credential, salt=salt, signer_kwargs={"key_derivation": derivation, "digest_method": digest}
    )
    return f"{prefix}_{serializer.dumps(claims(**more))}"


def jwt(alg: str, key: bytes) -> str:
    parts = f"{b64(json.dumps({'alg': alg, 'typ': 'JWT'}).encode())}.{b64(json.dumps(claims()).encode())}"
    return f"{parts}.{b64(hmac.digest(key, parts.encode(), hashlib.sha256)) if key else ''}"


def swapped() -> str:
    """Alice's signature under Mallory's claims."""
    mine, hers = (tokens.mint(WEB, "client", seconds=900, creator=name) for name in ("mallory", ALICE))
    return f"{mine.split('.')[0]}.{'.'.join(hers.split('.')[1:])}"


def untimed() -> str:
    serializer = URLSafeSerializer(
        WEB,
        salt="footfall client token",
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )
    return f"fc_web_1_{serializer.dumps(claims())}"


def spelled_otherwise() -> str:
    """base64 with its spare bits set: the same octets, another text."""
    token = signed()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) + 1]


EITHER = "token-(malformed|invalid)"
"""By chance: what its last character is."""

FORGERIES: dict[str, tuple[Callable[[], str], str]] = {
    "signed with another salt": (lambda: signed(salt="itsdangerous"), "token-invalid"),
    "signed with the salt of the other kind": (lambda: signed(salt="footfall stats token"), "token-invalid"),
    "a stats token called a client token": (
        lambda: "fc" + tokens.mint(WEB, "stats", seconds=900, owner="acme")[2:],
        "token-invalid",
    ),
    "signed by SHA-1": (lambda: signed(digest=hashlib.sha1), EITHER),
    "signed by SHA-512": (lambda: signed(digest=hashlib.sha512), EITHER),
    "signed by BLAKE2s, as long as SHA-256": (
        lambda: signed(digest=lambda data=b"": hashlib.blake2s(data)),
        "token-invalid",
    ),
    "with the key not derived": (lambda: signed(derivation="none"), "token-invalid"),
    "with the key derived by concatenation": (lambda: signed(derivation="concat"), "token-invalid"),
    "with the key derived as Django does": (lambda: signed(derivation="django-concat"), "token-invalid"),
    "signed with the platform's key itself": (lambda: signed(KEY), "token-invalid"),
    "signed with the secret alone": (lambda: signed(WEB.split("_", 3)[3]), "token-invalid"),
    "signed with nothing": (lambda: signed(""), "token-invalid"),
    "signed with the name of the source": (lambda: signed("web"), "token-invalid"),
    "signed with a credential of the next version": (
        lambda: signed(credentials.derive(KEY, "web", 2)),
        "token-invalid",
    ),
    "of a version that is not yet": (
        lambda: signed(credentials.derive(KEY, "web", 2), prefix="fc_web_2"),
        "source-revoked",
    ),
    "of a source that never was": (
        lambda: signed(credentials.derive(KEY, "ghost", 1), prefix="fc_ghost_1"),
        "source-revoked",
    ),
    "of another source, under this one's name": (lambda: signed(credentials.derive(KEY, "ios", 1)), "token-invalid"),
    "a JWT without a signature": (lambda: jwt("none", b""), "token-malformed"),
    "a JWT signed with the credential": (lambda: jwt("HS256", WEB.encode()), "token-malformed"),
    "a JWT in our clothes": (lambda: f"fc_web_1_{jwt('HS256', WEB.encode())}", EITHER),
    "without its signature": (lambda: signed().rpartition(".")[0], EITHER),
    "with an empty signature": (lambda: signed().rpartition(".")[0] + ".", EITHER),
    "without its time": (untimed, "token-invalid"),
    "with the claims swapped": (swapped, "token-invalid"),
    "spelled otherwise": (spelled_otherwise, "token-malformed"),
    "made for another deployment, under equal keys": (lambda: signed(aud="staging"), "token-wrong-audience"),
    "made for no deployment": (lambda: signed(aud=None), "token-malformed"),
    "made for several deployments": (lambda: signed(aud=["footfall", "staging"]), "token-malformed"),
    "from another deployment with other keys": (
        lambda: signed(credentials.derive("the key of the other deployment, 32 bytes", "web", 1)),
        "token-invalid",
    ),
    "expired": (lambda: signed(exp=int(time.time()) - 1), "token-expired"),
    "not valid yet": (lambda: signed(nbf=int(time.time()) + 3600), "token-not-yet-valid"),
    "with a right that it gives itself": (lambda: signed(rights=["erase"]), "token-malformed"),
    "for every creator": (lambda: signed(creator="*", creators=["*"]), "token-malformed"),
    "for no creator": (lambda: signed(creator=None), "token-malformed"),
    "a source's credential with a secret of zeros": (lambda: "fk_web_1_" + "A" * 43, "credential-invalid"),
    "a source's credential of version 0": (lambda: credentials.derive(KEY, "web", 0), "credential-invalid"),
    "a source's credential under a foreign key": (
        lambda: credentials.derive("somebody's key of thirty-two bytes...", "web", 1),
        "credential-invalid",
    ),
    "a credential with a path for a source": (
        lambda: credentials.derive(KEY, "web/../ios", 1),
        "credential-invalid",
    ),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_token_forged(refused: Any, forgery: str) -> None:
    make, kind = FORGERIES[forgery]
    assert re.fullmatch(f"401 {kind}", refused(make()))


@pytest.mark.parametrize("forgery", FORGERIES)
def test_the_same_in_the_body_of_a_beacon(client: Any, forgery: str) -> None:
    make, kind = FORGERIES[forgery]
    response = client.post("/v1/events", json={"token": make(), "events": []})
    assert response.status_code == 401
    assert re.fullmatch(f"/problems/{kind}", response.json["type"])


def test_the_forger_could_have_made_a_true_one(client: Any) -> None:
    """Else the table above would prove nothing: the same maker, with nothing wrong, is let in."""
    response = client.post("/v1/events", json={"events": []}, headers={"Authorization": f"Bearer {signed()}"})
    assert response.json["type"] == "/problems/no-events"


def test_a_credential_of_a_revoked_version(refused: Any, sql: Any, app: Any, web: str) -> None:
    sql("update tracking.sources set version = 2, previous_until = now() - interval '1 second'")
    app.extensions["footfall"].guard.registry._snapshot._read_at = float("-inf")  # as two seconds later
    assert refused(web) == "401 source-revoked"
    assert refused(tokens.mint(web, "client", seconds=60, creator=ALICE)) == "401 source-revoked"


def test_a_credential_under_an_old_key_that_leaked(refused: Any, sql: Any, app: Any) -> None:
    """The source was rotated since: the old key, which still verifies for others, derives nothing for it."""
    sql("update tracking.sources set key_id = %s", credentials.key_id(KEY))
    app.extensions["footfall"].guard.registry._snapshot._read_at = float("-inf")
    assert refused(credentials.derive(OLD_KEY, "web", 1)) == "401 source-revoked"
