"""The kinds of files. Judges a file's kind by its first lines, before anything is written."""

from collections.abc import Callable, Iterator
from itertools import islice

from tracking.imports import UNFINISHED, Form, Line, Parsed, Unreadable, csvfile, ndjson
from tracking.imports.weblogs import form as weblog
from tracking.imports.weblogs import presets
from tracking.ingest.decode import Rejection, decode_one

SAMPLE = 100
"""Lines, blank ones not counted, by which a file is judged."""
SAMPLE_SIZE = 1 << 20
"""Characters of these lines that are enough to judge."""
WRONG = 0.9
"""If at least this share of the lines is not in the format, the format is wrong and not the lines."""

GUESSES: dict[str, Callable[[], Form]] = {
    "--format ndjson": lambda: Form("ndjson", ndjson.parse),
    "--format csv": lambda: Form("csv", csvfile.parse),
    "--log-format json": lambda: weblog("json"),
    "--log-format w3c": lambda: weblog("w3c"),
    **{f"--log-format {name}": lambda name=name: weblog(name) for name in presets.PATTERNS},  # type: ignore[misc]
}


def sample(lines: Iterator[Line]) -> list[Line]:
    """The first lines, as many as are needed to judge the file."""
    taken: list[Line] = []
    filled = size = 0
    while filled < SAMPLE and size < SAMPLE_SIZE and (line := next(lines, None)):
        taken.append(line)
        filled += bool(line.problem or line.text.strip())
        size += len(line.text)
    return taken


def judge(form: Form, lines: list[Line]) -> None:
    """Raises Unreadable if a file's first lines are not in the format; the message guesses the right one."""
    try:
        found = _finished(form, lines)
    except Unreadable as error:
        raise Unreadable(f"{error}{_advice(form, lines)}") from None
    foreign = [(parsed.line, problem) for parsed in found if (problem := _problem(parsed))]
    if not foreign or len(foreign) < WRONG * len(found):
        return
    read = len(found) - len(foreign)
    share = f"of the first {len(found)} line{'s' if len(found) > 1 else ''} {read or 'none'} can be"
    first = "; ".join(f"line {number:,}: {problem}" for number, problem in islice(foreign, 3))
    raise Unreadable(f"not read as {form.name}: {share}. {first}{_advice(form, lines)}")


def _finished(form: Form, lines: list[Line]) -> list[Parsed]:
    """The results of the lines; half a line says nothing about a format."""
    return [parsed for parsed in form.parse(lines) if parsed.excluded != UNFINISHED]


def _problem(parsed: Parsed) -> str | None:
    """The reason why this is no line of the format: it cannot be read, or its content is no event."""
    if parsed.is_foreign:
        return parsed.problem
    if parsed.event is not None and isinstance(rejection := decode_one(parsed.event), Rejection):
        return f"{rejection.field}: {rejection.reason}"
    return None


def _advice(given: Form, lines: list[Line]) -> str:
    lines = [line for line in lines if not line.problem]
    scores = {
        option: _score(make(), lines) for option, make in GUESSES.items() if not option.endswith(f" {given.name}")
    }
    best = max(scores, key=lambda option: scores[option])
    if scores[best] <= 1 - WRONG:
        return ""
    return f". It looks like {best}"


def _score(form: Form, lines: list[Line]) -> float:
    """The share of the lines that can be read."""
    try:
        found = _finished(form, lines)
    except Unreadable:
        return 0.0
    return sum(_problem(parsed) is None for parsed in found) / len(found) if found else 0.0
