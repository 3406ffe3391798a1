"""Who may reach whom in the template for AWS, and what each role may do."""

import json
import re

import pytest

from fixtures.stack import COMBINATIONS, ROOT, SECRET, Stack, template

WHY_ALL = {
    ("ApiExecutionRole", "ecr:GetAuthorizationToken"): "a login to ECR is of no repository",
    ("OwnerExecutionRole", "ecr:GetAuthorizationToken"): "the same",
    ("HostRole", "cloudwatch:PutMetricData"): "a measure has no ARN; the condition names the namespace",
}
"""Rights to every resource, each with its reason."""

stacks = pytest.mark.parametrize("stack", [Stack(given) for given in COMBINATIONS.values()], ids=list(COMBINATIONS))


def many(value):
    return value if isinstance(value, list) else [value]


def statements(stack: Stack) -> list[tuple[str, dict]]:
    """Each statement of a role's policies, of those of this stack that it shares, too."""
    shared = stack.of("IAM::ManagedPolicy")
    return [
        (role, statement)
        for role, properties in stack.of("IAM::Role").items()
        for policy in (
            *properties.get("Policies", []),
            *(shared[name] for name in properties.get("ManagedPolicyArns", []) if name in shared),
        )
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def allowed(stack: Stack, role: str) -> set[tuple[str, str]]:
    return {
        (action, resource)
        for name, statement in statements(stack)
        if name == role
        for action in many(statement["Action"])
        for resource in many(statement["Resource"])
    }


def entries(stack: Stack) -> dict[str, set[tuple[str, int, int]]]:
    """For each security group, from where one may come to which ports."""
    found = {name: set() for name in stack.of("EC2::SecurityGroup")}
    rules = [
        (name, one)
        for name, group in stack.of("EC2::SecurityGroup").items()
        for one in group.get("SecurityGroupIngress", [])
    ]
    rules += [(one["GroupId"], one) for one in stack.of("EC2::SecurityGroupIngress").values()]
    for name, one in rules:
        assert one["IpProtocol"] == "tcp"
        found[name].add((one.get("SourceSecurityGroupId") or one["CidrIp"], one["FromPort"], one["ToPort"]))
    return found


@stacks
def test_only_the_load_balancer_reaches_the_api_and_nobody_the_others(stack):
    open_ = entries(stack)
    open_.pop("DatabaseGroup", None)
    assert open_.pop("EndpointGroup", {("10.42.0.0/16", 443, 443)}) == {("10.42.0.0/16", 443, 443)}
    assert open_.pop("DrainGroup", set()) == set()
    assert open_ == {
        "BalancerGroup": {("0.0.0.0/0", 443, 443)},
        "ApiGroup": {("BalancerGroup", 8000, 8000)},
        "JobsGroup": set(),
    }


@pytest.mark.parametrize(("combination", "more"), [("hosts", set()), ("hosts and all", {"DrainGroup"})])
def test_only_api_jobs_drain_and_the_other_host_reach_the_database(combination, more):
    who = {"ApiGroup", "JobsGroup", "DatabaseGroup"} | more
    assert entries(Stack(COMBINATIONS[combination]))["DatabaseGroup"] == {(one, 5432, 5432) for one in who}


@stacks
def test_a_group_that_goes_out_says_where_to(stack):
    """Without an entry AWS lets a group go everywhere."""
    for name, group in stack.of("EC2::SecurityGroup").items():
        assert group["SecurityGroupEgress"], name
        assert [one for one in group["SecurityGroupEgress"] if one["IpProtocol"] != "tcp"] == []
        anywhere = {one["ToPort"] for one in group["SecurityGroupEgress"] if one["CidrIp"] == "0.0.0.0/0"}
        assert anywhere <= {443, 465, 587}


@stacks
def test_only_the_load_balancer_is_in_public(stack):
    for service in stack.of("ECS::Service").values():
        network = service["NetworkConfiguration"]["AwsvpcConfiguration"]
        assert network["AssignPublicIp"] == "DISABLED"
        assert network["Subnets"] == ["PrivateA", "PrivateB"]
    assert {one["SubnetId"] for one in stack.of("EC2::NetworkInterface").values()} <= {"PrivateA", "PrivateB"}
    assert [one for one in stack.of("EC2::Subnet").values() if one.get("MapPublicIpOnLaunch")] == []
    assert {name for name, one in stack.resources.items() if '"PublicA"' in json.dumps(one)} == {
        "Balancer", "NatA", "PublicARoutes",
    }  # fmt: skip


@stacks
def test_each_service_has_a_group_of_its_own(stack):
    groups = {
        name: one["NetworkConfiguration"]["AwsvpcConfiguration"]["SecurityGroups"]
        for name, one in stack.of("ECS::Service").items()
    }
    assert groups == {name: [name.replace("Service", "Group")] for name in groups}


@stacks
def test_no_right_has_a_wildcard_without_a_reason(stack):
    for role, statement in statements(stack):
        assert [action for action in many(statement["Action"]) if "*" in action] == []
        if "*" in many(statement["Resource"]):
            assert [action for action in many(statement["Action"]) if (role, action) not in WHY_ALL] == []


def test_each_reason_is_needed():
    used = {
        (role, action)
        for role, statement in statements(Stack(COMBINATIONS["hosts and all"]))
        if statement["Resource"] == "*"
        for action in many(statement["Action"])
    }
    assert used == WHY_ALL.keys()


@stacks
def test_a_policy_for_everybody_only_denies(stack):
    policies = [*stack.of("S3::BucketPolicy").values(), *stack.of("SQS::QueuePolicy").values()]
    told = [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]
    assert [one["Sid"] for one in told if one["Principal"] == "*" and one["Effect"] != "Deny"] == []
    denied = [one for one in told if one["Effect"] == "Deny"]
    assert all(one["Condition"] == {"Bool": {"aws:SecureTransport": "false"}} for one in denied)
    assert len(denied) == len(policies)


@stacks
def test_a_role_is_assumed_by_one_service(stack):
    for role, properties in stack.of("IAM::Role").items():
        (statement,) = properties["AssumeRolePolicyDocument"]["Statement"]
        assert isinstance(statement["Principal"]["Service"], str), role


@pytest.mark.parametrize(
    ("combination", "api", "owner"),
    [
        ("hosts", {"DatabaseApiUrl"}, {"DatabaseUrl", "ReadDatabaseUrl"}),
        ("external and all", {f"{SECRET}api"}, {f"{SECRET}owner", f"{SECRET}smtp"}),
    ],
)
def test_who_starts_a_task_reads_its_secrets_and_no_others(combination, api, owner):
    stack = Stack(COMBINATIONS[combination])

    def read(role: str) -> set[str]:
        return {resource for action, resource in allowed(stack, role) if action == "secretsmanager:GetSecretValue"}

    assert read("ApiExecutionRole") == api | {"SecretKeys", "MetricsToken"}
    assert read("OwnerExecutionRole") == owner | {"SecretKeys"}
    for task in stack.of("ECS::TaskDefinition").values():
        (container,) = task["ContainerDefinitions"]
        assert {one["ValueFrom"] for one in container["Secrets"]} <= read(task["ExecutionRoleArn"])


def test_the_api_sends_the_drain_receives_and_the_command_line_sees_to_the_dead_letters():
    stack = Stack(COMBINATIONS["hosts and all"])
    looks = {("sqs:GetQueueAttributes", queue) for queue in ("EventQueue", "DeadLetters")}
    takes = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility")
    assert allowed(stack, "ApiRole") == looks | {("sqs:SendMessage", "EventQueue")}
    assert allowed(stack, "DrainRole") == looks | {("sqs:SendMessage", "DeadLetters")} | {
        (action, "EventQueue") for action in takes
    }
    command = {one for one in allowed(stack, "CommandRole") if one[0].startswith("sqs:")}
    assert command == looks | {("sqs:SendMessage", "EventQueue")} | {(action, "DeadLetters") for action in takes}
    assert [one for one in allowed(stack, "JobsRole") if one[0].startswith("sqs:")] == []
    assert allowed(Stack(COMBINATIONS["hosts"]), "ApiRole") == set()


def test_jobs_and_command_line_have_the_rights_to_the_lake_that_its_page_lists():
    page = json.loads(re.search(r"```json\n(.*?)```", (ROOT / "docs" / "lake.md").read_text(), re.DOTALL)[1])
    text = json.dumps(page["Statement"])
    for name, value in (("arn:aws:s3:::BUCKET", "LakeBucket"), ("REGION", "eu-central-1"), ("ACCOUNT", "123456789012")):
        text = text.replace(name, value)
    every = statements(Stack(COMBINATIONS["hosts and all"]))
    for role in ("JobsRole", "CommandRole"):
        mine = [statement for name, statement in every if name == role and "sqs:" not in json.dumps(statement)]
        assert mine == json.loads(text)


def test_no_secret_is_written_out():
    for name, one in Stack(COMBINATIONS["hosts and all"]).of("SecretsManager::Secret").items():
        told = one.get("SecretString", "{{resolve:secretsmanager:")
        assert ("GenerateSecretString" in one) is ("SecretString" not in one), name
        assert "{{resolve:secretsmanager:" in told, name
        assert one["KmsKeyId"] == "Key"
    shown = {name for name in template()["Parameters"] if re.search("password|token|key", name, re.IGNORECASE)}
    assert shown == set(), "a parameter can be read by whoever may look at the stack"
    assert not re.search(r":\w+@", json.dumps(template()).replace("{{resolve", ""))
