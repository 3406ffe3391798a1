"""A stack comes of the template for AWS, as far as moto knows its resources."""

import json
import os
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from typing import Any

import boto3
import pytest

from fixtures.processes import free_port
from fixtures.stack import ALL, HOSTS, ROOT, Stack, template
from tracking.queues.broker import DELIVERIES

REGION = "eu-central-1"
UNKNOWN = (
    "ApplicationAutoScaling::ScalableTarget", "ApplicationAutoScaling::ScalingPolicy", "Athena::WorkGroup",
    "CloudFormation::WaitCondition", "CloudFormation::WaitConditionHandle", "CloudWatch::Alarm", "DLM::LifecyclePolicy",
    "Logs::MetricFilter", "S3::BucketPolicy", "SQS::QueuePolicy", "SecretsManager::Secret", "WAFv2::IPSet",
    "WAFv2::LoggingConfiguration", "WAFv2::WebACL", "WAFv2::WebACLAssociation",
)  # fmt: skip
"""What moto does not make, or makes without telling it: cfn-lint alone reads these."""


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    """A server that makes stacks, from the environment that has all that this takes."""
    port = free_port()
    command = [ROOT / ".venv-aws" / "bin" / "moto_server", "-H", "127.0.0.1", "-p", str(port)]
    env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=env) as server:
        url = f"http://127.0.0.1:{port}"
        while server.poll() is None:
            with suppress(OSError), urllib.request.urlopen(f"{url}/moto-api/"):
                break
        assert server.poll() is None
        yield url
        server.terminate()


@pytest.fixture(scope="module")
def client(moto) -> Callable[[str], Any]:
    keys = {"aws_access_key_id": "1", "aws_secret_access_key": "2"}
    return cache(lambda service: boto3.client(service, region_name=REGION, endpoint_url=moto, **keys))


def without_cidr(told: Any) -> Any:
    """What moto reads: it knows no Fn::Cidr: the networks that it would give."""
    if isinstance(told, list):
        return [without_cidr(one) for one in told]
    if not isinstance(told, dict):
        return told
    if "Fn::Select" in told and "Fn::Cidr" in told["Fn::Select"][1]:
        return f"10.42.{told['Fn::Select'][0] * 4}.0/22"
    return {key: without_cidr(value) for key, value in told.items()}


def make(client: Any, given: dict[str, str]) -> dict[str, str]:
    """The physical ids of the resources, by name."""
    given = given | {
        "CertificateArn": client("acm").request_certificate(DomainName=given["HostName"])["CertificateArn"]
    }
    client("cloudformation").create_stack(
        StackName="footfall",
        TemplateBody=json.dumps(without_cidr({**template(), "Outputs": {}})),
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()],
    )
    pages = client("cloudformation").get_paginator("list_stack_resources").paginate(StackName="footfall")
    return {
        one["LogicalResourceId"]: one["PhysicalResourceId"] for page in pages for one in page["StackResourceSummaries"]
    }


def of_type(kind: str) -> set[str]:
    return set(Stack(HOSTS | ALL).of(kind))


@pytest.fixture(scope="module")
def stack(client):
    return make(client, HOSTS | ALL)


def test_moto_makes_all_but_what_it_does_not_know(client, stack):
    (told,) = client("cloudformation").describe_stacks(StackName="footfall")["Stacks"]
    assert told["StackStatus"] == "CREATE_COMPLETE"
    assert Stack(HOSTS | ALL).resources.keys() - stack.keys() == set().union(*(of_type(kind) for kind in UNKNOWN))


def test_a_message_that_is_given_back_too_often_is_put_aside_with_its_group(client, stack):
    sqs = client("sqs")
    queue, aside = stack["EventQueue"], stack["DeadLetters"]
    sqs.send_message(QueueUrl=queue, MessageBody="{}", MessageGroupId="web")
    for _ in range(DELIVERIES):
        assert sqs.receive_message(QueueUrl=queue, VisibilityTimeout=0, WaitTimeSeconds=0)["Messages"]
    assert "Messages" not in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=0)
    (message,) = sqs.receive_message(QueueUrl=aside, WaitTimeSeconds=0, MessageSystemAttributeNames=["All"])["Messages"]
    assert (message["Body"], message["Attributes"]["MessageGroupId"]) == ("{}", "web")


def test_the_tasks_are_what_ecs_would_start(client, stack):
    ecs = client("ecs")
    services = ecs.describe_services(
        cluster=stack["Cluster"], services=[stack[name] for name in ("ApiService", "JobsService", "DrainService")]
    )["services"]
    assert {one["taskDefinition"] for one in services} == {stack[f"{name}Task"] for name in ("Api", "Jobs", "Drain")}
    for name in ("ApiTask", "JobsTask", "DrainTask", "MigrateTask"):
        told = ecs.describe_task_definition(taskDefinition=stack[name])["taskDefinition"]
        (container,) = told["containerDefinitions"]
        assert container["image"].endswith("/footfall:0.1.0")
        assert all(isinstance(one["value"], str) and "{" not in one["value"] for one in container["environment"])


def test_ec2_lets_in_whom_the_template_says(client, stack):
    def sources(group: str) -> set[str]:
        (told,) = client("ec2").describe_security_groups(GroupIds=[stack[group]])["SecurityGroups"]
        return {pair["GroupId"] for entry in told["IpPermissions"] for pair in entry["UserIdGroupPairs"]}

    assert sources("ApiGroup") == {stack["BalancerGroup"]}
    assert sources("DatabaseGroup") == {
        stack[name] for name in ("ApiGroup", "JobsGroup", "DrainGroup", "DatabaseGroup")
    }
    assert sources("JobsGroup") == sources("DrainGroup") == set()


def test_the_private_networks_go_out_by_nat_and_the_public_ones_by_the_gateway(client, stack):
    def way(table: str) -> str:
        (told,) = client("ec2").describe_route_tables(RouteTableIds=[stack[table]])["RouteTables"]
        (route,) = [one for one in told["Routes"] if one.get("DestinationCidrBlock") == "0.0.0.0/0"]
        return route.get("NatGatewayId") or route["GatewayId"]

    assert way("PublicRoutes") == stack["InternetGateway"]
    assert (way("PrivateARouteTable"), way("PrivateBRouteTable")) == (stack["NatA"], stack["NatB"])
    tables = Stack(HOSTS | ALL).of("EC2::SubnetRouteTableAssociation").values()
    assert {one["SubnetId"]: one["RouteTableId"] for one in tables} == {
        "PublicA": "PublicRoutes",
        "PublicB": "PublicRoutes",
        "PrivateA": "PrivateARouteTable",
        "PrivateB": "PrivateBRouteTable",
    }
