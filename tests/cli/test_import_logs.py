"""`import` of access logs: who is a visitor, what is a page, and what is nobody's view."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from fixtures.files import combined


def main_format(visitors: int) -> list[str]:
    """As nginx writes it behind a proxy: every address is the proxy's, but for the last."""
    return [
        line.replace(f"203.0.113.{n % 250} ", "10.0.0.1 ") + f' "198.51.100.{n}"'
        for n, line in enumerate(combined(visitors))
    ]


@pytest.mark.parametrize("options", [("--log-format", "main"), ("--format", "combined")])
def test_visitors_behind_a_proxy_are_visitors(importing: Any, stored: Any, options: tuple[str, ...]) -> None:
    assert importing(main_format(200), *options) == ({"accepted": 200}, "")
    assert len({creator for _, creator, _, _ in stored()}) == 200


def test_one_address_that_makes_nearly_everything_is_warned_of(importing: Any) -> None:
    lines = [re.sub(r"^\S+", "10.0.0.1", line) for line in combined(150)]
    counts, said = importing(lines[:100], "--format", "combined")
    assert (counts, said) == ({"accepted": 100}, "")
    _, said = importing(lines, "--format", "combined")
    assert said.startswith("warning: 10.0.0.1 makes 100% of the events. Is it a proxy")
    _, said = importing(lines[:130] + combined(20), "--format", "combined")
    assert said == ""


def test_a_few_addresses_that_make_nearly_everything_are_warned_of(importing: Any) -> None:
    lines = [re.sub(r"^\S+", f"10.0.0.{n % 3}", line) for n, line in enumerate(combined(150))]
    _, said = importing(lines, "--format", "combined")
    assert said.startswith("warning: 10.0.0.0, 10.0.0.1 and 10.0.0.2 make 100% of the events. Are these proxies")


def test_what_was_forwarded_and_cannot_be_read_is_warned_of(importing: Any) -> None:
    lines = [f'{line} "client-{n}\x1b"' for n, line in enumerate(combined(20))]
    _, said = importing(lines, "--log-format", "main")
    assert said.startswith("warning: in 20 of 20 events the forwarded text holds no address, as in 'client-0\\x1b'")
    _, said = importing(main_format(200)[:19] + lines[19:], "--log-format", "main")
    assert said == ""


def test_what_is_nobodys_view_is_left_out_and_counted(footfall: Any, tmp_path: Path) -> None:
    lines = combined(12)
    changes = [("GET", "HEAD"), ("GET", "OPTIONS"), (" 200 ", " 404 "), (" 200 ", " 301 "), ("/jobs/4", "/a.css")]
    changes += [("/jobs/5", "/healthz"), ("Mozilla/5.0", "kube-probe/1.30"), (" 200 ", " 304 ")]
    for at, (old, new) in enumerate(changes):
        lines[at] = lines[at].replace(old, new, 1)
    (tmp_path / "log").write_text("\n".join([*lines, ""]))
    done = footfall("import", str(tmp_path / "log"), "--format", "combined", "--source", "archive")
    assert done.stdout.splitlines() == [
        "5 events: 5 accepted",
        "7 requests left out (see --include): 2 head, 1 errors, 1 redirects, 1 static, 2 health",
    ]
    again = ("import", str(tmp_path / "log"), "--format", "combined", "--source", "archive", "--json", "--include")
    counts = json.loads(footfall(*again, "head,errors", "--include", "static").stdout)
    assert counts["excluded"] == {"redirects": 1, "health": 2}
    assert counts["verdicts"]["accepted"] == 4
    assert json.loads(footfall(*again, "all").stdout)["excluded"] == {}


def test_a_page_is_one_receiver_however_its_address_is_spelt(importing: Any, stored: Any) -> None:
    spelt = ["/caf%C3%A9", "/caf%c3%a9", "/%63afé", r"/caf\xC3\xA9", "//caf%c3%a9", "/x/../caf%C3%A9", "/caf%C3%A9?q#a"]
    lines = [line.replace(f"/jobs/{n}", path) for n, (line, path) in enumerate(zip(combined(7), spelt, strict=True))]
    importing(lines, "--format", "combined")
    assert {receiver for _, _, receiver, _ in stored()} == {"path:/caf%C3%A9"}
