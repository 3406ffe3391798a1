"""Rules are added, changed, paused and removed from the command line; a bad value names its option."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest

BERLIN = ZoneInfo("Europe/Berlin")
VIEWS = ("--receiver-type", "profile", "--name", "view", "--measure", "creators")


@pytest.fixture
def rule(footfall):
    return partial(footfall, "rule")


def test_a_rule_is_added_and_listed(rule) -> None:
    added = rule("add", "profile-views", *VIEWS)
    assert "the first day that is told: " in added.output
    assert "profile-views" in rule("list").output
    (listed,) = json.loads(rule("list", "--json").output)
    assert {"rule": "profile-views", "kind": "daily", "at": "09:00", "timezone": "Europe/Berlin", "few": 5}.items() <= (
        listed.items()
    )


def test_an_action_stands_for_all_its_details(rule) -> None:
    added = rule("add", "clicks", "--receiver-type", "job", "--action", "click", "--json")
    assert json.loads(added.output)["names"] == ["click", "click__*"]


def test_a_rule_begins_with_the_next_time_of_sending(rule) -> None:
    now = datetime.now(BERLIN)
    later = (datetime.now(UTC) + timedelta(hours=2)).astimezone(BERLIN)
    made = json.loads(rule("add", "one", *VIEWS, "--at", f"{later:%H:%M}", "--json").output)
    today, has_passed = now.date(), later.date() > now.date()
    assert made["first_day"] == str(today if has_passed else today - timedelta(days=1))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--timezone", "Mars/Olympus"), "--timezone: not an IANA timezone"),
        (("--channel", "webhook"), "--url: a webhook needs one"),
        (("--channel", "webhook", "--url", "http://hooks.example/"), "--url: "),
        (("--channel", "webhook", "--url", "https://127.0.0.1/"), "--url: "),
        (("--channel", "webhook", "--url", "https://10.0.0.8/"), "--url: "),
        (("--channel", "webhook", "--url", "https://localhost/"), "--url: "),
        (("--url", "https://hooks.example/"), "--url: only a webhook has one"),
        (("--channel", "pigeon"), "--channel"),
        (("--language", "fr"), "--language"),
        (("--at", "25:00"), "--at"),
        (("--quiet", "21:00"), "--quiet"),
        (("--minimum", "0"), "--minimum"),
        (("--few", "-1"), "--few"),
        (("--kind", "hourly"), "--kind"),
        (("--kind", "weekly", "--compare"), "--compare: only a daily rule"),
        (("--per", "owner", "--compare"), "--compare: only a daily rule for each receiver"),
        (("--kind", "milestone", "--measure", "events", "--per", "owner"), "--per: a milestone is of one receiver"),
        (("--per", "person"), "--per"),
        (("--threshold", "10"), "--threshold: only a milestone"),
        (("--kind", "milestone", "--measure", "events", "--threshold", "4"), "--threshold: 4 is less than --few, 5"),
        (("--kind", "milestone"), "--measure: a milestone counts events"),
        (("--name", "a\nb"), "--name: no event can have a name"),
        (("--action", "click__save"), "--action: "),
        (("--receiver-type", "Job"), "--receiver-type: "),
    ],
)
def test_a_bad_value_names_its_option(rule, arguments, said) -> None:
    refused = rule("add", "one", *VIEWS, *arguments, exits=2)
    assert said in refused.output.replace("'", "")
    assert json.loads(rule("list", "--json").output) == []


def test_people_of_a_week_need_no_raw_events(rule, decide) -> None:
    decide(retention_days=8, lateness_days=2)
    made = json.loads(rule("add", "digest", *VIEWS, "--kind", "weekly", "--json").output)
    assert (made["kind"], made["per"], made["measure"]) == ("weekly", "owner", "creators")


@pytest.mark.parametrize(
    ("kind", "per"), [("daily", "receiver"), ("weekly", "owner"), ("monthly", "owner"), ("milestone", "receiver")]
)
def test_a_rule_tells_receivers_or_owners(rule, kind, per) -> None:
    given = ("--receiver-type", "job", "--name", "view", "--kind", kind)
    assert json.loads(rule("add", "usual", *given, "--json").output)["per"] == per
    if kind != "milestone":
        assert json.loads(rule("add", "other", *given, "--per", "owner", "--json").output)["per"] == "owner"
        assert json.loads(rule("add", "third", *given, "--per", "receiver", "--json").output)["per"] == "receiver"
        assert f"{kind:<9} per owner    job: view (events)" in rule("list").output


def test_a_second_rule_of_that_name_is_refused_also_when_the_first_is_removed(rule) -> None:
    rule("add", "one", *VIEWS)
    assert "there is, or was, a rule 'one'" in rule("add", "one", *VIEWS, exits=1).output
    assert rule("remove", "one").output == "rule one is removed\n"
    assert "there is, or was, a rule 'one'" in rule("add", "one", *VIEWS, exits=1).output


def test_how_a_rule_tells_can_change(rule) -> None:
    rule("add", "one", *VIEWS)
    changed = json.loads(rule("set", "one", "--minimum", "3", "--at", "7:30", "--quiet", "none", "--json").output)
    assert (changed["minimum"], changed["at"], changed["quiet"]) == (3, "07:30", None)
    assert changed["names"] == ["view"]
    rule("set", "one", exits=2)
    assert "no rule 'two'" in rule("set", "two", "--minimum", "3", exits=1).output


def test_a_paused_rule_goes_on_with_the_latest_day(rule, sql) -> None:
    rule("add", "one", *VIEWS)
    sql("update tracking.notification_rules set first_day = '2026-01-01'")
    assert json.loads(rule("pause", "one", "--json").output)["paused"] is not None
    resumed = json.loads(rule("resume", "one", "--json").output)
    assert resumed["paused"] is None
    assert resumed["first_day"] == str(datetime.now(BERLIN).date() - timedelta(days=1))
    assert json.loads(rule("resume", "one", "--json").output)["first_day"] == resumed["first_day"]


@pytest.mark.parametrize("command", ["show", "pause", "resume", "remove"])
def test_a_rule_that_is_none_is_said_so(rule, command) -> None:
    assert "no rule 'nobody'; see rule list" in rule(command, "nobody", exits=1).output


def test_the_secret_of_a_webhook_is_shown(rule) -> None:
    made = rule(
        "add", "one", *VIEWS, "--channel", "webhook", "--url", "http://127.0.0.1:9/", "--json", LOCAL_WEBHOOKS="true"
    )
    secrets = json.loads(made.output)["secrets"]
    assert [secret[:6] for secret in secrets] == ["whsec_", "whsec_"], "one for each of SECRET_KEYS"
    assert json.loads(rule("show", "one", "--json").output)["secrets"] == secrets


def test_a_rule_of_mails_says_what_is_not_set(rule) -> None:
    assert "SMTP_URL is not set" in rule("add", "one", *VIEWS).output
