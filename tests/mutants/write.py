"""What is written once, what counts, and who waits for whom."""

from mutants import Mutant

INGEST = "sql/functions/ingest.sql"
GUARD = ("tests/ingest/test_guard.py", "tests/ingest/test_guard_at_once.py")
CEILING = ("tests/ingest/test_ceiling.py",)
FUNCTION = ("tests/ingest/test_function.py",)
GROUP = ("tests/ingest/test_group.py",)
VERDICTS = ("tests/ingest/test_verdicts.py",)
WRITER = ("tests/ingest/test_writer.py",)
SETTLE = ("tests/ingest/test_settle.py",)
DECODE = ("tests/ingest/test_decode.py",)
BOUNDED = ("tests/test_bounded.py",)

MUTANTS = [
    Mutant(
        "tracking/ingest/group.py",
        "            self._waiting -= size",
        "            self._waiting -= len(taken)",
        "After a while all events are answered by 503, for ever.",
        GROUP,
    ),
    Mutant(
        "tracking/ingest/group.py",
        "        if self.verdicts is None:  # its leader",
        "        if self.verdicts == []:  # its leader",
        "Events that were stored nowhere look written.",
        GROUP,
    ),
    Mutant(
        "tracking/ingest/group.py",
        "                self._queue.remove(ticket)\n                self._waiting -= len(ticket.rows)",
        "                self._queue.remove(ticket)",
        "Requests that are given up fill the queue for ever.",
        GROUP,
    ),
    Mutant(
        "tracking/ingest/group.py",
        "            if ticket.leads:\n                self._hand_on(ticket)",
        "            pass",
        "A leader that is ended while it lingers blocks all that come later.",
        GROUP,
    ),
    Mutant(
        "tracking/ingest/group.py",
        "            if _took_too_long(error):",
        "            if not _took_too_long(error):",
        "One request that the database gives up over fails its neighbours.",
        GROUP,
    ),
    Mutant(
        "tracking/ingest/settle.py",
        "write(rows[half.start : half.stop], ())",
        "write(rows[half.start : half.stop], rejected)",
        "What was rejected is booked twice where a batch is halved.",
        WRITER,
    ),
    Mutant(
        "tracking/ingest/admit.py",
        "moment if moment.tzinfo is UTC else moment.astimezone(UTC)",
        "moment",
        "PostgreSQL refuses an event of now, written with an offset of sixteen hours.",
        SETTLE,
    ),
    Mutant(
        "tracking/ingest/settle.py",
        "tries >= MOST_TRIES",
        "tries > 100 * MOST_TRIES",
        "A request of 500 events that the database refuses costs a thousand statements.",
        SETTLE,
    ),
    Mutant(
        "tracking/ingest/settle.py",
        "rejected + _kept(source, unfit, kept, creator)",
        "rejected + _kept(source, unfit, None, creator)",
        "What the database refuses fills the disk.",
        SETTLE,
    ),
    Mutant(
        "tracking/ingest/group.py",
        "isinstance(error, UNFIT) and len(group) > 1",
        "isinstance(error, UNFIT) and not group",
        "Who shares a commit with a bad row is written in parts, too.",
        SETTLE,
    ),
    Mutant(
        "tracking/ingest/group.py",
        "        with self._apart:\n            return self._write(rows, rejected)",
        "        return self._write(rows, rejected)",
        "Requests that the database refuses take all connections.",
        SETTLE,
    ),
    Mutant(
        "tracking/ingest/dialects/own.py",
        "return Decoded(counted(len(sent), max_events), map(decode_one, sent))",
        "return Decoded(counted(len(sent), max_events), list(map(decode_one, sent)))",
        "A client without a budget costs as much as one that has it.",
        DECODE,
    ),
    Mutant(
        "tracking/ingest/reasons.py",
        "    if error.startswith(UNKNOWN):",
        "    if UNKNOWN in error and AT not in error:",
        "The name of an unknown field passes for the fault of another.",
        ("tests/ingest/test_reasons.py",),
    ),
    Mutant(
        "tracking/bounded.py",
        "        self._validate(value)\n",
        "",
        "A list of 200,000 is gone through before its length is looked at.",
        BOUNDED,
    ),
    Mutant(
        INGEST,
        "                and receivers.receiver_type = person.receiver_type\n",
        "",
        "A view of a flat is one's own where one owns a company of the same number.",
        FUNCTION,
    ),
    Mutant(
        INGEST,
        "person.id_is_person and sent.ri = sent.c",
        "sent.ri = sent.c",
        "Creator 4711's view of job 4711 does not count.",
        FUNCTION,
    ),
    Mutant(
        INGEST,
        "                 on person.owner_is_person\n",
        "                 on true\n",
        "Owner 77 is taken for creator 77.",
        FUNCTION,
    ),
    Mutant(
        "sql/functions/conflicts.sql",
        "(stored.receiver_type, stored.receiver_id, stored.name, stored.properties)\n"
        "               is distinct from (sent.rt, sent.ri, sent.n, sent.p)",
        "(stored.receiver_id, stored.name, stored.properties)\n"
        "               is distinct from (sent.ri, sent.n, sent.p)",
        "Another type of receiver under the same id is a duplicate.",
        FUNCTION,
    ),
    Mutant(
        "sql/functions/double_fires.sql",
        "                     k, until, case when turn = 1 then",
        "                     k, until, case when turn >= 1 then",
        "The second action of a key in a batch holds half a window before it is judged.",
        GUARD,
    ),
    Mutant(
        "sql/functions/double_fires.sql",
        "            select k, last, during, turn from new where last <> first",
        "            select k, last, during, turn from new where false",
        "Two views on both sides of a slot's edge count twice.",
        GUARD,
    ),
    Mutant(
        "sql/functions/double_fires.sql",
        "                   set during = during - one.during::tstzmultirange",
        "                   set during = during",
        "A window that is free in one slot only stays taken there.",
        GUARD,
    ),
    Mutant(
        "sql/functions/beyond_ceiling.sql",
        "     where before + turn > m",
        "     where before + turn >= m",
        "The ceiling is one too low.",
        CEILING,
    ),
    Mutant(
        "sql/functions/beyond_ceiling.sql",
        "window same as (partition by q, day)",
        "window same as (partition by q)",
        "A day's ceiling counts another day's events.",
        CEILING,
    ),
    Mutant(
        "sql/functions/double_fires.sql",
        "                          and stored.creator = new.c\n",
        "",
        "In an import, somebody's view makes another's a repeat.",
        GUARD,
    ),
    Mutant(
        "sql/functions/double_fires.sql",
        "where written.verdict <> 'duplicate'",
        "where true",
        "In an import, a stored event that comes again hides that it has counted.",
        GUARD,
    ),
    Mutant(
        "sql/functions/forget_actions.sql",
        "least(before, now() - interval '1 day')",
        "before",
        "The guard forgets what events may still meet.",
        GUARD,
    ),
    Mutant(
        "sql/queries/recent_actions_forget.sql",
        "make_interval(days => tracking.decided('lateness_days'))",
        "make_interval(days => tracking.decided('lateness_days') - 1)",
        "The guard is purged a day early.",
        GUARD,
    ),
    Mutant(
        "tracking/ingest/admit.py",
        'return _digest("" if rule.across_sources else source,',
        'return _digest("",',
        "A source makes another's views repeats.",
        VERDICTS,
    ),
    Mutant(
        "tracking/catalogue/windows.py",
        "            is_known=is_known,",
        "            is_known=True,",
        "A backend's uncatalogued events at one moment are repeats.",
        VERDICTS,
    ),
    Mutant(
        "tracking/catalogue/windows.py",
        'self._entries.get(f"{action}__*", NOTHING) if parted',
        'self._entries.get(f"{action}__", NOTHING) if parted',
        "Custom clicks have no window.",
        VERDICTS,
    ),
]
