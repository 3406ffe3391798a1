"""Superset in a virtual environment of its own: it pins old packages, so it is never a dependency of the project."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

from deploy.superset.told import SupersetError

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
REQUIREMENTS = HERE / "requirements.txt"


def is_current(folder: Path) -> bool:
    """Whether what the list names was installed there, from this list."""
    marker = folder / "installed"
    return marker.exists() and marker.read_text() == REQUIREMENTS.read_text()


def install(folder: Path) -> None:
    """Makes the environment and installs the list, whose hashes pip checks. Some minutes, and 1 GB.

    Raises `SupersetError`.
    """
    try:
        venv.create(folder, with_pip=True, clear=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SupersetError(f"no virtual environment could be made in {folder}: {error}") from None
    command = [
        str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", "--no-deps",
        "--require-hashes", "-r", str(REQUIREMENTS),
    ]  # fmt: skip
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        said = next((line for line in done.stderr.splitlines() if line.startswith("ERROR")), "see pip's output")
        raise SupersetError(
            f"pip could not install {REQUIREMENTS.name} into {folder} ({said}); with Python "
            f"{sys.version_info.major}.{sys.version_info.minor}, are the package registry and 1 GB of disk there?"
        )
    (folder / "installed").write_text(REQUIREMENTS.read_text())
