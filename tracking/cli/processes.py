"""The processes of a deployment on one machine: started in order, watched, and ended in reverse."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.error import URLError

import click

from tracking import embedded, migrations
from tracking.app import create_app
from tracking.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FrameType

    from tracking.settings import Settings

ROOT = Path(__file__).resolve().parent.parent.parent
STARTED = 30
STOPPED = 25


def gunicorn(settings: Settings) -> list[str]:
    """The command that serves the API."""
    return [
        sys.executable, "-m", "gunicorn", "--config", str(ROOT / "deploy" / "gunicorn.conf.py"),
        "--chdir", str(ROOT), "--bind", _bound(settings), "--workers", str(settings.workers),
        "--log-level", "warning", "wsgi:app",
    ]  # fmt: skip


def _bound(settings: Settings) -> str:
    """Host and port, as in a URL: RFC 3986, section 3.2.2."""
    return f"{f'[{settings.host}]' if ':' in settings.host else settings.host}:{settings.port}"


def check_api(settings: Settings) -> None:
    """Raises `SettingsError` or `MigrationError` if the API could not start; a worker would print a traceback."""
    create_app(settings).extensions["footfall"].close()


def check_port(settings: Settings) -> None:
    """Raises `click.ClickException` if another program listens already."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except (OSError, UnicodeError) as error:  # UnicodeError: HOST cannot be a host's name
            said = getattr(error, "strerror", None) or "HOST is not a host's name"
            raise click.ClickException(
                f"cannot listen on {settings.host}:{settings.port} ({said}); stop the other program, or set PORT"
            ) from None


def check_engine(settings: Settings) -> None:
    """Raises `SettingsError` if no database is set and no embedded engine runs to take its place."""
    if settings.embedded and not embedded.running(settings.data):
        raise SettingsError(
            f"DATABASE_URL: not set, and no embedded engine runs in {settings.data}; set it, or start everything with "
            "python -m tracking up"
        )


class Deployment:
    """Runs engine, API and jobs during a `with` block."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stack = ExitStack()
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._stopping = threading.Event()
        self._more: Mapping[str, str] = {}

    def __enter__(self) -> Self:
        check_api(self._settings)
        check_port(self._settings)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        try:
            if self._settings.embedded:
                click.echo("starting the embedded TimescaleDB …", err=True)
                self._stack.enter_context(embedded.Engine(self._settings.data))
            migrations.migrate(self._settings)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave half of it running
        click.echo("stopping …", err=True)
        for child in reversed(self._children.values()):
            child.terminate()
        for child in self._children.values():
            try:
                child.wait(STOPPED)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self._stack.close()

    def serve(self, more: Mapping[str, str] | None = None) -> None:
        """Starts API and jobs, and returns once the API is ready. `more`: settings that their environment may lack.

        Raises `click.ClickException` if one of them ends instead.
        """
        self._more = more or {}
        self._spawn("API", gunicorn(self._settings))
        self._spawn("jobs", [sys.executable, "-m", "jobs"])
        if self._settings.queue_url is not None:
            self._spawn("drain", [sys.executable, "-m", "jobs.drain"])
        until = time.monotonic() + STARTED
        while not self._ready():
            self._check_children()
            if time.monotonic() > until:
                raise click.ClickException(f"the API is not ready after {STARTED} s; its log above says why")
            self._stopping.wait(0.5)
            if self._stopping.is_set():
                return

    def start(self, name: str, command: list[str], more: Mapping[str, str]) -> None:
        """Starts another process, which ends with the others; `more` is added to its environment."""
        self._spawn(name, command, more)

    def wait(self) -> None:
        """Returns after Ctrl-C or SIGTERM. Raises `click.ClickException` if a process ends by itself."""
        while not self._stopping.wait(1):
            self._check_children()

    @property
    def url(self) -> str:
        return f"http://{_bound(self._settings)}"

    def _spawn(self, name: str, command: list[str], more: Mapping[str, str] | None = None) -> None:
        # a session of its own: Ctrl-C in the terminal reaches only this process, which ends the others in order
        self._children[name] = subprocess.Popen(
            command, cwd=Path.cwd(), env=self._environment(more or {}), start_new_session=True
        )

    def _environment(self, more: Mapping[str, str]) -> dict[str, str]:
        path = os.pathsep.join(filter(None, [str(ROOT), more.get("PYTHONPATH"), os.environ.get("PYTHONPATH")]))
        ours = {"PYTHONPATH": path, "FOOTFALL_DATA": str(self._settings.data.resolve())}
        return {**self._more, **os.environ, **more, **ours}

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as response:  # noqa: S310 - the API's own address
                return bool(response.status == 200)
        except (URLError, OSError):
            return False

    def _check_children(self) -> None:
        for name, child in self._children.items():
            if child.poll() is not None:
                raise click.ClickException(f"the {name} process ended with status {child.returncode}; its log says why")

    def _on_signal(self, _signal: int, _frame: FrameType | None) -> None:
        if self._stopping.is_set() or not self._children:
            raise KeyboardInterrupt
        threading.Thread(target=self._stopping.set).start()  # not here: it would wait for a wait that it interrupts
