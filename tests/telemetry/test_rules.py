"""Alerts and dashboard: each alert fires when it should, has a page in the runbook, and names numbers that are told."""

import json
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from fixtures.cast import bearer, event
from fixtures.metrics import TOKEN, Numbers, scraped
from fixtures.processes import ROOT, serving
from fixtures.served import until
from tracking.settings import Settings

DEPLOY = ROOT / "deploy"
HERE = Path(__file__).parent
RULES = yaml.safe_load((DEPLOY / "prometheus" / "rules.yml").read_text())["groups"][0]["rules"]
FILES = sorted(HERE.glob("alerts*.yml"))
CASES = [case for file in FILES for case in yaml.safe_load(file.read_text())["tests"]]
ALERTS = [rule["alert"] for rule in RULES]
PANELS = json.loads((DEPLOY / "grafana" / "operations.json").read_text())["panels"]
ASKED = {rule["alert"]: rule["expr"] for rule in RULES} | {
    f"{panel['title']} {target['refId']}": target["expr"] for panel in PANELS for target in panel["targets"]
}
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()
NUMBER = re.compile(r"\bfootfall_\w+")

JOB = """
insert into tracking.jobs (job, schedule) values ('good', 'daily');
insert into tracking.job_runs (job, instance, alive_until, ended_at, outcome) values ('good', 'x', now(), now(), 'ok');
"""

promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is missing: make tools")


def run(*command: str) -> str:
    done = subprocess.run(["promtool", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@promtool
def test_prometheus_takes_rules_and_example(tmp_path: Path) -> None:
    shutil.copytree(DEPLOY / "prometheus", tmp_path / "prometheus")
    (tmp_path / "metrics_token").write_text(TOKEN)
    file = tmp_path / "prometheus" / "prometheus.yml"
    there = {"/run/secrets/": f"{tmp_path}/", "/etc/prometheus/": f"{file.parent}/"}
    text = file.read_text()
    for inside, here in there.items():
        assert inside in text
        text = text.replace(inside, here)
    file.write_text(text)
    run("check", "rules", "--lint-fatal", "deploy/prometheus/rules.yml")
    run("check", "config", "--lint-fatal", str(file))


@promtool
def test_each_alert_fires_when_it_should_and_only_then() -> None:
    run("test", "rules", *map(str, FILES))


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert_is_tested_where_it_fires_and_where_it_does_not(alert: str) -> None:
    expected = [
        bool(one["exp_alerts"]) for case in CASES for one in case["alert_rule_test"] if one["alertname"] == alert
    ]
    assert set(expected) == {True, False}


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert_has_a_section_of_the_runbook(alert: str) -> None:
    section = RUNBOOK.partition(f"\n## {alert}\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\*\*(.*?)\*\*", section, re.MULTILINE) == ["Means.", "See.", "Do."]


def test_the_runbook_has_no_section_of_an_alert_that_is_gone() -> None:
    assert re.findall(r"^## (Footfall\w+)$", RUNBOOK, re.MULTILINE) == ALERTS


def test_an_alert_pages_somebody_or_can_wait_until_the_morning() -> None:
    assert {rule["labels"]["severity"] for rule in RULES} == {"page", "ticket"}


@pytest.fixture(scope="module")
def numbers(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with serving(settings, tmp_path_factory.mktemp("server") / "log", METRICS_TOKEN=TOKEN) as server:
        yield server


def test_every_number_that_alerts_and_dashboard_name_is_told(numbers: Any, sql: Any, alice: str) -> None:
    """By a running server, after one request with an event and one without a token."""
    sql(JOB)
    for token in (alice, "nothing"):
        body = json.dumps({"events": [event()]}).encode()
        request = urllib.request.Request(f"{numbers.url}/v1/events", body, bearer(token))
        try:
            urllib.request.urlopen(request, timeout=20).close()
        except urllib.error.HTTPError as error:
            error.close()
    found: list[Numbers] = []

    def told() -> bool:
        found.append(scraped(numbers.url))
        return {"footfall_events_total", "footfall_problems_total", "footfall_job_failures"} <= found[-1].names

    until(told, seconds=40)  # what the database tells may be 15 seconds old
    # tests/queues/test_told.py shows those of a queue
    here = {asks: asked for asks, asked in ASKED.items() if "footfall_queue_" not in asked}
    missing = {asks: set(NUMBER.findall(asked)) - found[-1].names for asks, asked in here.items()}
    assert {asks: names for asks, names in missing.items() if names} == {}
    named = {name for asked in ASKED.values() for name in NUMBER.findall(asked)}
    unnamed = {
        name
        for name in found[-1].names
        if name.startswith("footfall_") and not name.endswith(("_bucket", "_sum", "_count"))
    }
    assert unnamed - named == set(), "what no alert and no panel shows is told for nothing"


def test_every_panel_asks_the_prometheus_that_is_provisioned() -> None:
    file = DEPLOY / "grafana" / "provisioning" / "datasources" / "prometheus.yaml"
    (source,) = yaml.safe_load(file.read_text())["datasources"]
    assert {target["datasource"]["uid"] for panel in PANELS for target in panel["targets"]} == {source["uid"]}
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)


@promtool
@pytest.mark.parametrize("asks", [name for name in ASKED if name not in ALERTS])
def test_prometheus_understands_what_a_panel_asks(asks: str, tmp_path: Path) -> None:
    rule = {"record": "panel", "expr": ASKED[asks]}
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": [rule]}]}))
    run("check", "rules", str(tmp_path / "rules.yml"))
