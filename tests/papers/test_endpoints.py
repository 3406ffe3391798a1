"""The page of endpoints: its examples are asked, and all that it names is what the API's document and the code have."""

import ast
import http.client
import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import jsonschema_rs
import pytest

from docs import endpoints
from fixtures.cast import bearer, event
from fixtures.database import KEY
from fixtures.processes import Server
from tracking.notifications import unsubscribing
from tracking.problems import KINDS
from tracking.provenance import credentials, tokens
from tracking.provenance.gate import JUST_NOW
from tracking.vocabulary import RIGHTS
from tracking.web import kinds

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docs" / "project" / "endpoints.md"
PAGE = FILE.read_text()
DAY = date(2026, 11, 24)
"""Of the examples; the day before yesterday takes its place."""
DATE = re.compile(r"2026-11-\d\d")
PART = re.compile(r"^#+ (.+)\n((?:(?!^#).*\n)*)", re.MULTILINE)
BLOCK = re.compile(r"^```(http|json|text)\n(.*?)^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"\[`([\w.]+)`\]\((\S+\.(?:py|sql))\)")
CHANGING = "token expires_at now final_until crawlers_known_until updated_at last_seen since received_at"
"""Members of replies that are others each time."""


class Example(NamedTuple):
    heading: str
    method: str
    target: str
    headers: dict[str, str]
    body: str
    reply: str

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def operation(self) -> str:
        return f"{self.method} {self.path}"


def examples() -> list[Example]:
    found = []
    for heading, text in PART.findall(PAGE):
        blocks = BLOCK.findall(text)
        for (kind, asked), (after, reply) in zip(blocks, [*blocks[1:], ("", "")][: len(blocks)], strict=True):
            if kind == "http":
                head, _, body = asked.partition("\n\n")
                line, *headers = head.splitlines()
                said = dict(header.split(": ", 1) for header in headers)
                found.append(Example(heading, *line.split(" "), said, body, "" if after == "http" else reply))
    return found


EXAMPLES = examples()
OPERATIONS = endpoints.operations()
DOCUMENT = endpoints.app().test_client().get("/openapi.json").get_json()
SECTIONS = {section.heading: section for section in endpoints.SECTIONS.values()}


@pytest.fixture
def words(sql: Any) -> dict[str, str]:
    """What stands for the page's $WORDS: tokens of a source that has all rights."""
    sql(f"insert into tracking.sources (name, rights) values ('platform', '{{{','.join(RIGHTS)}}}')")
    credential = credentials.derive(KEY, "platform", 1)

    def mint(kind: Any, **claims: Any) -> str:
        return tokens.mint(credential, kind, seconds=900, **claims)

    return {
        "CREDENTIAL": credential,
        "CLIENT": mint("client", creator="user-1"),
        "STATS": mint("stats", receivers=["job:42", "job:77"]),
        "LIVE": mint("live"),
        "PIXEL": mint("pixel", creator="user-1", receivers=["mail:autumn"], names=["view"]),
        "LINK": unsubscribing.token((KEY,), "footfall", "owner:acme", ["daily"]),
    }


def dated(text: str) -> str:
    """With the days of the page as near as they are to DAY, near the day before yesterday."""
    later = (datetime.now(UTC) - timedelta(days=2)).date() - DAY
    return DATE.sub(lambda match: (date.fromisoformat(match[0]) + later).isoformat(), text)


@contextmanager
def asked(server: Server, example: Example, words: dict[str, str]) -> Iterator[http.client.HTTPResponse]:
    def filled(text: str) -> str:
        return re.sub(r"\$([A-Z]+)", lambda match: words[match[1]], dated(text))

    headers = {name: filled(text) for name, text in example.headers.items()}
    with closing(http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=20)) as connection:
        connection.request(example.method, filled(example.target), filled(example.body).strip().encode(), headers)
        with connection.getresponse() as answer:
            yield answer


def steady(said: Any) -> Any:
    """A reply, with the form alone of what is another each time."""
    if isinstance(said, list):
        return [steady(one) for one in said]
    if isinstance(said, dict):
        return {name: type(one).__name__ if name in CHANGING.split() else steady(one) for name, one in said.items()}
    return said


def streamed(answer: http.client.HTTPResponse, send: Any) -> dict[str, Any]:
    """The event of user-2, who acts once the stream says that it has begun."""
    for line in answer:
        name, _, value = line.decode().strip().partition(": ")
        if name == "data" and "until" in json.loads(value):
            send()
        elif name == "data" and json.loads(value)["creator"] == "user-2":
            return dict(json.loads(value))
    raise AssertionError("the stream ended")


