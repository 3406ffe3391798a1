"""The environment becomes settings, or the start is refused with every reason at once."""

import dataclasses
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fixtures.processes import ROOT
from tracking.app import create_app
from tracking.environment import load
from tracking.misspelling import misspelt
from tracking.prerequisites import MigrationError
from tracking.settings import Settings, SettingsError

KEY = "0123456789abcdef" * 2
NAMES = {field.metadata["name"]: field for field in dataclasses.fields(Settings)}


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment with no setting in it but the data folder."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)
    monkeypatch.setenv("FOOTFALL_DATA", str(tmp_path / "data"))


def refused() -> dict[str, str]:
    """What is said about each setting."""
    with pytest.raises(SettingsError) as error:
        load()
    return dict(line.split(": ", 1) for line in str(error.value).splitlines())


def test_nothing_needs_to_be_set() -> None:
    settings = load()
    assert settings.embedded
    assert (settings.port, settings.workers, settings.reporting_timezone) == (8000, 2, "UTC")


OF_NO_OTHER_MACHINE = ("localtime", "Factory", "posixrules", "posix/UTC", "right/UTC", "europe/berlin", "+01:00")
RANGE = "Must be greater than or equal to"
INTEGER = "Not a valid integer"


@pytest.mark.parametrize(
    ("name", "bad", "why"),
    [
        ("DATABASE_URL", "mysql://root@localhost/footfall", r"expected postgresql\+psycopg://"),
        ("DATABASE_URL", "localhost:5432", r"expected postgresql\+psycopg://"),
        ("DATABASE_API_URL", "sqlite:///x", r"expected postgresql\+psycopg://"),
        ("READ_DATABASE_URL", "replica.example:5432", r"expected postgresql\+psycopg://"),
        ("SECRET_KEYS", "zyxwvuts98765432", "each key needs 32 bytes or more"),
        ("SECRET_KEYS", f"{KEY},zyxwvuts98765432", "each key needs 32 bytes or more"),
        ("SECRET_KEYS", f"zyxwvuts98765432,{KEY}", "each key needs 32 bytes or more"),
        ("SECRET_KEYS", f"{KEY},{KEY},zyxwvuts98765432zyxwvuts9876543", "each key needs 32 bytes or more"),
        ("SECRET_KEYS", f"{KEY},", "each key needs 32 bytes or more"),
        ("REPORTING_TIMEZONE", "Europe/Atlantis", "not an IANA timezone such as"),
        *[("REPORTING_TIMEZONE", name, "not an IANA timezone such as") for name in OF_NO_OTHER_MACHINE],
        ("LATENESS_DAYS", "0", f"{RANGE} 1 "),
        ("LATENESS_DAYS", "a week", INTEGER),
        ("FUTURE_SECONDS", "-1", f"{RANGE} 0 "),
        ("RETENTION_DAYS", "-1", f"{RANGE} 0 "),
        ("MAX_BODY_BYTES", "1e6", INTEGER),
        ("MAX_EVENTS", "0", f"{RANGE} 1 "),
        ("TOKEN_MAX_SECONDS", "59", f"{RANGE} 60 "),
        ("STATEMENT_TIMEOUT_MS", "99", f"{RANGE} 100 "),
        ("POOL_SIZE", "0", f"{RANGE} 1 "),
        ("PORT", "65536", "less than or equal to 65535"),
        ("PORT", "http", INTEGER),
        ("WORKERS", "0", f"{RANGE} 1 "),
        ("LOG_LEVEL", "loud", "Must be one of: debug"),
    ],
)
def test_a_bad_value_is_refused_by_name_and_for_its_own_reason(
    monkeypatch: pytest.MonkeyPatch, name: str, bad: str, why: str
) -> None:
    monkeypatch.setenv(name, bad)
    said = refused()
    assert said.keys() == {name}
    assert re.search(why, said[name])


def test_every_bad_value_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    bad = {"PORT": "http", "REPORTING_TIMEZONE": "Mars", "SECRET_KEYS": "short", "LOG_LEVEL": "x", "WORKERS": ""}
    for name, value in bad.items():
        monkeypatch.setenv(name, value)
    assert refused().keys() == bad.keys()


def test_every_setting_can_be_read_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    values = {
        "DATABASE_URL": "postgresql://footfall:s3cret@db/footfall",
        "SECRET_KEYS": f"{KEY},{KEY}2",
        "PORT": "8001",
        "REPORTING_TIMEZONE": "Europe/Berlin",
    }
    for name, value in values.items():
        (tmp_path / name).write_text(f"{value}\n")
        monkeypatch.setenv(f"{name}_FILE", str(tmp_path / name))
    settings = load()
    assert settings.database_url == values["DATABASE_URL"]
    assert settings.secret_keys == (KEY, f"{KEY}2")
    assert (settings.port, settings.reporting_timezone) == (8001, "Europe/Berlin")


def test_a_bad_value_in_a_file_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "port").write_text("http")
    monkeypatch.setenv("PORT_FILE", str(tmp_path / "port"))
    assert "PORT" in "".join(refused())


def test_a_file_that_is_not_there_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SECRET_KEYS_FILE", str(tmp_path / "nowhere"))
    assert "SECRET_KEYS_FILE must be a readable file" in refused()["SECRET_KEYS"]


def test_beside_a_database_the_keys_must_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://db/footfall")
    assert "token_hex(32)" in refused()["SECRET_KEYS"]


