"""Whatever a claim, a proof or a request for a token holds, the answer is a refusal or what it asks for: never a fault."""

import json
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fixtures.cast import ALICE, bearer, event
from fixtures.database import KEY
from fixtures.proofs import Browser, hashed
from provenance.test_tokens import WEB, claims, signed
from tracking.provenance import tokens
from tracking.provenance.proof import base64url

NOW = int(time.time())
NUMBERS = [
    0, -0.0, -1, 1, 0.5, 1e308, -1e308, 2**31, 2**53, 2**53 + 1, 2**63, -(2**63), 2**64, 10**400, -(10**400),
    float("inf"), float("-inf"), float("nan"), True, False, NOW, NOW + 0.5, NOW * 1000,
]  # fmt: skip
TEXTS = [
    "",
    "0",
    str(NOW),
    "\0",
    "\ud800",
    "\udfff\ud800",
    "\x7f",
    "x" * 3000,
    "é",
    "\u202e",
    "'; drop",
    "job:42",
    "%00",
]
NESTED = [[], {}, [[]], [{}], [None], {"": {}}, {"jkt": []}, {"jkt": "A" * 43, "x": 1}, [1, "a"], None]
HOSTILE = [*NUMBERS, *TEXTS, *NESTED]
VALUES = st.one_of(
    st.sampled_from(HOSTILE),
    st.integers(),
    st.floats(),
    st.text(st.characters(codec=None), max_size=50),
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3), max_leaves=9
    ),
)
CLAIMS = ["aud", "exp", "nbf", "jti", "creator", "receivers", "names", "owner", "cnf", "unheard-of"]
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def json_of(value: Any) -> bytes:
    """As a hostile client would write it: NaN, Infinity and halves of surrogate pairs too."""
    return json.dumps(value).encode()


@pytest.mark.parametrize("kind", ["client", "stats"])
@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_that_no_handler_expects_is_a_401(client: Any, engine: Any, kind: str, claim: str) -> None:
    own = {"creator": ALICE} if kind == "client" else {"owner": "acme"}
    for value in HOSTILE:
        said = {name: held for name, held in claims().items() if name != "creator"} | own | {claim: value}
        try:
            token = signed(said, kind=kind)
        except UnicodeEncodeError:
            continue
        if kind == "client":
            response = client.post("/v1/events", json={"events": [event()]}, headers=bearer(token))
        else:
            response = client.get("/v1/stats/summary", headers=bearer(token))
        assert response.status_code in {200, 401, 403}, (claim, value, response.text)
        if claim in {"exp", "nbf"} and type(value) is not int:
            assert response.status_code == 401, (claim, value)
            assert "{" not in response.json["detail"]


@given(value=VALUES, claim=st.sampled_from(CLAIMS))
@quick
def test_any_claim_is_verified_or_refused(value: Any, claim: str) -> None:
    try:
        token = signed(claims(**{claim: value}))
    except UnicodeEncodeError:
        return
    with suppress(tokens.Problem):  # which is a 401, as others see to
        assert tokens.verify(token, (KEY,), max_seconds=86_400).grant.expires_at <= time.time() + 86_400


