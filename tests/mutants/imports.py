"""What files become, and what is left behind where they become nothing."""

from mutants import Mutant

READER = ("tests/imports/test_reader.py",)
LOGS = ("tests/imports/test_weblogs.py", "tests/imports/test_weblog_ids.py")
W3C = ("tests/imports/test_w3c.py",)
MEANINGS = ("tests/imports/test_meanings.py",)
TIMES = ("tests/imports/test_times.py",)
PATHS = ("tests/imports/test_paths.py",)
EXCLUSIONS = ("tests/imports/test_exclusions.py",)
COLUMNS = ("tests/imports/test_columns.py",)
CSV = ("tests/imports/test_csvfile.py",)
FORMS = ("tests/imports/test_forms.py",)
COMMAND = ("tests/cli/test_import.py",)
COMMAND_LOGS = ("tests/cli/test_import_logs.py",)

MUTANTS = [
    Mutant(
        "tracking/imports/reader.py",
        "        self._unread = self.head\n",
        '        self._unread = b""\n',
        "What was looked at of a pipe is not imported.",
        READER,
    ),
    Mutant(
        "tracking/imports/reader.py",
        "rest = lines.pop()  #",
        'rest = b""  #',
        "The last line of a file without a line end is lost, and CR LF across two chunks is two line ends.",
        READER,
    ),
    Mutant(
        "tracking/imports/reader.py",
        "{self.size} ",
        "",
        "A log that has grown goes on in the middle of a line of the old one.",
        READER,
    ),
    Mutant(
        "tracking/imports/run.py",
        'f"{reader.fingerprint} {options}"',
        'f"{reader.fingerprint}"',
        "An import with other options leaves out what the one before had read.",
        COMMAND,
    ),
    Mutant(
        "tracking/imports/run.py",
        "if parsed.line <= skip:",
        "if parsed.line < skip:",
        "The last line before an interruption is refused or counted anew.",
        COMMAND,
    ),
    Mutant(
        "tracking/imports/visitors.py",
        "if sum_ >= SHARE * total",
        "if sum_ >= SHARE",
        "Each log is said to come from a proxy.",
        COMMAND_LOGS,
    ),
    Mutant(
        "tracking/imports/run.py",
        "            if not begun:\n                begin()\n                begun = True\n",
        "            begun = True\n",
        "The source of an import is unknown: no list shows it, and a revoked one takes imports.",
        COMMAND,
    ),
    Mutant(
        "tracking/cli/imports.py",
        'yield "all were rejected"',
        "pass",
        "A script believes that a file was imported of which every line was rejected.",
        COMMAND,
    ),
    Mutant(
        "tracking/imports/forms.py",
        "len(foreign) < WRONG * len(found)",
        "len(foreign) <= WRONG * len(found)",
        "A file of which one line in ten happens to fit is imported.",
        FORMS,
    ),
    Mutant(
        "tracking/imports/forms.py",
        "best = max(scores",
        "best = min(scores",
        "The format that is named is the one that fits worst.",
        FORMS,
    ),
    Mutant(
        "tracking/imports/columns.py",
        "            return None\n        return target",
        "            return column\n        return target",
        "A table with one column more than ours cannot be imported.",
        COLUMNS,
    ),
    Mutant(
        "tracking/imports/csvfile.py",
        "source.give_back(taken)",
        "pass",
        "A quotation mark that is never closed swallows two hundred records.",
        CSV,
    ),
    Mutant(
        "tracking/imports/times.py",
        "timezone(-shift if",
        "timezone(shift if",
        "Events of America are hours early.",
        TIMES,
    ),
    Mutant(
        "tracking/imports/times.py",
        "(1, 1e3, 1e6, 1e9)",
        "(1, 1e6, 1e9)",
        "Milliseconds since 1970 are no time.",
        TIMES,
    ),
    Mutant(
        "tracking/imports/weblogs/request.py",
        "for hop in _BETWEEN.split(addresses, MAX_HOPS)[:MAX_HOPS]",
        "for hop in _BETWEEN.split(addresses, MAX_HOPS)[::-1]",
        "Visitors behind a proxy are nobody, or its address.",
        MEANINGS,
    ),
    Mutant(
        "tracking/imports/weblogs/request.py",
        "found.ipv4_mapped or IPv6Address(int(found))",
        "IPv6Address(int(found))",
        "A visitor is two, by an old address and by the same in new clothes.",
        LOGS,
    ),
    Mutant(
        "tracking/imports/weblogs/__init__.py",
        r'f"{request.address}\0{request.agent}"',
        'f"{request.address}"',
        "All people of an office are one visitor.",
        LOGS,
    ),
    Mutant(
        "tracking/imports/weblogs/__init__.py",
        "occurrences.identify(line.text)",
        "occurrences.identify(line.text.strip() + str(line.number))",
        "A log that is sorted, or cut in two, is counted twice.",
        LOGS,
    ),
    Mutant(
        "tracking/imports/weblogs/exclusions.py",
        "status < 400 and status != _NOT_MODIFIED",
        "status < 400",
        "Visitors who come back to a page that has not changed are not counted.",
        EXCLUSIONS,
    ),
    Mutant(
        "tracking/imports/weblogs/exclusions.py",
        "(dot and ending in _STATIC)",
        "(ending in _STATIC)",
        "A page called /js is no page.",
        EXCLUSIONS,
    ),
    Mutant(
        "tracking/imports/weblogs/paths.py",
        "character if character in _UNRESERVED else match[0].upper()",
        "character",
        "%2F becomes a slash: two pages are one.",
        PATHS,
    ),
    Mutant(
        "tracking/imports/weblogs/__init__.py",
        "if not line.is_ended and",
        "if line.is_ended and",
        "A line that is still being written counts twice, short and whole.",
        LOGS,
    ),
    Mutant(
        "tracking/imports/weblogs/patterns.py",
        'else f"%{byte:02X}"',
        'else f"%{byte:X}"',
        "A page has another name in a log where the server escapes it.",
        LOGS,
    ),
    Mutant(
        "tracking/imports/weblogs/w3c.py",
        'fromisoformat(f"{self._date} ',
        'fromisoformat(f"2000-01-01 ',
        "A log whose date stands in its head alone is of another year.",
        W3C,
    ),
]
