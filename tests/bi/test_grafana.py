"""The statements of Grafana's dashboard, with its macro in plain SQL: Grafana itself is not here to run them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from fixtures.cast import event
from fixtures.processes import ROOT

GRAFANA = ROOT / "deploy" / "grafana"
PANELS = json.loads((GRAFANA / "footfall.json").read_text())["panels"]
(SOURCE,) = yaml.safe_load((GRAFANA / "provisioning" / "datasources" / "footfall.yaml").read_text())["datasources"]


def plain(asked: str) -> str:
    """As Grafana writes out its macro: https://grafana.com/docs/grafana/latest/datasources/postgres/#macros"""
    return re.sub(r"\$__timeFilter\((\w+)\)", r"\1 between now() - interval '30 days' and now()", asked)


@pytest.mark.parametrize("panel", PANELS, ids=[panel["title"] for panel in PANELS])
def test_every_panel_asks_what_marketing_may_see(
    reading: Any, verdicts: Any, receivers: None, panel: dict[str, Any]
) -> None:
    verdicts(event(), event(name="impression", receiver="job:77"))
    (target,) = panel["targets"]
    with reading() as connection:
        columns = [column.name for column in connection.execute(plain(target["rawSql"])).description]
    assert target["format"] == "table" or columns[0] == "time"
    assert panel["datasource"]["uid"] == SOURCE["uid"]


def test_no_panel_adds_up_what_is_unique() -> None:
    added = [panel["title"] for panel in PANELS if re.search(r"(sum|avg)\(unique_", panel["targets"][0]["rawSql"])]
    assert added == []


def test_the_source_takes_its_password_from_a_file() -> None:
    """https://grafana.com/docs/grafana/latest/setup-grafana/configure-grafana/#file-provider"""
    assert SOURCE["secureJsonData"] == {"password": "$__file{/run/secrets/footfall_db_password}"}
