"""Whose question is counted next: never more than there are connections, and never only one customer's."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from fixtures.cast import bearer
from tracking.app import create_app
from tracking.errors import Problem
from tracking.provenance import tokens
from tracking.stats import turns
from tracking.stats.turns import Turns


def refused(queue: Turns, whose: str) -> tuple[int, str, bool]:
    with pytest.raises(Problem) as problem, queue.turn(whose):
        pass
    return problem.value.status, problem.value.kind, bool(problem.value.retry_after)


def test_one_account_has_half_of_the_turns_and_others_the_rest() -> None:
    queue = Turns(4, patience=0.01)
    with queue.turn("acme"), queue.turn("acme"):
        assert refused(queue, "acme") == (429, "too-many-questions", True)
        with queue.turn("globex"), queue.turn("initech"):
            assert refused(queue, "hooli") == (503, "questions-waiting", True)
        with queue.turn("hooli"):
            pass
    with queue.turn("acme"):
        pass


def test_with_a_single_connection_everybody_still_has_a_turn() -> None:
    queue = Turns(1, patience=0.001)
    for _ in range(turns.IN_FLIGHT + 1):  # who was refused is not in flight any more
        with queue.turn("acme"):
            assert refused(queue, "globex")[0] == 503
    with queue.turn("globex"):
        pass


def test_who_waits_is_let_in_as_soon_as_another_leaves() -> None:
    queue, entered = Turns(2, patience=30), threading.Event()

    def ask() -> None:
        with queue.turn("acme"):
            entered.set()

    with ThreadPoolExecutor(1) as executor:
        with queue.turn("acme"):
            waiting = executor.submit(ask)
            assert not entered.wait(0.05)
        waiting.result(10)
    assert entered.is_set()


def test_questions_in_flight_of_one_account_are_bounded(monkeypatch: Any) -> None:
    """Those that wait, too, and at once: nobody waits for the answer that there are too many."""
    monkeypatch.setattr(turns, "IN_FLIGHT", 3)
    queue = Turns(2, patience=30)
    with ThreadPoolExecutor(2) as executor, ExitStack() as stack:
        stack.enter_context(queue.turn("acme"))
        leave = threading.Event()

        def ask() -> None:
            with queue.turn("acme"):
                leave.wait(10)

        for _ in range(2):
            executor.submit(ask)
        while queue.waiting < 2:
            pass  # both threads are on their way
        assert refused(queue, "acme") == (429, "too-many-questions", True)
        with queue.turn("globex"):
            pass
        leave.set()
        stack.close()


def test_all_that_wait_are_bounded(monkeypatch: Any) -> None:
    monkeypatch.setattr(turns, "WAITING", 0)
    assert refused(Turns(4), "acme") == (503, "questions-waiting", True)


def test_whatever_happens_within_a_turn_it_ends() -> None:
    queue = Turns(1, patience=0.01)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), queue.turn("acme"):
            raise ZeroDivisionError
    with queue.turn("globex"):
        pass
    assert len(queue) == 0


def test_readiness_and_events_do_not_wait_for_questions(settings: Any, engine: Any, acme: str, post: Any) -> None:
    """Of a pool of one each, that of the questions is taken."""
    app = create_app(replace(settings, pool_size=1, questions_at_once=1))
    services = app.extensions["footfall"]
    client = app.test_client()
    try:
        with services.counts.turns.turn("globex"):
            services.counts.turns.patience = 0.01
            answer = client.get("/v1/stats/summary", headers=bearer(acme))
            assert (answer.status_code, answer.json["type"]) == (503, "/problems/questions-waiting")
            assert client.get("/readyz").status_code == 200
            assert client.get("/healthz").status_code == 200
        assert client.get("/v1/stats/summary", headers=bearer(acme)).status_code == 200
        assert services.counts.engine.pool.checkedin() == 1  # it was asked there
        with services.counts.engine.connect():
            assert client.get("/readyz").status_code == 200
            assert client.post("/v1/events", json={"events": []}, headers=bearer(acme)).status_code != 503
    finally:
        services.close()


def test_a_token_for_each_question_is_no_further_turn(settings: Any, engine: Any, web: str, acme: str) -> None:
    app = create_app(replace(settings, questions_at_once=2))
    services = app.extensions["footfall"]
    services.counts.turns.patience = 0.01

    def ask(owner: str) -> tuple[int, str | None]:
        token = tokens.mint(web, "stats", seconds=60, owner=owner)
        answer = app.test_client().get("/v1/stats/summary", headers=bearer(token))
        return answer.status_code, answer.json.get("type")

    try:
        with services.counts.turns.turn(services.gate.authorize(acme, "stats").account):
            assert ask("acme") == (429, "/problems/too-many-questions")
            assert ask("globex") == (200, None)
        assert ask("acme") == (200, None)
    finally:
        services.close()


def test_the_connections_of_a_default_deployment_fit_a_default_postgresql(settings: Any) -> None:
    """100, of which 3 are kept for superusers; jobs and command line need some, too."""
    assert settings.workers * (settings.pool_size + settings.questions_at_once) <= 50
