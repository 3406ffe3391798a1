"""The template for AWS as a whole: what it refuses, keeps and tells."""

import json
import re
import runpy

import pytest
import yaml

from fixtures.stack import COMBINATIONS, EXTERNAL, HOSTS, ROOT, SECRET, Stack, template
from tracking.queues import broker
from tracking.settings import Settings

IMPOSSIBLE = [
    (HOSTS | {"DatabaseAmi": ""}, "Database=ec2 needs DatabaseAmi"),
    (HOSTS | {"DatabaseUrlSecret": f"{SECRET}owner"}, "are of Database=external"),
    (HOSTS | {"DatabasePeering": "pcx-01234567"}, "are of Database=external"),
    (HOSTS | {"DatabaseStandby": "no", "DatabasePrimary": "b"}, "DatabasePrimary=b needs DatabaseStandby=yes"),
    (HOSTS | {"SmtpUrlSecret": f"{SECRET}smtp"}, "SmtpUrlSecret needs MailFrom"),
    (EXTERNAL | {"DatabaseUrlSecret": ""}, "Database=external needs DatabaseUrlSecret"),
    (EXTERNAL | {"DatabaseApiUrlSecret": ""}, "Database=external needs DatabaseApiUrlSecret"),
    (EXTERNAL | {"DatabaseCidr": ""}, "Database=external needs DatabaseCidr"),
    (EXTERNAL | {"DatabasePrimary": "b"}, "DatabasePrimary is of Database=ec2"),
]


@pytest.mark.parametrize(("given", "said"), IMPOSSIBLE, ids=[said for _, said in IMPOSSIBLE])
def test_what_cannot_be_is_refused_with_what_to_do(given, said):
    assert any(said in one for one in Stack(given).refused())


@pytest.mark.parametrize("given", COMBINATIONS.values(), ids=COMBINATIONS)
def test_what_can_be_is_not_refused(given):
    assert Stack(given).refused() == []


@pytest.mark.parametrize("given", COMBINATIONS.values(), ids=COMBINATIONS)
def test_nothing_names_what_is_not_made(given):
    stack = Stack(given)
    gone = template()["Resources"].keys() - stack.resources.keys()
    named = json.dumps([stack.resources, stack.outputs])
    assert [name for name in gone if f'"{name}"' in named] == []


def test_every_parameter_says_what_it_is_and_takes_only_what_can_be():
    for name, one in template()["Parameters"].items():
        assert one["Description"], name
        assert one.keys() & {"AllowedPattern", "AllowedValues", "MinValue"} or name in {
            "BackendCidrs", "DatabaseImage", "MailFrom",  # a list, a name, a setting that the program checks
        }, name  # fmt: skip


def test_what_holds_data_outlives_the_stack():
    kept = {name: one.get("DeletionPolicy") for name, one in template()["Resources"].items()}
    data = {"EC2::Volume": "Snapshot", "S3::Bucket": "Retain", "SQS::Queue": "Retain", "KMS::Key": "Retain"}
    for kind, policy in data.items():
        names = Stack(COMBINATIONS["hosts and all"]).of(kind)
        assert names
        assert {kept[name] for name in names} == {policy}
    assert kept["SecretKeys"] == "Retain"
    for one in template()["Resources"].values():
        assert one.get("DeletionPolicy") == one.get("UpdateReplacePolicy")


def test_what_holds_data_is_encrypted():
    stack = Stack(COMBINATIONS["hosts and all"])
    assert all(one["Encrypted"] is True for one in stack.of("EC2::Volume").values())
    assert all(one["SqsManagedSseEnabled"] is True for one in stack.of("SQS::Queue").values())
    assert all(one["BucketEncryption"] for one in stack.of("S3::Bucket").values())
    assert {one["KmsKeyId"] for one in stack.of("Logs::LogGroup").values()} == {"Key"}


def test_an_event_that_fails_goes_to_the_dead_letters_and_somebody_is_told():
    stack = Stack(COMBINATIONS["hosts and all"])
    queue, dead = (stack.of("SQS::Queue")[name] for name in ("EventQueue", "DeadLetters"))
    assert queue["RedrivePolicy"] == {"deadLetterTargetArn": "DeadLetters", "maxReceiveCount": broker.DELIVERIES}
    assert queue["VisibilityTimeout"] == broker.HIDDEN_SECONDS
    told = broker.of(Settings(queue_url=f"sqs://sqs.eu-central-1.amazonaws.com/123456789012/{queue['QueueName']}"))
    assert (told.main.name, told.dead.name) == (queue["QueueName"], dead["QueueName"])
    alarm = stack.of("CloudWatch::Alarm")["DeadLettersWait"]
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": "DeadLetters"}]
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")


@pytest.mark.parametrize("given", COMBINATIONS.values(), ids=COMBINATIONS)
def test_every_alarm_says_what_is_wrong_and_reaches_somebody(given):
    alarms = Stack(given).of("CloudWatch::Alarm")
    scaling = {"ApiIsSlow"}
    assert {name for name, one in alarms.items() if one["AlarmActions"] != ["Alarms"]} <= scaling
    assert [name for name, one in alarms.items() if len(one["AlarmDescription"]) < 20] == []


def test_the_alarm_of_failing_jobs_looks_for_what_the_jobs_log():
    pattern = Stack(HOSTS).of("Logs::MetricFilter")["JobFailures"]["FilterPattern"]
    said = [words.rstrip("*") for words in re.findall(r'"([^"]+)"', pattern)]
    sources = "".join(file.read_text() for file in (ROOT / "jobs").glob("*.py"))
    assert len(said) == 2
    assert [words for words in said if f'log.warning("{words}' not in sources] == []


def test_a_rate_is_answered_so_that_clients_send_again():
    """403, WAF's own answer, is final for every client."""
    (rate,) = Stack(HOSTS).of("WAFv2::WebACL")["Waf"]["Rules"]
    assert rate["Action"]["Block"]["CustomResponse"]["ResponseCode"] == 429


def test_the_database_is_the_image_of_the_compose_file():
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    assert template()["Parameters"]["DatabaseImage"]["Default"] == compose["services"]["db"]["image"]


PAGE = ROOT / "docs" / "aws.md"
OF_AWS = {"Key", "Name", "OutputKey", "Value", "Values"}


def test_the_page_names_only_parameters_and_outputs_that_exist():
    given = set(re.findall(r"\b([A-Z][a-z]\w*)=\S", PAGE.read_text())) - OF_AWS
    asked = set(re.findall(r"\$\(output (\w+)\)", PAGE.read_text()))
    assert {"Started", "NextTag"} <= given <= template()["Parameters"].keys()
    assert {"Address", "HostAId"} <= asked <= template()["Outputs"].keys()


def test_the_cost_on_the_page_is_what_the_prices_make():
    assert runpy.run_path(str(ROOT / "deploy" / "aws" / "cost.py"))["table"]() in PAGE.read_text()
