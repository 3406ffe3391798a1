"""Bugs in the tracking plan, in what it asks of properties, and in taking rejected events again."""

from mutants import Mutant

HELD = ("tests/catalogue/test_properties.py",)
WRITTEN = ("tests/catalogue/test_event_types.py",)
SCHEMAS = ("tests/catalogue/test_property_schemas.py",)
FILE = ("tests/catalogue/test_plan_file.py",)
DIFF = ("tests/catalogue/test_differences.py",)
TYPES = ("tests/catalogue/test_types.py",)
RETRY = ("tests/ingest/test_retry.py",)
CLI = ("tests/cli/test_catalogue.py", "tests/cli/test_rejected.py")

MUTANTS = [
    Mutant("tracking/ingest/admit.py", 'if rule.check.mode == "reject":', "if True:", "What is only observed is rejected.", HELD),
    Mutant("tracking/ingest/admit.py", 'if row.fault is not None and row.fault[0] == "warn":', "if row.fault is not None:", "What is only observed is told.", HELD),
    Mutant("tracking/ingest/admit.py", 'reason, "name", self._excluded(event))', 'reason, "name")', "A crawler counts after a retry.", RETRY),
    Mutant("tracking/ingest/admit.py", '"not the creator of the token", "scope")', '"not the creator of the token", "name")', "A forgery is taken by a retry.", RETRY),
    Mutant("tracking/ingest/admit.py", 'self._too_old(event.occurred_at), "time")', 'self._too_old(event.occurred_at), "schema")', "What came too late is taken by a retry.", RETRY),
    Mutant("tracking/ingest/intake.py", "verdicts[place] | {", "{", "A warning takes the verdict away.", HELD),
    Mutant("sql/functions/ingest.sql", "             and verdict not in ('duplicate', 'conflict')\n", "", "Each retry of a client is another fault.", HELD),
    Mutant("sql/queries/catalogue_windows.sql", "types.reject_from > (now() at", "types.reject_from >= (now() at", "It rejects a day later than was said.", HELD),
    Mutant("tracking/catalogue/windows.py", "if digest in self._compiled}", "if not digest}", "Schemas are compiled every two seconds.", HELD),
    Mutant("tracking/catalogue/windows.py", "check=own.check", "check=of_action.check", "A name's own schema is not asked.", HELD),
    Mutant("tracking/catalogue/windows.py", "own if own.seconds is not None else of_action", "own", "A name that is described has no window.", WRITTEN),
    Mutant("tracking/catalogue/faults.py", "held = properties or {}", "held = properties if properties else {'page': ''}", "No properties always fit.", HELD),
    Mutant("tracking/catalogue/property_schemas.py", "pattern_options=OPTIONS,", "", "A pattern may backtrack for years.", SCHEMAS),
    Mutant("tracking/catalogue/property_schemas.py", "ignore_unknown_formats=False", "ignore_unknown_formats=True", "A misspelt format checks nothing.", SCHEMAS),
    Mutant("tracking/catalogue/property_schemas.py", 'mask="it",', "", "Reasons quote what people sent.", HELD, "sentences of our own take the value's place; the mask is for those to come"),
    Mutant("tracking/catalogue/property_schemas.py", "        if name in self._within:", "        if False:", "A circle ends in a RecursionError.", SCHEMAS),
    Mutant("tracking/catalogue/property_schemas.py", "count += self._referred(", "self._referred(", "A small schema of references takes hours.", SCHEMAS),
    Mutant("tracking/catalogue/property_schemas.py", "if size > MAX_BYTES:", "if size > 2 * MAX_BYTES:", "A schema may have twice the bytes.", SCHEMAS),
    Mutant("tracking/catalogue/event_types.py", "if count > MOST:", "if count > 2 * MOST:", "The catalogue grows without an end.", WRITTEN),
    Mutant("tracking/catalogue/event_types.py", '    db.run(connection, "event_types_lock")\n', "", "Two at once write more than there may be.", WRITTEN),
    Mutant("tracking/catalogue/routes.py", '.startswith(LIVE) else "catalogue")', '.startswith(LIVE) else "ingest")', "Who may send reads the plan.", WRITTEN),
    Mutant("sql/queries/catalogue_seen.sql", "         and day < now() - make_interval(days => %(days)s)\n", "", "What came last is told from the day's begin.", WRITTEN, "the later one of both times is told"),
    Mutant("tracking/catalogue/yamlfile.py", "and text.lower() not in WORDS", "", "The name `no` is false in the file.", FILE),
    Mutant("tracking/catalogue/yamlfile.py", "parse_datetime=False, ", "", "A date in the file is refused.", FILE),
    Mutant("tracking/catalogue/yamlfile.py", "max_total_replayed_events=MAX_REPLAYED", "", "A bomb of aliases takes the memory.", FILE, "the library's own bound of a million comes a moment later"),
    Mutant("tracking/catalogue/narrowing.py", "return encode(one) == encode(other)", "return bool(one == other)", "True may go where 1 stays.", DIFF),
    Mutant("tracking/catalogue/narrowing.py", 'return named | {"integer"} if "number" in named else named', "return named", "To take any number is a break.", DIFF),
    Mutant("tracking/catalogue/differences.py", "breaks=rejects)", "breaks=True)", "What is only observed fails a review.", DIFF),
    Mutant("tracking/catalogue/differences.py", '(after["from"] or "") < (before["from"] or "")', "False", "To reject sooner passes a review.", DIFF),
    Mutant("tracking/catalogue/typescript.py", '.replace("*/", "* /")', "", "A description ends the comment.", TYPES),
    Mutant("tracking/catalogue/pythontypes.py", "'Required' if key in required", "'Required' if key not in required", "What must be there may be left out.", TYPES),
    Mutant("sql/queries/rejected_claim.sql", "         and retried_at is null\n", "", "Two retries take an event twice, and the ledger shows it.", RETRY),
    Mutant("sql/queries/rejected_retryable.sql", "     and cause in ('name', 'schema')\n", "", "A forgery is judged again.", RETRY),
    Mutant("tracking/ingest/retry.py", "if source is None or source.revoked:", "if source is None:", "A leaked credential has a second chance.", RETRY),
    Mutant("tracking/ingest/retry.py", '"client" if rejected.creator else "source"', '"source"', "The windows and ceilings of clients do not hold.", RETRY),
    Mutant("tracking/ingest/retry.py", "creator=rejected.creator,", "", "A client's event has no creator.", RETRY),
    Mutant("tracking/ingest/retry.py", "excluded=rejected.excluded,", "", "A crawler counts.", RETRY),
    Mutant("tracking/ingest/retry.py", "self._decided.oldest_imported()", "self._decided.oldest()", "What came in time is too late at its retry.", RETRY),
    Mutant("tracking/ingest/retry.py", "after = rejected[-1].id", "after = rejected[0].id", "What stays rejected is judged again and again.", RETRY),
    Mutant("tracking/ingest/retry.py", "if one.number in claimed]", "]", "Two retries write what one has claimed.", RETRY),
    Mutant("tracking/cli/rejected.py", "printable(str(value))", "str(value)", "What was sent commands the terminal.", CLI),
    Mutant("tracking/cli/rejected.py", "if row.cause not in MENDABLE:", "if False:", "A number that cannot be mended is taken without a word.", CLI),
    Mutant("tracking/cli/catalogue.py", "others if remove else ()", "others", "An import of one name removes all others.", CLI),
]  # fmt: skip
