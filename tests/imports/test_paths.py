"""One page under one name (RFC 3986, 6.2.2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.imports.weblogs.paths import MAX_PATH, bounded, normalised


@pytest.mark.parametrize(
    ("path", "normal"),
    [
        ("/", "/"),
        ("/jobs/42", "/jobs/42"),
        ("/caf%c3%a9", "/caf%C3%A9"),
        ("/café", "/caf%C3%A9"),
        ("/%7Euser/%41%2d%2E%5f", "/~user/A-._"),
        ("/a%2fb", "/a%2Fb"),
        ("/a%25b%3f%23", "/a%25b%3F%23"),
        ("/a b|c", "/a%20b%7Cc"),
        ("/a%20b", "/a%20b"),
        ("/100%", "/100%"),
        ("/100%zz", "/100%zz"),
        ("//a///b//", "/a/b/"),
        ("/a/./b/../c", "/a/c"),
        ("/a/..", "/"),
        ("/a/b/..", "/a/"),
        ("/a/.", "/a/"),
        ("/../../a", "/a"),
        ("/a/%2e%2E/b", "/b"),
        ("/.well-known/x", "/.well-known/x"),
        ("/a/...", "/a/..."),
        ("/a;v=1/@b:c,d!$&'()*+=", "/a;v=1/@b:c,d!$&'()*+="),
        ("/A/a", "/A/a"),
        ("/a/", "/a/"),
        ("*", "*"),
        ("jobs.example:443", "jobs.example:443"),
    ],
)
def test_spellings_that_mean_the_same_are_one_and_no_others(path: str, normal: str) -> None:
    assert normalised(path) == normal


@given(st.text(st.sampled_from("/.%2fF7eEaé ~-"), max_size=30))
def test_a_normal_path_stays_as_it_is(rest: str) -> None:
    once = normalised(f"/{rest}")
    assert normalised(once) == once
    assert once.isascii()
    assert once.startswith("/")
    assert "//" not in once
    assert not {".", ".."} & set(once.split("/"))


def test_long_paths_are_shortened_and_stay_different() -> None:
    longest = "/" + "a" * (MAX_PATH - 1)
    assert bounded(longest) == longest
    assert len(bounded(f"{longest}b")) == MAX_PATH
    assert bounded(f"{longest}b") != bounded(f"{longest}c")
