"""The page about the architecture says what is so: its diagrams are held against the template, the jobs and the database."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from docs.diagrams import draw
from fixtures.cast import event
from fixtures.stack import COMBINATIONS, HOSTS, Stack, template
from jobs.schedule import JOBS
from tracking.aggregates import AGGREGATES
from tracking.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "project" / "architecture.md"
TEXT = PAGE.read_text()
SOURCES = {re.search("accTitle: (.*)", one.source)[1]: one.source for one in draw.diagrams([PAGE])}

NODE = r"(\w+)(?:[\[(]+\"?(.*?)\"?[\])]+)?"
ARROW = re.compile(rf"{NODE} (-\.->|-->)(?:\|\"?(.*?)\"?\|)? {NODE}")


class Arrow(NamedTuple):
    start: str
    label: str
    end: str
    is_dashed: bool


def arrows(title: str) -> list[Arrow]:
    """Those of a flowchart; of a & b --> c the last."""
    found = []
    for line in SOURCES[title].splitlines():
        at = 0
        while match := ARROW.search(line, at):
            found.append(Arrow(match[1], match[4] or "", match[5], match[3] == "-.->"))
            at = match.start(5)
    return found


def labels(title: str) -> dict[str, str]:
    return {name: label for name, label in re.findall(NODE, SOURCES[title]) if label}


AWS = arrows("The stack on AWS")
GROUPS = {
    "balancer": "BalancerGroup", "api": "ApiGroup", "drain": "DrainGroup", "jobs": "JobsGroup", "a": "DatabaseGroup",
    "b": "DatabaseGroup",
}  # fmt: skip
MADE_OF = {
    "balancer": "Balancer", "api": "ApiService", "drain": "DrainService", "jobs": "JobsService", "a": "HostA", "b": "HostB",
    "queue": "EventQueue", "dead": "DeadLetters", "lake": "LakeBucket",
}  # fmt: skip
OUTSIDE = {"internet", "hooks", "mails"}
LEAST = Stack(HOSTS | {"DatabaseStandby": "no"})
MOST = Stack(COMBINATIONS["hosts and all"])


def let_in() -> set[tuple[str, int, str]]:
    """(from, port, to) of what the security groups of our parts let in; None is everybody."""
    rules = [
        (name, rule)
        for name, group in MOST.of("EC2::SecurityGroup").items()
        for rule in group.get("SecurityGroupIngress", [])
    ]
    rules += [(rule["GroupId"], rule) for rule in MOST.of("EC2::SecurityGroupIngress").values()]
    ours = set(GROUPS.values())
    return {(rule.get("SourceSecurityGroupId"), int(rule["FromPort"]), name) for name, rule in rules if name in ours}


def test_every_arrow_on_aws_is_a_rule_of_the_security_groups_and_every_rule_an_arrow() -> None:
    drawn = {(GROUPS.get(one.start), int(one.label), GROUPS[one.end]) for one in AWS if one.end in GROUPS}
    assert drawn == let_in()


def test_every_arrow_out_of_a_part_on_aws_has_a_port_that_is_open() -> None:
    open_ = {
        (name, int(rule["FromPort"]))
        for name, group in MOST.of("EC2::SecurityGroup").items()
        for rule in group["SecurityGroupEgress"]
    }
    drawn = {(GROUPS[one.start], int(port)) for one in AWS if one.start in GROUPS for port in one.label.split(", ")}
    assert drawn <= open_
    assert {port for group, port in open_ if group == "JobsGroup"} == {
        port for group, port in drawn if group == "JobsGroup"
    }


def test_what_is_dashed_on_aws_is_what_the_smallest_stack_lacks() -> None:
    names = {name for one in AWS for name in (one.start, one.end)}
    assert names == MADE_OF.keys() | OUTSIDE
    assert set(MADE_OF.values()) <= MOST.resources.keys()
    solid = {name for one in AWS if not one.is_dashed for name in (one.start, one.end)}
    lacks = {name for name, resource in MADE_OF.items() if resource not in LEAST.resources}
    assert names - solid == lacks | {"mails"}
    assert "SMTP_URL" in given(MOST, "JobsTask") - given(LEAST, "JobsTask")


def given(stack: Stack, task: str) -> set[str]:
    (container,) = stack.resources[task]["Properties"]["ContainerDefinitions"]
    return {one["Name"] for one in container["Environment"] + container["Secrets"]}


def test_on_aws_the_api_counts_on_the_primary_and_no_task_has_a_redis() -> None:
    assert "READ_DATABASE_URL" in given(MOST, "JobsTask")
    assert "READ_DATABASE_URL" not in given(MOST, "ApiTask")
    assert "RATE_STORAGE" not in str(template())
    assert "no task of the API reads from it" in TEXT


def parts() -> dict[str, tuple[str, str]]:
    """(what starts it, whether it is needed) of each part in the table."""
    rows = TEXT.partition("| part | what starts it |")[2].partition("\n\n")[0].splitlines()[2:]
    return {cells[1]: (cells[2], cells[3]) for cells in (row.split(" | ") for row in [f" | {row[2:]}" for row in rows])}


def test_a_part_that_is_optional_has_a_setting_that_is_unset_and_dashed_lines() -> None:
    unset = {field.metadata["name"] for field in fields(Settings) if field.default is None}
    optional = {part: start for part, (start, needed) in parts().items() if needed == "no"}
    assert {part for part, start in optional.items() if re.findall("`([A-Z_]+)`", start)[0] not in unset} == set()
    inside = arrows("What runs")
    solid = {name for one in inside if not one.is_dashed for name in (one.start, one.end)}
    shown = labels("What runs")
    dashed = {shown[name].lower() for one in inside for name in (one.start, one.end) if name not in solid}
    assert dashed == {name.lower() for part in optional for name in part.split(", ")}


def test_what_starts_a_part_is_there() -> None:
    commands = re.findall(r"`python -m ([\w.]+)", " ".join(start for start, _ in parts().values()))
    assert set(commands) == {"tracking", "jobs", "jobs.drain"}
    assert [name for name in commands if importlib.util.find_spec(name) is None] == []


def test_every_aggregate_is_refreshed_as_often_as_its_arrow_says() -> None:
    title = "From a raw row to an answer and to a notification"
    shown = labels(title)
    drawn = {shown[one.end]: one.label for one in arrows(title) if one.start == "rows" and one.end != "stats"}
    every = {job.name.removeprefix("refresh "): str(job.when).removeprefix("every ") for job in JOBS}
    assert drawn == {name: every[name] for name in AGGREGATES}


def test_a_day_of_one_name_is_told_from_the_daily_counts_alone() -> None:
    def read(name: str) -> set[str]:
        return set(re.findall(r"(?:from|join) tracking\.(\w+)", (ROOT / "sql" / "queries" / f"{name}.sql").read_text()))

    assert read("told_receivers") == {"event_counts_daily"}
    assert read("told_owned") == {"event_counts_daily", "receivers"}


@pytest.mark.usefixtures("catalogue", "receivers")
def test_when_the_200_is_sent_everything_is_committed_and_nothing_is_refreshed(
    post: Any, client: Any, acme: str, sql: Any
) -> None:
    """Looked at by another connection. With a queue: tests/queues/test_in_front.py."""
    reply = post(event(), event(receiver="nothing"))
    assert [one["verdict"] for one in reply.json["verdicts"]] == ["accepted", "rejected"]
    kept = ("events", "recent_actions", "rejected_events", "ingest_ledger", "event_counts_15min")
    assert [sql(f"select count(*) from tracking.{name}")[0][0] for name in kept] == [1, 1, 1, 2, 1]
    (hypertable,) = sql(
        "select format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name)"
        " from timescaledb_information.continuous_aggregates where view_name = 'event_counts_15min'"
    )
    assert sql(f"select count(*) from {hypertable[0]}") == [(0,)]
    answer = client.get("/v1/stats/summary?receiver=job:42", headers={"Authorization": f"Bearer {acme}"})
    assert (answer.json["events"], answer.json["creators"]) == (1, 1)
