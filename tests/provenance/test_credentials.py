"""A source's credential derives from the platform's keys and its name; nothing of it is stored."""

import re

import pytest

from fixtures.database import KEY, OLD_KEY
from tracking.provenance import credentials

WEB = credentials.derive(KEY, "web", 1)


def test_a_credential_says_its_source_and_version() -> None:
    assert re.fullmatch(r"fk_jobs-backend_12_[A-Za-z0-9_-]{43}", credentials.derive(KEY, "jobs-backend", 12))


def test_the_derivation_has_not_changed() -> None:
    """A golden value: every credential ever handed out hangs on it."""
    assert credentials.derive("k" * 32, "web", 1) == "fk_web_1_ubbN4uRMh8pPPn_kkJ-YSPx-C95cY6UiDHNmmKCrJKs"


def test_source_version_and_key_each_make_another_credential() -> None:
    others = [(OLD_KEY, "web", 1), (KEY, "ios", 1), (KEY, "web", 2), (KEY, "web", 11)]
    assert len({WEB, *(credentials.derive(*other) for other in others)}) == 5


@pytest.mark.parametrize("key", [KEY, OLD_KEY])
def test_every_key_verifies_what_it_derived(key: str) -> None:
    credential = credentials.derive(key, "web", 3)
    found = credentials.verify(credential, (KEY, OLD_KEY))
    assert found is not None
    assert (found.source, found.version) == ("web", 3)


@pytest.mark.parametrize("position", range(len(WEB)))
def test_a_credential_changed_at_any_position_does_not_verify(position: int) -> None:
    for other in "A0_-z ":
        if other != WEB[position]:
            assert credentials.verify(WEB[:position] + other + WEB[position + 1 :], (KEY, OLD_KEY)) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fk_",
        "fk_web_1_",
        WEB[:-1],
        WEB + "A",
        WEB + "\n",
        " " + WEB,
        WEB.replace("fk_", "fc_"),
        WEB.replace("_1_", "_01_"),
        WEB.replace("_1_", "_0_"),
        WEB.replace("_1_", "_-1_"),
        WEB.replace("_1_", "_9999999999_"),
        WEB.replace("_1_", "_١_"),  # noqa: RUF001 - a digit, but not one of ours
        WEB.replace("web", "Web"),
        WEB.replace("web", "w" * 33),
        WEB.replace("web", ""),
        "fk_web_1_" + "é" * 43,
        "\0" + WEB,
        "\ud800",
        WEB * 200,
    ],
)
def test_what_is_no_credential_does_not_verify(text: str) -> None:
    assert credentials.verify(text, (KEY, OLD_KEY)) is None


def test_a_key_that_is_gone_verifies_nothing() -> None:
    assert credentials.verify(WEB, (OLD_KEY,)) is None
