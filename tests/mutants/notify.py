"""Bugs in what people are told."""

from mutants import Mutant

FREEZING = "tracking/notifications/freezing.py"
DELIVERY = "tracking/notifications/delivery.py"
ASKING = "tracking/notifications/asking.py"
TIMING = "tracking/notifications/timing.py"
DELIVERED = ("tests/notifications/test_delivery.py", "tests/notifications/test_meanwhile.py")
FILLED = ("tests/notifications/test_filling.py",)
RECOUNT = ("tests/notifications/test_recount.py",)
TIMES = ("tests/notifications/test_timing.py",)
GRAINS = ("tests/notifications/test_grains.py",)

MUTANTS = [
    Mutant(
        FREEZING, "before=row.before if shown and rule.compares and row.before is not None and row.before >= rule.few else None",
        "before=row.before if rule.compares else None", "two days can be subtracted to get a number below few",
        ("tests/notifications/test_freezing.py",),
    ),
    Mutant(
        FREEZING, "    while parts and 0 < row.value - sum(part.value or 0 for part in parts) < rule.few:\n        parts.pop()\n", "",
        "the parts of a digest tell a number below few", ("tests/notifications/test_freezing.py",),
    ),
    Mutant(
        DELIVERY, "            if held is None:\n                raise LostClaimError\n", "",
        "a worker that was away too long sends a message that another has", DELIVERED,
    ),
    Mutant(
        DELIVERY, '(outcome.state == "unknown" and at_least_once)', 'outcome.state == "unknown"',
        "a mail that may have arrived is sent again", ("tests/notifications/test_unknown.py",),
    ),
    Mutant(
        "sql/queries/messages_thaw.sql", "tracking.unwanted(message) and (channel = 'email' or not tracking.perhaps_arrived(message))",
        "tracking.unwanted(message)", "a message that may have arrived is made anew under another id", DELIVERED,
    ),
    Mutant(
        "sql/queries/outbox_letters.sql", "      and not exists (select\n                        from tracking.notification_optouts as stopped\n"
        "                       where stopped.person = told.person and stopped.kind = rule.kind)\n", "",
        "who stops a kind between two steps of a run is told all the same", ("tests/notifications/test_freezing.py",),
    ),
    Mutant(
        "sql/queries/turns_take.sql", "on conflict do nothing\nreturning person", "on conflict (channel, person, day) do update set day = excluded.day\nreturning person",
        "a person gets two messages a day", DELIVERED,
    ),
    Mutant(
        "sql/queries/outbox_fill.sql", "    on conflict do nothing\n    returning 1", "    on conflict (rule, receiver_type, receiver_id, day) do update set value = excluded.value, state = 'pending'\n    returning 1",
        "what was told is told again when a page is filled twice", ("tests/notifications/test_freezing.py",),
    ),
    Mutant(
        ASKING, "rule, zone = one.rule, decided.timezone", 'rule, zone = one.rule, __import__("zoneinfo").ZoneInfo("UTC")',
        "the day that is told is one of UTC", RECOUNT,
    ),
    Mutant(
        ASKING, "return found if rule.is_exact_by_day else _people_of_receivers(connection, rule, asked, found)", "return found",
        "people of several names or days are those of one", FILLED,
    ),
    Mutant(
        ASKING, "together = _people(connection, rule, *span, ids, owner_of)", "together = [sum(_people(connection, rule, *span, row.ids)) for row in owners]",
        "who saw two of an owner's jobs counts twice", GRAINS,
    ),
    Mutant(
        "tracking/trails/grouped.py", "labels = sorted({name for name, _ in walked.kinds}) if names is None else [None]", "labels = [None]",
        "the facts of names are put together", ("tests/aggregates/test_facts.py",),
    ),
    Mutant(
        ASKING, "not one.rule.is_exact_by_day and not grouped.known(connection, since)", "False",
        "people that the trails never had are told as nobody", GRAINS,
    ),
    Mutant(
        TIMING, "return (day.replace(day=1) + 31 * DAY).replace(day=1) - DAY", "return day.replace(day=1) + 29 * DAY",
        "each month has thirty days", TIMES,
    ),
    Mutant(
        "tracking/notifications/filling.py", "MISSED = timedelta(days=32)", "MISSED = timedelta(days=31)",
        "a month is missed in the last hour before the next, where clocks change", GRAINS,
    ),
    Mutant(
        TIMING, "return Daily(self.until).after(moment, zone) if is_quiet else moment", "return moment",
        "people are told at night", TIMES,
    ),
    Mutant(
        "sql/queries/messages_claim.sql", "                                        and handed_at is not null\n", "                                        and false\n",
        "a worker sends a mail again whose process died after it was handed over", ("tests/notifications/test_unknown.py",),
    ),
    Mutant(
        "sql/queries/messages_lost.sql", "and handed_at is not null", "and handed_at is null",
        "a mail whose process died after it was handed over is sent again", ("tests/notifications/test_unknown.py",),
    ),
]  # fmt: skip
