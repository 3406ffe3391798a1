"""The Superset process: its folder, its key, its one user, its start and its end."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import time
import urllib.request
from typing import TYPE_CHECKING, Self
from urllib.error import URLError

from deploy.superset.installing import HERE
from deploy.superset.told import SupersetError

if TYPE_CHECKING:
    from pathlib import Path

USER = "admin"
STARTED = 120  # seconds


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Superset:
    """Superset on 127.0.0.1, with what it remembers in `home`: mode 0700, its key and its user's password in it."""

    def __init__(self, binaries: Path, home: Path, port: int) -> None:
        self._binaries, self._home, self.port = binaries, home, port
        self._process: subprocess.Popen[bytes] | None = None
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        home.chmod(0o700)
        self.log = home / "superset.log"
        self.password = self._kept("password")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process, "it is not started"  # noqa: S101 - for who reads and for mypy
        return self._process.pid

    def _kept(self, name: str) -> str:
        """A secret that is made once, in a file that only its owner reads. The environment may give the key."""
        given = os.environ.get("SUPERSET_SECRET_KEY") if name == "key" else None
        path = self._home / name
        if given is None and not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(32))
        return given or path.read_text()

    def _environment(self) -> dict[str, str]:
        return os.environ | {
            "SUPERSET_CONFIG_PATH": str(HERE / "superset_config.py"),
            "SUPERSET_HOME": str(self._home),
            "SUPERSET_SECRET_KEY": self._kept("key"),
            "FLASK_APP": "superset",
            "PYTHONWARNINGS": "ignore",
            "TZ": "UTC",
        }

    def prepare(self) -> None:
        """Makes the tables that Superset keeps, its roles and its user. Raises `SupersetError`."""
        self._run("db", "upgrade")
        self._run("init")
        names = ["--username", USER, "--firstname", "Foot", "--lastname", "Fall", "--email", "admin@example.com"]
        # asked for, and not an argument: everybody on the machine may read arguments
        self._run("fab", "create-admin", *names, asked=f"{self.password}\n{self.password}\n")

    def _run(self, *arguments: str, asked: str = "") -> None:
        command = [str(self._binaries / "superset"), *arguments]
        with self.log.open("ab") as log:
            done = subprocess.run(
                command, input=asked.encode(), stdout=log, stderr=log, env=self._environment(), check=False,
                start_new_session=True,
            )  # fmt: skip
        if done.returncode != 0:
            raise SupersetError(f"superset {' '.join(arguments[:2])} failed; {self.log} says why")

    def start(self) -> None:
        """Returns once Superset answers. Raises `SupersetError`."""
        command = [
            str(self._binaries / "gunicorn"), "--bind", f"127.0.0.1:{self.port}", "--worker-class", "gthread",
            "--threads", "4", "--timeout", "120", "superset.app:create_app()",
        ]  # fmt: skip
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=self._environment(), cwd=self._home,
                start_new_session=True,
            )  # fmt: skip
        until = time.monotonic() + STARTED
        while not self._healthy():
            if self._process.poll() is not None or time.monotonic() > until:
                self.stop()
                raise SupersetError(f"Superset did not start on port {self.port}; {self.log} says why")
            time.sleep(0.3)

    def _healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=5) as answer:  # noqa: S310 - its own address
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def stop(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
