"""Crawlers are known by name; people are not taken for them."""

import secrets
from collections.abc import Iterator
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import yaml_rs

from fixtures.cast import bearer, event
from tracking.ingest import crawlers

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
HEADLESS = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/131.0 Safari/537.36"


def known_agents() -> Iterator[tuple[bool, str]]:
    """The agents that device-detector is tested with, and whether each is a crawler's."""
    folder = Path(str(metadata.distribution("device_detector").locate_file("device_detector/tests/fixtures/upstream")))
    for file in sorted(folder.glob("*.yml")):
        if "clienthints" not in file.name:
            for found in yaml_rs.loads(file.read_text()):
                yield file.name == "bots.yml", found["user_agent"]


def test_nearly_all_crawlers_are_seen_and_hardly_anybody_is_taken_for_one() -> None:
    seen: dict[bool, list[bool]] = {True: [], False: []}
    for is_crawler, agent in known_agents():
        seen[is_crawler].append(crawlers.kind(agent) != "person")
    assert len(seen[True]) > 1_000
    assert len(seen[False]) > 10_000
    assert sum(seen[True]) >= 0.99 * len(seen[True])
    assert sum(seen[False]) <= 0.0005 * len(seen[False])


@pytest.mark.parametrize(
    ("agent", "kind"),
    {
        "AcoonBot/4.11.1": "crawler",
        "CareerBot/1.1": "crawler",
        "ApacheBench/2.3": "crawler",
        "Amazon-Route53-Health-Check-Service": "crawler",
        "ELB-HealthChecker/2.0": "crawler",
        "facebookexternalhit/1.1": "crawler",  # which both lists know
        GOOGLEBOT: "crawler",
        HEADLESS: "crawler",
        "SomeNewThing-spider/0.1": "crawler",
        "curl/8.5.0": "tool",
        "python-requests/2.32": "tool",
        "okhttp/4.12.0": "tool",
        FIREFOX: "person",
        "Mozilla/5.0 (Linux; Android 14; CUBOT P80) AppleWebKit/537.36 Chrome/131.0.0.0 Mobile Safari/537.36": "person",
        "Mozilla/5.0 (Linux; Android 15; Pixel 9 Build/AP3A.240617.008) AppleWebKit/537.36 Chrome/131.0": "person",
        "Mozilla/5.0 (Linux; Android 4.4.2; ViewSonic V500) AppleWebKit/535.19 Chrome/131.0": "person",
        "Firefox": "person",  # an app may send no more of the agent
        "": "person",
    }.items(),
)
def test_an_agent_is_a_persons_a_tools_or_a_crawlers(agent: str, kind: str) -> None:
    assert crawlers.kind(agent) == kind


def test_a_name_behind_many_other_words_is_seen() -> None:
    padding = "Mozilla/5.0 (" + "; ".join(["Linux"] * 80) + ") "
    assert 512 < len(padding) < crawlers.MAX_LENGTH - 20
    assert crawlers.kind(f"{padding}CareerBot/1.1") == "crawler"
    assert crawlers.kind(padding) == "person"


def test_every_entry_that_is_left_out_is_in_the_list() -> None:
    """Else it was renamed there, and takes people for crawlers again."""
    assert {entry["pattern"] for entry in crawlers.crawler_user_agents()} >= crawlers.PEOPLES


def test_the_lists_say_how_old_they_are() -> None:
    known = crawlers.lists()
    assert known.newest > date(2026, 1, 1)
    assert set(known.versions) == {"device_detector", "crawler-user-agents"}


def test_answers_say_how_old_the_lists_are(client: Any, web: str) -> None:
    told = client.get("/v1/stats/summary", headers=bearer(web)).json["crawlers_known_until"]
    assert told == crawlers.lists().newest.isoformat()


@pytest.mark.parametrize(
    ("context", "agent", "verdict"),
    [
        (None, GOOGLEBOT, "bot"),
        ({"page": "/x"}, GOOGLEBOT, "bot"),
        ({"user_agent": ""}, GOOGLEBOT, "bot"),
        ({"user_agent": 5}, GOOGLEBOT, "bot"),
        ({"user_agent": [FIREFOX]}, GOOGLEBOT, "bot"),
        ({}, "CareerBot/1.1", "bot"),
        ({"user_agent": GOOGLEBOT}, FIREFOX, "bot"),
        ({"user_agent": "curl/8.5.0"}, FIREFOX, "bot"),
        ({"user_agent": FIREFOX}, GOOGLEBOT, "accepted"),
        ({"page": "/x"}, FIREFOX, "accepted"),
        (None, "okhttp/4.12.0", "accepted"),  # an app's own library
        (None, "curl/8.5.0", "accepted"),
        (None, "", "accepted"),
    ],
)
def test_the_contexts_agent_counts_before_the_requests(
    verdicts: Any, context: dict | None, agent: str, verdict: str
) -> None:
    assert verdicts(event(context=context), headers={"User-Agent": agent}) == [verdict]


def test_a_backend_relays_and_is_no_crawler_itself(verdicts: Any, web: str) -> None:
    sent = [event(creator="user-1"), event(creator="user-2", context={"user_agent": GOOGLEBOT})]
    assert verdicts(*sent, token=web, headers={"User-Agent": GOOGLEBOT}) == ["accepted", "bot"]


def test_one_request_of_a_person_has_few_agents_looked_at(verdicts: Any) -> None:
    """500 different ones would take the time of hundreds of requests."""
    agents = [f"CareerBot/{secrets.token_hex(240)}" for _ in range(500)]
    before = crawlers.classified.cache_info().misses
    said = verdicts(*(event(receiver=f"job:{n}", context={"user_agent": agent}) for n, agent in enumerate(agents)))
    assert crawlers.classified.cache_info().misses - before <= 11
    assert said == ["bot"] * 10 + ["accepted"] * 490


def test_every_agent_that_a_backend_relays_is_looked_at(verdicts: Any, web: str) -> None:
    agents = [f"CareerBot/{n}" for n in range(50)]
    sent = [event(creator=f"user-{n}", context={"user_agent": agent}) for n, agent in enumerate(agents)]
    assert verdicts(*sent, token=web) == ["bot"] * 50
