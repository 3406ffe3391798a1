"""W3C extended log files (https://www.w3.org/TR/WD-logfile.html), as of IIS and, with tabs, of Amazon CloudFront.

The directive ``#Fields`` names the columns, and may come again with others. Times are in UTC.
"""

import re
from urllib.parse import unquote

from tracking.imports import Line
from tracking.imports.weblogs.fields import Fields, NotInFormat

MAX_FIELDS = 200

_TOKEN = re.compile(r'"(?:[^"]|"")*+"|[^\s"]\S*+|"')
_DATE = re.compile(r"#Date: {0,9}(\d{4}-\d\d-\d\d)")
_NAMES = {
    "date": "date",
    "time": "time",
    "c-ip": "address",
    "x-forwarded-for": "forwarded",
    "cs(x-forwarded-for)": "forwarded",
    "cs-method": "method",
    "cs-uri": "uri",
    "cs-uri-stem": "uri",
    "cs-uri-query": "query",
    "sc-status": "status",
    "sc-bytes": "size",
    "cs(referer)": "referrer",
    "cs(user-agent)": "agent",
}
_NEEDED = {"time": "time", "address": "c-ip", "uri": "cs-uri-stem"}


class Extended:
    """Reads a file from its first line on, since the columns are what the last directive said."""

    def __init__(self) -> None:
        self._names: list[str | None] = []
        self._date = ""

    def __call__(self, line: Line) -> Fields | None:
        if line.text.startswith("#"):
            self._direct(line.text)
            return None
        if not self._names:
            raise NotInFormat("no line #Fields: … before it says what the columns are")
        values = line.text.split("\t") if "\t" in line.text else _TOKEN.findall(line.text)
        if len(values) != len(self._names):
            raise NotInFormat(f"{len(values)} fields, where #Fields names {len(self._names)}")
        fields = {name: _plain(value.strip()) for name, value in zip(self._names, values, strict=True) if name}
        date = fields.pop("date", self._date)
        fields["time"] = f"{date} {fields['time']}Z"
        for name in ("agent", "referrer", "forwarded"):
            if name in fields:
                fields[name] = _with_blanks(fields[name])
        return fields

    def _direct(self, text: str) -> None:
        if date := _DATE.match(text):
            self._date = date[1]
        if not text.startswith("#Fields:"):
            return
        names = [_NAMES.get(name.lower()) for name in text.removeprefix("#Fields:").split()[:MAX_FIELDS]]
        self._names = [name if name not in names[:at] else None for at, name in enumerate(names)]
        if missing := [said for name, said in _NEEDED.items() if name not in names]:
            self._names = []
            raise NotInFormat(f"#Fields lacks {', '.join(missing)}")


def _plain(value: str) -> str:
    return value[1:-1].replace('""', '"') if len(value) > 1 and value.startswith('"') else value


def _with_blanks(text: str) -> str:
    """IIS writes a blank as a plus sign; CloudFront as %20, and in older files as %2520."""
    if "%20" in text or "%2520" in text:
        return unquote(unquote(text)) if "%2520" in text else unquote(text)
    return text.replace("+", " ")
