"""What comes back from a file or the lake: each row once, as it was, with its line of the ledger; and counts of the lake."""

from mutants import Mutant

RESTORE = ("tests/restoring/test_restore.py",)
WRONG = ("tests/restoring/test_wrong.py",)
DROPPED = ("tests/restoring/test_dropped.py",)
GUARD = ("tests/restoring/test_guard.py",)
LAKE = ("tests/restoring/test_lake.py",)
DECISIONS = ("tests/restoring/test_decisions.py",)
SPARK = ("tests/lake/test_spark.py",)

MUTANTS = [
    Mutant(
        "sql/functions/restore.sql",
        "          select received_at, source, name, coalesce(excluded, 'accepted'), count(*)",
        "          select now(), source, name, coalesce(excluded, 'accepted'), count(*)",
        "The ledger books what came back at the time of the restore.",
        RESTORE,
    ),
    Mutant(
        "sql/functions/restore.sql",
        "do nothing\n        returning",
        "do update set name = excluded.name\n        returning",
        "An event that is there is replaced, and booked again.",
        RESTORE,
    ),
    Mutant(
        "sql/functions/restore.sql",
        "    perform tracking.check_kept(oldest, newest);\n",
        "",
        "What retention drops meanwhile comes back in part, and a refresh loses the rest of its counts.",
        DROPPED,
    ),
    Mutant(
        "sql/functions/restore.sql",
        "and slot.until >= remembered",
        "and false",
        "A repeat minutes after the restore counts.",
        GUARD,
    ),
    Mutant(
        "sql/queries/restore_begin.sql",
        "greatest(forgotten_until, now() - interval '1 day')",
        "forgotten_until",
        "A late repeat of what came back counts, where the guard does not hold its slot.",
        GUARD,
    ),
    Mutant(
        "tracking/restoring/rows.py",
        "SLOTS = 33",
        "SLOTS = 1",
        "A late repeat counts, if the slot of what came back ends after the restore.",
        GUARD,
    ),
    Mutant(
        "tracking/restoring/rows.py",
        "row.excluded is None and rule.seconds",
        "rule.seconds",
        "What did not count makes others repeats.",
        GUARD,
    ),
    Mutant(
        "tracking/restoring/rows.py",
        "row.occurred_at < rules.dropped",
        "False",
        "A restore ends at the first row of a time that was dropped here, instead of leaving it out.",
        DROPPED,
    ),
    Mutant(
        "tracking/restoring/rows.py",
        "    if row.occurred_at < rules.oldest:",
        "    if False:",
        "Rows come back that retention is about to drop, and are lost from the counts of their day.",
        DROPPED,
    ),
    Mutant(
        "tracking/restoring/rows.py",
        "msgspec.Raw(value.encode())",
        "msgspec.Raw(msgspec.json.encode(_object.decode(value)))",
        "Numbers in properties come back rounded.",
        RESTORE,
    ),
    Mutant(
        "tracking/restoring/parquet.py",
        "page_checksum_verification=True",
        "page_checksum_verification=False",
        "A file with a changed bit comes back as if it were whole.",
        WRONG,
    ),
    Mutant(
        "tracking/restoring/parquet.py",
        "pre_buffer=False",
        "pre_buffer=True",
        "A file of one large row group takes as much memory as it has bytes.",
        RESTORE,
    ),
    Mutant(
        "tracking/restoring/parquet.py",
        "before + done + 1, before + batch.num_rows)",
        "before + done + 1, before + batch.num_rows + 700)",
        "A restore that was killed leaves rows out.",
        RESTORE,
    ),
    Mutant(
        "tracking/restoring/run.py",
        "lines=part.place",
        "lines=0",
        "A restore that was interrupted begins anew.",
        RESTORE,
    ),
    Mutant(
        "tracking/cli/restore.py",
        "            catch_up(db.owner_url(settings), progress)\n",
        "",
        "The counts lack what came back until the jobs run.",
        RESTORE,
    ),
    Mutant(
        "sql/functions/restore_ledger.sql",
        "             where theirs.events > ours.events\n",
        "",
        "A second restore books duplicates again.",
        LAKE,
    ),
    Mutant(
        "sql/functions/restore_ledger.sql",
        "verdict, theirs.events - ours.events, occurred_from",
        "verdict, theirs.events, occurred_from",
        "Of a line that is there in part the whole is booked again.",
        LAKE,
    ),
    Mutant(
        "tracking/restoring/lake.py",
        " and {ROWLESS}",
        "",
        "The ledger books events that were erased from the lake.",
        LAKE,
    ),
    Mutant(
        "tracking/restoring/lake.py",
        "number - (nth < len(batches))",
        "number",
        "A restore that was killed within a data file leaves its rest out.",
        LAKE,
    ),
    Mutant(
        "jobs/lake/spark_counts.py",
        'events.where("excluded is null")\n        .withColumn',
        "events.withColumn",
        "Spark counts repeats, too.",
        SPARK,
    ),
    Mutant(
        "jobs/lake/spark_counts.py",
        'sql.from_utc_timestamp("occurred_at", timezone)',
        'sql.col("occurred_at")',
        "Spark counts days of UTC.",
        SPARK,
    ),
    Mutant(
        "jobs/lake/spark_counts.py",
        'sql.countDistinct("creator")',
        'sql.count("creator")',
        "Spark takes events for people.",
        SPARK,
    ),
    Mutant(
        "jobs/lake/spark_counts.py",
        '"escape": \'"\', ',
        "",
        "A receiver with a quotation mark is another one in Spark's CSV.",
        SPARK,
    ),
    Mutant(
        "jobs/lake/spark_counts.py",
        '"ignoreLeadingWhiteSpace": "false", ',
        "",
        "A receiver that begins with a blank is another one in Spark's CSV.",
        SPARK,
    ),
    Mutant(
        "sql/queries/sources_narrow.sql",
        "coalesce(revoked_at, %(revoked_at)s::timestamptz)",
        "revoked_at",
        "A source that was revoked after the backup may send again.",
        DECISIONS,
    ),
    Mutant(
        "sql/queries/sources_narrow.sql",
        "array(select unnest(rights) intersect select unnest(%(rights)s::text[]) order by 1)",
        "%(rights)s::text[]",
        "A file of decisions that is too old gives a right back.",
        DECISIONS,
    ),
    Mutant(
        "sql/queries/sources_narrow.sql",
        "greatest(version, %(version)s)",
        "version",
        "After a restore the credential before the last rotation is valid.",
        DECISIONS,
    ),
    Mutant(
        "tracking/restoring/decisions.py",
        "login.name not in allowed",
        "login.name in allowed",
        "A restore gives readers who left their logins back.",
        DECISIONS,
    ),
    Mutant(
        "tracking/restoring/decisions.py",
        "if one.lines != number - 1:",
        "if False:",
        "Half a file of decisions is taken for a whole one.",
        DECISIONS,
    ),
]
