"""The embedded TimescaleDB as a child process: started, watched, started again when it dies, stopped in order."""

import json
import logging
import os
import resource
import select
import signal
import subprocess
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self, cast

from tracking.embedded import folder, node
from tracking.embedded.errors import EngineError, EngineInUseError

log = logging.getLogger(__name__)

IDLE_SECONDS = "FOOTFALL_EMBEDDED_IDLE_SECONDS"  # how long a client may hold a transaction and say nothing
RESTARTS_IN_A_ROW = 5
STABLE_SECONDS = 10.0  # an engine that lived this long has not failed at once
RESTART_TIMEOUT = 60.0
FULL_DISK_SECONDS = 30  # without room on the disk, the next try is as soon as there is some, or after this long


class Engine:
    """The embedded TimescaleDB, run as a child process and restarted when it dies."""

    pid: int | None = None  # of the Node process
    restarts: int = 0

    def __init__(self, data: Path, *, tcp_port: int | None = None) -> None:
        self.data = data.absolute()
        self._tcp_port = tcp_port
        self._lock: folder.Lock | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self._supervisor: threading.Thread | None = None
        self._stopping = threading.Event()

    def start(self, timeout: float = 60.0) -> None:
        """Serves the folder, and returns when it does. Installs the npm package first if it is missing.

        `timeout` is in seconds and does not count the installation. Raises EngineError.
        """
        if self._lock:
            raise EngineError(f"The engine of {self.data} is already started.")
        if not node.installed():
            node.install()
        folder.prepare(self.data)
        self._stopping.clear()
        self._lock = folder.Lock(self.data)
        try:
            (self.data / "engine.log").write_bytes(b"")
            self._spawn(timeout)
        except BaseException:
            self._kill()
            self._release()
            raise
        self._supervisor = threading.Thread(target=self._supervise, name="embedded-engine", daemon=True)
        self._supervisor.start()

    def stop(self, timeout: float = 15.0) -> None:
        """Closes the database and ends the process. After `timeout` seconds it is killed: that loses nothing."""
        self._stopping.set()
        if self.process and self.process.poll() is None:
            self.process.terminate()
        if self._supervisor:
            self._supervisor.join(timeout)
            if self._supervisor.is_alive():
                self._kill()
                self._supervisor.join()
            self._supervisor = None
        self._release()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _command(self) -> list[str]:
        idle = os.environ.get(IDLE_SECONDS, "60")
        if not idle.isdecimal() or int(idle) < 1:
            raise EngineError(f"{IDLE_SECONDS} must be a whole number of seconds above 0, not {idle!r}.")
        flags = ["--max-old-space-size=256"]  # the database's own memory is not part of it
        soft, _ = resource.getrlimit(resource.RLIMIT_STACK)
        if soft == resource.RLIM_INFINITY or soft >= 8 << 20:
            flags.append("--stack-size=3900")  # KiB; deeply nested JSON and queries want more than Node's 984
        tcp = [] if self._tcp_port is None else ["--tcp", str(self._tcp_port)]
        return [node.node(), *flags, str(node.HERE / "server.mjs"), str(self.data), "--idle-seconds", idle, *tcp]

    def _spawn(self, timeout: float) -> None:
        command = self._command()
        inherited = [self._lock.fd] if self._lock else []
        self._close_pipes()
        _started.discard(self)  # gevent's Popen forks, too: that child needs the lock
        with (self.data / "engine.log").open("ab") as errors:
            # A session of its own: Ctrl-C in a terminal reaches only this process, which stops it in order.
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,  # its end tells Node that this process is gone
                stdout=subprocess.PIPE,
                stderr=errors,
                pass_fds=inherited,
                start_new_session=True,
            )
        _started.add(self)
        self._await_ready(self.process, timeout)
        self.pid = self.process.pid

    def _await_ready(self, process: subprocess.Popen[bytes], timeout: float) -> None:
        output = cast("IO[bytes]", process.stdout)
        end = time.monotonic() + timeout
        while not select.select([output], [], [], 0.1)[0]:
            if self._stopping.is_set() or time.monotonic() > end:
                self._kill()
                raise EngineError(f"The embedded engine was not ready in {timeout:.0f} s: see {self.data}/engine.log.")
        line = output.readline()
        if not line:
            status = process.wait()
            why = self._last_words() or f"exit status {status}"
            if folder.is_full(self.data):
                why = f"the disk of {self.data} is full; make room ({why})"
            raise EngineError(f"The embedded engine did not start: {why}.")
        log.info("embedded engine ready: %s", line.decode().strip())

    def _last_words(self) -> str | None:
        """The last error that Node wrote, as one line."""
        for line in reversed((self.data / "engine.log").read_text(errors="replace").splitlines()):
            with suppress(ValueError, KeyError, TypeError):
                return str(json.loads(line)["error"]).removeprefix("Error: ")
        return None

    def _supervise(self) -> None:
        failures = 0
        while self.process:
            born = time.monotonic()
            status = self.process.wait()
            self.pid = None
            if self._stopping.is_set():
                return
            failures = 1 if time.monotonic() - born > STABLE_SECONDS else failures + 1
            log.error("embedded engine died (%s), starting it again", self._last_words() or f"exit status {status}")
            while not self._revive(failures):
                if self._stopping.is_set():
                    return
                if folder.is_full(self.data):  # no attempt mends that: recovery has to write, too
                    self._await_room()
                    continue
                failures += 1
                if failures > RESTARTS_IN_A_ROW:
                    log.critical("embedded engine failed %d times in a row: giving up", failures)
                    return

    def _revive(self, failures: int) -> bool:
        """Waits a little longer after each failure, then tries."""
        if failures > RESTARTS_IN_A_ROW or self._stopping.wait(0.1 * 2 ** (failures - 1)):
            return False
        try:
            self._spawn(RESTART_TIMEOUT)
        except (EngineError, OSError) as error:
            log.warning("embedded engine: %s", error)
            return False
        self.restarts += 1
        return True

    def _await_room(self) -> None:
        for _ in range(FULL_DISK_SECONDS):
            if self._stopping.wait(1) or not folder.is_full(self.data):
                return

    def _kill(self) -> None:
        if self.process and self.process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)  # with the process that may be creating the files
            self.process.wait()

    def forsake(self) -> None:
        """In a forked child: closes its copies, so that the engine ends with the parent and not with the child."""
        if self.process:
            self.process.returncode = 0  # the parent waits for it
        self._release()

    def _release(self) -> None:
        """Closes the pipe of the process and the lock."""
        _started.discard(self)
        self._close_pipes()
        if self._lock:
            self._lock.release()
        self.process = self._lock = self.pid = None

    def _close_pipes(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout) if self.process else ():
            if pipe:
                pipe.close()


_started: weakref.WeakSet[Engine] = weakref.WeakSet()


def _after_fork() -> None:
    for engine in list(_started):
        engine.forsake()


os.register_at_fork(after_in_child=_after_fork)


@contextmanager
def attached(data: Path) -> Iterator[str]:
    """The URL of the engine that serves `data`: a running one, or one that is started for the duration."""
    engine = Engine(data)
    patience = time.monotonic() + RESTART_TIMEOUT
    while not folder.running(data):
        try:
            engine.start()
            break
        except EngineInUseError:  # another process is just starting it
            if time.monotonic() > patience:
                raise
            time.sleep(0.1)
    try:
        yield folder.url(data)
    finally:
        engine.stop()
