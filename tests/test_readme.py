"""The README's quick start and its examples, run as they stand there, from a fresh clone of this repository."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fixtures.processes import free_port
from tracking.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
QUICK_START = BLOCK.search(README, README.index("## Quick start"))[2].splitlines()
KNOWN = {field.metadata["name"] for field in Settings.__dataclass_fields__.values()}
UP = "Ctrl-C ends it"


def block(language: str, starts: str) -> str:
    return next(text for lang, text in BLOCK.findall(README) if lang == language and text.startswith(starts))


class Demo:
    """`make demo`, in a process group of its own, as a shell runs it; its output is read line by line."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.folder = folder
        self.port = int(env["PORT"])
        self.output = ""
        self._changed = threading.Condition()
        self.process = subprocess.Popen(
            ["sh", "-c", QUICK_START[2]],
            cwd=folder,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            with self._changed:
                self.output += line
                self._changed.notify_all()
        with self._changed:
            self.output += "(ended)"
            self._changed.notify_all()

    def await_up(self, seconds: float = 180) -> None:
        with self._changed:
            self._changed.wait_for(lambda: UP in self.output or "(ended)" in self.output, seconds)
        assert UP in self.output, self.output
        assert "(ended)" not in self.output, self.output

    def end(self) -> None:
        """Ctrl-C."""
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(60)
        self._reader.join()

    def left_running(self) -> list[str]:
        """The command lines of processes that work in the clone, or were started from it."""
        return [text for _, text in self.processes()]

    def kill(self) -> None:
        for pid, _ in self.processes():
            os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self._reader.join()
        self.process.stdout.close()

    def processes(self) -> Iterator[tuple[int, str]]:
        for proc in Path("/proc").glob("[0-9]*"):
            try:
                command = (proc / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                inside = self.folder in ((cwd := (proc / "cwd").readlink()), *cwd.parents)
            except OSError:  # it ended meanwhile
                continue
            if command and (inside or str(self.folder) in command):
                yield int(proc.name), command

    def sh(self, line: str) -> str:
        """What a line prints, pasted into another terminal; the port is the demo's."""
        line = line.replace("127.0.0.1:8000", f"127.0.0.1:{self.port}")
        return subprocess.run(["sh", "-ec", line], capture_output=True, text=True, timeout=30, check=True).stdout


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    if sys.platform != "linux":
        pytest.skip("finds processes in /proc")
    folder = Path(tempfile.mkdtemp(prefix="ff-")).resolve()
    started = None
    try:
        clone, enter = QUICK_START[0].split(), QUICK_START[1].split()
        assert (clone[:2], enter[0]) == (["git", "clone"], "cd")
        clone[2] = str(ROOT)
        subprocess.run([*clone, enter[1]], cwd=folder, check=True, capture_output=True)
        put_in_place(folder / enter[1])
        env = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in KNOWN}
        env.pop("PYTHONPATH", None)
        started = Demo(folder / enter[1], env | {"PORT": str(free_port()), "PYTHONUNBUFFERED": "1"})
        started.await_up()
        yield started
    finally:
        if started:
            started.kill()
        shutil.rmtree(folder)


def put_in_place(clone: Path) -> None:
    """What `make demo` would install is here already: the clone has links to it, newer than what it is made from."""
    if (Path(sys.prefix) / "pyvenv.cfg").exists():
        (clone / ".venv").mkdir()
        for path in Path(sys.prefix).iterdir():
            if path.name not in {"runtime", "tests"}:
                (clone / ".venv" / path.name).symlink_to(path)
        (clone / ".venv" / "runtime").touch()
    if (modules := ROOT / "tracking" / "embedded" / "node_modules").is_dir():
        shutil.copytree(modules, clone / "tracking" / "embedded" / "node_modules")


def printed(demo: Demo, path: str) -> str:
    """The command that the demo printed for this path, all its lines."""
    return re.search(rf"^ *(curl [^\n]*{re.escape(path)}.*?[^\\])$", demo.output, re.MULTILINE | re.DOTALL)[1]


def token(demo: Demo, path: str) -> str:
    return re.search(r"Bearer ([\w.-]+)", printed(demo, path))[1]


def test_the_quick_start_has_five_lines():
    assert len(QUICK_START) == 5
    assert QUICK_START[2] == "make demo"


def test_the_lines_after_the_start_answer(demo):
    ready, document = (json.loads(demo.sh(line)) for line in QUICK_START[3:])
    assert ready == {"status": "ready"}
    assert "/v1/events" in document["paths"]


def test_the_lines_that_the_demo_prints_work_as_pasted(demo):
    event, timeseries = printed(demo, "/v1/events"), printed(demo, "/v1/stats/timeseries")
    before = json.loads(demo.sh(timeseries))["events"]

    assert json.loads(demo.sh(event))["verdicts"] == [{"verdict": "accepted"}]
    assert json.loads(demo.sh(event))["verdicts"] == [{"verdict": "duplicate"}]

    assert before > 0
    assert json.loads(demo.sh(timeseries))["events"] == before + 1


def test_the_example_of_verdicts_is_answered_as_the_readme_says(demo):
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    line = block("sh", "curl -s http://127.0.0.1:8000/v1/events").replace("2026-11-24T09:00:00Z", now)
    line = line.replace('"job:42"', '"job:of-the-readme"')  # user-7 may have seen job 42 a moment ago

    answer = json.loads(demo.sh(f"TOKEN={shlex.quote(token(demo, '/v1/events'))}\n{line}"))

    assert answer == json.loads(block("json", '{\n  "counts"'))


def test_the_example_of_a_timeseries_has_the_form_of_a_real_one(demo):
    line = block("sh", "curl -s 'http://127.0.0.1:8000/v1/stats")
    real = json.loads(demo.sh(f"TOKEN={shlex.quote(token(demo, '/v1/stats/timeseries'))}\n{line}"))
    told = json.loads(block("json", '{\n  "from"'))

    assert real.keys() == told.keys()
    assert [bucket.keys() for bucket in real["buckets"]] == [bucket.keys() for bucket in told["buckets"]]
    varies = {"events", "creators", "final_until", "buckets"}
    assert {key: real[key] for key in real.keys() - varies} == {key: told[key] for key in told.keys() - varies}
    assert [bucket["start"] for bucket in real["buckets"]] == [bucket["start"] for bucket in told["buckets"]]
    assert told["events"] == sum(bucket["events"] for bucket in told["buckets"])


def test_ctrl_c_ends_everything_that_it_started(demo):
    """The last of this file: the demo is gone afterwards."""
    assert len(demo.left_running()) > 3  # make, demo, engine, API, jobs

    demo.end()

    until = time.monotonic() + 5
    while demo.left_running() and time.monotonic() < until:
        time.sleep(0.05)  # an orphan is reaped by init
    assert demo.left_running() == []
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"http://127.0.0.1:{demo.port}/healthz", timeout=2)
    assert "Traceback" not in demo.output
    assert (demo.folder / ".footfall").is_dir()
