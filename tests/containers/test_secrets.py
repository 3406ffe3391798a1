"""The secrets: made by the lines of deploy/README.md, and read by the services; the API's login from one of them."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from fixtures.containers import DEPLOY, EVERYTHING, KNOWN, OURS, PARTS, SERVICES, composed
from tracking import db
from tracking.environment import load

README = (DEPLOY / "README.md").read_text()
GRANTED = {"login": "x", "url": "postgresql://x:Pa-s_s@db:5432/footfall", "password": "Pa-s_s", "temp_files_mb": None}


@pytest.fixture
def secrets(tmp_path):
    """The folder of secrets, made by the lines of deploy/README.md as they stand there. `docker` grants a login."""
    blocks = re.findall(r"^```sh\n(umask.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 4
    (tmp_path / "deploy").mkdir()
    (tmp_path / "docker").write_text(f"#!/bin/sh\necho Container migrate Created >&2\necho '{json.dumps(GRANTED)}'\n")
    (tmp_path / "docker").chmod(0o755)
    env = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    for block in blocks:
        subprocess.run(["sh", "-ec", block], cwd=tmp_path, env=env, check=True)
    return tmp_path / "deploy" / "secrets"


def test_the_lines_make_every_secret(secrets):
    assert {path.name for path in secrets.iterdir()} == EVERYTHING["secrets"].keys()
    assert secrets.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in secrets.iterdir()} == {0o644}
    assert [path.name for path in secrets.iterdir() if not path.read_text().strip()] == []


def test_rabbitmq_and_its_url_agree(secrets):
    told = dict(re.findall(r"^(\S+) = (.*)$", (secrets / "rabbitmq_user").read_text(), re.MULTILINE))
    url = make_url((secrets / "queue_url").read_text().strip())
    assert (url.drivername, url.host, url.port) == ("amqp", "rabbitmq", 5672)
    assert told == {"default_user": url.username, "default_pass": url.password}


def test_bi_tools_get_their_own_logins(secrets):
    assert (secrets / "superset_database_url").read_text().strip() == GRANTED["url"]
    assert (secrets / "footfall_db_password").read_text().strip() == GRANTED["password"]
    assert f"grant {SERVICES['grafana']['environment']['FOOTFALL_DB_LOGIN']} password" in README


def test_the_readme_names_every_part_and_what_it_adds():
    rows = dict(re.findall(r"^\| `(\w+)\.yml` \| (.*)$", README, re.MULTILINE))
    assert rows.keys() == set(PARTS)
    for part in PARTS:
        added = composed(part)["services"].keys() - composed()["services"].keys()
        assert [name for name in added if f"`{name}`" not in rows[part]] == []
        ports = [port["published"] for name in added for port in composed(part)["services"][name].get("ports", [])]
        assert [port for port in ports if f"http://127.0.0.1:{port}" not in rows[part]] == []


@pytest.mark.parametrize("name", OURS)
def test_a_service_starts_with_those_secrets(name, secrets, monkeypatch):
    for known in KNOWN:
        monkeypatch.delenv(known, raising=False)
        monkeypatch.delenv(f"{known}_FILE", raising=False)
    for key, value in SERVICES[name]["environment"].items():
        monkeypatch.setenv(key, value.replace("/run/secrets", str(secrets)))

    settings = load(signs=name != "drain")

    as_api = name in {"api", "drain"}
    login = db.api_url(settings) if as_api else db.owner_url(settings)
    owner = SERVICES["db"]["environment"]["POSTGRES_USER"]
    password = "api_password" if as_api else "owner_password"
    assert (login.username, login.host) == ("footfall_api" if as_api else owner, "db")
    assert login.password == (secrets / password).read_text().strip()
    assert login.database == SERVICES["db"]["environment"]["POSTGRES_DB"]
    assert settings.database_url is None or not as_api
    assert (settings.queue_url or "").partition("@")[2] == ("rabbitmq:5672" if as_api else "")


GIVES_LOGIN = (DEPLOY / "initdb" / "footfall_api.sql").read_text()
CAN_LOG_IN = "select rolcanlogin, rolsuper from pg_roles where rolname = 'footfall_api'"


def test_the_api_gets_its_login_before_or_after_the_migrations(settings, engine):
    with db.connect(db.owner_url(settings)) as connection, connection.transaction(force_rollback=True):
        connection.execute("select set_config('footfall.api_password', 'it''s %s', true)")
        for _ in range(2):  # again, for another password
            connection.execute(GIVES_LOGIN)
        assert connection.execute(CAN_LOG_IN).fetchone() == (True, False)


def test_without_a_password_there_is_no_login(settings, engine):
    with (
        db.connect(db.owner_url(settings)) as connection,
        pytest.raises(psycopg.errors.RaiseException, match=r"footfall\.api_password is not set"),
        connection.transaction(),
    ):
        connection.execute(GIVES_LOGIN)


def init_script(secrets: Path, **env: str) -> subprocess.CompletedProcess[str]:
    script = DEPLOY / "initdb" / "100_footfall_api.sh"
    assert os.access(script, os.X_OK)
    given = {"API_PASSWORD_FILE": str(secrets / "api_password"), "API_SQL": str(DEPLOY / "initdb" / "footfall_api.sql")}
    return subprocess.run([script], env=os.environ | given | env, capture_output=True, text=True, check=False)


def test_the_init_script_hands_the_password_over_unseen(secrets, tmp_path):
    """Its arguments can be read by every process of the machine."""
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    (bin_ / "psql").write_text('#!/bin/sh\necho "$PGOPTIONS"\necho "$@"\n')
    (bin_ / "psql").chmod(0o755)

    done = init_script(secrets, PATH=f"{bin_}:{os.environ['PATH']}", POSTGRES_USER="footfall", POSTGRES_DB="footfall")

    options, arguments = done.stdout.splitlines()
    password = (secrets / "api_password").read_text().strip()
    assert options == f"-c footfall.api_password={password}"
    assert password not in arguments
    assert f"--file {DEPLOY}/initdb/footfall_api.sql" in arguments


@pytest.mark.native
def test_the_init_script_works_with_psql(settings, secrets, engine):
    url = make_url(settings.database_url)
    server = {
        "PGHOST": url.query.get("host", url.host),
        "PGPORT": url.query.get("port", url.port),
        "PGPASSWORD": url.password,
    }
    env = {name: str(value) for name, value in server.items() if value}
    with db.connect(db.owner_url(settings)) as connection:
        had = connection.execute(CAN_LOG_IN).fetchone()
        try:
            done = init_script(secrets, POSTGRES_USER=url.username or "postgres", POSTGRES_DB=url.database, **env)
            assert (done.returncode, done.stderr) == (0, "")
            assert connection.execute(CAN_LOG_IN).fetchone() == (True, False)
        finally:
            if not had[0]:  # roles are the whole server's
                connection.execute("alter role footfall_api nologin password null")
