"""Bugs in what stored events come out of."""

from mutants import Mutant

ARRIVALS = "tracking/exports/arrivals.py"
READING = "tracking/exports/reading.py"
SCOPE = "sql/queries/arrived_scope.sql"
ENDPOINT = ("tests/exports/test_endpoint.py",)
FORMS = ("tests/exports/test_forms.py",)
FILE = ("tests/exports/test_file.py",)
STREAMING = ("tests/exports/test_streaming.py",)
IN_ORDER = ("tests/exports/test_arrivals.py",)
FOLLOWED = ("tests/faults/test_exports.py",)

MUTANTS = [
    Mutant(READING, "return arrivals.settled_until(connection), db", 'return db.run(connection, "now").scalar_one(), db',
           "what commits late is never exported", (*ENDPOINT, *FOLLOWED)),
    Mutant(READING, "            since = spans[-1].received_to + arrivals.INSTANT\n", "            since = spans[-1].received_to + 2 * arrivals.INSTANT\n",
           "what arrives a microsecond after another is left out", FOLLOWED,
           equivalent="on the embedded engine no two commits are that close, and on a native one hardly any"),
    Mutant(READING, "(row.received_at, row.event_id) <= self._last", "(row.received_at, row.event_id) < self._last",
           "an answer with a limit lacks its last row", ENDPOINT),
    Mutant(READING, "                after = rows[-1].place if rows else after\n", "",
           "a page that is cut comes for ever", STREAMING),
    Mutant(READING, "max(self._since, which.start - AHEAD)", "which.start",
           "a period takes the cursor back, or leaves out what a fast clock sent", ENDPOINT),
    Mutant(READING, "which.start is None or span.occurred_to >= which.start", "which.start is None or span.occurred_from >= which.start",
           "a period leaves out what arrived together with older events", ENDPOINT),
    Mutant(READING, "            ask(partial(_check_dropped, which, cursor.received_at))\n", "",
           "what retention dropped before it was read is passed over in silence", ENDPOINT),
    Mutant(READING, "if cursor.received_at > now:", "if False:", "a cursor of another deployment waits for years", ENDPOINT),
    Mutant(ARRIVALS, "len(found) < size and length < PAGE", "len(found) < size", "a page that is cut is taken for the last", STREAMING),
    Mutant("sql/queries/arrived_events.sql", "where coalesce(before, 0) < %(most)s", "where true",
           "who sends long numbers takes the memory of the process", STREAMING),
    Mutant(SCOPE, "and (occurred_at, source, creator) > (%(after_occurred)s", "and (occurred_at, source, creator) >= (%(after_occurred)s",
           "the last row of a page comes twice", STREAMING),
    Mutant("sql/queries/arrived_place.sql", "having min(place) <= %(nth)s", "having max(place) <= %(nth)s",
           "a limit parts events that share a cursor", ENDPOINT),
    Mutant("tracking/slots.py", "if self._running[whose] >= self._of_one:", "if self._running[whose] > 99:",
           "one source takes all slots", STREAMING),
    Mutant("tracking/slots.py", "                self._running[whose] -= 1\n", "",
           "who exported twice never exports again", STREAMING),
    Mutant("tracking/exports/forms.py", "max(can, key=lambda each: each[0])[1]", "can[0][1]", "Accept is not looked at twice", FORMS),
    Mutant("tracking/exports/table.py", "creator=cell(row.creator)", "creator=row.creator", "a creator's id runs in a spreadsheet", FORMS),
    Mutant("tracking/exports/table.py", "receiver_id=cell(row.receiver_id)", "receiver_id=row.receiver_id",
           "a receiver's id runs in a spreadsheet", FORMS),
    Mutant("tracking/exports/parquet.py", "write_statistics=STATISTICS", "write_statistics=True",
           "a file names creators beside its rows", FORMS),
    Mutant("tracking/exports/files.py", "        draft.unlink(missing_ok=True)\n", "        pass\n", "a failed export leaves a draft", FILE),
    Mutant("tracking/exports/files.py", "            _name(draft, path)\n", "            draft.replace(path)\n",
           "a file that came meanwhile is overwritten", FILE),
    Mutant("tracking/exports/routes.py", 'authenticate(request, "export")', 'authenticate(request, "stats")',
           "who may read counts reads people's events", ("tests/exports/test_endpoint.py", "tests/attacks/test_scope.py")),
    Mutant("tracking/exports/routes.py", '== "HTTP/1.0"', '== "HTTP/0.9"', "a broken answer looks whole behind nginx", STREAMING),
]  # fmt: skip
