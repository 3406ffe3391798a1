"""The data folder of an embedded engine: its paths, its lock, its address.

DATA/pgdata is the database, DATA/run the socket, DATA/engine.lock its server's lock, DATA/engine.log Node's stderr.
"""

import fcntl
import hashlib
import os
import shutil
import socket
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from tracking.embedded.errors import EngineError, EngineInUseError

SOCKET = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 107  # bytes; unix(7)
ROOM = 32 << 20  # bytes; recovery after a crash writes a few of them
DYING_SECONDS = 5.0  # the time that Node may take to close its files after its parent has gone


def prepare(data: Path) -> Path:
    """Creates the folder, private to its owner, and returns its absolute path."""
    data = data.absolute()
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        (data / "run").mkdir(mode=0o700, exist_ok=True)
        (data / "run").chmod(0o700)
    except OSError as error:
        raise EngineError(f"Cannot write to the data folder {data}: {error.strerror}. Choose another one.") from error
    return data


def socket_folder(data: Path) -> Path:
    """The folder to give to libpq as `host`: DATA/run, or a short link to it if that is too long for a socket."""
    run = data.absolute() / "run"
    if len(os.fsencode(run / SOCKET)) <= LONGEST_SOCKET_PATH:
        return run
    digest = hashlib.sha256(os.fsencode(run)).hexdigest()[:16]
    link = Path(tempfile.gettempdir()) / f"footfall-{os.getuid()}-{digest}"
    if len(os.fsencode(link / SOCKET)) > LONGEST_SOCKET_PATH:
        raise EngineError(f"The path of the data folder {data} is too long for a socket: choose a shorter one.")
    try:
        link.symlink_to(run)
    except FileExistsError:
        # Somebody else's link would lead to somebody else's database.
        if link.lstat().st_uid != os.getuid() or not link.is_symlink() or link.readlink() != run:
            raise EngineError(f"{link} is in the way of the engine's socket: remove it.") from None
    return link


def url(data: Path, user: str = "postgres") -> str:
    """The SQLAlchemy URL of the engine that serves `data`, for the role `user`."""
    return f"postgresql+psycopg://{quote(user, safe='')}@/postgres?host={quote(str(socket_folder(data)))}"


def is_full(data: Path) -> bool:
    """Whether the disk is so full that the engine could not start."""
    return shutil.disk_usage(data).free < ROOM


class Lock:
    """The right to serve a folder. Node inherits it, so that it lasts as long as either process."""

    def __init__(self, data: Path) -> None:
        path = data / "engine.lock"
        try:
            self.fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise EngineError(
                f"Cannot write to the data folder {data}: {error.strerror}. Choose another one."
            ) from error
        patience = time.monotonic() + DYING_SECONDS
        while not self._take():
            holder = os.pread(self.fd, 20, 0).decode(errors="replace").strip()
            if _alive(holder) or time.monotonic() > patience:
                os.close(self.fd)
                raise EngineInUseError(
                    f"The data folder {data} is in use by another process ({holder or 'starting'}): "
                    "stop it, or choose another folder."
                )
            time.sleep(0.05)
        os.ftruncate(self.fd, 0)
        os.pwrite(self.fd, f"{os.getpid()}\n".encode(), 0)

    def _take(self) -> bool:
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        os.close(self.fd)


def _alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except PermissionError:
        return True
    except (ValueError, ProcessLookupError):
        return False
    return True


def running(data: Path) -> bool:
    """Whether an engine serves this folder: its lock is held and its socket takes connections."""
    try:
        with (data / "engine.lock").open() as file, socket.socket(socket.AF_UNIX) as probe:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                probe.connect(str(socket_folder(data) / SOCKET))
                return True
    except OSError:
        pass
    return False
