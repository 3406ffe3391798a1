"""The tasks of the template for AWS: what each is given, runs, and may do in its container."""

import re
import runpy
from dataclasses import fields
from importlib.util import find_spec

import click
import pytest

from fixtures.stack import COMBINATIONS, ROOT, SECRET, Stack
from tracking.app import create_app
from tracking.cli import cli
from tracking.environment import load
from tracking.settings import Settings

NO_SECRET = {"QUEUE_URL"}
"""Of SQS it is an address; who may send there is a matter of roles."""
QUEUE_URL = "sqs://sqs.eu-central-1.amazonaws.com/123456789012/EventQueue"
KNOWN = {field.metadata["name"] for field in fields(Settings)}
SECRETS = {field.metadata["name"] for field in fields(Settings) if field.metadata["secret"]}
DOCKERFILE = (ROOT / "Dockerfile").read_text()
GUNICORN = runpy.run_path(str(ROOT / "deploy" / "gunicorn.conf.py"))
SOME = {
    "DATABASE_URL": "postgresql://footfall@primary.footfall.internal/footfall?sslmode=require",
    "DATABASE_API_URL": "postgresql://footfall_api@primary.footfall.internal/footfall?sslmode=require",
    "READ_DATABASE_URL": "postgresql://footfall@standby.footfall.internal/footfall?sslmode=require",
    "SECRET_KEYS": "0123456789abcdef" * 4,
    "SMTP_URL": "smtp://jobs:word@mail.jobs.example:587",
    "METRICS_TOKEN": "0123456789abcdef" * 3,
}
"""What may stand in the secrets."""


def containers(combination: str) -> dict[str, dict]:
    tasks = Stack(COMBINATIONS[combination]).of("ECS::TaskDefinition")
    return {one["Name"]: one for task in tasks.values() for one in task["ContainerDefinitions"]}


def environment(container: dict) -> dict[str, str]:
    return {one["Name"]: one["Value"] for one in container["Environment"]}


def secrets(container: dict) -> dict[str, str]:
    return {one["Name"]: one["ValueFrom"] for one in container["Secrets"]}


EACH = [(combination, name) for combination in COMBINATIONS for name in containers(combination)]
each = pytest.mark.parametrize(("combination", "name"), EACH)


def test_the_drain_is_there_with_a_queue_only():
    always = {"api", "jobs", "migrate"}
    assert {combination: containers(combination).keys() - always for combination in COMBINATIONS} == {
        combination: {"drain"} if combination.endswith("all") else set() for combination in COMBINATIONS
    }


@each
def test_a_task_is_given_known_settings_and_secrets_as_secrets(combination, name):
    container = containers(combination)[name]
    assert environment(container).keys() | secrets(container).keys() <= KNOWN
    assert environment(container).keys() & SECRETS <= NO_SECRET
    assert environment(container).get("QUEUE_URL", QUEUE_URL) == QUEUE_URL
    assert secrets(container).keys() <= SECRETS


@each
def test_a_task_starts_with_what_it_is_given(combination, name, monkeypatch):
    container = containers(combination)[name]
    for known in KNOWN:
        monkeypatch.delenv(known, raising=False)
        monkeypatch.delenv(f"{known}_FILE", raising=False)
    for key, value in environment(container).items():
        if key in KNOWN:
            monkeypatch.setenv(key, value.replace("LakeBucket", "footfall-lake"))
    for key in secrets(container).keys() & KNOWN:
        monkeypatch.setenv(key, SOME[key])

    settings = load(signs=name != "drain")

    assert not settings.embedded
    assert settings.deployment == "footfall"


@pytest.mark.parametrize("combination", COMBINATIONS)
def test_tasks_agree_on_what_the_deployment_decides(combination):
    decided = ("DEPLOYMENT", "REPORTING_TIMEZONE", "LATENESS_DAYS", "COLUMNSTORE_DAYS", "RETENTION_DAYS")
    told = [[environment(one)[key] for key in decided] for one in containers(combination).values()]
    assert all(one == told[0] for one in told)


@pytest.mark.parametrize("combination", COMBINATIONS)
def test_only_jobs_and_migrations_hold_the_owners_url(combination):
    held = {name: secrets(one) for name, one in containers(combination).items()}
    hosts = not combination.startswith("external")
    owner, api = ("DatabaseUrl", "DatabaseApiUrl") if hosts else (f"{SECRET}owner", f"{SECRET}api")
    assert {name for name, one in held.items() if owner in one.values()} == {"jobs", "migrate"}
    assert held["api"] == {"DATABASE_API_URL": api, "SECRET_KEYS": "SecretKeys", "METRICS_TOKEN": "MetricsToken"}
    assert held.get("drain", {"DATABASE_API_URL": api}) == {"DATABASE_API_URL": api}
    assert ("READ_DATABASE_URL" in held["jobs"]) is (hosts and combination != "one host")


