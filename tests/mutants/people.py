"""Who counts as a person, what readers may do, and what is said at the start."""

from mutants import Mutant

CRAWLERS = ("tests/ingest/test_crawlers.py",)
ROLES = ("tests/test_roles.py",)
READERS = ("tests/bi/test_readers.py",)
HELP = ("tests/cli/test_help.py",)
SETTINGS = ("tests/test_settings.py",)

MUTANTS = [
    Mutant(
        "tracking/ingest/crawlers.py",
        "return exact is None or exact.search(agent) is not None",
        "return True",
        "People whose phone is named like a crawler are crawlers.",
        CRAWLERS,
    ),
    Mutant(
        "tracking/ingest/crawlers.py",
        "MAX_LENGTH = 1024",
        "MAX_LENGTH = 512",
        "A crawler whose agent is long counts.",
        CRAWLERS,
    ),
    Mutant(
        "tracking/ingest/crawlers.py",
        'if entry["pattern"] not in PEOPLES]',
        "]",
        "Android's newest builds are crawlers.",
        CRAWLERS,
    ),
    Mutant(
        "tracking/ingest/crawlers.py",
        'or agent.startswith("Mozilla/") else "tool"',
        'else "tool"',
        "A headless browser's request counts.",
        CRAWLERS,
    ),
    Mutant(
        "tracking/ingest/crawlers.py",
        "return min((number for number in found",
        "return max((number for number in found",
        "A crawler that both lists know is taken for a tool.",
        CRAWLERS,
    ),
    Mutant(
        "tracking/ingest/bots.py",
        "if not isinstance(agent, str) or not agent:",
        "if not isinstance(agent, str):",
        "A crawler that sends an empty agent along counts.",
        CRAWLERS,
    ),
    Mutant(
        "tracking/ingest/bots.py",
        'agent = context.get("user_agent") if context else None',
        'agent = context.get("user_agent", "x") if context else None',
        "A crawler that sends any context counts.",
        CRAWLERS,
    ),
    Mutant(
        "tracking/ingest/bots.py",
        'kind(own) == "crawler"',
        'kind(own) != "person"',
        "Events of an app whose library is okhttp do not count.",
        CRAWLERS,
    ),
    Mutant(
        "tracking/ingest/bots.py",
        'kind(agent) != "person"',
        'kind(agent) == "crawler"',
        "What curl fetched counts.",
        CRAWLERS,
    ),
    Mutant(
        "tracking/ingest/bots.py",
        "self._most = None if own is None else MOST",
        "self._most = None",
        "One request has 500 agents looked at.",
        CRAWLERS,
    ),
    Mutant(
        "tracking/ingest/bots.py",
        "self._most = None if own is None else MOST",
        "self._most = MOST",
        "Crawlers that a backend relays count from the eleventh on.",
        CRAWLERS,
    ),
    Mutant(
        "sql/queries/lock_down.sql",
        "and (routine.provolatile = 'v'",
        "and (routine.provolatile = 'v' and routine.prokind = 'p'",
        "Everybody may make jobs.",
        ROLES,
    ),
    Mutant(
        "sql/queries/lock_down.sql",
        "or proname ~ '^pg_advisory' and proname <> 'pg_advisory_unlock_all')",
        "or proname ~ '^pg_advisory_unlock$')",
        "A reader holds the lock that migrate waits for.",
        ROLES,
    ),
    Mutant(
        "sql/queries/lock_down.sql",
        "|logical_emit_message|",
        "|",
        "A reader fills the disk with the write-ahead log.",
        ROLES,
    ),
    Mutant(
        "sql/queries/lock_down.sql",
        "    revoke usage on language plpgsql from public;\n",
        "",
        "A reader runs code of its own.",
        ROLES,
    ),
    Mutant(
        "sql/queries/readers_end.sql",
        "   and not pg_has_role(usesysid, current_user, 'member')  -- the role that runs this is no reader, nor is a superuser\n",
        "",
        "The owner's long statements are cancelled.",
        READERS,
    ),
    Mutant(
        "sql/queries/readers_end.sql",
        "   and xact_start < now() - longest",
        "   and query_start < now() - longest",
        "A reader keeps a transaction open for ever, by a query now and then.",
        READERS,
    ),
    Mutant(
        "tracking/misspelling.py",
        "ALIKE, MIN_ALIKE = 0.88, 6",
        "ALIKE, MIN_ALIKE = 0.98, 6",
        "A misspelt setting is ignored in silence.",
        SETTINGS,
    ),
    Mutant(
        "tracking/misspelling.py",
        "ALIKE, MIN_ALIKE = 0.88, 6",
        "ALIKE, MIN_ALIKE = 0.88, 3",
        "Other programs' variables are taken for misspelt settings.",
        SETTINGS,
    ),
    Mutant(
        "tracking/cli/processes.py",
        "if settings.embedded and not embedded.running(settings.data):",
        "if settings.embedded and embedded.running(settings.data):",
        "serve without a database says nothing, and answers 503 for ever.",
        HELP,
    ),
    Mutant(
        "jobs/__main__.py",
        "        check_engine(settings)\n",
        "",
        "The scheduler without a database waits for ever.",
        HELP,
    ),
]