@pytest.mark.parametrize("issued", [0, 1, 2**31, 2**40, 2**63, 2**64, 2**200, 2**2000])
def test_a_token_signed_at_any_time_is_a_401(issued: int) -> None:
    """Its time of signing is a number of any length."""
    body = base64url(json.dumps(claims()).encode())
    moment = base64url(issued.to_bytes(max(1, (issued.bit_length() + 7) // 8)))
    signer = tokens.serializer(WEB, "client").make_signer(b"footfall client token")
    token = f"fc_web_1_{body}.{moment}.{signer.get_signature(f'{body}.{moment}').decode()}"
    with pytest.raises(tokens.Problem) as problem:
        tokens.verify(token, (KEY,), max_seconds=86_400)
    assert problem.value.status == 401


@pytest.mark.parametrize(
    "version", ["0", "00", "01", "999999999", "9999999999", "9" * 400, "-1", "1e3", "\u0661", "", " 1"]
)
def test_a_version_that_was_never_issued_is_a_401(client: Any, alice: str, version: str) -> None:
    for token in (alice.replace("_1_", f"_{version}_", 1), WEB.replace("_1_", f"_{version}_", 1)):
        response = client.post("/v1/events", json={"token": token, "events": [event()]})
        assert response.status_code == 401, response.text


PROOF = ["jti", "htm", "htu", "iat", "ath", "bdy", "unheard-of"]
HEAD = ["typ", "alg", "jwk", "unheard-of"]
JWK = ["kty", "crv", "x", "y", "unheard-of"]


@pytest.fixture
def browser() -> Browser:
    return Browser()


@pytest.fixture
def prove(client: Any, web: str, browser: Browser) -> Any:
    """Sends an event with a proof whose header, key and claims are changed, in a header and in a beacon."""
    token = tokens.mint(web, "client", seconds=900, creator=ALICE, cnf={"jkt": browser.thumbprint})

    def send(claims: Any = None, head: Any = None, jwk: Any = None, *, beacon: bool = False) -> Any:
        text = json.dumps({"events": [event()]})
        said = {
            "jti": "j" * 20, "htm": "POST", "htu": "/v1/events", "iat": int(time.time()),
            "ath": hashed(token.encode()), "bdy": hashed(text.encode()),
        } | (claims or {})  # fmt: skip
        header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": browser.jwk | (jwk or {})} | (head or {})
        proof = ".".join(base64url(json_of(part)) for part in (header, said))
        proof = f"{proof}.{browser.sign(proof.encode())}"
        if beacon:
            return client.post("/v1/events", json={"token": token, "proof": proof, "body": text})
        return client.post("/v1/events", data=text, headers=bearer(token) | {"DPoP": proof})

    return send


@pytest.mark.parametrize(
    ("part", "name"),
    [(part, name) for part, names in (("claims", PROOF), ("head", HEAD), ("jwk", JWK)) for name in names],
)
def test_a_proof_that_no_handler_expects_is_a_401(prove: Any, part: str, name: str) -> None:
    for value in HOSTILE:
        response = prove(**{part: {name: value}})
        assert response.status_code in {200, 401}, (part, name, value, response.text)
        if name == "iat" and value is not NOW:
            in_range = type(value) is int and 0 <= value <= 2**53
            kind = "proof-expired" if in_range else "proof-invalid"
            assert response.json["type"] == f"/problems/{kind}", (value, response.json)


@given(value=VALUES, name=st.sampled_from(PROOF))
@example(10**400, "iat")
@example("\ud800" * 20, "jti")
@quick
def test_any_proof_is_taken_or_refused(prove: Any, value: Any, name: str) -> None:
    response = prove(claims={name: value}, beacon=True)
    assert response.status_code in {200, 401}, response.text


ASKED = ["kind", "expires_in", "not_before", "key", "creator", "receivers", "names", "owner", "unheard-of"]


@pytest.mark.parametrize("name", ASKED)
def test_a_request_for_a_token_that_no_handler_expects_is_a_4xx(client: Any, web: str, name: str) -> None:
    for kind in ("client", "stats"):
        for value in HOSTILE:
            sent = {"kind": kind, "creator": ALICE} | {name: value}
            response = client.post("/v1/tokens", data=json_of(sent), headers=bearer(web))
            assert response.status_code in {200, 400, 422}, (name, value, response.text)


@pytest.mark.parametrize("value", [*TEXTS, *NESTED, *NUMBERS])
@pytest.mark.parametrize("member", ["token", "proof", "body"])
def test_a_beacon_that_no_handler_expects_is_a_4xx(client: Any, alice: str, member: str, value: Any) -> None:
    sent = {"token": alice, "proof": "x", "body": "{}"} | {member: value}
    response = client.post("/v1/events", data=json_of(sent))
    assert response.status_code in {400, 401}, response.text


@pytest.mark.parametrize(
    "header", ["\xff", "Bearer \xff", "Basic \xff", "Bearer", "DPoP", "Basic", "Basic Og==", "x" * 8000]
)
def test_an_authorization_that_no_handler_expects_is_a_401(client: Any, engine: Any, header: str) -> None:
    for method, path in (
        ("POST", "/v1/events"),
        ("GET", "/v1/stats/summary"),
        ("POST", "/v1/tokens"),
        ("PUT", "/v1/receivers"),
    ):
        response = client.open(path, method=method, data=b"{}", headers={"Authorization": header})
        assert response.status_code == 401, response.text
