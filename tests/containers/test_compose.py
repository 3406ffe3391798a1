"""The compose files, as Docker Compose itself understands them."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from fixtures.containers import (
    CHOICES,
    DEPLOY,
    DOCKERFILES,
    EVERYTHING,
    KNOWN,
    OURS,
    PARTS,
    SECRET,
    SERVICES,
    Dockerfile,
    composed,
)
from fixtures.processes import ROOT

OF_THE_IMAGE = {"POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_INITDB_ARGS", "TIMESCALEDB_TELEMETRY"}
PAGES = {"api": "8000", "mailpit": "8025", "superset": "8088", "grafana": "3000", "prometheus": "9090"}
"""What this machine can reach, and nobody else."""
MEET = {
    "database": {"db", "migrate", "api", "jobs", "drain"},
    "queue": {"rabbitmq", "api", "drain"},
    "mail": {"mailpit", "jobs"},
    "reports": {"db", "superset-setup", "superset", "grafana"},
    "metrics": {"prometheus", "api", "grafana"},
    "front": {"api"}, "out": {"jobs"}, "mailbox": {"mailpit"}, "observatory": {"prometheus"},
    "superset": {"superset"}, "grafana": {"grafana"},
}  # fmt: skip
"""Who can talk to whom: each network and those on it."""
ENDS = {"migrate", "superset-setup"}
LISTENS_NOWHERE = {"jobs", "drain"}
FROM_A_FILE = {
    "db": {"api_password"},
    "rabbitmq": {"rabbitmq_user"},
    "prometheus": {"metrics_token"},
    "grafana": {"footfall_db_password"},
}
"""Secrets that a configuration names, and not the environment."""
READS = {
    "db": DEPLOY / "initdb" / "100_footfall_api.sh",
    "prometheus": DEPLOY / "prometheus" / "prometheus.yml",
    "grafana": DEPLOY / "grafana" / "provisioning" / "datasources" / "footfall.yaml",
}


def secrets_of(service: dict[str, Any]) -> set[str]:
    return {secret["source"] for secret in service.get("secrets", [])}


@pytest.mark.parametrize("parts", CHOICES, ids="+".join)
def test_docker_compose_takes_every_choice_of_parts(parts: tuple[str, ...]) -> None:
    assert composed(*parts)["services"].keys() >= {"db", "migrate", "api", "jobs"}


def contains(whole: Any, part: Any) -> bool:
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(key in whole and contains(whole[key], part[key]) for key in part)
    if isinstance(part, list):
        return isinstance(whole, list) and all(one in whole for one in part)
    return bool(whole == part)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_only_adds(part: str) -> None:
    assert contains(composed(part), composed())
    assert composed(part)["services"].keys() > composed()["services"].keys()


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_can_change_nothing_but_its_data(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service.keys() & {"privileged", "cap_add", "devices", "pid", "ipc", "network_mode"} == set()
    assert [one for one in service.get("volumes", []) if one["type"] == "bind" and not one.get("read_only")] == []
    assert "docker.sock" not in str(service)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_can_take_neither_all_memory_nor_all_processes(name: str) -> None:
    if name != "db":  # what a database may take is the whole machine's question
        assert 0 < int(SERVICES[name]["mem_limit"]) <= 2 << 30
        assert 0 < SERVICES[name]["pids_limit"] <= 500


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_says_whether_it_is_well(name: str) -> None:
    check = SERVICES[name].get("healthcheck", {})
    if name in ENDS | LISTENS_NOWHERE:
        assert check == {"disable": True}
    elif "build" in SERVICES[name]:
        assert check == {}, "the image has its own"
        assert Dockerfile.read(SERVICES[name]["build"]["dockerfile"]).every("HEALTHCHECK") != []
    else:
        assert check["test"][0] == "CMD"


def test_what_ends_is_not_started_again_and_what_runs_is() -> None:
    assert {name for name, service in SERVICES.items() if service["restart"] == "no"} == ENDS
    assert {service["restart"] for service in SERVICES.values()} == {"no", "unless-stopped"}


def test_a_service_waits_until_what_it_needs_is_well() -> None:
    for service in SERVICES.values():
        for needed, how in service.get("depends_on", {}).items():
            assert how["condition"] == ("service_completed_successfully" if needed in ENDS else "service_healthy")
    for name in ("api", "jobs", "drain", "superset-setup"):
        assert SERVICES[name]["depends_on"].keys() >= {"db", "migrate"}
    for name in ("api", "drain"):
        assert "rabbitmq" in SERVICES[name]["depends_on"]


def test_services_meet_only_those_that_they_must() -> None:
    networks = {name for service in SERVICES.values() for name in service["networks"]}
    assert {net: {name for name, service in SERVICES.items() if net in service["networks"]} for net in networks} == MEET


def test_only_what_needs_a_way_out_has_one() -> None:
    """A port is published on a network that is not internal, and such a network leads out, too: so nobody shares it."""
    out = {name for name, network in EVERYTHING["networks"].items() if not network.get("internal")}
    assert out == {name for name, who in MEET.items() if len(who) == 1}
    assert {who for net in out for who in MEET[net]} == {*PAGES, "jobs"}


def test_nothing_is_reachable_from_other_machines() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert {name: [port["published"] for port in published] for name, published in ports.items()} == {
        name: [port] for name, port in PAGES.items()
    }
    assert {port["host_ip"] for published in ports.values() for port in published} == {"127.0.0.1"}


@pytest.mark.parametrize("name", OURS)
def test_a_service_of_ours_is_given_known_settings_and_secrets_as_files(name: str) -> None:
    environment = SERVICES[name]["environment"]
    assert {key.removesuffix("_FILE") for key in environment} <= KNOWN
    assert {key for key in SECRET & environment.keys() if "@" in environment[key]} == set()
    assert SECRET & environment.keys() <= {"SMTP_URL"}


def test_the_database_is_given_what_its_image_knows() -> None:
    assert {key.removesuffix("_FILE") for key in SERVICES["db"]["environment"]} <= OF_THE_IMAGE
    assert "POSTGRES_PASSWORD" not in SERVICES["db"]["environment"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_exactly_the_secrets_that_it_reads(name: str) -> None:
    service = SERVICES[name]
    environment = service.get("environment", {})
    read = {value.removeprefix("/run/secrets/") for key, value in environment.items() if key.endswith("_FILE")}
    read |= FROM_A_FILE.get(name, set())
    assert secrets_of(service) == read
    assert read <= EVERYTHING["secrets"].keys()
    if name in READS:
        assert all(f"/run/secrets/{one}" in READS[name].read_text() for one in FROM_A_FILE[name])


def test_only_who_changes_the_schema_holds_the_password_of_the_owner() -> None:
    holds = {name for name, service in SERVICES.items() if {"database_url", "owner_password"} & secrets_of(service)}
    assert holds == {"db", "migrate", "jobs"}


def test_services_of_ours_agree_on_what_the_deployment_decides() -> None:
    for key in ("REPORTING_TIMEZONE", "RETENTION_DAYS", "SECRET_KEYS_FILE"):
        assert len({SERVICES[name]["environment"][key] for name in OURS if name != "drain"}) == 1
    assert len({SERVICES[name]["image"] for name in OURS}) == 1


def test_a_drain_holds_no_key() -> None:
    assert secrets_of(SERVICES["drain"]) == {"database_api_url", "queue_url"}


@pytest.mark.parametrize("name", [name for name, service in SERVICES.items() if "-m" in (service["command"] or [])])
def test_a_command_names_a_module_that_is_there(name: str) -> None:
    python, _, module, *_ = SERVICES[name]["command"]
    path = ROOT / module.replace(".", "/")
    assert python == "python"
    assert path.with_suffix(".py").exists() or (path / "__main__.py").exists()


def test_grafana_is_given_what_its_sources_ask_for() -> None:
    folder = DEPLOY / "grafana" / "provisioning" / "datasources"
    asked = {name for path in folder.glob("*.yaml") for name in re.findall(r"\$([A-Z][A-Z_]+)", path.read_text())}
    assert asked == {name for name in SERVICES["grafana"]["environment"] if name.startswith("FOOTFALL_")}


def test_images_are_pinned_to_a_version() -> None:
    images = [base for name in DOCKERFILES for base in Dockerfile.read(name).bases]
    images += [service["image"] for service in SERVICES.values()]
    assert [image for image in images if not re.search(r":[^:]*\d+\.\d+", image)] == []


def test_every_file_that_is_mounted_exists() -> None:
    mounts = {
        one["source"] for service in SERVICES.values() for one in service.get("volumes", []) if one["type"] == "bind"
    }
    assert mounts
    assert [mount for mount in mounts if not (ROOT / mount).exists()] == []


def test_secrets_are_not_committed_nor_sent_to_the_builder() -> None:
    folder = "deploy/secrets"
    assert {secret["file"].rpartition("/")[0].removeprefix("./") for secret in EVERYTHING["secrets"].values()} == {
        folder
    }
    assert {f"{folder}/", ".env"} <= set((ROOT / ".gitignore").read_text().splitlines())
    for ignored in (".dockerignore", "deploy/superset/Dockerfile.dockerignore"):
        lines = (ROOT / ignored).read_text().splitlines()
        assert next(line for line in lines if not line.startswith("#")) == "*"
        assert f"!{folder}" not in lines


def test_rabbitmq_stops_its_senders_before_its_memory_ends() -> None:
    told = dict(re.findall(r"^(\S+) = (.*)$", (DEPLOY / "compose" / "rabbitmq.conf").read_text(), re.MULTILINE))
    assert (
        int(told["vm_memory_high_watermark.absolute"].removesuffix("MB")) * 10**6
        < int(SERVICES["rabbitmq"]["mem_limit"]) * 0.7
    )


def test_prometheus_asks_the_api_with_the_token() -> None:
    (job,) = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())["scrape_configs"]
    assert job["static_configs"] == [{"targets": ["api:8000"]}]
    assert job["authorization"] == {"credentials_file": SERVICES["api"]["environment"]["METRICS_TOKEN_FILE"]}
