"""The README's quick start and its examples, run as they stand there, from a fresh clone of this repository."""

import gzip
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fixtures.processes import free_port
from fixtures.readme import BLOCK, KNOWN, QUICK_START, README, ROOT, Demo, put_in_place


def block(language: str, starts: str) -> str:
    return next(text for lang, text in BLOCK.findall(README) if lang == language and text.startswith(starts))


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
    while (now := json.loads(demo.sh(timeseries))["events"]) == before:  # an answer that took long is kept for a while
        pass
    assert now == before + 1


def test_no_command_has_a_date_that_ages():
    """An event of a fixed day is rejected a week later, and a fixed period is empty."""
    pasted = [text for language, text in BLOCK.findall(README) if language in {"sh", "html"}]
    assert [text for text in pasted if re.search(r"\b20\d\d-[01]\d", text)] == []


def test_the_words_are_explained_before_they_are_used():
    words = README.index("## Words")
    rows = [row.split("|")[1:3] for row in README[words:].split("\n## ")[0].splitlines() if row.startswith("| ")][2:]
    assert len(rows) == 6
    explained = " ".join(word for word, _ in rows)
    for word in "source", "creator", "receiver", "owner", "name", "verdict", "excluded":
        assert word in explained
        assert README.index(word) > words, f"{word} is used before it is explained"


def test_the_example_of_verdicts_is_answered_as_the_readme_says(demo):
    answer = json.loads(demo.sh(block("sh", "TOKEN=$(.venv/bin/python -m tracking token client --source web")))
    assert answer == json.loads(block("json", '{\n  "counts"'))


def test_the_example_of_a_timeseries_has_the_form_of_a_real_one(demo):
    real = json.loads(demo.sh(block("sh", "TOKEN=$(.venv/bin/python -m tracking token stats")))
    told = json.loads(block("json", '{\n  "from"'))

    assert real.keys() == told.keys()
    assert [bucket.keys() for bucket in real["buckets"]] == [bucket.keys() for bucket in told["buckets"]]
    varies = {"events", "creators", "final_until", "buckets", "from", "to"}
    assert {key: real[key] for key in real.keys() - varies} == {key: told[key] for key in told.keys() - varies}
    assert told["events"] == sum(bucket["events"] for bucket in told["buckets"])
    assert real["events"] > 0


def test_each_way_to_make_a_token_makes_one_that_writes(demo):
    lines = demo.sh(block("sh", "CREDENTIAL=")).splitlines()
    made = [lines[0], lines[1], json.loads(lines[2])["token"]]
    for token in made:
        event = {"name": "view", "receiver": "job:42", "occurred_at": datetime.now(UTC).isoformat()}
        answer = post(demo, token, event)
        assert set(answer["counts"]) <= {"accepted", "repeat"}, answer


def test_the_table_of_tokens_is_true(demo):
    credential = demo.sh(".venv/bin/python -m tracking source add rows | grep -o 'fk_.*'").strip()
    table = README[README.index("| token | may |") :].split("\n\n")[0].splitlines()[2:]
    assert len(table) == 3
    for row in table:
        command, request, code = (re.search("`(.*)`", cell)[1] for cell in row.split("|")[3:6])
        code = code.replace("mint(credential", f"mint('{credential}'")
        made = [
            demo.sh(f".venv/bin/python -m tracking {command}").strip(),
            json.loads(
                demo.sh(
                    f"curl -s http://127.0.0.1:8000/v1/tokens -H 'Authorization: Bearer {credential}' -d '{request}'"
                )
            )["token"],
            demo.sh(
                f".venv/bin/python -c {shlex.quote(f'from clients.python.footfall_tokens import mint; print({code})')}"
            ).strip(),
        ]
        for token in made:
            if token.startswith("fs_"):
                assert "events" in json.loads(
                    demo.sh(f"curl -s http://127.0.0.1:8000/v1/stats/summary -H 'Authorization: Bearer {token}'")
                )
            else:
                event = {"name": "view", "receiver": "job:42", "occurred_at": datetime.now(UTC).isoformat()}
                assert "verdicts" in post(demo, token, event)


