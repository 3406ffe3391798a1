"""The image and the compose file: what can be shown without a container engine."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import psycopg
import pytest
import yaml
from sqlalchemy import make_url

from fixtures.processes import free_port
from tracking import db
from tracking.environment import load
from tracking.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
INSTRUCTIONS = [line.split(maxsplit=1) for line in DOCKERFILE.splitlines() if re.match("[A-Z]+ ", line)]
FINAL = INSTRUCTIONS[max(i for i, (word, _) in enumerate(INSTRUCTIONS) if word == "FROM") :]
OURS = ["migrate", "api", "jobs"]
KNOWN = {field.metadata["name"] for field in fields(Settings)}
SECRET = {field.metadata["name"] for field in fields(Settings) if field.metadata["secret"]}
OF_THE_IMAGE = {"POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_INITDB_ARGS", "TIMESCALEDB_TELEMETRY"}


def instructions(word: str) -> list[str]:
    return [rest for found, rest in FINAL if found == word]


# The image


def test_the_process_in_the_image_is_not_root():
    user = int(instructions("USER")[-1].partition(":")[0])  # a number, which an orchestrator can check
    assert user > 0


def test_images_are_pinned_to_a_version():
    images = [rest.split()[0] for word, rest in INSTRUCTIONS if word == "FROM"]
    images += [service["image"] for service in SERVICES.values()]
    assert [image for image in images if not re.search(r":[^:]*\d+\.\d+", image)] == []


def test_the_final_stage_installs_nothing_and_holds_no_secret():
    assert [rest for rest in instructions("RUN") if re.search(r"\b(pip|apt|curl|wget)\b", rest)] == []
    assert [rest for rest in instructions("ENV") if any(name in rest for name in SECRET)] == []


def test_what_the_image_copies_is_sent_to_the_builder():
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = [name for rest in instructions("COPY") if "--from" not in rest for name in rest.split()[:-1]]
    assert {name.rstrip("/") for name in copied} | {"requirements.txt"} == sent


def test_the_image_has_all_that_the_api_needs_and_is_healthy(tmp_path):
    """The files that COPY names, in an empty folder; the command and the health check as they stand there."""
    for rest in instructions("COPY"):
        if "--from" not in rest:
            *names, target = rest.split()
            for name in names:
                to = tmp_path / target if name.endswith("/") else tmp_path / target / Path(name).name
                to.parent.mkdir(parents=True, exist_ok=True)
                copy = shutil.copytree if name.endswith("/") else shutil.copy
                copy(ROOT / name, to)
    shutil.rmtree(tmp_path / "tracking" / "embedded" / "node_modules", ignore_errors=True)  # see .dockerignore
    command = [sys.executable, *json.loads(instructions("CMD")[0])[1:]]
    check = [sys.executable, *json.loads(instructions("HEALTHCHECK")[0].partition("CMD ")[2])[1:]]
    env = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in KNOWN} | {
        "PORT": str(free_port()),
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/footfall",  # /healthz asks no database
        "SECRET_KEYS": "0123456789abcdef" * 2,
    }
    with subprocess.Popen(command, cwd=tmp_path, env=env, stderr=subprocess.PIPE, text=True) as api:
        try:
            assert is_healthy(check, env, api), api.stderr.read()
        finally:
            api.terminate()
    assert subprocess.run(check, env=env, capture_output=True, check=False).returncode != 0


def is_healthy(check: list[str], env: dict[str, str], api: subprocess.Popen[str]) -> bool:
    """Asks as a container engine does, again and again, until it is so or the process has ended."""
    for _ in range(100):
        if subprocess.run(check, env=env, capture_output=True, check=False).returncode == 0:
            return True
        if api.poll() is not None:
            return False
    return False


# The compose file


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_can_change_nothing_but_its_data(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service.get("privileged") is None
    assert service.get("cap_add") is None


@pytest.mark.parametrize("name", OURS)
def test_a_service_of_ours_is_given_known_settings_and_secrets_as_files(name):
    environment = SERVICES[name]["environment"]
    assert {key.removesuffix("_FILE") for key in environment} <= KNOWN
    assert SECRET & environment.keys() == set()


def test_the_database_is_given_what_its_image_knows():
    assert {key.removesuffix("_FILE") for key in SERVICES["db"]["environment"]} <= OF_THE_IMAGE
    assert "POSTGRES_PASSWORD" not in SERVICES["db"]["environment"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_exactly_the_secrets_that_it_reads(name):
    service = SERVICES[name]
    read = {
        value.removeprefix("/run/secrets/") for key, value in service["environment"].items() if key.endswith("_FILE")
    }
    if name == "db":
        read.add("api_password")  # by the init script
    assert set(service["secrets"]) == read
    assert read <= COMPOSE["secrets"].keys()


def test_the_api_never_holds_the_password_of_the_owner():
    assert set(SERVICES["api"]["secrets"]) == {"database_api_url", "secret_keys"}


def test_services_of_ours_agree_on_what_the_deployment_decides():
    decided = [
        {key: value for key, value in SERVICES[name]["environment"].items() if "DATABASE" not in key} for name in OURS
    ]
    assert decided[0] == decided[1] == decided[2]


def test_nothing_is_reachable_from_other_machines():
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["api"]


def test_the_api_and_the_jobs_start_after_the_migrations():
    for name in ("api", "jobs"):
        assert SERVICES[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert SERVICES["migrate"]["depends_on"]["db"]["condition"] == "service_healthy"


def test_every_file_that_is_mounted_exists():
    mounts = [volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])]
    files = [mount for mount in mounts if mount.startswith("./")]
    assert files
    assert [file for file in files if not (ROOT / file).is_file()] == []


def test_secrets_are_not_committed_nor_sent_to_the_builder():
    folder = "deploy/secrets"
    assert {secret["file"].rpartition("/")[0] for secret in COMPOSE["secrets"].values()} == {folder}
    assert f"{folder}/" in (ROOT / ".gitignore").read_text().splitlines()
    assert f"!{folder}" not in (ROOT / ".dockerignore").read_text()


# The secrets and the API's login


@pytest.fixture
def secrets(tmp_path):
    """The folder of secrets, made by the lines of deploy/README.md as they stand there."""
    lines = re.search(r"^```sh\n(umask.*?)^```", (DEPLOY / "README.md").read_text(), re.MULTILINE | re.DOTALL)[1]
    assert len(lines.splitlines()) == 4
    (tmp_path / "deploy").mkdir()
    subprocess.run(["sh", "-ec", lines], cwd=tmp_path, check=True)
    return tmp_path / "deploy" / "secrets"


def test_the_four_lines_make_every_secret(secrets):
    made = {path.name for path in secrets.iterdir()}
    assert made == COMPOSE["secrets"].keys()
    assert secrets.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", OURS)
def test_a_service_starts_with_those_secrets(name, secrets, monkeypatch):
    for known in KNOWN:
        monkeypatch.delenv(known, raising=False)
        monkeypatch.delenv(f"{known}_FILE", raising=False)
    for key, value in SERVICES[name]["environment"].items():
        monkeypatch.setenv(key, value.replace("/run/secrets", str(secrets)))

    settings = load()

    login = db.api_url(settings) if name == "api" else db.owner_url(settings)
    owner = SERVICES["db"]["environment"]["POSTGRES_USER"]
    password = "api_password" if name == "api" else "owner_password"
    assert (login.username, login.host) == ("footfall_api" if name == "api" else owner, "db")
    assert login.password == (secrets / password).read_text().strip()
    assert login.database == SERVICES["db"]["environment"]["POSTGRES_DB"]


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
