"""A request by a token that is bound to a key is signed by it, covers what it sends, and works once."""

import base64
import json
import subprocess
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.cast import ALICE, bearer, event
from fixtures.proofs import Browser, hashed
from tracking.embedded.node import node
from tracking.provenance import tokens
from tracking.provenance.jobs import FORGET_PROOF_IDS
from tracking.provenance.proof import MAX_AGE, Key

CLIENTS = Path(__file__).resolve().parent.parent.parent / "clients"


@pytest.fixture
def browser() -> Browser:
    return Browser()


@pytest.fixture
def bound(web: str, browser: Browser) -> str:
    """Alice's token, worth nothing without her browser's key."""
    return tokens.mint(web, "client", seconds=900, creator=ALICE, cnf={"jkt": browser.thumbprint})


def batch(*events: dict[str, Any]) -> bytes:
    return json.dumps({"events": events or [event()]}).encode()


def post(client: Any, token: str, body: bytes, proof: str | None) -> Any:
    return client.post("/v1/events", data=body, headers=bearer(token) | ({"DPoP": proof} if proof else {}))


def refused(response: Any) -> str:
    assert response.status_code == 401, response.text
    return response.json["type"].removeprefix("/problems/")


def test_a_signed_request_is_taken(client: Any, browser: Browser, bound: str, stored: Any) -> None:
    body = batch()
    assert post(client, bound, body, browser.prove(bound, body)).json["counts"] == {"accepted": 1}
    assert [row[1] for row in stored()] == [ALICE]


def test_the_same_request_again_is_refused_by_every_worker(
    client: Any, server: Any, browser: Browser, bound: str, stored: Any
) -> None:
    """The database decides: another process refuses what this one took."""
    body = batch()
    proof = browser.prove(bound, body)
    assert post(client, bound, body, proof).status_code == 200
    assert refused(post(client, bound, body, proof)) == "proof-reused"
    done = subprocess.run(
        ["curl", "-s", f"{server.url}/v1/events", "-H", f"Authorization: Bearer {bound}", "-H", f"DPoP: {proof}",
         "--data-binary", "@-"], input=body, capture_output=True, timeout=10, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout)["type"] == "/problems/proof-reused"
    assert len(stored()) == 1


def test_without_its_proof_a_bound_token_is_refused_whatever_the_source_asks(
    client: Any, browser: Browser, bound: str, stored: Any
) -> None:
    assert refused(post(client, bound, batch(), None)) == "proof-missing"
    assert stored() == []


OTHER = Browser()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"htm": "GET"}, "method or path"),
        ({"htu": "/v1/batch"}, "method or path"),
        ({"htu": "/v1/events?x=1"}, "method or path"),
        ({"htu": "http://localhost/v1/events"}, "method or path"),
        ({"bdy": hashed(b"another body")}, "another body"),
        ({"bdy": hashed(b"")}, "another body"),
        ({"ath": hashed(b"another token")}, "another token"),
        ({"jti": "short"}, "claims"),
        ({"jti": "x" * 65}, "claims"),
        ({"jti": 7}, "claims"),
        ({"iat": "now"}, "claims"),
        ({"iat": 1e400}, "claims"),
        ({"extra": 1}, "claims"),
        ({"head": {"alg": "none"}}, "claims"),
        ({"head": {"alg": "HS256"}}, "claims"),
        ({"head": {"alg": "ES384"}}, "claims"),
        ({"head": {"typ": "JWT"}}, "claims"),
        ({"head": {"crit": ["x"]}}, "claims"),
        ({"head": {"jwk": OTHER.jwk}}, "not the one"),
        ({"head": {"jwk": OTHER.jwk | {"d": "x"}}}, "claims"),
        ({"head": {"jwk": {"kty": "oct", "k": "x"}}}, "claims"),
        ({"head": {"jwk": {"kty": "RSA", "n": "x", "e": "AQAB"}}}, "claims"),
        ({"head": {"jwk": None}}, "claims"),
    ],
)
def test_a_proof_of_something_else_is_refused(
    client: Any, browser: Browser, bound: str, stored: Any, change: dict[str, Any], said: str
) -> None:
    body = batch()
    response = post(client, bound, body, browser.prove(bound, body, **change))
    assert refused(response) == "proof-invalid"
    assert said in response.json["detail"]
    assert stored() == []


