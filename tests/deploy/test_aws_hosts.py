"""The database hosts of the template for AWS: made, copied, failed over and measured, on this machine's PostgreSQL."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from fixtures.host import Host, scripts, user_data
from fixtures.processes import free_port


def test_the_first_start_fits_and_is_a_script():
    assert len(user_data()) < 16_384  # the most that EC2 takes
    assert [path.rpartition("/")[2] for path in scripts() if path.startswith("/usr/local/sbin/")] == [
        "footfall-database",
        "footfall-measure",
    ]
    for text in (user_data(), *(text for text in scripts().values() if text.startswith("#!/bin/bash"))):
        done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
def hosts() -> Iterator[tuple[Host, Host]]:
    home = Path(tempfile.mkdtemp(prefix="footfall-hosts-"))  # pytest's own folders are closed to postgres
    home.chmod(0o755)
    port = free_port()
    made = Host(home / "a", "a", "127.0.0.1", port), Host(home / "b", "b", "127.0.0.2", port)
    for host in made:
        host.lead("127.0.0.1")
    yield made
    for host in made:
        host.stop()
    shutil.rmtree(home)


def connect(host: Host, user: str, word: str, **more: str) -> str:
    """Who one is there, from another machine; or why nobody."""
    address = {
        "host": host.address,
        "port": host.port,
        "dbname": "footfall",
        "user": user,
        "password": f"word-of-{word}",
    }
    try:
        with psycopg.connect(**{"sslmode": "require", **address, **more}) as connection:
            return connection.execute("select current_user").fetchone()[0]
    except psycopg.OperationalError as error:
        return str(error)


def follows(standby: Host, primary: Host) -> bool:
    last = primary.sql("insert into seen values (clock_timestamp()) returning at")
    for _ in range(5_000):
        if standby.sql("select max(at) from seen") == last:
            return standby.sql("select pg_is_in_recovery()") == "True"
    return False


def measures(host: Host) -> dict[str, float]:
    (host.home / "measures").unlink(missing_ok=True)
    done = host.call("footfall-measure")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(line) for line in (host.home / "measures").read_text().splitlines())


@pytest.mark.native
def test_a_standby_follows_takes_over_and_the_old_primary_comes_back_as_standby(hosts):
    a, b = hosts
    a.start()

    assert connect(a, "footfall", "OwnerPassword") == "footfall"
    assert connect(a, "footfall_api", "ApiPassword") == "footfall_api"
    assert "no pg_hba.conf entry" in connect(a, "footfall_api", "ApiPassword", sslmode="disable")
    assert "password authentication failed" in connect(a, "footfall_api", "OwnerPassword")
    assert "rejects connection" in connect(a, "replicator", "ReplicationPassword")
    assert a.sql("show data_checksums") == "on"
    assert measures(a) | {"DiskUsedPercent": 0} == {
        "DiskUsedPercent": 0, "DatabaseAnswers": 1, "Standbys": 0, "StandbyBehind": 0,
    }  # fmt: skip

    a.sql("create table seen (at timestamptz)")
    b.start()
    assert follows(b, a)
    assert measures(a)["Standbys"] == 1
    assert measures(b).keys() == {"DiskUsedPercent", "DatabaseAnswers"}
    b.stop()
    b.start()  # with what it has
    assert follows(b, a)

    a.stop()  # it is lost
    assert measures(a) | {"DiskUsedPercent": 0} == {"DiskUsedPercent": 0, "DatabaseAnswers": 0}
    assert b.call("footfall-database", "promote").stdout == "t\n"
    for host in hosts:
        host.lead("127.0.0.2")
    assert connect(b, "footfall", "OwnerPassword") == "footfall"
    refused = a.call("footfall-database", "run")
    assert refused.returncode == 3
    assert "now 127.0.0.2 is. Run footfall-database clone" in refused.stderr

    cloned = a.call("footfall-database", "clone")
    assert cloned.returncode == 0, cloned.stderr
    a.start()
    assert follows(a, b)
    assert not list(a.home.glob("disk/*.new"))
