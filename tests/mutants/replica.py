"""Of reading from a replica: what it is trusted with, and what becomes of a question that it does not answer."""

from mutants import Mutant

REPLICA = "tracking/stats/replica.py"
QUESTIONS = "tracking/stats/questions.py"
TESTED = ("tests/stats/test_replica.py",)
RIGHTS = ("tests/stats/test_replica_rights.py",)

MUTANTS = [
    Mutant(
        REPLICA, "            if isinstance(cause, ASKERS):\n                raise\n", "",
        "what took too long on the replica takes as long on the primary, too", TESTED,
    ),
    Mutant(REPLICA, "            if isinstance(cause, CONFLICT):", "            if isinstance(cause, ()):",
           "one question that was in the way of replaying sends all others to the primary", TESTED),
    Mutant(REPLICA, "            self._tried_at = now\n", "", "each question tries a replica that is away", TESTED),
    Mutant(REPLICA, "now < self._tried_at + self._passed_over", "now < self._tried_at + 1e9",
           "a replica that was away once is never asked again", TESTED),
    Mutant(REPLICA, "if seconds > most else None", "if seconds > 60 * most else None", "counts of an hour ago are told as new", TESTED),
    Mutant(REPLICA, "    if not is_replica:\n", "    if is_replica is None:\n",
           "a server that was promoted goes on telling counts that nobody adds to", TESTED),
    Mutant(
        REPLICA, '                connection.execution_options(isolation_level="AUTOCOMMIT")\n', "",
        "it costs two ways more to ask how far the replica is", TESTED,
        equivalent="the snapshot is taken by the next statement all the same",
    ),
    Mutant(REPLICA, "connecting=SILENT", "connecting={}", "a host that is gone keeps questions waiting", TESTED,
           equivalent="the tests bring an engine of their own; a host that is gone cannot be made here"),
    Mutant(QUESTIONS, '        if not self.scope["one_owner"]:\n            return self.scope\n', "        return self.scope\n",
           "a receiver that was given to another owner is still shown to the first", RIGHTS),
    Mutant("tracking/stats/scope.py", '"reads_all": False, "granted"', '"granted"',
           "a source that asks about one owner gets the counts of all, from the replica", RIGHTS),
    Mutant(
        "tracking/stats/counting.py", "        if self._moment is BEGINNING:\n            self._moment = row.moment\n",
        "        self._moment = row.moment\n", "a replica that is behind says that it is not", TESTED,
    ),
    Mutant(
        "tracking/stats/counting.py", "min(self._moment, self._oldest_kept)", "self._moment",
        "an answer from the cache is said to be of now", ("tests/stats/test_memo.py",),
    ),
    Mutant("tracking/db.py", "    if url.username != own:", "    if url.username is None:",
           "the API may hold the owner's login, for the replica", ("tests/test_db.py",)),
    Mutant("tracking/db.py", "        return url.update_query_dict(AS_API)\n    own", "        return url\n    own",
           "on the replica the API reads as the owner", ("tests/test_db.py",)),
]  # fmt: skip
