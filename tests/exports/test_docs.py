"""docs/export.md is right: its columns, its forms, and its code."""

import http.client
import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from exports.conftest import RIGHTS
from fixtures.many import fill
from tracking.exports.arrivals import Row
from tracking.exports.forms import FORMS
from tracking.exports.schemas import ExportQuerySchema
from tracking.snapshot import MAX_AGE

PAGE = (Path(__file__).resolve().parent.parent.parent / "docs" / "export.md").read_text()


def test_every_column_form_and_parameter_is_in_the_page() -> None:
    parameters = [field.data_key or name for name, field in ExportQuerySchema().fields.items()]
    names = [*Row._fields, *FORMS, *(form.media for form in FORMS.values())]
    assert [name for name in names if f"`{name}`" not in PAGE] == []
    assert [name for name in parameters if f"`{name}" not in PAGE] == []


def test_its_code_takes_each_event_once(server: Any, web: str, sql: Any) -> None:
    sql(RIGHTS)
    time.sleep(MAX_AGE)  # so long the workers may go by the rights before
    fill(sql, 25_000)
    space: dict[str, Any] = {}
    exec(re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1], space)
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc)
    rows, cursor = space["events"](connection, web, None)
    assert len(rows) == 10_000
    hung_up = Cut(connection, 5_000)
    more, cursor = space["events"](hung_up, web, cursor)
    assert 0 < len(more) < 10_000
    rows += more
    while more:
        more, cursor = space["events"](connection, web, cursor)
        rows += more
    assert [(row["event_id"],) for row in rows] == sql(
        "select event_id::text from tracking.events order by received_at, event_id"
    )
    connection.close()


class Cut:
    """A connection that breaks off after so many bytes of an answer."""

    def __init__(self, connection: http.client.HTTPConnection, most: int) -> None:
        self._connection, self._most = connection, most

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def getresponse(self) -> Any:
        answer = self._connection.getresponse()
        whole = answer.read

        def read() -> bytes:
            raise http.client.IncompleteRead(whole()[: self._most])

        answer.read = read
        return answer
