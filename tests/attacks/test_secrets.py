"""Nothing that opens a door is in a log, an error, a page or the database."""

import json
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

import pytest

from fixtures.cast import ALICE, bearer, event
from fixtures.database import KEY, OLD_KEY
from fixtures.processes import Server
from fixtures.proofs import Browser
from tracking import logs
from tracking.checks import is_placeholder
from tracking.ingest.dialects import own
from tracking.notifications import unsubscribing
from tracking.provenance import credentials, tokens


@pytest.fixture
def secrets(web: str, alice: str, acme: str) -> dict[str, str]:
    """What must never show, and the part of each that would do for whoever finds it."""
    return {
        "the key": KEY,
        "the older key": OLD_KEY,
        "a credential": web,
        "its secret": web.split("_", 3)[3],
        "a client token": alice,
        "its signature": alice.rpartition(".")[2],
        "a stats token": acme,
        "its signature too": acme.rpartition(".")[2],
    }


def say(server: Server, path: str, body: bytes | None, headers: dict[str, str]) -> str:
    """All of the answer, head and body."""
    try:
        with urlopen(Request(server.url + path, body, headers), timeout=20) as response:
            return str(response.headers) + response.read().decode()
    except HTTPError as error:
        with error:
            return str(error.headers) + error.read().decode()


def shown(secrets: dict[str, str], text: str) -> list[str]:
    return [name for name, secret in secrets.items() if secret in text]


@pytest.mark.leaves(stored=1, counted=1)
def test_in_no_log_and_no_answer_of_the_real_server(
    server: Server, secrets: dict[str, str], web: str, alice: str, acme: str
) -> None:
    """Good requests and bad ones, with the secret where it belongs and where it does not."""
    before = server.log.stat().st_size
    good, answers = json.dumps({"events": [event()]}).encode(), []
    for token in (web, alice, acme):
        for spoiled in (token, token[:-1], token + "x", f"{token} {token}", token.replace("_1_", "_2_")):
            answers.append(say(server, "/v1/events", good, bearer(spoiled)))
            answers.append(say(server, "/v1/events", json.dumps({"token": spoiled, "events": [{}]}).encode(), {}))
            answers.append(say(server, "/v1/stats/timeseries?receiver=job:42", None, bearer(spoiled)))
        answers.append(say(server, f"/v1/stats/timeseries?receiver={token}", None, bearer(acme)))
        answers.append(say(server, f"/v1/{token}", None, bearer(token) | {"X-Request-Id": token[:64]}))
        answers.append(say(server, "/v1/events", b"{" + token.encode(), bearer(alice)))
        answers.append(say(server, "/v1/tokens", json.dumps({"kind": token}).encode(), bearer(web)))
        answers.append(say(server, "/v1/tokens", b"x", bearer(token) | {"DPoP": token}))
    assert shown(secrets, "".join(answers)) == []
    with server.log.open() as log:
        log.seek(before)
        written = log.read()
    assert "refused" in written
    assert shown(secrets, written) == []


FIELDS = {
    "path": lambda secret: ("/v1/x" + quote(secret), {}, b""),
    "the path, as it is": lambda secret: ("/v1/x" + secret, {}, b""),
    "twice encoded": lambda secret: (
        "/v1/" + "".join(f"%25{ord(one):02x}" if one in "_." else one for one in secret),
        {},
        b"",
    ),
    "a link that stops messages": lambda secret: (f"/v1/unsubscribe?token={secret}", {"Accept": "text/html"}, b""),
    "query": lambda secret: ("/v1/stats/top?" + urlencode({"owner": secret, secret: "x"}), {}, None),
    "Referer": lambda secret: ("/v1/events", {"Referer": f"https://shop.example/?t={secret}"}, b"{}"),
    "User-Agent": lambda secret: ("/v1/events", {"User-Agent": f"x{secret}"}, b"{}"),
    "Origin": lambda secret: ("/v1/events", {"Origin": f"https://x{secret}.example"}, b"{}"),
    "X-Request-Id": lambda secret: ("/v1/events", {"X-Request-Id": secret}, b"{}"),
    "a part as X-Request-Id": lambda secret: ("/v1/events", {"X-Request-Id": secret[-40:]}, b"{}"),
    "another part": lambda secret: ("/v1/events", {"X-Request-Id": secret[9:31]}, b"{}"),
    "X-Forwarded-For": lambda secret: ("/v1/events", {"X-Forwarded-For": secret}, b"{}"),
    "Authorization": lambda secret: ("/v1/events", {"Authorization": f"Bearer x{secret}"}, b"{}"),
    "DPoP": lambda secret: ("/v1/events", {"DPoP": secret}, b"{}"),
    "a header's name": lambda secret: ("/v1/events", {secret.replace(".", "-"): "x"}, b"{}"),
    "Content-Type": lambda secret: ("/v1/events", {"Content-Type": secret}, b"{}"),
    "Content-Encoding": lambda secret: ("/v1/events", {"Content-Encoding": secret}, b"{}"),
    "the body": lambda secret: ("/v1/events", {}, secret.encode()),
    "the body's token": lambda secret: ("/v1/events", {}, json.dumps({"token": f"x{secret}", "events": []}).encode()),
    "an event": lambda secret: ("/v1/events", {}, json.dumps({"events": [{"name": secret, secret: secret}]}).encode()),
    "the proof": lambda secret: (
        "/v1/events",
        {},
        json.dumps({"token": secret, "proof": secret, "body": secret}).encode(),
    ),
}


