"""What names mean is said once: `*` is the only character that stands for others."""

import fnmatch
import re
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st
from marshmallow import ValidationError

from fixtures.cast import ALICE
from tracking.provenance import tokens
from tracking.vocabulary import NamePattern, sender


@pytest.mark.parametrize(
    ("pattern", "names", "others"),
    [
        ("view", ["view"], ["view__photo", "preview", "View", ""]),
        ("click__*", ["click__save", "click__"], ["click", "click_save", "xclick__save"]),
        ("*", ["view", "click__save"], []),
        ("*__save", ["click__save", "__save"], ["click__saved"]),
        ("click*Btn", ["click__fromBtn", "clickBtn"], ["clickBtn2", "Btn"]),
        ("a*a", ["aa", "aba"], ["a"]),
        ("a*b*c", ["abc", "a-b-c", "abbcc"], ["acb", "ac"]),
        ("cl?ck", [], ["click", "clack"]),
        ("[a-c]lick", [], ["click", "alick"]),
    ],
)
def test_a_pattern_means_these_names_and_no_others(pattern: str, names: list[str], others: list[str]) -> None:
    matches = NamePattern(pattern).matches
    assert [name for name in names if not matches(name)] == []
    assert [name for name in others if matches(name)] == []


@hypothesis.given(st.text("ab_*", max_size=8), st.text("ab_", max_size=8))
def test_python_and_sql_mean_the_same_names(pattern: str, name: str) -> None:
    found = NamePattern(pattern)
    like = "".join({"%": ".*", "_": "."}.get(one) or re.escape(one[-1]) for one in re.findall(r"\\.|.", found.like()))
    assert found.matches(name) == fnmatch.fnmatchcase(name, pattern) == bool(re.fullmatch(like, name))


def test_many_stars_take_no_longer() -> None:
    assert not NamePattern("*a" * 49 + "*b").matches("a" * 100)


def test_a_token_for_names_that_no_event_has_is_not_minted(web: str) -> None:
    for name in ("[!a]*", "cl?ck", "", "x" * 101, "clíck"):
        with pytest.raises(ValidationError):
            tokens.mint(web, "client", seconds=60, creator=ALICE, names=[name])
    tokens.mint(web, "client", seconds=60, creator=ALICE, names=["click__*", "view"])


def test_a_source_cannot_be_given_such_names_either(footfall: Any) -> None:
    for name in ("[a-c]lick", "cl?ck"):
        said = footfall("source", "set", "web", "--name", name, exits=2).stderr
        assert "no event can have a name such as" in said


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("fc_web_1_x.y.z", "web"),
        ("fl_web_1_x", "web"),
        ("fk_jobs-backend_2_s", "jobs-backend"),
        ("fx_web_1_", None),
        ("", None),
    ],
)
def test_who_sends_is_read_from_any_kind_of_token(text: str, source: str | None) -> None:
    assert sender(text) == source