@each
def test_a_task_runs_what_exists(combination, name):
    python, option, module, *rest = containers(combination)[name]["Command"]
    assert (python, option) == ("python", "-m")
    if module == "tracking":
        assert isinstance(cli.get_command(click.Context(cli), rest[0]), click.Command)
    else:
        assert find_spec(f"{module}.__main__" if module == "jobs" else module)


@each
def test_a_task_can_change_nothing_but_its_tmp(combination, name):
    container = containers(combination)[name]
    assert container["ReadonlyRootFilesystem"] is True
    assert container["User"] == re.search("^USER (.*)$", DOCKERFILE, re.MULTILINE)[1]
    assert container["LinuxParameters"] == {"Capabilities": {"Drop": ["ALL"]}}
    assert container.keys().isdisjoint({"Privileged", "DockerSecurityOptions", "EntryPoint"})
    assert container["MountPoints"] == [{"SourceVolume": "tmp", "ContainerPath": "/tmp"}]


def test_the_volume_at_tmp_is_open_to_the_user_of_the_image():
    """Fargate gives an empty volume the rights of the image's folder, if the image declares it."""
    assert 'VOLUME ["/tmp"]' in DOCKERFILE.splitlines()


@each
def test_a_task_is_an_image_of_this_stack_and_logs_where_logs_end(combination, name):
    stack = Stack(COMBINATIONS[combination])
    container = containers(combination)[name]
    assert container["Image"] == "Repository:0.1.0"
    options = container["LogConfiguration"]["Options"]
    assert stack.of("Logs::LogGroup")[options["awslogs-group"]]["RetentionInDays"] == "30"


def test_migrations_of_the_next_version_run_before_it_does():
    tasks = Stack(COMBINATIONS["hosts and all"] | {"NextTag": "0.2.0"}).of("ECS::TaskDefinition")
    images = {name: task["ContainerDefinitions"][0]["Image"] for name, task in tasks.items()}
    assert images.pop("MigrateTask") == "Repository:0.2.0"
    assert set(images.values()) == {"Repository:0.1.0"}


def test_only_the_api_listens():
    ports = {name: one.get("PortMappings") for name, one in containers("hosts and all").items()}
    assert ports == {"api": [{"ContainerPort": 8000}], "drain": None, "jobs": None, "migrate": None}
    assert re.search(r"^EXPOSE 8000$", DOCKERFILE, re.MULTILINE)


def test_a_task_has_the_time_that_it_needs_to_end():
    times = {name: one["StopTimeout"] for name, one in containers("hosts and all").items()}
    assert times["api"] > GUNICORN["graceful_timeout"]
    assert max(times.values()) <= 120  # Fargate's most


def test_the_api_has_a_worker_for_each_of_its_processors():
    for size in ("1", "2", "4"):
        stack = Stack(COMBINATIONS["hosts"] | {"ApiSize": size})
        task = stack.of("ECS::TaskDefinition")["ApiTask"]
        assert int(task["Cpu"]) == int(size) * 1024
        assert environment(task["ContainerDefinitions"][0])["WORKERS"] == size


def test_the_load_balancer_hangs_up_first_and_asks_what_the_api_answers():
    stack = Stack(COMBINATIONS["hosts"])
    attributes = {
        one["Key"]: one["Value"]
        for one in stack.of("ElasticLoadBalancingV2::LoadBalancer")["Balancer"]["LoadBalancerAttributes"]
    }
    assert int(attributes["idle_timeout.timeout_seconds"]) < GUNICORN["keepalive"]
    assert attributes["routing.http.xff_header_processing.mode"] == "append"
    assert environment(containers("hosts")["api"])["TRUSTED_HOPS"] == "1"
    path = stack.of("ElasticLoadBalancingV2::TargetGroup")["ApiTargets"]["HealthCheckPath"]
    settings = Settings(database_api_url="postgresql://nobody@127.0.0.1:1/footfall", secret_keys=(SOME["SECRET_KEYS"],))
    assert create_app(settings).test_client().get(path).status_code == 200  # without a database


def test_nothing_runs_before_it_is_started_and_one_scheduler_after():
    for started, jobs, api in (("no", 0, 0), ("yes", 1, None)):
        stack = Stack(COMBINATIONS["hosts and all"] | {"Started": started})
        counts = {name: one.get("DesiredCount") for name, one in stack.of("ECS::Service").items()}
        assert counts == {"ApiService": api, "DrainService": api, "JobsService": jobs}
        scaled = set(stack.of("ApplicationAutoScaling::ScalableTarget"))
        assert scaled == ({"ApiScaling", "DrainScaling"} if started == "yes" else set())
