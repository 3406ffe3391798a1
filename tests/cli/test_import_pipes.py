"""`import` of what can be read only once: pipes, sockets, standard input."""

import gzip
import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from fixtures.files import combined, ndjson
from fixtures.processes import environment


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_pipe_is_imported_whole(footfall: Any, stored: Any, tmp_path: Path, pack: Any) -> None:
    """A file that is opened a second time begins anew; a pipe goes on, without what the first reading took."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(pack("\n".join([*combined(2_000), ""]).encode()),))
    writer.start()
    done = footfall("import", str(pipe), "--format", "combined", "--source", "archive")
    writer.join()
    assert done.stdout == "2,000 events: 2,000 accepted\n"
    assert len(stored()) == 2_000


@pytest.mark.parametrize("path", ["<(cat {})", "/dev/stdin < <(cat {})", "- < {}"])
def test_whatever_the_shell_hands_over_is_imported_whole(settings: Any, stored: Any, tmp_path: Path, path: str) -> None:
    file = tmp_path / "events"
    file.write_text("\n".join([*combined(2_000), ""]))
    command = f"{sys.executable} -m tracking import {path.format(file)} --format combined --source archive --json"
    done = subprocess.run(
        ["bash", "-c", command], env=environment(settings), capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout)["verdicts"]["accepted"] == 2_000


def test_a_socket_is_imported_whole(settings: Any, stored: Any, tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", "tracking", "import", "/dev/stdin", "--format", "ndjson", "--source", "archive"]
    with theirs, subprocess.Popen(command, env=environment(settings), stdin=theirs, stdout=subprocess.PIPE) as process:
        with ours:
            ours.sendall("\n".join(ndjson(2_000)).encode())
        said, _ = process.communicate()
    assert said == b"2,000 events: 2,000 accepted\n"