@pytest.mark.parametrize("off", [-MAX_AGE - 5, MAX_AGE + 5, -86_400])
def test_a_proof_is_of_this_minute(client: Any, browser: Browser, bound: str, off: int) -> None:
    body = batch()
    proof = browser.prove(bound, body, iat=int(time.time()) + off)
    assert refused(post(client, bound, body, proof)) == "proof-expired"


@pytest.mark.parametrize("proof", ["x", "a.b.c", "..", "é", "e30.e30." + "A" * 86, "e30." * 900])
def test_what_is_no_proof_is_refused(client: Any, bound: str, proof: str) -> None:
    assert refused(post(client, bound, batch(), proof)) == "proof-invalid"


def test_another_keys_signature_under_this_keys_name_is_refused(client: Any, browser: Browser, bound: str) -> None:
    thief = Browser()
    thief.jwk = browser.jwk
    assert "does not verify" in post(client, bound, b"{}", thief.prove(bound, b"{}")).json["detail"]


def test_a_point_that_is_not_on_the_curve_is_refused(client: Any, web: str) -> None:
    browser = Browser()
    browser.jwk = browser.jwk | {"y": "A" * 43}
    key = Key(**browser.jwk).thumbprint()
    token = tokens.mint(web, "client", seconds=60, creator=ALICE, cnf={"jkt": key})
    assert "does not verify" in post(client, token, b"{}", browser.prove(token, b"{}")).json["detail"]


def test_the_mirrored_signature_is_the_same_proof(client: Any, browser: Browser, bound: str) -> None:
    """Of each ECDSA signature (r, s), (r, n - s) verifies too: it must not count as a second one."""
    body = batch()
    proof = browser.prove(bound, body)
    signed, _, signature = proof.rpartition(".")
    octets = base64.urlsafe_b64decode(signature + "==")
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    mirrored = octets[:32] + (order - int.from_bytes(octets[32:])).to_bytes(32)
    assert post(client, bound, body, proof).status_code == 200
    again = f"{signed}.{base64.urlsafe_b64encode(mirrored).rstrip(b'=').decode()}"
    assert refused(post(client, bound, body, again)) == "proof-reused"


def test_a_source_that_requires_proof_takes_no_token_without_a_key(
    client: Any, sql: Any, alice: str, web: str, browser: Browser, bound: str
) -> None:
    sql("update tracking.sources set proof = 'required'")
    body = batch()
    assert refused(post(client, alice, body, browser.prove(alice, body))) == "proof-required"
    assert post(client, bound, body, browser.prove(bound, body)).status_code == 200
    assert post(client, web, batch(event(creator=ALICE)), None).status_code == 200


def test_where_proof_is_optional_both_are_taken(
    client: Any, sql: Any, alice: str, browser: Browser, bound: str
) -> None:
    sql("update tracking.sources set proof = 'optional'")
    body = batch()
    assert post(client, alice, body, None).status_code == 200
    assert post(client, bound, body, browser.prove(bound, body)).status_code == 200
    assert refused(post(client, bound, batch(), None)) == "proof-missing"


def test_a_bound_stats_token_signs_its_path_with_the_query(
    client: Any, web: str, browser: Browser, receivers: None
) -> None:
    token = tokens.mint(web, "stats", seconds=60, owner="acme", cnf={"jkt": browser.thumbprint})
    path = "/v1/stats/timeseries?receiver=job:42"
    proof = browser.prove(token, method="GET", path=path)
    assert refused(client.get(path, headers=bearer(token))) == "proof-missing"
    assert refused(client.get(f"{path}&name=view", headers=bearer(token) | {"DPoP": proof})) == "proof-invalid"
    assert client.get(path, headers=bearer(token) | {"DPoP": proof}).status_code == 200
    assert refused(client.get(path, headers=bearer(token) | {"DPoP": proof})) == "proof-reused"


def beacon(client: Any, **sent: Any) -> Any:
    return client.post("/v1/events", data=json.dumps(sent), content_type="text/plain;charset=UTF-8")


def test_a_beacon_carries_its_token(client: Any, alice: str, stored: Any) -> None:
    assert beacon(client, token=alice, events=[event()]).json["counts"] == {"accepted": 1}
    assert refused(beacon(client, events=[event()])) == "token-missing"
    assert refused(beacon(client, token="x", events=[event()])) == "token-malformed"
    assert refused(beacon(client, token=7, events=[event()])) == "token-missing"
    assert len(stored()) == 1


