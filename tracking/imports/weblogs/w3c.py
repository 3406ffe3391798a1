"""W3C extended log files (https://www.w3.org/TR/WD-logfile.html) of IIS and, with tabs, of Amazon CloudFront.

The directive ``#Fields`` names the columns, and may come again with others. Times are in UTC.
"""

import re
from datetime import datetime, timedelta
from urllib.parse import unquote

from tracking.imports import Line
from tracking.imports.weblogs.fields import CLIENT_HEADERS, Field, Fields, NotInFormat, best, places

MAX_FIELDS = 200
DAY = timedelta(days=1)
LATE = timedelta(minutes=1)
"""The time by which a line of yesterday may come later than its neighbours."""

_TOKEN = re.compile(r'"(?:[^"]|"")*+"|[^\s"]\S*+|"')
_DATE = re.compile(r"#Date: {0,9}(\d{4}-\d\d-\d\d)")
# If several have one meaning, the first is best.
_NAMES = {
    "date": "date",
    "time": "time",
    "c-ip": "address",
    "cs-method": "method",
    "cs-uri": "uri",
    "cs-uri-stem": "uri",
    "cs-uri-query": "query",
    "sc-status": "status",
    "sc-bytes": "size",
    "cs(referer)": "referrer",
    "cs(user-agent)": "agent",
    **{f"cs({header.replace('_', '-')})": "forwarded" for header in CLIENT_HEADERS},
    **{header.replace("_", "-"): "forwarded" for header in CLIENT_HEADERS},
}
_FIELDS = {name: Field(meaning, rank) for rank, (name, meaning) in enumerate(_NAMES.items())}
_NEEDED = {"time": "time", "address": "c-ip", "uri": "cs-uri-stem"}


class Extended:
    """Reads a file from its first line on, since the last directive gives the columns."""

    def __init__(self) -> None:
        self._columns = 0
        self._places: dict[str, list[int]] = {}
        self._date = ""
        self._has_turned = False
        self._last: datetime | None = None

    def __call__(self, line: Line) -> Fields | None:
        if line.text.startswith("#"):
            self._direct(line.text)
            return None
        if not self._places:
            raise NotInFormat("no line #Fields: … before it names the columns")
        values = line.text.split("\t") if "\t" in line.text else _TOKEN.findall(line.text)
        if len(values) != self._columns:
            raise NotInFormat(f"{len(values)} fields, where #Fields names {self._columns}")
        fields = {name: _plain(best(name, values, at)) for name, at in self._places.items()}
        time = fields["time"]
        fields["time"] = f"{fields['date']} {time}Z" if "date" in fields else self._dated(time)
        for name in ("agent", "referrer", "forwarded"):
            if name in fields:
                fields[name] = _with_blanks(fields[name])
        return fields

    def _dated(self, time: str) -> str:
        """The time with its date: the date of the last directive #Date, or of a day that has begun since."""
        try:
            moment = datetime.fromisoformat(f"{self._date} {time}+00:00")
            if self._last and self._last - moment > DAY / 2:
                moment += DAY
                self._date, self._has_turned = moment.date().isoformat(), True
            elif self._last and self._has_turned and moment - self._last > DAY - LATE:
                return (moment - DAY).isoformat()
        except (ValueError, OverflowError):
            return f"{self._date} {time}Z"
        self._last = moment
        return moment.isoformat()

    def _direct(self, text: str) -> None:
        if date := _DATE.match(text):
            self._date, self._has_turned, self._last = date[1], False, None
        if not text.startswith("#Fields:"):
            return
        names = text.removeprefix("#Fields:").split()[:MAX_FIELDS]
        self._columns, self._places = len(names), places(_FIELDS.get(name.lower()) for name in names)
        if missing := [said for name, said in _NEEDED.items() if name not in self._places]:
            self._places = {}
            raise NotInFormat(f"#Fields lacks {', '.join(missing)}")


def _plain(value: str) -> str:
    return value[1:-1].replace('""', '"') if len(value) > 1 and value.startswith('"') else value


def _with_blanks(text: str) -> str:
    """IIS writes a blank as a plus sign; CloudFront as %20, and in older files as %2520."""
    if "%20" in text or "%2520" in text:
        return unquote(unquote(text)) if "%2520" in text else unquote(text)
    return text.replace("+", " ")
