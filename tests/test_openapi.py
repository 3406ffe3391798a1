"""Schemathesis asks each operation of the OpenAPI document for what it says and for what it does not.

All of its checks are on: no 5xx, no status or answer that the document does not tell. `make test` asks a little,
`make soak` (SOAK=1) a thousand times an operation.
"""

import os
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.core import NOT_SET
from schemathesis.specs.openapi.checks import negative_data_rejection

from fixtures.cast import bearer
from tracking.ingest.dialects import DIALECTS

EXAMPLES = 1000 if os.environ.get("SOAK") else 15


# Rules bind several parameters, as from < to, which no schema says: 422 answers those too. What is too large is refused
# before it is read. A batch is taken although events of it are not valid, since each has its own verdict.
RULES = SchemathesisConfig.from_dict(
    {
        "checks": {
            "positive_data_acceptance": {"expected-statuses": ["2xx", 401, 403, 413, 422, 429, 503]},
            "negative_data_rejection": {"expected-statuses": [400, 401, 403, 405, 413, 422, 429, 503]},
        }
    }
)
NOT_OF = {path: [negative_data_rejection] for path in DIALECTS}


@pytest.fixture
def document(app: Any, engine: Any, sql: Any) -> Any:
    sql("update tracking.sources set rights = '{ingest,mint,stats,export,catalogue,erase}'")
    return schemathesis.openapi.from_wsgi("/openapi.json", app, config=RULES)


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=lambda mode: mode.value)
def test_each_operation_answers_as_the_document_says(document: Any, web: str, mode: Any) -> None:
    """Given what is right (positive), and given what is wrong (negative)."""
    operations = [result.ok() for result in document.get_all_operations()]
    assert operations
    for operation in operations:

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=not os.environ.get("SOAK"),
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate],
        )
        def ask(case: Any) -> None:
            response = case.call(headers=bearer(web))
            excluded = NOT_OF.get(case.path, [])
            if mode.is_negative and case.body is NOT_SET and asks_rightly(case, response.request.url):
                excluded = [*excluded, negative_data_rejection]
            case.validate_response(response, headers=bearer(web), excluded_checks=excluded)

        ask()


def asks_rightly(case: Any, url: str) -> bool:
    """Whether the query is valid as it is sent: name=a is what a list of one name looks like, too, so that what was made
    to be wrong may come out right.
    """
    parameters = {each["name"]: each for each in case.operation.definition.raw["parameters"] if each["in"] == "query"}
    sent = {
        name: values if parameters.get(name, {}).get("schema", {}).get("type") == "array" else values[-1]
        for name, values in parse_qs(urlsplit(url).query, keep_blank_values=True).items()
    }
    schema = {
        "type": "object",
        "properties": {name: each["schema"] for name, each in parameters.items()},
        "required": [name for name, each in parameters.items() if each.get("required")],
        "additionalProperties": False,
    }
    return bool(jsonschema_rs.is_valid(schema, sent))
