"""docs/front-end.md, pasted block by block as a new reader does: its own page sends, shows a count, and is seen live."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fixtures.processes import ROOT, Server, environment, free_port
from fixtures.served import until
from tracking.settings import Settings

PAGE = (ROOT / "docs" / "front-end.md").read_text()
BLOCKS = [
    text for language, text in re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL) if language == "sh"
]
READER = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


@pytest.fixture
def pasted(server: Server, settings: Settings, catalogue: None, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The addresses of the site and of the inspector. Ports, folder and Python are ours; all else is as it stands."""
    site = str(free_port())
    _, add, files, inspector, serve = BLOCKS

    def ours(block: str) -> str:
        for theirs, here in (
            ("127.0.0.1:8000", server.url.removeprefix("http://")), ("127.0.0.1:9000", f"127.0.0.1:{site}"),
            ('"127.0.0.1", 9000', f'"127.0.0.1", {site}'), ("/tmp/my-site", str(tmp_path)),
            (".venv/bin/python", sys.executable),
        ):  # fmt: skip
            block = block.replace(theirs, here)
        return block

    script = "\n".join(
        [ours(add), ours(files), ours(inspector), "echo now", ours(serve).replace("python3", "exec python3")]
    )
    with subprocess.Popen(
        ["sh", "-e"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT,
        env=environment(settings),
    ) as shell:  # fmt: skip
        shell.stdin.write(script)
        shell.stdin.close()
        live = shell.stdout.readline().strip()
        assert shell.stdout.readline() == "now\n"
        yield f"http://127.0.0.1:{site}/", live
        shell.terminate()


def test_the_first_event_is_in_the_inspector(
    pasted: tuple[str, str], chromium: Any, sql: Callable[..., list[tuple]]
) -> None:
    site, live = pasted
    context = chromium.new_context(user_agent=READER)
    inspector, page = context.new_page(), context.new_page()
    inspector.goto(live)
    inspector.get_by_text("Live", exact=True).wait_for()
    until(lambda: answers(page, site))
    inspector.get_by_text("view on job:42").wait_for()
    inspector.get_by_text("impression on job:42").wait_for()
    page.get_by_role("button").dblclick()
    inspector.get_by_text("click__saveJob on job:42").nth(1).wait_for()
    page.locator("footfall-count[data-state=ready]").wait_for()
    context.close()
    assert sql("select name, excluded from tracking.events order by name, excluded nulls first") == [
        ("click__saveJob", None), ("click__saveJob", "repeat"), ("impression", None), ("view", None),
    ]  # fmt: skip


def answers(page: Any, site: str) -> bool:
    from playwright.sync_api import Error  # noqa: PLC0415 - where no browser is, the test is skipped

    try:
        return bool(page.goto(site).ok)
    except Error:  # it starts at this moment
        return False


def test_the_attributes_in_the_table_are_those_of_the_elements() -> None:
    source = (ROOT / "clients" / "components" / "src" / "element.js").read_text()
    asked = re.search(r"const ASKED = \{(.*?)\};", source, re.DOTALL)[1]
    more = re.search(r"observedAttributes = \[.*?, (.*?)\];", source)[1]
    real = set(re.findall(r"(\w+): ", asked)) | set(re.findall(r'"([\w-]+)"', more))
    table = PAGE[PAGE.index("| attribute |") :].split("\n\n")[0].splitlines()[2:]
    told = {name for row in table for name in re.findall(r"`([\w-]+)`", row.split("|")[1])}
    assert told == real
