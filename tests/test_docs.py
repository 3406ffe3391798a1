"""The documents say what is so: generated parts are fresh, links lead somewhere, every setting is told."""

import re
import shutil
import subprocess
import sys
import unicodedata
from collections import Counter
from dataclasses import fields
from pathlib import Path

import pytest

from fixtures.pages import PAGES, TRACKED, fragments, links
from tracking.imports.columns import TARGETS
from tracking.imports.weblogs.exclusions import REASONS
from tracking.imports.weblogs.presets import PRESETS
from tracking.ingest.schemas import VerdictSchema
from tracking.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
SCALE = (ROOT / "docs" / "scale.md").read_text()
# Where packages come from is each machine's own business; put together here so that this file does not hold them.
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("deb", "debian", "org"),
    )
]


def generate(*arguments: str, script: Path = ROOT / "docs" / "generate.py") -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, script, *arguments], capture_output=True, text=True, check=False)


def test_the_generated_parts_are_fresh():
    done = generate("--check")
    assert done.returncode == 0, done.stderr


def test_a_stale_part_is_named(tmp_path):
    for name in ("tracking", "jobs", "sql", "bench"):
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "docs", tmp_path / "docs", ignore=shutil.ignore_patterns("images", "__pycache__"))
    script = tmp_path / "docs" / "generate.py"
    (tmp_path / "README.md").write_text(README.replace("| `PORT` | `8000` |", "| `PORT` | `80` |"))
    (tmp_path / "docs" / "scale.md").write_text(SCALE.replace("| the disks are full |", "| nothing |"))

    done = generate("--check", script=script)
    said = "README.md is stale in: settings; run make readme\ndocs/scale.md is stale in: bounds; run make readme\n"
    assert (done.returncode, done.stderr) == (1, said)

    assert generate(script=script).returncode == 0
    assert (tmp_path / "README.md").read_text() == README
    assert (tmp_path / "docs" / "scale.md").read_text() == SCALE


@pytest.mark.parametrize("name", [field.metadata["name"] for field in fields(Settings)])
def test_every_setting_is_in_the_table(name):
    assert f"| `{name}` |" in README


def test_every_command_says_what_it_does():
    table_rows = [line for line in README.splitlines() if line.startswith("| `")]
    assert table_rows
    assert [row for row in table_rows if row.rstrip(" |").endswith("`")] == []


def test_every_verdict_that_exists_is_explained_and_shown():
    verdicts = VerdictSchema().fields["verdict"].validate.choices
    assert [verdict for verdict in verdicts if f"| {verdict} |" not in README] == []
    assert [verdict for verdict in verdicts if f'{{"verdict": "{verdict}"}}' not in README] == [
        "prefetch",
        "rejected",
        "queued",
    ]
    assert '"verdict": "rejected",' in README


@pytest.mark.parametrize("page", PAGES)
def test_every_relative_link_leads_to_a_file(page):
    local = {file for file, _ in links((ROOT / page).read_text()) if file}
    assert [file for file in sorted(local) if not ((ROOT / page).parent / file).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_fragment_of_a_link_is_a_heading_there(page):
    text = (ROOT / page).read_text()
    lost = []
    for file, fragment in links(text):
        if fragment:
            there = (ROOT / page).parent / file if file else ROOT / page
            known = fragments(there.read_text()) if there.suffix == ".md" and there.exists() else set()
            lost += [f"{file}#{fragment}"] if fragment not in known else []
    assert lost == []


def test_a_fragment_is_made_as_github_does():
    text = """
# 4. `occurred_at` is required
## What's new? A/B & [linked](page.md#x) text!
## Twice
```sh
# no heading
```
   ```sh
   # nor this
   ```
### Twice ##
"""
    made = {"4-occurred_at-is-required", "whats-new-ab--linked-text", "twice", "twice-1"}
    assert fragments(text) == made
    assert links("[a](b.md#c) [d](#e) [f](https://x.example/#g) [h](i.py)\n```\n[j](k.md)\n```\n") == [
        ("b.md", "c"), ("", "e"), ("i.py", ""),
    ]  # fmt: skip


DECISIONS = sorted((ROOT / "docs" / "decisions").iterdir())
SECTIONS = ["Question", "Decision", "Why", "Price"]
REFERENCE = re.compile(r"(?:\b[Dd]ecision |docs/decisions/|\bdecisions/)(\d{1,4})\b")


def test_the_decisions_are_numbered_without_a_gap():
    assert [page.name[:5] for page in DECISIONS] == [f"{number:04}-" for number in range(1, len(DECISIONS) + 1)]


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_every_decision_is_a_page_of_one_template(page):
    lines = page.read_text().splitlines()
    assert re.fullmatch(rf"# {int(page.name[:4])}\. [^.]+", lines[0])
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}, accepted(; .+)?", lines[2])
    sections = [line.removeprefix("## ") for line in lines if line.startswith("## ")]
    assert sections in (SECTIONS, [*SECTIONS, "What else was tried"])
    assert len(lines) <= 72


def test_every_decision_that_is_named_exists():
    numbers = {int(page.name[:4]) for page in DECISIONS}
    named = {}
    for name in TRACKED:
        path = ROOT / name
        if path.suffix in {".md", ".py", ".sql", ".mjs", ".js", ".yml"} and path.is_file():
            text = path.read_text()
            named |= {(name, int(number)): int(number) for number in REFERENCE.findall(text)}
            # a link that says a number leads to the page of that number
            assert not [
                link for link in re.findall(r"\[decision (\d+)\]\([^)]*?(\d{4})-", text) if int(link[0]) != int(link[1])
            ]
    assert [where for where, number in named.items() if number not in numbers] == []


def test_no_file_names_the_host_of_a_package_registry():
    found = {}
    for name in TRACKED:
        path = ROOT / name
        if path.is_file() and (hosts := [host for host in REGISTRIES if host.encode() in path.read_bytes()]):
            found[name] = hosts
    assert found == {}


def test_every_path_is_one_where_case_does_not_count():
    """Also its folders: macOS and Windows keep one file, or one folder, of two that differ in case alone."""
    paths = {"/".join(name.split("/")[: depth + 1]) for name in TRACKED for depth in range(name.count("/") + 1)}
    folded = Counter(unicodedata.normalize("NFC", path).casefold() for path in paths)
    assert [path for path, times in folded.items() if times > 1] == []


def test_make_help_tells_every_target():
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split()
    said = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert [line.split()[1] for line in said.splitlines()] == phony


def test_every_log_format_and_every_exclusion_is_in_the_page_about_imports():
    page = (ROOT / "docs" / "imports.md").read_text()
    assert not [name for name in (*PRESETS, *REASONS) if f"`{name}`" not in page]
    assert not [name for name in TARGETS if name != "source" and f"`{name}`" not in page]