def post(demo: Demo, token: str, event: dict[str, str]) -> dict[str, Any]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{demo.port}/v1/events",
        json.dumps({"events": [event]}).encode(),
        {"Authorization": f"Bearer {token}"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


@pytest.fixture
def shop(demo, tmp_path) -> Iterator[str]:
    """The page of the chapter, made and served by its own lines, on a port of ours. The port alone is given back."""
    port = str(free_port())
    made = block("sh", ".venv/bin/python -m tracking source add shop").replace("9000", port)
    lines, serve = made.replace("/tmp/shop", str(tmp_path)).rstrip().rsplit("\n", 1)
    demo.sh(lines)
    with subprocess.Popen(shlex.split(serve), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as server:
        until_served(f"http://127.0.0.1:{port}/")
        yield port
        server.terminate()


def until_served(url: str) -> None:
    until = time.monotonic() + 10
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            assert time.monotonic() < until, "nobody serves the page"
            time.sleep(0.02)  # another process: nothing here to wait on


def test_the_page_of_the_chapter_sends_from_its_own_origin_and_from_no_other(demo, shop, chromium):
    page = chromium.new_page(user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0")
    page.goto(f"http://127.0.0.1:{shop}/")
    page.get_by_text('200 {"counts":{"accepted":1}').wait_for()
    page.get_by_role("button").click()
    page.wait_for_function("() => document.querySelector('pre').innerText.split('accepted\":1').length === 3")
    page.goto("about:blank")  # it is left: the beacon goes
    until = time.monotonic() + 30
    while "read__end" not in demo.sh(".venv/bin/python -m tracking ledger --json"):
        assert time.monotonic() < until, "the beacon did not arrive"

    blocked: list[str] = []
    page.on("console", lambda message: blocked.append(message.text))
    with page.expect_event("requestfailed"):
        page.goto(f"http://localhost:{shop}/")
    page.wait_for_load_state("networkidle")
    assert "CORS" in "".join(blocked)
    page.goto("about:blank")
    told = json.loads(block("json", '{"event": "refused"').replace("9000", shop))
    line = json.loads(demo.said("origin-not-allowed"))
    assert line.keys() == told.keys()
    said = {"event", "status", "method", "path", "kind", "source", "origin", "level", "logger"}
    assert {key: line[key] for key in said} == {key: told[key] for key in said}
    page.close()


def test_the_lines_about_telling_people_work_as_pasted(demo):
    said = demo.sh(block("sh", ".venv/bin/python -m tracking rule add"))
    assert "job-clicks" in said
    assert "profile-views, " in said


def test_the_lines_about_asking_by_sql_work_as_pasted(demo):
    said = demo.sh(block("sh", ".venv/bin/python -m tracking bi grant"))
    url = re.search(r"postgresql://\S+", said)[0]
    assert "marketing_ann" in url
    with psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection:
        ((views,),) = connection.execute("select sum(views)::bigint from analytics.funnel_daily").fetchall()
        assert views > 1000
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select from tracking.events")


def test_the_lines_about_taking_everything_away_work_as_pasted(demo):
    said = demo.sh(block("sh", ".venv/bin/python -m tracking export"))
    with gzip.open(demo.folder / "events.ndjson.gz") as file:
        assert sum(1 for _ in file) > 10_000
    credential = re.search(r"fk_\S+", said)[0]
    answer = demo.sh(
        f"curl -s -H 'Authorization: Bearer {credential}' 'http://127.0.0.1:{demo.port}/v1/events?limit=1'"
    )
    assert json.loads(answer)["event_id"]


def test_the_demo_tells_people_and_shows_their_mails(demo):
    assert "has passed 1" in demo.said("  webhook: ", seconds=150)
    if datetime.now(UTC).hour == 0:
        return  # the day that ended is told at one
    subject = demo.said("  mail to ", seconds=60).partition(": ")[2]
    page = re.search(r"mails +(http://127.0.0.1:\d+/)", demo.output)[1]
    with urllib.request.urlopen(page, timeout=5) as response:
        html = response.read().decode()
    assert subject in unescape(html)
    number = re.search(r'src="/(mail/\d+)"', html)[1]
    with urllib.request.urlopen(page + number, timeout=5) as response:
        assert response.headers["Content-Security-Policy"].endswith("sandbox")
        assert "/v1/unsubscribe?token=fu_" in response.read().decode()


def test_the_steps_of_the_demo_script_show_what_it_says(demo):
    """Of docs/project/demo.md."""
    script = (ROOT / "docs" / "project" / "demo.md").read_text()
    said = [demo.sh(text) for _, text in BLOCK.findall(script)]
    assert [json.loads(line)["counts"] for line in said[0].splitlines()] == [{"accepted": 1}, {"duplicate": 1}]
    forged, lied, refused = (json.loads(line) for line in said[1].splitlines())
    assert forged["status"] == 401
    assert lied["verdicts"][0]["field"] == "creator"
    assert refused["status"] == 403
    assert "profile-views" in said[2]
    assert re.search(r"^impression \d+$", said[3], re.MULTILINE)
    assert "ledger and events balance" in said[4]


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
    assert re.findall(r"Traceback.*", demo.output, re.DOTALL) == []
    assert (demo.folder / ".footfall").is_dir()
