"""What of docs/project/endpoints.md follows from the OpenAPI document: the overview, parameters, and problems."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any, NamedTuple

from tracking.app import operations as operations_of_the_api
from tracking.problems import KINDS, LATER
from tracking.web import kinds


class Section(NamedTuple):
    heading: str
    right: str
    """Which right of a source it needs; empty: none."""
    paths: tuple[str, ...]
    """METHODS PATH; a path may end in a * for the rest of the paths that begin so."""


SECTIONS = {
    "events": Section("Send events", "ingest", ("POST /v1/events",)),
    "segment": Section(
        "Send Segment's calls",
        "ingest",
        tuple(f"POST /v1/{kind}" for kind in ("batch", "track", "page", "screen")),
    ),
    "pixel": Section("The pixel", "ingest", ("GET /v1/pixel.gif",)),
    "stats": Section("Read counts", "stats", ()),
    "summary": Section("Summary", "stats", ("GET /v1/stats/summary", "POST /v1/stats/summary")),
    "timeseries": Section("Time series", "stats", ("GET /v1/stats/timeseries", "POST /v1/stats/timeseries")),
    "breakdown": Section("Breakdown", "stats", ("GET /v1/stats/breakdown", "POST /v1/stats/breakdown")),
    "top": Section("Top receivers", "stats", ("GET /v1/stats/top", "POST /v1/stats/top")),
    "funnel": Section("Funnel", "stats", ("GET /v1/stats/funnel", "POST /v1/stats/funnel")),
    "overlap": Section("Overlap", "stats", ("GET /v1/stats/overlap", "POST /v1/stats/overlap")),
    "explain": Section("Explain a number", "stats", ("GET /v1/stats/explain", "POST /v1/stats/explain")),
    "export": Section("Take events away", "export", ("GET /v1/events",)),
    "live": Section("Watch events arrive", "live", ("GET /v1/live",)),
    "tokens": Section("Mint a token", "mint", ("POST /v1/tokens",)),
    "receivers": Section("Describe receivers", "catalogue", ("PUT /v1/receivers",)),
    "names": Section("Describe names", "catalogue", ("PUT /v1/event-types", "GET /v1/event-types")),
    "optouts": Section("Stop messages for a person", "catalogue", ("GET /v1/optouts", "PUT /v1/optouts")),
    "unsubscribe": Section("Stop messages by a link", "", ("GET /v1/unsubscribe", "POST /v1/unsubscribe")),
}
"""By the name of the part that is generated in it."""
SHORT_FORMS = "segment"
"""The section of all other paths under /v1: short forms of Segment's, and its calls that are no events."""
PAGES, DOCUMENTS = "Pages and scripts", "Documents and health"
STATS = "/v1/stats/"
COMMON = {(str(status), kind) for group in kinds.COMMON for status, each in group.items() for kind in each}
"""Problems that are told once for all operations, as status and kind."""


@cache
def app() -> Any:
    """The application's operations, without settings: nobody's log is changed."""
    return operations_of_the_api()


@cache
def operations() -> dict[str, dict[str, Any]]:
    """The operations of the OpenAPI document, by METHOD PATH."""
    paths = app().test_client().get("/openapi.json").get_json()["paths"]
    return {f"{method.upper()} {path}": each for path, item in paths.items() for method, each in item.items()}


def problems(operation: dict[str, Any]) -> dict[str, list[str]]:
    """The kinds of problems that the document names, by status."""
    found: dict[str, list[str]] = {}
    for status, response in operation["responses"].items():
        schema = response.get("content", {}).get("application/problem+json", {}).get("schema", {})
        for kind in schema.get("properties", {}).get("type", {}).get("enum", ()):
            found.setdefault(status, []).append(kind.removeprefix("/problems/"))
    return found


def anchor(heading: str) -> str:
    """The fragment that leads to a heading, as GitHub makes it."""
    return "#" + re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def overview() -> Iterator[str]:
    """Every path of the application, in the order of the page's sections."""
    rows: dict[tuple[str, str], list[str]] = {}
    """Of each heading and text: paths that do the same share a row."""
    for rule in sorted(app().url_map.iter_rules(), key=lambda rule: rule.rule):
        view = app().view_functions[rule.endpoint]
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            rows.setdefault((heading(method, rule.rule), view.__doc__ or ""), []).append(f"{method} {rule.rule}")
    order = [section.heading for section in SECTIONS.values()] + [PAGES, DOCUMENTS]
    rights = {section.heading: section.right for section in SECTIONS.values()}
    yield "| method and path | right | what it does |"
    yield "| --- | --- | --- |"
    for (title, says), same in sorted(rows.items(), key=lambda row: order.index(row[0][0])):
        yield f"| [{shared(same)}]({anchor(title)}) | {rights.get(title, '')} | {cell(says)} |"


def heading(method: str, path: str) -> str:
    """The heading of the section that has this path."""
    for section in SECTIONS.values():
        if f"{method} {path}" in section.paths:
            return section.heading
    if path.startswith("/v1/"):
        return SECTIONS[SHORT_FORMS].heading
    return PAGES if app().url_map.bind("").match(path.replace("<kind>", "x"))[0].startswith("pages.") else DOCUMENTS


