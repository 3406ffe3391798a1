"""`deploy/aws/run`, with a stand-in for the AWS CLI that answers as AWS does."""

import json
import os
import subprocess
import sys

import pytest

from fixtures.stack import HOSTS, ROOT, Stack

TASK = "arn:aws:ecs:eu-central-1:123456789012:task/cluster/0123"
AWS = f"""#!{sys.executable}
import json, pathlib, sys
import jmespath
here = pathlib.Path(__file__).parent
words = sys.argv[1:]
with (here / "asked").open("a") as asked:
    asked.write(json.dumps(words) + chr(10))
answers = json.loads((here / "answers.json").read_text())[words[1]]
answer = answers if isinstance(answers, dict) else answers[(here / "asked").read_text().count(words[1]) - 1]
found = jmespath.search(words[words.index("--query") + 1], answer)
while isinstance(found, list):
    found = found[0]
print("None" if found is None else found)
"""


@pytest.fixture
def run(tmp_path):
    (tmp_path / "aws").write_text(AWS)
    (tmp_path / "aws").chmod(0o755)
    outputs = Stack(HOSTS).outputs

    def started(*command, status, reason=None, **more):
        def told(last: str) -> dict:
            return {
                "tasks": [
                    {
                        "lastStatus": last,
                        "stoppedReason": reason,
                        "containers": [{"exitCode": status} if status is not None else {}],
                    }
                ]
            }

        answers = {
            "describe-stacks": {"Stacks": [{"Outputs": [{"OutputKey": k, "OutputValue": v} for k, v in outputs.items()]}]},
            "run-task": {"tasks": [{"taskArn": TASK}]},
            "describe-tasks": [told("PENDING"), told("RUNNING"), told("STOPPED"), told("STOPPED"), told("STOPPED")],
            "get-log-events": {"events": [{"message": "3 migrations"}, {"message": "done"}]},
        }  # fmt: skip
        (tmp_path / "answers.json").write_text(json.dumps(answers))
        env = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PAUSE": "0"}
        done = subprocess.run([ROOT / "deploy/aws/run", *command], env=env, capture_output=True, text=True, check=False)
        asked = tmp_path / "asked"
        return done, [json.loads(line) for line in asked.read_text().splitlines()] if asked.exists() else []

    return started


def test_a_command_runs_as_a_task_and_its_words_and_status_come_back(run):
    done, asked = run("footfall", "python", "-m", "tracking", "doctor", "--json", status=3)
    assert (done.returncode, done.stdout) == (3, "3 migrations\ndone\n")
    (task,) = [words for words in asked if words[1] == "run-task"]
    (container,) = json.loads(task[task.index("--overrides") + 1])["containerOverrides"]
    assert container == {"name": "migrate", "command": ["python", "-m", "tracking", "doctor", "--json"]}
    migrate = Stack(HOSTS).of("ECS::TaskDefinition")["MigrateTask"]["ContainerDefinitions"][0]
    assert migrate["Name"] == container["name"]
    (logs,) = [words for words in asked if words[1] == "get-log-events"]
    prefix = migrate["LogConfiguration"]["Options"]["awslogs-stream-prefix"]
    assert logs[logs.index("--log-stream-name") + 1] == f"{prefix}/migrate/0123"


def test_a_task_that_did_not_start_says_why(run):
    done, _ = run("footfall", "python", "-m", "tracking", "migrate", status=None, reason="CannotPullContainerError")
    assert done.returncode == 1
    assert "CannotPullContainerError" in done.stderr


def test_without_a_command_it_says_how(run):
    done, asked = run("footfall", status=0)
    assert (done.returncode, asked) == (2, [])
    assert "usage" in done.stderr
