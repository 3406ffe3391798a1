"""The bugs to plant fit the files as they are: a stale entry is found here, not in an hour's run."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from mutants import Mutant
from mutants.__main__ import a_copy, lists, planted, try_one

ROOT = Path(__file__).resolve().parent.parent
LISTED = [(area, mutant) for area, mutants in lists().items() for mutant in mutants]


@pytest.mark.parametrize(("area", "mutant"), LISTED, ids=[f"{area}-{n}" for n, (area, _) in enumerate(LISTED)])
def test_a_bug_fits_its_file_and_names_tests_that_exist(area: str, mutant: Mutant) -> None:
    after = planted(mutant, (ROOT / mutant.file).read_text())
    assert mutant.replacement != mutant.text
    if mutant.file.endswith(".py"):
        ast.parse(after)  # who cannot even be imported is noticed by anybody
    assert mutant.tests
    assert [test for test in mutant.tests if not (ROOT / test.partition("::")[0]).exists()] == []
    assert [test for test in mutant.tests if not test.startswith("tests/")] == []
    assert " " in mutant.breaks


def test_no_bug_is_listed_twice() -> None:
    counts = Counter((mutant.file, mutant.text, mutant.replacement) for _, mutant in LISTED)
    assert [twice for twice, times in counts.items() if times > 1] == []


def test_a_stale_entry_is_named() -> None:
    mutant = Mutant("README.md", "twice", "once", "nothing at all", ("tests/test_mutants.py",))
    for text, times in (("", 0), ("twice twice", 2)):
        with pytest.raises(ValueError, match=f"README.md: this stands there {times} times, not once: 'twice'"):
            planted(mutant, text)


def test_a_bug_is_planted_in_a_copy_and_killed_by_a_test_that_sees_it() -> None:
    tests = ("tests/test_audit.py",)
    seen = Mutant("deploy/audit.py", 'if "--hash=sha256:" not in entry:', 'if "--hash" in entry:', "no hash", tests)
    unseen = Mutant("deploy/audit.py", "import sys\n", "import sys  # \n", "nothing at all", tests)
    before = (ROOT / "deploy" / "audit.py").read_text()
    with a_copy() as copy:
        outcomes = [try_one("suite", mutant, copy, 100) for mutant in (seen, unseen)]
        assert (copy / "deploy" / "audit.py").read_text() == before
    assert [one.is_ for one in outcomes] == ["killed", "survived"]
    assert outcomes[0].by.startswith("FAILED tests/test_audit.py::")
    assert (ROOT / "deploy" / "audit.py").read_text() == before
