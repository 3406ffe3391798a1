"""Logins of BI tools: what they reach, what holds, and who ends them."""

from mutants import Mutant

REACHES = ("tests/bi/test_marketing_reaches.py", "tests/bi/test_marketing_commands.py")
LOGINS = ("tests/bi/test_logins.py",)
READERS = ("tests/bi/test_readers.py",)
OWNER = ("tests/bi/test_owner_without_superuser.py",)
LOCK_DOWN = "sql/queries/lock_down.sql"
GRANT = "sql/functions/bi_logins.sql"

MUTANTS = [
    Mutant(
        LOCK_DOWN,
        "        execute format('revoke all on %s from public', tells);\n",
        "",
        "A reader sees TimescaleDB's catalogue, and each large object.",
        REACHES,
    ),
    Mutant(
        LOCK_DOWN,
        "                        or routine.provolatile = 's'\n",
        "                        or routine.provolatile = 'x'\n",
        "A reader asks TimescaleDB for chunks and their sizes.",
        REACHES,
    ),
    Mutant(
        LOCK_DOWN,
        "    revoke update on pg_settings from public;",
        "    ",
        "A reader locks a view that every driver reads.",
        REACHES,
    ),
    Mutant(
        LOCK_DOWN,
        "^(lo_|loread$",
        "^(loread$",
        "A reader makes large objects.",
        REACHES,
    ),
    Mutant(
        LOCK_DOWN,
        "    execute format('revoke temporary on database %I from public', current_database());\n",
        "",
        "A reader keeps tables of its own.",
        REACHES,
    ),
    Mutant(
        LOCK_DOWN,
        "        alter role marketing nologin;\n",
        "        null;\n",
        "All readers share one login.",
        ("tests/test_roles.py",),
    ),
    Mutant(
        GRANT,
        "    execute format('alter role %I set search_path = analytics', login);\n",
        "",
        "A reader has to write analytics. before each name.",
        LOGINS,
    ),
    Mutant(
        GRANT,
        "    execute format('grant %I to current_user', login);",
        "    ",
        "An owner without superuser's rights sees no reader's session, and ends none.",
        OWNER,
    ),
    Mutant(
        GRANT,
        " where said = tracking.bi_mark(seconds);",
        " where seconds is not null;",
        "One Footfall removes the logins of another on the same server.",
        LOGINS,
    ),
    Mutant(
        GRANT,
        "connection limit %s password",
        "connection limit -%s password",
        "A login has connections without limit.",
        LOGINS,
    ),
    Mutant(
        "sql/queries/readers_end.sql",
        "coalesce(bi_logins.seconds, %(seconds)s)",
        "%(seconds)s",
        "Each reader has a minute, whatever its login was granted.",
        READERS,
    ),
    Mutant(
        "tracking/bi/readers.py",
        '("READ_DATABASE_URL", db.replica_url(settings))',
        '("READ_DATABASE_URL", None)',
        "Nobody ends what runs on the replica.",
        READERS,
    ),
    Mutant(
        "tracking/bi/readers.py",
        "        except psycopg.Error as error:\n            failed.append",
        "        except ZeroDivisionError as error:\n            failed.append",
        "While the replica is down, the primary is watched and the job breaks off without a name.",
        READERS,
    ),
    Mutant(
        "tracking/bi/readers.py",
        "    if failed:\n",
        "    if len(failed) > 1:\n",
        "Nobody hears that the replica is not watched.",
        READERS,
    ),
    Mutant(
        "tracking/bi/logins.py",
        '                connection.execute(sql.SQL("drop owned by {}").format(role))\n',
        "",
        "A reader that passed on rights of tables it may not make cannot be removed.",
        LOGINS,
    ),
    Mutant(
        "tracking/bi/logins.py",
        '        db.run(connection, "bi_end", login=name)\n        left',
        "        left",
        "A revoked login's session goes on.",
        LOGINS,
    ),
    Mutant(
        "tracking/bi/logins.py",
        'password.encode(), name.encode(), b"scram-sha-256"',
        'password.encode(), name.encode(), b"md5"',
        "The server stores what a thief of it logs in with.",
        LOGINS,
    ),
    Mutant(
        "tracking/bi/logins.py",
        "if key in WHERE}",
        "if key}",
        "The printed URL holds the owner's options.",
        LOGINS,
    ),
]
