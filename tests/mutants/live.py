"""Bugs in what people see of events as they arrive."""

from mutants import Mutant

FEED = "tracking/live/feed.py"
STREAM = "tracking/live/stream.py"
ARRIVED = "sql/queries/live_arrived.sql"
COMMITS = "sql/queries/live_commits.sql"
READ = ("tests/live/test_feed.py",)
STREAMED = ("tests/live/test_stream.py",)
MENDED = ("tests/live/test_mending.py",)
PAGE = ("tests/live/test_page.py",)

MUTANTS = [
    Mutant(FEED, "    until = settled_until(connection)\n    if place.moment >= until:",
           '    until = db.run(connection, "now").scalar_one()\n    if place.moment >= until:',
           "what commits late is never seen", STREAMED),
    Mutant(FEED, 'Place(commits["last"] + INSTANT)', 'Place(commits["last"])', "the last commit is told for ever", READ),
    Mutant(FEED, "if len(arrived) == ROWS else", "if len(arrived) > ROWS else", "the rest of a long commit is never told", READ),
    Mutant(FEED, "if place.moment < until - BACK:", "if False:", "who was away for a day makes the database read it all", READ),
    Mutant(FEED, "if events > BEHIND else place", "if False else place", "nobody is told what was passed over", READ),
    Mutant(FEED, "one.creator is None or one.creator in", "one.creator in",
           "a rejected event that does not say whose it is cannot be found", READ),
    Mutant(ARRIVED, '(received_at, place collate "C") > (%(since)s', '(received_at, place collate "C") >= (%(since)s',
           "the last message comes again when a stream goes on", READ),
    Mutant(ARRIVED, "md5(row(event_id, source, creator)::text) as place", "md5(source) as place",
           "of events at the same time only the first of a piece is told", READ),
    Mutant(ARRIVED, "       and (occurred_at between %(soon_from)s and %(soon_to)s) is not true\n", "",
           "an event is told twice if late ones came with it", READ),
    Mutant(ARRIVED, "       and source = any (%(aside)s::text[])\n", "       and false\n", "what was rejected is not shown", READ),
    Mutant(COMMITS, "verdict not in ('duplicate', 'conflict', 'rejected')", "verdict = 'accepted'",
           "repeats, crawlers and own views are not shown", PAGE),
    Mutant(COMMITS, "filter (where stored and not soon) as late_to", "filter (where stored and soon) as late_to",
           "late events are not shown", READ),
    Mutant(STREAM, "            self.check()\n", "", "a stream outlives its token", STREAMED),
    Mutant(STREAM, "        except sqlalchemy.exc.SQLAlchemyError as error:", "        except KeyError as error:",
           "a page whose database is away is told nothing", STREAMED),
    Mutant("tracking/live/routes.py", 'authenticate(request, "live")', 'authenticate(request, "stats")',
           "who may read counts watches people", STREAMED),
    Mutant("tracking/live/slots.py", "OF_ONE = 8", "OF_ONE = 800", "one team takes all streams", STREAMED),
    Mutant("tracking/live/mending.py", 'field.startswith(begins) if begins.endswith("/") else field == begins', "field == begins",
           "a property at fault is told nothing of its schema", MENDED),
    Mutant("tracking/live/arrived.py", 'if not isinstance(sent, dict) or "receiver" in sent:', "if sent:",
           "a conflict shows the letters of a row", READ),
    Mutant("tracking/redaction.py", "f[kcslp]_", "f[kcsp]_", "the log has live tokens", ("tests/test_logs.py",)),
    Mutant("deploy/server/worker.py", "if not self.alive and self._endless in environ:", "if False:",
           "a server that stops waits for its streams for twenty seconds", STREAMED),
]  # fmt: skip