def test_a_beacon_with_one_bad_event_keeps_the_good_one(client: Any, alice: str) -> None:
    assert beacon(client, token=alice, events=[event(), {}]).json["counts"] == {"accepted": 1, "rejected": 1}


def test_a_beacon_carries_its_proof_over_the_very_text_it_sends(
    client: Any, browser: Browser, bound: str, stored: Any
) -> None:
    body = batch().decode()
    proof = browser.prove(bound, body.encode())
    assert refused(beacon(client, token=bound, body=body)) == "proof-missing"
    assert refused(beacon(client, token=bound, proof=proof, body=body + " ")) == "proof-invalid"
    assert refused(beacon(client, token=bound, proof=proof, events=[event()])) == "proof-invalid"
    assert beacon(client, token=bound, proof=proof, body=body).json["counts"] == {"accepted": 1}
    assert refused(beacon(client, token=bound, proof=proof, body=body)) == "proof-reused"
    assert len(stored()) == 1


def test_a_browsers_own_code_signs_what_is_taken(client: Any, web: str, stored: Any) -> None:
    """By WebCrypto, as Node has it too: a header, and a beacon."""
    code = f"""
      import {{ beacon, makeKey, prove }} from {json.dumps((CLIENTS / "browser" / "footfall-proof.mjs").as_uri())};
      const ask = async (said) => {{ console.log(JSON.stringify(said)); return (await lines.next()).value; }};
      const lines = (await import("node:readline")).createInterface({{ input: process.stdin }})[Symbol.asyncIterator]();
      const key = await makeKey();
      if (key.privateKey.extractable) throw new Error("the key could be read");
      const [token, event, body] = JSON.parse(await ask(key.thumbprint));
      console.log(JSON.stringify([await prove(key, token, "POST", "/v1/events", body),
                                  await beacon(key, token, "/v1/events", [event])]));
      process.exit(0);
    """
    with subprocess.Popen(
        [node(), "--input-type=module", "-e", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        thumbprint = json.loads(process.stdout.readline())
        token = tokens.mint(web, "client", seconds=60, creator=ALICE, cnf={"jkt": thumbprint})
        body = batch().decode()
        process.stdin.write(json.dumps([token, event(), body]) + "\n")
        process.stdin.flush()
        proof, beaconed = json.loads(process.stdout.readline())
    assert post(client, token, body.encode(), proof).json["counts"] == {"accepted": 1}
    assert client.post("/v1/events", data=beaconed, content_type="text/plain").json["counts"] == {"accepted": 1}
    assert len(stored()) == 2


def test_used_ids_are_forgotten_once_they_are_too_old_to_matter(
    client: Any, browser: Browser, bound: str, sql: Any, settings: Any
) -> None:
    body = batch()
    post(client, bound, body, browser.prove(bound, body))
    FORGET_PROOF_IDS.run(settings)
    assert sql("select count(*) from tracking.proof_ids") == [(1,)]
    sql("update tracking.proof_ids set expires_at = now() - interval '1 second'")
    FORGET_PROOF_IDS.run(settings)
    assert sql("select count(*) from tracking.proof_ids") == [(0,)]


def test_an_id_is_kept_for_as_long_as_its_proof_could_be_sent_again(
    client: Any, browser: Browser, bound: str, sql: Any, settings: Any
) -> None:
    """A proof may be a minute from the future, and is taken until it is a minute old: two minutes in all."""
    body = batch()
    ((before,),) = sql("select now()")
    assert post(client, bound, body, browser.prove(bound, body)).status_code == 200
    ((until,),) = sql("select expires_at from tracking.proof_ids")
    ((after,),) = sql("select now()")
    assert before + timedelta(seconds=2 * MAX_AGE) < until <= after + timedelta(seconds=2 * MAX_AGE + 1)


@pytest.mark.parametrize(("left", "kept"), [("121 seconds", 1), ("30 seconds", 1), ("5 seconds", 1), ("-1 second", 0)])
def test_an_id_that_a_proof_could_still_use_survives_the_purge(
    client: Any, browser: Browser, bound: str, sql: Any, settings: Any, left: str, kept: int
) -> None:
    body = batch()
    proof = browser.prove(bound, body)
    assert post(client, bound, body, proof).status_code == 200
    sql("update tracking.proof_ids set expires_at = now() + %s::interval", left)
    FORGET_PROOF_IDS.run(settings)
    assert sql("select count(*) from tracking.proof_ids") == [(kept,)]
    if kept:
        assert refused(post(client, bound, body, proof)) == "proof-reused"