def test_each_example_is_answered_as_the_page_says(server: Server, words: dict[str, str], client: Any) -> None:
    def view() -> None:
        id_, moment = "0192f0c1-2222-7000-8000-000000000002", dated(f"{DAY}T11:00:00Z")
        sent = {"events": [event(id=id_, creator="user-2", occurred_at=moment)]}
        assert client.post("/v1/events", json=sent, headers=bearer(words["CREDENTIAL"])).status_code == 200

    time.sleep(2 * JUST_NOW)  # so long the workers may not look again for a source
    shared = {
        "from", "to", "timezone", "uniques", "uniques_note", "final_until", "crawlers_known_until", "counting_standard",
        "incomplete",
    }  # fmt: skip
    for example in EXAMPLES:
        if example.operation == "GET /v1/events":
            time.sleep(1.5)  # what arrived in the last second is not handed out yet
        with asked(server, example, words) as answer:
            if example.reply[:3].isdigit():
                status, media = example.reply.split()
                assert (answer.status, answer.headers.get_content_type()) == (int(status), media), example
                continue
            assert answer.status == 200, (example, answer.read())
            said = streamed(answer, view) if example.path == "/v1/live" else json.loads(answer.read())
        if example.reply:
            expected = json.loads(dated(example.reply))
            if example.path.startswith(endpoints.STATS):
                told = shared | ({"rules"} if example.path.endswith("explain") else set())
                expected = {name: said[name] for name in told} | expected
            assert steady(said) == steady(expected), example


def test_the_page_has_every_operation_of_the_document_and_no_other() -> None:
    written = Counter(path for section in SECTIONS.values() for path in section.paths)
    assert set(written.values()) == {1}
    assert written.keys() == OPERATIONS.keys()
    assert [heading for heading in SECTIONS if not re.search(rf"^### {heading}$", PAGE, re.MULTILINE)] == []


def test_every_path_is_in_the_overview_and_leads_to_its_section() -> None:
    rows = list(endpoints.overview())[2:]
    assert [row for row in rows if row.rstrip(" |").endswith("|")] == []
    headings = {endpoints.anchor(heading) for heading, _ in PART.findall(PAGE)}
    assert {re.search(r"\]\((#[\w-]+)\)", row)[1] for row in rows} <= headings
    paths = {path for row in rows for path in re.search(r"`[A-Z, ]+ (/.*?)`", row)[1].split(", ")}
    assert paths == {rule.rule for rule in endpoints.app().url_map.iter_rules()}


def test_each_section_has_an_example_of_an_operation_of_its_own() -> None:
    for heading, section in SECTIONS.items():
        shown = {example.operation for example in EXAMPLES if example.heading == heading}
        assert shown, heading
        assert shown <= set(section.paths) or not section.paths


@pytest.mark.parametrize("example", [each for each in EXAMPLES if each.operation in OPERATIONS])
def test_an_example_is_valid_and_the_document_has_the_same(example: Example) -> None:
    operation = OPERATIONS[example.operation]
    sent = parse_qs(urlsplit(example.target).query)
    known = {one["name"]: one for one in operation.get("parameters", ()) if one["in"] == "query"}
    assert sent.keys() <= known.keys()
    for name, values in sent.items():
        schema = known[name]["schema"]
        value = values if schema["type"] == "array" else int(values[0]) if schema["type"] == "integer" else values[0]
        jsonschema_rs.validate(schema, True if value == "true" else False if value == "false" else value)
    for media, content in operation.get("requestBody", {"content": {}})["content"].items():
        body = json.loads(example.body) if media == "application/json" else dict([example.body.strip().split("=")])
        assert body == content["example"]
        jsonschema_rs.validate(DOCUMENT | content["schema"], body)


def test_each_problem_that_is_explained_is_of_an_operation_or_known_to_be_of_none() -> None:
    of_operations = {kind for path in OPERATIONS for _, kind in endpoints.of_operation(path)}
    assert of_operations | kinds.BEFORE | kinds.ELSEWHERE == KINDS.keys()
    assert not of_operations & kinds.ELSEWHERE
    told = {one for name in endpoints.SECTIONS for one in endpoints.refusals(name)} | endpoints.COMMON
    assert {one for path in OPERATIONS for one in endpoints.of_operation(path)} <= told
    assert kinds.OWN.keys() <= {operation["operationId"] for operation in OPERATIONS.values()}
    assert [kind for kind in kinds.BEFORE | kinds.ELSEWHERE if f"`{kind}`" not in PAGE] == []


