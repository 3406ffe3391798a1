"""How often one may ask: told in the headers, by source, token and address, in memory or in Redis."""

import gzip
import json
import random
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fixtures.cast import ALICE, bearer, event
from fixtures.database import KEY
from fixtures.processes import free_port
from tracking import create_app
from tracking.provenance import credentials, limits, tokens
from tracking.provenance.addresses import party
from tracking.provenance.limits import Memory
from tracking.settings import Settings


@pytest.fixture
def client_of(settings: Settings, engine: object) -> Iterator[Callable[..., Any]]:
    """A client of an app of its own, with other settings."""
    apps = []

    def make(**other: Any) -> Any:
        apps.append(create_app(replace(settings, **other)))
        return apps[-1].test_client()

    yield make
    for app in apps:
        app.extensions["footfall"].close()


def send(client: Any, token: str, **options: Any) -> Any:
    creator = ALICE if token.startswith("fk_") else None
    return client.post(
        "/v1/events",
        json={"events": [event(creator=creator)]},
        headers=bearer(token) | options.pop("headers", {}),
        **options,
    )


def test_a_token_that_asks_too_often_is_told_when_to_come_back(
    client_of: Any, alice: str, bob: str, web: str, stored: Any
) -> None:
    client = client_of(rate_per_token=3)
    assert [send(client, alice).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    refused = send(client, alice)
    assert refused.json["type"] == "/problems/too-many-requests"
    assert 1 <= int(refused.headers["Retry-After"]) <= 120
    assert refused.headers["RateLimit-Policy"] == '"token";q=3;w=60'
    assert refused.headers["RateLimit"] == f'"token";r=0;t={refused.headers["Retry-After"]}'
    assert send(client, bob).status_code == 200
    assert [send(client, web).status_code for _ in range(5)] == [200] * 5
    assert len(stored()) == 9


def test_a_source_has_one_rate_for_all_its_tokens(client_of: Any, sql: Any, alice: str, bob: str, web: str) -> None:
    sql("update tracking.sources set rate = 4")
    client = client_of()
    statuses = [send(client, token).status_code for token in (alice, bob, web, web, web, bob)]
    assert statuses == [200] * 4 + [429] * 2
    assert send(client, web).headers["RateLimit-Policy"] == '"source";q=4;w=60'


def test_one_token_cannot_use_up_its_sources_rate(client_of: Any, sql: Any, web: str, alice: str) -> None:
    """What it sends beyond its share, garbage too, is on its own account, whichever of its creator's tokens it is."""
    sql("update tracking.sources set rate = 100")
    client = client_of(rate_per_token=0)
    again = tokens.mint(web, "client", seconds=600, creator=ALICE)
    garbage = [
        client.post("/v1/events", data=b"{" * 50, headers=bearer(token)).status_code
        for _ in range(210)
        for token in (alice, again)
    ]
    assert garbage == [400] * 25 + [429] * 395
    assert send(client, alice).headers["RateLimit-Policy"] == '"token";q=25;w=60'
    users = [tokens.mint(web, "client", seconds=600, creator=f"user-{number}") for number in range(12)]
    assert [send(client, token).status_code for token in users] == [200] * 12


def test_a_creator_of_another_source_has_an_account_of_their_own(client_of: Any, sql: Any, alice: str) -> None:
    sql("insert into tracking.sources (name, rights) values ('ios', '{ingest,mint}')")
    client = client_of(rate_per_token=2)
    other = tokens.mint(credentials.derive(KEY, "ios", 1), "client", seconds=60, creator=ALICE)
    assert [send(client, alice).status_code for _ in range(3)] == [200, 200, 429]
    assert send(client, other).status_code == 200


FOR_ACME = [{"owner": "acme"}, {"owner": "acme", "receivers": ["job:42"]}, {"owner": "acme"}]
FOR_A_JOB = [{"receivers": ["job:42", "job:1"]}, {"receivers": ["job:1", "job:42"]}] * 2
OTHERS: list[dict[str, Any]] = [{"owner": "globex"}, {"receivers": ["job:42"]}, {"receivers": ["job:42", "job:2"]}]


@pytest.mark.parametrize("together", [FOR_ACME, FOR_A_JOB])
@pytest.mark.parametrize(("size", "statuses"), [(2, [200, 200, 429]), (6_000, [200, 429, 429])])
def test_all_tokens_that_read_for_one_customer_are_one_account_and_no_others(
    client_of: Any, web: str, together: list[dict[str, Any]], size: int, statuses: list[int]
) -> None:
    """Of requests, and of the bytes of their questions: a page has a token of its own, and nobody pays for another."""
    client = client_of(rate_per_token=2 if size == 2 else 4)
    question = b"{" + b" " * (size - 2) + b"}"

    def ask(scope: dict[str, Any]) -> int:
        token = tokens.mint(web, "stats", seconds=60, **scope)
        return int(client.post("/v1/stats/summary", data=question, headers=bearer(token)).status_code)

    assert [ask(scope) for scope in together[:3]] == statuses
    assert [ask(scope) for scope in OTHERS] == [200] * 3


def test_who_acts_and_whom_is_read_for_are_not_one_account_by_name(client_of: Any, web: str, alice: str) -> None:
    client = client_of(rate_per_token=1)
    assert [send(client, alice).status_code for _ in range(2)] == [200, 429]
    token = tokens.mint(web, "stats", seconds=60, owner=ALICE)
    assert client.get("/v1/stats/summary", headers=bearer(token)).status_code == 200


def test_a_refused_request_of_a_token_is_not_its_sources(client_of: Any, sql: Any, web: str, alice: str) -> None:
    sql("update tracking.sources set rate = 4, events = 8, bytes = 8000")
    client = client_of()
    assert [send(client, alice).status_code for _ in range(20)] == [200] + [429] * 19
    assert [send(client, web).status_code for _ in range(3)] == [200] * 3


def many(count: int, **fields: Any) -> bytes:
    return json.dumps({"events": [event(**fields) for _ in range(count)]}).encode()


def post(client: Any, token: str, body: bytes) -> Any:
    return client.post("/v1/events", data=body, headers=bearer(token))


def test_a_token_has_a_budget_of_events(client_of: Any, alice: str, bob: str, stored: Any) -> None:
    client = client_of(rate_per_token=10)  # fifty events
    assert [post(client, alice, many(20)).status_code for _ in range(3)] == [200, 200, 429]
    refused = post(client, alice, many(11))
    assert refused.json["type"] == "/problems/too-many-requests"
    assert "50 events" in refused.json["detail"]
    assert refused.headers["RateLimit-Policy"] == '"token-events";q=50;w=60'
    assert 1 <= int(refused.headers["Retry-After"]) <= 120
    assert post(client, alice, many(10)).status_code == 200
    assert post(client, bob, many(20)).status_code == 200
    assert len(stored()) == 70


def test_a_token_has_a_budget_of_bytes_unzipped_and_whatever_they_say(client_of: Any, alice: str, bob: str) -> None:
    client = client_of(rate_per_token=10)  # 20,000 bytes
    bodies = [gzip.compress(b" " * 12_000), b"{" * 12_000, b"{" * 8_000, b"{}"]
    assert [post(client, alice, body).status_code for body in bodies] == [400, 429, 400, 429]
    refused = post(client, alice, b"{}")
    assert refused.headers["RateLimit-Policy"] == '"token-bytes";q=20000;w=60'
    assert post(client, bob, many(1)).status_code == 200


def test_one_request_larger_than_a_budget_is_taken_where_nothing_else_was(client_of: Any, alice: str) -> None:
    """Else it could never be sent at all."""
    client = client_of(rate_per_token=2)
    assert post(client, alice, many(30)).status_code == 200
    assert post(client, alice, many(1)).status_code == 429


def test_a_beacons_bytes_are_counted_too(client_of: Any, alice: str) -> None:
    client = client_of(rate_per_token=5)
    sent = lambda: client.post("/v1/events", json={"token": alice, "events": [{"name": "x" * 7_000}]})  # noqa: E731
    assert [sent().status_code for _ in range(2)] == [200, 429]


def test_a_source_has_budgets_and_a_token_a_quarter_of_them(
    client_of: Any, sql: Any, web: str, alice: str, bob: str
) -> None:
    sql("update tracking.sources set events = 40")
    client = client_of()
    assert [post(client, alice, many(5)).status_code for _ in range(3)] == [200, 200, 429]
    assert post(client, bob, many(10)).status_code == 200
    assert post(client, web, many(20, creator=ALICE)).status_code == 200
    over = post(client, web, many(1, creator=ALICE))
    assert (over.status_code, over.headers["RateLimit-Policy"]) == (429, '"source-events";q=40;w=60')
    sql("update tracking.sources set events = 0, bytes = 40000")
    fresh = client_of()
    assert [post(fresh, alice, b"{" * 9_000).status_code for _ in range(2)] == [400, 429]
    assert [post(fresh, web, b"{" * 15_000).status_code for _ in range(3)] == [400, 400, 429]


def test_without_a_rate_of_tokens_there_is_no_budget(client_of: Any, alice: str) -> None:
    client = client_of(rate_per_token=0)
    assert [post(client, alice, many(500)).status_code for _ in range(8)] == [200] * 8


def test_an_hour_of_one_token_is_bounded() -> None:
    """By default: 600 requests of five events and 2,000 bytes a minute in each worker; it was 36 GB an hour."""
    assert Settings().rate_per_token * limits.BYTES_A_REQUEST * 60 == 72_000_000
    assert Settings().rate_per_token * limits.EVENTS_A_REQUEST == 3_000


def test_an_address_is_counted_before_its_token_is_looked_at(client_of: Any, alice: str) -> None:
    client = client_of(rate_per_address=3)
    statuses = [send(client, token).status_code for token in ("nonsense", "nonsense", alice, alice, "nonsense")]
    assert statuses == [401, 401, 200, 429, 429]
    assert send(client, alice, environ_base={"REMOTE_ADDR": "198.51.100.7"}).status_code == 200


def test_a_beacon_counts_once(client_of: Any, alice: str) -> None:
    client = client_of(rate_per_address=2, rate_per_token=2)
    sent = lambda: client.post("/v1/events", json={"token": alice, "events": [event()]}).status_code  # noqa: E731
    assert [sent() for _ in range(3)] == [200, 200, 429]


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


def test_the_window_slides(monkeypatch: pytest.MonkeyPatch) -> None:
    """At no moment do the sixty seconds before it hold more than the rate, and a fixed window would let twice that in."""
    now = [600.0]
    monkeypatch.setattr("tracking.provenance.limits.time.time", lambda: now[0])
    window = Memory()
    taken = []
    for tick in range(2400):
        now[0] = 600.0 + tick / 10
        if window.hit(30, "a") == 0:
            taken.append(now[0])
        assert sum(1 for moment in taken if moment > now[0] - 60) <= 45
    assert len(taken) == pytest.approx(4 * 30, abs=16)
    assert [moment for moment in taken if moment < 660] == [600.0 + n / 10 for n in range(30)]


def test_who_waits_as_long_as_they_are_told_is_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [645.0]
    monkeypatch.setattr("tracking.provenance.limits.time.time", lambda: now[0])
    window = Memory()
    for _ in range(20):
        while not (wait := window.hit(7, "a")):
            now[0] += 0.01
        assert 1 <= wait <= 120
        now[0] += wait + 0.01
        assert window.hit(7, "a") == 0


def test_amounts_add_up_as_ones_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """At no moment do the sixty seconds before it hold half more than the most, and who waits is let in."""
    now = [600.0]
    monkeypatch.setattr("tracking.provenance.limits.time.time", lambda: now[0])
    window, chance, taken = Memory(), random.Random(7), []
    for _ in range(500):
        amount = chance.choice([1, 3, 40, 99, 100, 250])
        if wait := window.hit(100, "a", amount):
            assert 1 <= wait <= 120
            now[0] += wait + 0.001
            assert window.hit(100, "a", amount) == 0
        taken.append((now[0], min(amount, 100)))
        assert sum(had for moment, had in taken if moment > now[0] - 60) <= 200
        assert sum(had for moment, had in taken if moment // 60 == now[0] // 60) <= 100
        now[0] += chance.random() * 20


def test_threads_do_not_count_past_each_other() -> None:
    window, taken = Memory(), []
    threads = [
        threading.Thread(target=lambda: taken.extend(window.hit(3_000, "a") == 0 for _ in range(1_000)))
        for _ in range(8)
    ]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert 3_000 <= sum(taken) <= 3_000 + 3_000 // 60  # a minute may have ended between


def test_the_memory_of_many_addresses_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracking.provenance.limits.MAX_KEYS", 10)
    window = Memory()
    for number in range(100):
        window.hit(5, f"address {number}")
    assert len(window) <= 10


def test_who_has_many_addresses_wipes_out_no_tokens_count(
    client_of: Any, alice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracking.provenance.limits.MAX_KEYS", 10)
    client = client_of(rate_per_token=2, rate_per_address=1, trusted_hops=1)
    addressed(client, alice, "192.0.2.1", "192.0.2.2")
    addressed(client, "nonsense", *(f"2001:db8:0:{number}::1" for number in range(30)))
    assert addressed(client, alice, "192.0.2.3") == [429]


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A Redis of our own."""
    found = shutil.which("redis-server")
    if not found:
        pytest.skip("redis-server is not installed")
    port = free_port()
    command = [found, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        until = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert time.monotonic() < until
                time.sleep(0.02)  # another process: nothing here to wait on
        yield f"redis://127.0.0.1:{port}/0", process
        process.terminate()


def test_with_redis_all_workers_count_together(client_of: Any, alice: str, redis: Any) -> None:
    one, other = (client_of(rate_per_token=4, rate_storage=redis[0]) for _ in range(2))
    assert [send(client, alice).status_code for client in (one, other, one, other, one, other)] == [200] * 4 + [429] * 2


def test_with_redis_amounts_and_shares_are_counted_too(
    client_of: Any, sql: Any, web: str, alice: str, bob: str, redis: Any
) -> None:
    sql("update tracking.sources set rate = 8")
    one, other = (client_of(rate_per_token=4, rate_storage=redis[0]) for _ in range(2))
    assert [post(client, alice, many(9)).status_code for client in (one, other)] == [200, 200]
    assert post(one, alice, many(1)).headers["RateLimit-Policy"] == '"token";q=2;w=60'
    sql("update tracking.sources set rate = 0")
    assert [post(client_of(rate_per_token=4, rate_storage=redis[0]), bob, many(9)).status_code for _ in range(3)] == [
        200, 200, 429,
    ]  # fmt: skip


def test_a_redis_that_went_away_limits_nobody(client_of: Any, alice: str, redis: Any) -> None:
    url, process = redis
    client = client_of(rate_per_token=2, rate_storage=url)
    assert send(client, alice).status_code == 200
    process.terminate()
    process.wait(10)
    assert [send(client, alice).status_code for _ in range(4)] == [200] * 4


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


def test_a_request_counts_once(client_of: Any, alice: str) -> None:
    client = client_of(rate_per_address=4)
    statuses = [client.post("/v1/events", json={"token": alice, "events": [event()]}).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 200, 429]
