"""Weeks of steady traffic, before something breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fixtures.traffic import Traffic

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def traffic(sql: Callable[..., list[tuple]]) -> Traffic:
    sql("insert into tracking.sources (name) values ('ios')")
    return Traffic(sql)


@pytest.fixture
def known(traffic: Traffic) -> Traffic:
    """Four weeks of the usual traffic are known."""
    traffic.weeks()
    return traffic