WRONG: list[tuple[str, str, str, dict[str, Any]]] = [
    ("POST /v1/events", "CREDENTIAL", "invalid-envelope", {"json": {"event": []}}),
    ("POST /v1/events", "CREDENTIAL", "no-events", {"json": {"events": []}}),
    ("POST /v1/events", "CREDENTIAL", "too-many-events", {"json": {"events": [{}] * 501}}),
    ("POST /v1/events", "CREDENTIAL", "invalid-json", {"data": b"{"}),
    ("POST /v1/events", "STATS", "wrong-kind", {"json": {"events": [{}]}}),
    ("GET /v1/stats/summary", "STATS", "receiver-not-allowed", {"query_string": "receiver=job:1"}),
    ("GET /v1/stats/summary", "OWNER", "owner-not-allowed", {"query_string": "owner=globex"}),
    ("GET /v1/events", "CREDENTIAL", "not-acceptable", {"headers": {"Accept": "image/gif"}}),
    ("PUT /v1/receivers", "CREDENTIAL", "invalid-receivers", {"json": {"receivers": [{}]}}),
    ("PUT /v1/event-types", "CREDENTIAL", "invalid-event-types", {"json": {"event_types": [{}]}}),
    ("POST /v1/tokens", "CREDENTIAL", "invalid-json", {"data": b"\x1f\x8b"}),
    ("POST /v1/unsubscribe", "", "link-broken", {"query_string": "token=fu_"}),
    ("GET /v1/pixel.gif", "", "token-missing", {}),
]


@pytest.mark.parametrize(("path", "word", "kind", "options"), WRONG, ids=lambda each: str(each)[:40])
def test_a_problem_comes_with_the_status_that_the_page_names(
    path: str, word: str, kind: str, options: dict[str, Any], client: Any, words: dict[str, str]
) -> None:
    owner = tokens.mint(words["CREDENTIAL"], "stats", seconds=900, owner="acme")
    token = (words | {"OWNER": owner}).get(word)
    method, _, where = path.partition(" ")
    headers = (bearer(token) if token else {}) | options.pop("headers", {})
    answer = client.open(where, method=method, headers=headers, **options)
    assert answer.json["type"] == f"/problems/{kind}", answer.text
    assert (str(answer.status_code), kind) in endpoints.of_operation(path)


@pytest.mark.parametrize("path", [path for path, each in OPERATIONS.items() if each.get("security")])
def test_an_operation_needs_the_right_that_the_overview_names(path: str, client: Any, sql: Any) -> None:
    """And takes those kinds of tokens that have it."""
    method, _, where = path.partition(" ")
    section = next(each for each in SECTIONS.values() if path in each.paths)
    others = sorted({*RIGHTS} - {section.right})
    for name, rights in (("lacks", others), ("has", RIGHTS)):
        sql(f"insert into tracking.sources (name, rights) values ('{name}', '{{{','.join(rights)}}}')")
    lacks, has = (credentials.derive(KEY, name, 1) for name in ("lacks", "has"))
    answer = client.open(where, method=method, headers=bearer(lacks), data=b"{}")
    assert answer.json["type"] == "/problems/not-allowed"
    assert f"'{section.right}'" in answer.json["detail"]

    named = {"client": {"creator": "user-1"}, "stats": {"owner": "acme"}, "live": {}}
    for kind, claims in named.items():
        token = tokens.mint(has, kind, seconds=900, **claims)
        if path == "GET /v1/live" and kind == "live":
            continue  # it has no end; its example shows that it is taken
        answer = client.open(where, method=method, headers=bearer(token), data=b"{}" if method != "GET" else None)
        refused = answer.is_json and answer.json.get("type") == "/problems/wrong-kind"
        is_taken = tokens.RIGHT[kind] == section.right or (path == "GET /v1/event-types" and kind == "live")
        assert answer.status_code != 401
        assert refused != is_taken, (kind, answer.text)


def names(file: Path) -> set[str]:
    """The functions and classes of a file, and the methods with their class."""
    if file.suffix == ".sql":
        return {file.stem}
    found = set()
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found |= {node.name, f"{file.stem}.{node.name}"}
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{each.name}" for each in node.body if isinstance(each, ast.FunctionDef)}
    return found


def test_each_function_that_is_named_is_in_the_file_that_the_link_leads_to() -> None:
    linked = CODE.findall(PAGE)
    assert len(linked) > 50
    assert [each for each in linked if each[0] not in names((FILE.parent / each[1]).resolve())] == []


def test_what_is_planned_does_not_exist() -> None:
    planned = re.findall(r"^\| `([A-Z]+ /\S+)` \|", PAGE[PAGE.index("## Planned") :], re.MULTILINE)
    assert len(planned) == 2
    rules = {(method, rule.rule) for rule in endpoints.app().url_map.iter_rules() for method in rule.methods or ()}
    known = {f"{method} {re.sub('<.*?>', '{id}', rule)}" for method, rule in rules}
    assert "GET /problems/{id}" in known
    assert not known & set(planned)