@pytest.fixture
def kinds(web: str, alice: str, acme: str) -> dict[str, str]:
    """A credential, a token of each kind, and a proof of possession."""
    link = unsubscribing.token((KEY,), "footfall", f"creator:{ALICE}", ["daily"])
    return {"fk": web, "fc": alice, "fs": acme, "fu": link, "DPoP": Browser().prove(alice, b"{}")}


@pytest.mark.leaves(stored=0)
@pytest.mark.parametrize("field", FIELDS)
def test_no_piece_of_one_is_in_the_log_wherever_it_was_sent(
    server: Server, kinds: dict[str, str], alice: str, field: str
) -> None:
    before = server.log.stat().st_size
    for secret in kinds.values():
        path, headers, body = FIELDS[field](secret)
        say(server, path, body, headers)
        say(server, path, body, bearer(alice) | headers)
    with server.log.open() as log:
        log.seek(before)
        written = log.read()
    pieces = {secret[at : at + 20] for secret in kinds.values() for at in range(len(secret) - 19)}
    assert [piece for piece in pieces if piece in written] == []


@pytest.mark.leaves(stored=0)
def test_no_piece_of_one_is_in_what_the_server_says_of_a_broken_request(
    server: Server, raw: Any, kinds: dict[str, str]
) -> None:
    """Gunicorn names in its own lines what it could not read."""
    before = server.log.stat().st_size
    for secret in kinds.values():
        for head in (
            f"{secret} / HTTP/1.1", f"GET {secret} HTTP/9.9", f"GET /x{secret} HTTP/1.1\r\nHo st: {secret}",
            f"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: {secret}", f"GET / HTTP/1.1\r\n{secret}",
            f"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {secret}", f"GET /?{secret}\0 x",
        ):  # fmt: skip
            raw(f"{head}\r\n\r\n".encode(), seconds=5)
    with server.log.open() as log:
        log.seek(before)
        written = log.read()
    pieces = {secret[at : at + 20] for secret in kinds.values() for at in range(len(secret) - 19)}
    assert [piece for piece in pieces if piece in written] == []


def test_in_no_log_when_the_database_is_away_or_the_code_fails(
    client: Any, app: Any, alice: str, secrets: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(f"with a token {alice} and a URL postgresql://owner:hunter2hunter2@db/x")

    logs.configure("info")  # to the standard error that this test reads
    monkeypatch.setattr(own, "decode", fail)
    response = client.post("/v1/events", json={"events": [event()]}, headers=bearer(alice))
    assert response.status_code == 500
    written = capsys.readouterr().err
    assert "RuntimeError" in written
    assert shown(secrets | {"a password": "hunter2hunter2"}, written + response.text) == []


def test_in_no_row_of_the_database(client: Any, sql: Any, web: str, alice: str, secrets: dict[str, str]) -> None:
    browser = Browser()
    bound = tokens.mint(web, "client", seconds=60, creator=ALICE, cnf={"jkt": browser.thumbprint})
    body = json.dumps({"events": [event(receiver="nonsense")]}).encode()
    client.post("/v1/events", data=body, headers=bearer(bound) | {"DPoP": browser.prove(bound, body)})
    client.post("/v1/events", json={"token": alice, "events": [{}]})
    tables = sql("select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = 'tracking'")
    assert ("tracking.sources",) in tables
    for (table,) in tables:
        rows = sql(f"select coalesce(string_agg(t::text, ' '), '') from {table} t")
        assert shown(secrets, rows[0][0]) == [], table


@pytest.mark.parametrize("command", [("source", "list"), ("source", "show", "web"), ("keys",), ("doctor", "--json")])
def test_in_nothing_that_a_command_shows(footfall: Any, secrets: dict[str, str], command: tuple[str, ...]) -> None:
    said = footfall(*command, exits=1 if command[0] == "doctor" else 0)
    assert shown(secrets, said.stdout + said.stderr) == []


def test_in_no_repr(settings: Any, secrets: dict[str, str]) -> None:
    assert shown(secrets, repr(settings) + str(settings)) == []


def test_in_no_file_of_the_repository(secrets: dict[str, str]) -> None:
    """The vectors' key is nobody's, and a deployment that would use it is refused."""
    root = Path(__file__).resolve().parent.parent.parent
    vectors = json.loads((root / "clients" / "vectors.json").read_text())
    assert is_placeholder(vectors["secret_key"])
    assert not is_placeholder(KEY)
    assert credentials.key_id(KEY) not in {KEY, ""}
