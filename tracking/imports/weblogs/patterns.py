r"""Reads log formats in the words of the servers' own settings, as patterns with named fields.

nginx: ``$remote_addr - $remote_user [$time_local] "$request" …``
(https://nginx.org/en/docs/http/ngx_http_log_module.html), Apache: ``%h %l %u %t "%r" …``
(https://httpd.apache.org/docs/2.4/mod/mod_log_config.html). Between fields there may be more blanks than the pattern
has. After a last field in quotation marks more fields may follow; they are ignored. Apache escapes a
quotation mark as ``\"``, nginx as ``\x22``.

All quantifiers are possessive: a line of a megabyte that does not match fails in one pass.
"""

import re
from collections.abc import Iterable, Iterator

from tracking.imports import Line
from tracking.imports.weblogs.fields import Field, Fields, NotInFormat, Read, best, places
from tracking.imports.weblogs.variables import APACHE_DIRECTIVE, NGINX_VARIABLE, TIME_GOES_ON, apache, nginx

MAX_PATTERN = 2000  # characters

SEPARATORS = ("|", ";", "^", "~")
"""Blanks may surround these, and may be in the fields between them."""

UNUSED = (None, "user", "is_args", "host")

_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|([\"\\])|([nrtbvfa]))")
_CONTROL = {"n": 0x0A, "r": 0x0D, "t": 0x09, "b": 0x08, "v": 0x0B, "f": 0x0C, "a": 0x07}


def compiled(text: str) -> Read:
    """The way to read a line of this pattern. Raises ValueError, for the person who wrote it, if it is no pattern."""
    if len(text) > MAX_PATTERN:
        raise ValueError(f"the pattern has {len(text):,} characters; the most is {MAX_PATTERN:,}")
    parts = _merged(_parts(text))
    names = {part.name for part in parts if isinstance(part, Field)}
    if not names - {None}:
        raise ValueError("it is no preset, and no pattern either: there is no $variable and no %directive in it")
    needed = {"the time": {"time"}, "the address": {"address", "forwarded"}, "the request": {"request", "uri"}}
    if missing := [what for what, any_of in needed.items() if not any_of & names]:
        raise ValueError(f"the pattern lacks {', '.join(missing)}")
    pattern = re.compile(_expression(parts), re.ASCII | re.DOTALL)
    meanings = places(part for part in parts if isinstance(part, Field) and part.name not in UNUSED)

    def read(line: Line) -> Fields:
        match = pattern.fullmatch(line.text)
        if match is None:
            raise NotInFormat(f"not of the form {text}")
        values: tuple[str, ...] = match.groups()
        return {name: _plain(name, best(name, values, at)) for name, at in meanings.items()}

    return read


def _parts(text: str) -> Iterator[str | Field]:
    """Literal text and fields in turn. Raises ValueError with the unknown variables."""
    text = text.replace('\\"', '"').replace("\\t", "\t")
    is_nginx = NGINX_VARIABLE.search(text) is not None
    unknown: list[str] = []
    end = 0
    for match in (NGINX_VARIABLE if is_nginx else APACHE_DIRECTIVE).finditer(text):
        before = text[end : match.start()]
        end = match.end()
        try:
            field = nginx(match[1] or match[2]) if is_nginx else apache(match[1], match[2] or "", match[3])
        except KeyError as error:
            unknown.append(f"{match[0]}{error.args[0]}")
            continue
        if match[0] == "%t":  # with its brackets; other forms have none
            yield from (f"{before}[", field, "]")
            continue
        if match[0] == "%%":
            yield f"{before}%"
            continue
        yield before
        yield field
    yield text[end:]
    if unknown:
        ours = "write $ignored" if is_nginx else "write %{it}n"
        raise ValueError(f"not known: {', '.join(unknown)}; {ours} for a field that is not needed")


def _expression(merged: list[str | Field]) -> str:
    """The regular expression, with a group for each field: a field cannot hold the text that follows it."""
    quoted = False
    expression = r"[ \t]*+"
    for at, part in enumerate(merged):
        if isinstance(part, str):
            quoted ^= part.count('"') % 2 == 1
            is_last = at == len(merged) - 1
            expression += _literal(part[:-1] if is_last and part.endswith('"') else part)
            continue
        after = merged[at + 1] if at + 1 < len(merged) else ""
        inside = _inside(part.name, after, quoted=quoted)
        expression += f"({'?:' if part.name in UNUSED else ''}{inside})"
    return expression + _end(merged)


def _merged(parts: Iterable[str | Field]) -> list[str | Field]:
    """The parts without empty text, with neighbouring texts joined, and a time in one piece."""
    merged: list[str | Field] = []
    for part in parts:
        if part == TIME_GOES_ON:
            before = merged[-2:]
            if before and _is_time(before[-1]):
                continue
            if len(before) > 1 and _is_time(before[0]) and before[1] in (".", ",", ":", " "):
                merged.pop()
                continue
            merged.append(Field(None))
        elif isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        elif part != "":
            merged.append(part)
    if merged and isinstance(merged[-1], str):
        merged[-1] = merged[-1].rstrip()
    return merged


def _is_time(part: str | Field) -> bool:
    return isinstance(part, Field) and part.name == "time"


def _end(merged: list[str | Field]) -> str:
    last = merged[-1]
    if not (isinstance(last, str) and last.endswith('"')):
        return r"[ \t]*+"
    if len(merged) > 1 and isinstance(merged[-2], Field) and merged[-2].name == "agent" and last == '"':
        return r'(?:"(?:[ \t].*+)?+|\\?+)'  # the server may have cut a long value
    return r'"(?:[ \t].*+)?+'


_ADDRESS = r"(?:-|\[?+[\w.:%-]{1,100}+\]?+(?::\d{1,5}+)?+)"
_ADDRESSES = rf"{_ADDRESS}(?:,[ \t]*+{_ADDRESS}){{0,50}}+"
_FORWARDED = r"(?:-|unknown|\w{2,10}+=[^\s,]{1,200}+|\[?+[0-9A-Fa-f.:]{2,60}+\]?+(?::\d{1,5}+)?+)"
_FORWARDEDS = rf"{_FORWARDED}(?:,[ \t]*+{_FORWARDED}){{0,50}}+"


def _inside(name: str | None, after: str | Field, *, quoted: bool) -> str:
    """The characters that a field may hold, by the text that follows it."""
    if isinstance(after, Field):
        return _adjacent(name, after)
    if not after and name in ("request", "uri", "referrer", "agent"):
        return ".*+"
    stop = after[:1]
    if quoted:
        if stop == '"':
            return r'(?:[^"\\]++|\\.)*+'
        return rf'(?:[^"\\\s{re.escape(stop.strip())}]++|\\.)*+'
    if "\t" in _blanks(after):
        return r"[^\t]*+"
    following = after.lstrip()[:1]
    if following in SEPARATORS:
        return rf"[^{re.escape(following)}]*+"
    if stop.strip():
        return rf"[^\s{re.escape(stop)}]*+" if name != "time" else rf"[^{re.escape(stop)}]*+"
    if name == "user" and following == "[":  # a name may have blanks in it
        return r"(?:[^\[ \t]++|[ \t]++(?!\[))*+"
    return {
        "address": _ADDRESSES,
        "forwarded": _FORWARDEDS,
        "time": r"\S++(?:[ \t]++(?:[+-]\d|\d\d:)\S*+){0,2}+",
        "status": r"\d{3}+|0|-",
        "size": r"\d{1,18}+|-",
        "request": r"\S++[ \t]++\S++(?:[ \t]++HTTP/[\d.]++)?+",
        # There may be several upstreams, and several groups of them.
        "None": r"\S++(?:(?:(?<=,)|[ \t]++:)[ \t]++\S++)*+" if following != ":" else r"\S++",
    }.get(str(name), r"\S++")


def _adjacent(name: str | None, after: Field) -> str:
    """A field that another one follows at once. Raises ValueError if nothing tells where it ends."""
    if name == "host" and after.name == "uri":
        return r'[^/?\s"]*+'
    if name == "uri" and after.name in ("is_args", "query"):
        return r'[^?\s"]*+'
    if name == "is_args":
        return r"\??+"
    raise ValueError("two fields side by side, with nothing that tells where the first one ends")


def _blanks(text: str) -> str:
    return text[: len(text) - len(text.lstrip())]


def _literal(text: str) -> str:
    """The text, with any number of blanks for one blank; a tab separates fields by itself, and only once."""
    pieces = [piece for piece in re.split(r"(\s+)", text) if piece]
    expression = ""
    for before, piece, after in zip(["", *pieces], pieces, [*pieces[1:], ""], strict=False):
        if piece.strip():
            expression += re.escape(piece)
        elif "\t" in piece:
            expression += r"[ ]*+\t"
        else:
            is_free = before.endswith(SEPARATORS) or after.startswith(SEPARATORS)
            expression += r"[ \t]*+" if is_free else r"[ \t]++"
    return expression


def _plain(name: str, text: str) -> str:
    """The text without the server's escapes: all in a request, those of printable ASCII in other text."""
    if "\0" in text:
        text = text.replace("\0", r"\x00")
    if "\\" not in text:
        return text
    return _ESCAPE.sub(_to_uri if name in ("request", "uri", "query") else _to_text, text)


def _to_text(escape: re.Match[str]) -> str:
    if escape[2]:
        return escape[2]
    byte = int(escape[1], 16) if escape[1] else 0
    return chr(byte) if 0x20 <= byte < 0x7F else escape[0]


def _to_uri(escape: re.Match[str]) -> str:
    """The percent-encoding of a byte that is no printable ASCII."""
    if escape[2]:
        return escape[2]
    byte = int(escape[1], 16) if escape[1] else _CONTROL[escape[3]]
    return chr(byte) if 0x20 <= byte < 0x7F else f"%{byte:02X}"
