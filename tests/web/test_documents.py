"""Documents: made once, clean by the rules of a linter (redocly), and a page for each kind of problem."""

import ast
import gzip
import re
from pathlib import Path
from typing import Any

import pytest

from deploy.server import refusals
from tracking.problems import KINDS
from tracking.web.openapi import operation_id

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize("path", ["/", "/openapi.json", "/problems", "/problems/busy"])
def test_a_document_is_asked_for_again_and_not_sent_again(client: Any, path: str) -> None:
    first = client.get(path)
    assert (first.status_code, first.headers["Cache-Control"]) == (200, "no-cache")
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    zipped = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(zipped.data) == first.data
    assert zipped.headers["ETag"] != first.headers["ETag"]
    assert "Accept-Encoding" in zipped.headers["Vary"]


def test_the_api_document_is_made_once(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client = app.test_client()
    first = client.get("/openapi.json").data
    monkeypatch.delattr(type(app.extensions["footfall-api"].spec), "to_dict")
    assert client.get("/openapi.json").data == first


@pytest.fixture
def document(client: Any) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").json
    return found


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(method, path, each) for path, item in document["paths"].items() for method, each in item.items()]


def test_it_says_what_it_is_and_where(document: dict[str, Any]) -> None:
    assert document["servers"] == [{"url": "/"}]
    assert document["info"]["license"]["identifier"] == "Apache-2.0"
    assert len(document["info"]["description"]) > 100
    assert all(tag["description"] for tag in document["tags"])


def test_each_operation_has_a_name_of_its_own(document: dict[str, Any]) -> None:
    names = [each["operationId"] for _, _, each in operations(document)]
    assert len(names) == len(set(names))
    assert {"postEvents", "getStatsSummary", "putReceivers", "postTokens"} <= set(names)
    known = {tag["name"] for tag in document["tags"]}
    for _, _, each in operations(document):
        assert each["summary"]
        assert each["tags"]
        assert set(each["tags"]) <= known


def test_the_name_of_an_operation_follows_from_its_path() -> None:
    assert operation_id("delete", "/v1/creators/{id}") == "deleteCreatorsId"
    assert operation_id("put", "/v1/event-types") == "putEventTypes"


def test_each_body_has_an_example_that_is_valid(document: dict[str, Any], client: Any, web: str) -> None:
    bodies = [(m, p, each["requestBody"]["content"]["application/json"]) for m, p, each in operations(document)
              if "application/json" in each.get("requestBody", {}).get("content", ())]  # fmt: skip
    assert bodies
    for method, path, body in bodies:
        headers = {"Authorization": f"Bearer {web}"}
        response = client.open(path, method=method, json=body["example"], headers=headers)
        assert response.status_code in {200, 403}, response.text  # it may lack the right, and says so before


def test_no_component_is_unused_and_none_is_missing(document: dict[str, Any], client: Any) -> None:
    used = set(re.findall(r'"#/components/schemas/(\w+)"', client.get("/openapi.json").text))
    assert used == document["components"]["schemas"].keys()


def raised() -> set[str]:
    """Each kind that the code names, where it makes a problem."""
    found = set()
    for file in [*ROOT.glob("tracking/**/*.py"), *ROOT.glob("deploy/server/*.py")]:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem":
                arguments = [one.value for one in node.args if isinstance(one, ast.Constant)]
                found |= set(arguments[1:2])
            if file.name == "refusals.py" and isinstance(node, ast.Tuple) and len(node.elts) == 3:
                found |= {one.value for one in node.elts[1:2] if isinstance(one, ast.Constant)}
    return found


BY_FLASK = {"bad-request", "not-found", "method-not-allowed"}


def test_each_kind_of_problem_is_explained_and_no_other() -> None:
    assert raised() | BY_FLASK == KINDS.keys()
    assert "uri-too-long" in raised()
    assert refusals.said(ValueError(), None) is None


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_its_page_says_what_it_means_and_what_to_do(client: Any, kind: str) -> None:
    plain = client.get(f"/problems/{kind}")
    assert plain.content_type == "text/plain; charset=utf-8"
    assert plain.text == f"{kind}\n\n{KINDS[kind].means}\n{KINDS[kind].do}\n"
    page = client.get(f"/problems/{kind}", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert page.content_type == "text/html; charset=utf-8"
    assert f"<h1>{kind}</h1>" in page.text
    assert {"Accept", "Accept-Encoding"} <= set(page.headers["Vary"].replace(" ", "").split(","))
    assert f'href="/problems/{kind}"' in client.get("/problems").text


def test_the_type_of_a_problem_is_where_it_is_explained(client: Any, engine: Any) -> None:
    kind = client.post("/v1/events", json={}).json["type"]
    assert client.get(kind).text.startswith("token-missing")
    assert client.get("/problems/nothing-of-ours").status_code == 404
