"""`receiver-type`: what is a person's own is not counted, where the type says so."""

import json
from typing import Any

import pytest

from fixtures.cast import ALICE, event


def test_a_new_deployment_knows_that_a_profile_is_a_person(footfall: Any) -> None:
    assert json.loads(footfall("receiver-type", "list", "--json").output) == [
        {"type": "profile", "person": True, "owned_by_person": False}
    ]
    assert " ".join(footfall("receiver-type", "list").output.split()) == "profile a person; owned by a customer"


def test_what_is_not_given_stays_as_it_was(footfall: Any) -> None:
    def said(*options: str) -> dict[str, Any]:
        return json.loads(footfall("receiver-type", "set", "flat", *options, "--json").output)

    assert said("--owned-by-person") == {"type": "flat", "person": False, "owned_by_person": True}
    assert said("--person") == {"type": "flat", "person": True, "owned_by_person": True}
    assert said("--no-person", "--not-owned-by-person") == {"type": "flat", "person": False, "owned_by_person": False}
    assert len(json.loads(footfall("receiver-type", "list", "--json").output)) == 2


def test_it_holds_for_the_next_event(footfall: Any, verdicts: Any, sql: Any) -> None:
    sql("insert into tracking.receivers (receiver_type, receiver_id, owner) values ('flat', '8', %s)", ALICE)
    assert verdicts(event(receiver="flat:8")) == ["accepted"]
    footfall("receiver-type", "set", "flat", "--owned-by-person")
    assert verdicts(event(receiver="flat:8")) == ["own"]


@pytest.mark.parametrize("arguments", [("flat",), ("Flat", "--person"), ("f" * 33, "--person")])
def test_what_says_nothing_or_is_no_type_is_refused(footfall: Any, sql: Any, arguments: tuple[str, ...]) -> None:
    footfall("receiver-type", "set", *arguments, exits=2)
    assert sql("select count(*) from tracking.receiver_types") == [(1,)]
