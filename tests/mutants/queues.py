"""Bugs in the queue in front of the database."""

from mutants import Mutant

MESSAGE, BROKER = "tracking/queues/message.py", "tracking/queues/broker.py"
CONSUME, PUBLISH = "tracking/queues/consume.py", "tracking/queues/publish.py"
FORM, FRONT, AWAY = (
    ("tests/queues/test_message.py",),
    ("tests/queues/test_in_front.py",),
    ("tests/queues/test_away.py",),
)
SHOWN = ("tests/queues/test_cli.py",)

MUTANTS = [
    Mutant(MESSAGE, "plain = row if row.isascii() else _escaped(row)", "plain = row", "SQS refuses what XML does not allow", FORM),
    Mutant(MESSAGE, "if size and size + len(plain) > MAX_BYTES:", "if size > MAX_BYTES:", "a message is too large for SQS", FORM),
    Mutant(MESSAGE, "uuid4() if single_use_id is None else", "uuid4() if True else", "a replayed request is booked again", FRONT),
    Mutant(MESSAGE, "    if size:\n        yield part", "    if size > 100:\n        yield part", "a small request is lost", FORM),
    Mutant(CONSUME, "return [message for id_, message in mine.items() if id_ in new]", "return list(mine.values())",
           "what is delivered again is booked again", FRONT),
    Mutant(CONSUME, "mine = {message.id: message for message in messages}", "mine = {n: m for n, m in enumerate(messages)}",
           "two of the same in one batch break it", FRONT),
    Mutant(CONSUME, "        else:\n            self._has_written = True\n            for one in taken:\n                one.delivery.ack()",
           "        else:\n            pass", "a written message waits for ever", FRONT),
    Mutant(CONSUME, "    with connection.begin_nested():\n        return", "    if True:\n        return",
           "a row that the database refuses sinks its message", FRONT),
    Mutant(CONSUME, "                self._bury(connection, delivery, str(error))", "                delivery.ack()",
           "a message of a newer version is thrown away", FRONT),
    Mutant(BROKER, "        delivery.ack()", "        pass", "a dead letter comes back", FRONT),
    Mutant("tracking/provenance/gate.py", "if self.defers and grant", "if grant", "without a queue no proof is used up",
           ("tests/provenance/test_proof.py",)),
    Mutant("tracking/services.py", "return self.deployment.is_away", "return False",
           "a worker is replaced by one that knows no source", AWAY),
    Mutant("tracking/snapshot.py", "if is_trusted and self._away_at is not None:", "if False:",
           "each request waits for a database that does not answer", ("tests/test_snapshot.py",)),
    Mutant("tracking/queues/dead.py", "if only and letter.id not in only:", "if False:", "all are sent again", SHOWN),
]  # fmt: skip
