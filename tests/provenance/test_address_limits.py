"""The limit by address: whose address it is, and which requests count."""

from typing import Any

import pytest

from fixtures.limited import send
from tracking.provenance.addresses import party


def test_an_address_is_counted_before_its_token_is_looked_at(client_of: Any, alice: str) -> None:
    client = client_of(rate_per_address=3)
    statuses = [send(client, token).status_code for token in ("nonsense", "nonsense", alice, alice, "nonsense")]
    assert statuses == [401, 401, 200, 429, 429]
    assert send(client, alice, environ_base={"REMOTE_ADDR": "198.51.100.7"}).status_code == 200


def test_without_trusted_hops_nobody_chooses_their_address(client_of: Any, alice: str) -> None:
    client = client_of(rate_per_address=2)
    forged = [{"X-Forwarded-For": f"203.0.113.{n}", "Forwarded": f"for=203.0.113.{n}"} for n in range(4)]
    assert [send(client, alice, headers=headers).status_code for headers in forged] == [200, 200, 429, 429]


@pytest.mark.parametrize(("hops", "statuses"), [(1, [200, 200, 200, 200]), (2, [200, 200, 429, 429])])
def test_the_address_is_the_one_that_the_first_trusted_hop_saw(
    client_of: Any, alice: str, hops: int, statuses: list[int]
) -> None:
    """Of `forged, really, proxy`, two hops of ours wrote the last two: what stands before is the client's own word."""
    client = client_of(rate_per_address=2, trusted_hops=hops)
    headers = [{"X-Forwarded-For": f"203.0.113.{n}, 198.51.100.7, 192.0.2.{n}"} for n in range(4)]
    assert [send(client, alice, headers=each).status_code for each in headers] == statuses


def addressed(client: Any, token: str, *texts: str) -> list[int]:
    return [send(client, token, headers={"X-Forwarded-For": text}).status_code for text in texts]


ONE_PARTY = {
    "a port for each connection": [f"203.0.113.18:{50_001 + number}" for number in range(12)],
    "a subscriber's network": [f"2001:db8:7:1::{number:x}" for number in range(1, 13)],
    "the same, each with a port": [f"[2001:db8:7:1:{number:x}::]:{number + 1}" for number in range(12)],
    "one address, however it is written": [
        "203.0.113.18", " 203.0.113.18 ", "203.0.113.18:443", "::ffff:203.0.113.18", "::FFFF:cb00:7112",
        "[::ffff:203.0.113.18]", "[::ffff:203.0.113.18]:443", "::ffff:203.0.113.18%eth0",
        "0:0:0:0:0:ffff:203.0.113.18", "198.51.100.1, 203.0.113.18:1", "198.51.100.1,203.0.113.18",
        "198.51.100.1 ,\t203.0.113.18",
    ],
    "no address at all": [
        "unknown", "_hidden", "x" * 5_000, "1.2.3", "1.2.3.4.5", "999.1.1.1", "010.1.1.1", "1::2::3", "[::1", "::1]:80",
        "1.2.3.4:port", "\u0663.1.1.1".encode().decode("latin-1"),
    ],
    "a zone for each": [f"fe80::1%eth{number}" for number in range(12)],
}  # fmt: skip


@pytest.mark.parametrize("case", ONE_PARTY)
def test_one_party_has_one_count_however_its_address_is_written(client_of: Any, alice: str, case: str) -> None:
    client = client_of(rate_per_address=5, trusted_hops=1)
    assert addressed(client, alice, *ONE_PARTY[case]) == [200] * 5 + [429] * 7


def test_other_parties_are_not_counted_with_it(client_of: Any, alice: str) -> None:
    client = client_of(rate_per_address=1, trusted_hops=1)
    others = ["203.0.113.18", "203.0.113.19", "2001:db8:7:1::1", "2001:db8:7:2::1", "::1", "::ffff:203.0.113.20"]
    assert addressed(client, alice, *others) == [200] * 6


@pytest.mark.parametrize(
    ("hops", "forwarded"),
    [
        (1, "198.51.100.{n}, 203.0.113.18:5{n}"),
        (1, '", 203.0.113.18'),
        (1, "203.0.113.18,198.51.100.{n}:x, 203.0.113.18"),
        (2, "198.51.100.{n}, 203.0.113.18:5{n}, 192.0.2.{n}"),
        (2, "198.51.100.{n},203.0.113.18 , 192.0.2.{n}:80"),
        (2, '198.51.100.{n}, "203.0.113.18, 192.0.2.1'),
        (3, "192.0.2.{n}"),
        (3, "192.0.2.{n}, 203.0.113.18"),
    ],
)
def test_nobody_chooses_the_entry_that_counts(client_of: Any, alice: str, hops: int, forwarded: str) -> None:
    """Where there are fewer entries than hops, or quotes that do not end, it is who connects."""
    client = client_of(rate_per_address=2, trusted_hops=hops)
    assert addressed(client, alice, *(forwarded.format(n=number) for number in range(4))) == [200, 200, 429, 429]


@pytest.mark.parametrize(
    ("text", "is_of"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:80", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("[2001:DB8:0:0:ffff::1]:443", "2001:db8::/64"),
        ("2001:db8:0:1::", "2001:db8:0:1::/64"),
        ("", "unknown"),
        ("2" * 101, "unknown"),
    ],
)
def test_an_address_is_of_a_party(text: str, is_of: str) -> None:
    assert party(text) == is_of


def test_who_has_many_addresses_wipes_out_no_tokens_count(
    client_of: Any, alice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracking.provenance.limits.MAX_KEYS", 10)
    client = client_of(rate_per_token=2, rate_per_address=1, trusted_hops=1)
    addressed(client, alice, "192.0.2.1", "192.0.2.2")
    addressed(client, "nonsense", *(f"2001:db8:0:{number}::1" for number in range(30)))
    assert addressed(client, alice, "192.0.2.3") == [429]


@pytest.mark.parametrize("path", ["/openapi.json", "/", "/nowhere", "/dashboard", "/problems/busy", "/v1//events", "/v1/..", "/readyz"])  # fmt: skip
def test_the_limit_of_an_address_is_for_every_path_and_for_what_is_refused(client_of: Any, path: str) -> None:
    client = client_of(rate_per_address=3)
    for _ in range(3):
        assert client.get(path).status_code != 429
    response = client.get(path)
    assert (response.status_code, response.json["type"]) == (429, "/problems/too-many-requests")
    assert int(response.headers["Retry-After"]) > 0
    assert client.post("/v1/events", json={}).status_code == 429


def test_whether_the_process_lives_may_always_be_asked(client_of: Any) -> None:
    client = client_of(rate_per_address=3)
    assert {client.get("/healthz").status_code for _ in range(9)} == {200}
    assert client.get("/nowhere").status_code == 404