def shared(same: list[str]) -> str:
    """`GET, POST /v1/a`, or `POST /v1/a, /v1/b`."""
    methods = sorted({one.partition(" ")[0] for one in same})
    paths = dict.fromkeys(one.partition(" ")[2] for one in same)
    return f"`{', '.join(methods)} {', '.join(paths)}`"


def common() -> Iterator[str]:
    """The problems that most operations share."""
    groups = (
        (kinds.ALWAYS, "all"), (kinds.TOKEN, "with a token or credential"), (kinds.PROOF, "with a token"),
        (kinds.BODY, "with a body"), (kinds.JSON, "with JSON"), (kinds.GZIP, "with JSON"),
    )  # fmt: skip
    of = {(str(status), kind): whose for group, whose in groups for status, each in group.items() for kind in each}
    yield "| status | problem | requests | what it means | what the caller does |"
    yield "| --- | --- | --- | --- | --- |"
    for (status, kind), whose in sorted(of.items()):
        yield f"| {status} | `{kind}` | {whose} | {cell(KINDS[kind].means)} | {to_do(kind)} |"


def facts(name: str) -> Iterator[str]:
    """The parameters and the problems of a section's own. What stands in a section before is only named."""
    yield from listed(parameters(name))
    own = [one for one in refusals(name) if one not in COMMON]
    before: dict[str, list[str]] = {}
    for one in own:
        if (first := first_told(one)) != name:
            before.setdefault(first, []).append(one[1])
    if told := [one for one in own if first_told(one) == name]:
        yield "| status | problem | what it means | what the caller does |"
        yield "| --- | --- | --- | --- |"
        for status, kind in told:
            yield f"| {status} | `{kind}` | {cell(KINDS[kind].means)} | {to_do(kind)} |"
        yield ""
    for first, named in before.items():
        title = SECTIONS[first].heading
        listed_ = ", ".join(f"`{kind}`" for kind in dict.fromkeys(named))
        yield f"Errors told under [{title}]({anchor(title)}): {listed_}."
    if not own:
        yield "It has no errors of its own."


def parameters(name: str) -> list[dict[str, Any]]:
    """Those of the section, without those that questions share."""
    if name == "stats":
        return questions()
    each = [one for path in SECTIONS[name].paths for one in operations()[path].get("parameters", ())]
    return [one for at, one in enumerate(each) if one not in questions() and one not in each[:at]]


def refusals(name: str) -> list[tuple[str, str]]:
    """The problems of the section, as status and kind."""
    if name == "stats":
        each = [set(of_operation(path)) for path in operations() if path.startswith(f"GET {STATS}")]
        return sorted(set.intersection(*each))
    found = {one for path in SECTIONS[name].paths for one in of_operation(path)}
    return sorted(found - set(refusals("stats") if f"GET {STATS}{name}" in operations() else ()))


def of_operation(path: str) -> list[tuple[str, str]]:
    """The problems of an operation of the document, as status and kind."""
    return [(status, kind) for status, of in problems(operations()[path]).items() for kind in of]


@cache
def first_told(one: tuple[str, str]) -> str:
    """The first section of the page that has this problem."""
    return next(name for name in SECTIONS if one in refusals(name))


@cache
def questions() -> list[dict[str, Any]]:
    """The parameters that all questions by GET have, and those of all but two that name events otherwise."""
    of = {path: each["parameters"] for path, each in operations().items() if path.startswith(f"GET {STATS}")}
    counts = [each for path, each in of.items() if not path.endswith(("/funnel", "/overlap"))]
    return [one for one in counts[0] if all(one in each for each in counts)]


def listed(parameters: list[dict[str, Any]]) -> Iterator[str]:
    if not parameters:
        return
    yield "| parameter | form | what it is |"
    yield "| --- | --- | --- |"
    for one in parameters:
        needed = " *(needed)*" if one.get("required") else ""
        where = " *(header)*" if one["in"] == "header" else ""
        yield f"| `{one['name']}`{needed}{where} | {form(one['schema'])} | {cell(one.get('description', ''))} |"
    yield ""


def form(schema: dict[str, Any]) -> str:
    """What a value looks like; the default is bold."""
    default = schema.get("default")
    if schema["type"] == "array":
        return f"up to {schema['maxItems']} values"
    if "enum" in schema:
        return ", ".join(f"**`{one}`**" if one == default else f"`{one}`" for one in schema["enum"])
    if schema["type"] == "integer":
        return f"{schema['minimum']} to {schema['maximum']}" + (f"; **{default}**" if default else "")
    if schema["type"] == "boolean":
        return ", ".join(f"**`{one}`**" if (one == "true") is default else f"`{one}`" for one in ("true", "false"))
    return f"text; **{default}**" if default else "text"


def to_do(kind: str) -> str:
    """What the caller does; waiting is explained once, above the first table."""
    return cell(KINDS[kind].do.replace(LATER, "Wait, and send it again."))


def cell(text: str) -> str:
    """The first paragraph, as one cell of a Markdown table."""
    return " ".join(text.strip().partition("\n\n")[0].split()).replace("|", r"\|")


PARTS: dict[str, Callable[[], Iterator[str]]] = {
    "endpoints": overview,
    "common": common,
    **{name: partial(facts, name) for name in SECTIONS},
}
