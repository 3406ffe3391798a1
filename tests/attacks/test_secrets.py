"""Nothing that opens a door is in a log, an error, a page or the database."""

import json
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from fixtures.cast import ALICE, bearer, event
from fixtures.database import KEY, OLD_KEY
from fixtures.processes import Server
from fixtures.proofs import Browser
from tracking import logs
from tracking.ingest import decode
from tracking.provenance import credentials, tokens
from tracking.settings import is_placeholder


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


def test_in_no_log_when_the_database_is_away_or_the_code_fails(
    client: Any, app: Any, alice: str, secrets: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(f"with a token {alice} and a URL postgresql://owner:hunter2hunter2@db/x")

    logs.configure("info")  # to the standard error that this test reads
    monkeypatch.setattr(decode, "decode", fail)
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
