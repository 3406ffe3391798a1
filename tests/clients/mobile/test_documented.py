"""docs/mobile.md: its JSON is what the API takes and gives, and its code writes the same fields."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from fixtures.cast import bearer
from fixtures.processes import ROOT

PAGE = (ROOT / "docs" / "mobile.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
TOKEN, REQUEST, REPLY = (json.loads(text) for language, text in BLOCKS if language == "json")
CODE = {language: text for language, text in BLOCKS if language != "json"}
FIELD = {"kotlin": r'\.put\("(\w+)"', "swift": r'^ {12}"(\w+)": '}


def test_the_answer_with_a_token_has_these_fields(client: Any, web: str) -> None:
    answer = client.post("/v1/tokens", json={"kind": "client", "creator": "user-7"}, headers=bearer(web))
    assert answer.json.keys() == TOKEN.keys()
    assert abs(answer.json["now"] - datetime.now(UTC).timestamp()) < 60, "seconds since 1970, as the code takes it"


def test_what_the_app_sends_is_taken_and_answered_so(client: Any, web: str) -> None:
    token = client.post("/v1/tokens", json={"kind": "client", "creator": "user-7"}, headers=bearer(web)).json["token"]
    (event,) = REQUEST["events"]
    sent = {"events": [event | {"occurred_at": datetime.now(UTC).isoformat(timespec="milliseconds")}]}
    assert client.post("/v1/events", json=sent, headers=bearer(token)).json == REPLY
    again = client.post("/v1/events", json=sent, headers=bearer(token)).json
    assert again["verdicts"] == [{"verdict": "duplicate"}]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event["occurred_at"])


@pytest.mark.parametrize("language", FIELD)
def test_the_code_writes_the_fields_of_the_json_and_reads_those_of_the_token(language: str) -> None:
    (event,) = REQUEST["events"]
    written = re.findall(FIELD[language], CODE[language], re.MULTILINE)
    assert set(written) == event.keys() | ({"app"} if language == "kotlin" else set())
    assert event["context"].keys() == {"app"}
    assert "/v1/events" in CODE[language].replace('appendingPathComponent("v1', "/v1")
    assert r"{\"events\":[" in CODE[language]
    for name in ("token", "now"):
        assert re.search(rf'\("{name}"\)|said\.{name}', CODE[language])


def test_the_page_says_that_its_code_was_not_run() -> None:
    assert "**This\ncode was not compiled or run here.**" in PAGE