def test_an_embedded_deployment_makes_its_own_key_once_and_keeps_it(tmp_path: Path) -> None:
    first = load().secret_keys
    kept = tmp_path / "data" / "secret_key"
    assert load().secret_keys == first == (kept.read_text(),)
    assert len(first[0]) == 64
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert [file.name for file in kept.parent.iterdir()] == ["secret_key"]


def test_two_first_starts_at_once_agree_on_the_key() -> None:
    code = (
        "import sys; from tracking.environment import load; print(flush=True); sys.stdin.read(); "
        "print(load().secret_keys)"
    )
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    starts = [
        subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)
        for _ in range(3)
    ]
    for start in starts:
        start.stdout.readline()  # it is at the line
    for start in starts:
        start.stdin.close()
    keys = {start.stdout.read() for start in starts}
    for start in starts:
        start.stdout.close()
        assert start.wait() == 0
    assert len(keys) == 1
    assert load().secret_keys[0].encode() in keys.pop()


@pytest.mark.parametrize("place", ["/proc/footfall", "/dev/null/footfall"])
def test_a_data_folder_that_cannot_be_written_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.setenv("FOOTFALL_DATA", place)
    assert place in refused()["FOOTFALL_DATA"]


def test_secrets_are_not_in_a_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://footfall:s3cret@db/footfall")
    monkeypatch.setenv("DATABASE_API_URL", "postgresql://api:s3cret@db/footfall")
    monkeypatch.setenv("READ_DATABASE_URL", "postgresql://api:s3cret@replica/footfall")
    monkeypatch.setenv("SECRET_KEYS", KEY)
    settings = load()
    assert "s3cret" not in repr(settings)
    assert KEY not in repr(settings)
    assert "reporting_timezone='UTC'" in repr(settings)


@pytest.mark.parametrize(
    ("lateness", "retention", "is_refused"),
    [(7, 0, False), (7, 11, False), (7, 10, True), (7, 1, True), (30, 33, True), (30, 34, False)],
)
def test_a_retention_that_would_empty_the_aggregates_is_refused(
    lateness: int, retention: int, is_refused: bool
) -> None:
    """Raw rows must outlive every refresh that covers them, or the refresh deletes their counts."""
    settings = Settings(
        database_url="postgresql://db/x", secret_keys=(KEY,), lateness_days=lateness, retention_days=retention
    )
    if is_refused:
        with pytest.raises(MigrationError, match=rf"RETENTION_DAYS: {retention} .* takes {lateness + 4} or more"):
            create_app(settings)
    else:
        create_app(settings).extensions["footfall"].close()


def test_names_are_environment_variables_and_every_one_has_help() -> None:
    for name, field in NAMES.items():
        assert re.fullmatch(r"[A-Z][A-Z_]+", name)
        assert len(field.metadata["help"]) > 10


@pytest.mark.parametrize(
    "key",
    [
        "footfall-demo-key-footfall-demo-key",
        "change-me-change-me-change-me-change-me",
        "Example-Key-0123456789abcdef0123456789",
        "your-secret-key-your-secret-key-here",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabcabcabcabcabcabcabc",
    ],
)
def test_a_key_from_a_document_signs_nothing_but_a_demo(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("SECRET_KEYS", f"{KEY},{key}")
    with pytest.raises(SettingsError, match="placeholder") as error:
        load()
    assert key not in str(error.value)
    monkeypatch.setenv("FOOTFALL_DEMO", "true")
    assert load().secret_keys == (KEY, key)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("RETENTON_DAYS", "RETENTION_DAYS"),
        ("LATENESS_DAY", "LATENESS_DAYS"),
        ("RETENITON_DAYS", "RETENTION_DAYS"),
        ("SECRET_KEY", "SECRET_KEYS"),
        ("SECRET_KEY_FILE", "SECRET_KEYS"),
        ("LOGLEVEL", "LOG_LEVEL"),
        ("REPORTING_TIME_ZONE", "REPORTING_TIMEZONE"),
        ("FOOTFALL_RETENTION_DAYS", "RETENTION_DAYS"),
        ("database_url", "DATABASE_URL"),
        ("TRUSTED_HOP", "TRUSTED_HOPS"),
    ],
)
def test_a_misspelt_setting_is_named_beside_the_one_that_was_meant(name: str, meant: str) -> None:
    (warning,) = misspelt(["PATH", name])
    assert warning == f"{name.removesuffix('_FILE')} is not a setting and is ignored; did you mean {meant}?"


def test_what_is_a_setting_or_somebody_elses_is_passed_over() -> None:
    others = [
        "PATH",
        "HOME",
        "HOSTNAME",
        "PORTS",
        "LOGNAME",
        "PYTHONPATH",
        "WORKDIR",
        "POSTGRES_PASSWORD",
        "REDIS_PORT",
    ]
    assert misspelt([*NAMES, *(f"{name}_FILE" for name in NAMES), *others, "FOOTFALL_SMALL_DISK"]) == []


@pytest.mark.parametrize("module", ["tracking", "jobs"])
def test_a_misspelt_setting_is_said_at_the_start(child: Any, module: str) -> None:
    process = child("-m", module, *(["migrate"] if module == "tracking" else []), RETENTON_DAYS="30")
    assert "did you mean RETENTION_DAYS?" in process.says("RETENTON_DAYS")
