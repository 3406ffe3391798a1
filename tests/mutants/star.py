"""Of the star schema: facts, people, the calendar, attributes, the data dictionary."""

from mutants import Mutant

FACTS = ("tests/bi/test_facts.py",)
PERSONS = ("tests/bi/test_persons.py",)
VISITORS = ("tests/bi/test_visitors.py",)
QUALITY = ("tests/bi/test_quality.py",)
PLANS = ("tests/bi/test_plans.py",)
ATTRIBUTES = ("tests/bi/test_attributes.py",)
DICTIONARY = ("tests/bi/test_dictionary.py",)
REPEATABLES = ("tests/test_repeatables.py",)
DATES = ("tests/bi/test_dates.py",)

MUTANTS = [
    Mutant(
        "sql/analytics/fact_hourly.sql",
        "having count(distinct receiver_id) >= 10) as hours",
        "having count(*) >= 10) as hours",
        "Ten quarters of an hour of one person are a group of ten.",
        PERSONS,
    ),
    Mutant(
        "sql/analytics/fact_hourly.sql",
        "case when counts.start >= (select %2$s from (select (select until from tracking.marks where name = 'event_counts_15min') as start) as mark)\n",
        "case when counts.start >= (select until from tracking.marks where name = 'event_counts_15min')\n",
        "A part of the hour in which the kept counts end is counted twice.",
        FACTS,
    ),
    Mutant(
        "sql/analytics/fact_daily.sql",
        "        having count(*) >= 10  -- each row",
        "        having count(*) >= 9  -- each row",
        "A group of nine people is shown once it is refreshed.",
        (*FACTS, *PERSONS),
    ),
    Mutant(
        "sql/analytics/fact_daily.sql",
        "                      or counts.receiver_type = any ((select person_types from tracking.reporting)::text[]) then",
        "                      then",
        "Refreshed counts name each person.",
        PERSONS,
    ),
    Mutant(
        "sql/functions/reporting.sql",
        "(24 * lateness.value::integer + 1), zone.value)",
        "(24 * lateness.value::integer + 25), zone.value)",
        "A day is final a day late.",
        FACTS,
    ),
    Mutant(
        "sql/analytics/dim_receiver.sql",
        "               case when not hidden then url end as url,",
        "               url,",
        "The address of a shop names its owner, who is a person.",
        PERSONS,
    ),
    Mutant(
        "sql/analytics/dim_receiver.sql",
        "when not hidden or strpos(lower(attributes ->> %1$L), lower(owner)) = 0 then",
        "when true then",
        "An attribute of a shop names its owner, who is a person.",
        PERSONS,
    ),
    Mutant(
        "sql/analytics/dim_receiver.sql",
        "as %1$I', attribute)",
        'as "%1$s"\', attribute)',
        "An attribute with a quotation mark in its name breaks the view.",
        ATTRIBUTES,
    ),
    Mutant(
        "sql/queries/visitors_count.sql",
        "and occurred_at <  %(counted_until)s",
        "and occurred_at <  %(until)s",
        "People of today are counted to days that are over.",
        VISITORS,
    ),
    Mutant(
        "sql/queries/visitors_due.sql",
        "       or counted.events <> whole.events\n",
        "",
        "Late events never come to a period that was counted.",
        VISITORS,
    ),
    Mutant(
        "sql/functions/ingest.sql",
        "count(*) filter (where sent.t < today)",
        "0",
        "No event is ever late.",
        QUALITY,
    ),
    Mutant(
        "sql/analytics/funnel_daily.sql",
        "filter (where split_part(name, '__', 1) = 'click')",
        "filter (where name = 'click')",
        "Custom clicks are no clicks.",
        FACTS,
    ),
    Mutant(
        "sql/functions/midnights.sql",
        "select bool_and(extract(minute",
        "select true or bool_and(extract(minute",
        "An hour of Kathmandu begins when one of UTC does.",
        FACTS,
    ),
    Mutant(
        "sql/analytics/dim_event.sql",
        "comment on column analytics.dim_event.status        is",
        "comment on column analytics.dim_event.detail        is",
        "A column is described by another one's text, and one by none.",
        DICTIONARY,
    ),
    Mutant(
        "deploy/dbt/models/sources.yml",
        "      - name: dim_event\n",
        "      - name: dim_event: x\n",
        "dbt cannot read the sources.",
        DICTIONARY,
    ),
    Mutant(
        "tracking/repeatables.py",
        '    if any(name.startswith("analytics/") for name in changed):',
        "    if False:",
        "Views of final rows keep the comments of an earlier version.",
        REPEATABLES,
    ),
    Mutant(
        "sql/migrations/0008_bi.sql",
        "  from (select '2000-01-01'::date + n as day",
        "  from (select '2000-01-02'::date + n as day",
        "The calendar lacks its first day.",
        DATES,
    ),
    Mutant(
        "sql/analytics/fact_daily.sql",
        "               (select until from tracking.marks where name = 'event_counts_daily') < (select final_before from tracking.reporting)\n"
        "               and counts.day < (select final_before from tracking.reporting),\n               counts.receiver_type,\n",
        "               counts.day < (select final_before from tracking.reporting),\n               counts.receiver_type,\n",
        "A question about final days reads today's events, too.",
        PLANS,
    ),
]
