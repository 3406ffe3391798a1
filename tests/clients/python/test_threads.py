"""The thread of a client: when it begins, when it ends, and that nothing is lost by either."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import weakref
from collections import Counter
from collections.abc import Callable
from typing import Any

from footfall import Client

from fixtures.cast import ALICE
from fixtures.processes import ROOT, Server

Rows = Callable[[], list[tuple]]


def test_the_thread_of_a_client_that_nobody_holds_ends_with_it(server: Server, web: str, rows: Rows) -> None:
    client = Client(server.url, web, every=0)
    client.track("view", "job:1", creator=ALICE)
    assert client.flush()
    thread, gone = client._thread, weakref.ref(client)
    assert thread.is_alive(), "it waits for more"
    del client
    thread.join(20)
    assert not thread.is_alive()
    assert gone() is None
    assert len(rows()) == 1


def test_clients_that_are_let_go_at_once_send_what_waits(door: Any, web: str, rows: Rows) -> None:
    """Also those of an app's object that refers to its client, and the client to it."""

    class App:
        def __init__(self) -> None:
            self.client = Client(door.url, self.token, report=self.told, every=0.05)

        def token(self) -> str:
            return web

        def told(self, *_: Any) -> None:
            told.append(1)

    told: list[int] = []
    threads = []
    door.next = ["503"]
    for number in range(20):
        app = App()
        app.client.track("view", f"job:{number}", creator=ALICE)
        threads.append(app.client._thread)
        del app
        gc.collect()
    for thread in threads:
        while thread.is_alive():
            gc.collect()
            thread.join(0.05)
    assert len(told) == len(rows()) == 20


LETS_GO = """
import sys
from footfall import Client
for number in range(3):
    Client(sys.argv[1], sys.argv[2], every=60).track("view", f"job:{number}", creator="parent")
"""


def test_a_program_that_ends_sends_also_for_clients_that_it_let_go(server: Server, web: str, rows: Rows) -> None:
    env = os.environ | {"PYTHONPATH": str(ROOT / "clients" / "python")}
    done = subprocess.run(
        [sys.executable, "-c", LETS_GO, server.url, web], env=env, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(rows()) == 3


def test_a_closed_client_has_no_thread(opened: Any) -> None:
    client = opened()
    client.track("view", "job:1", creator=ALICE)
    assert client.close(20)
    client._thread.join(20)
    assert not client._thread.is_alive()


def test_events_wait_where_no_thread_can_be_started(opened: Any, caplog: Any) -> None:
    client = opened()
    threading.stack_size(1 << 46)  # more than any machine has
    try:
        assert client.track("view", "job:1", creator=ALICE)
        assert client.track("view", "job:2", creator=ALICE)
        assert not client.flush(0)
    finally:
        threading.stack_size(0)
    assert caplog.text.count("no thread can be started, events wait") == 1
    assert client.flush(20)
    assert client.verdicts == Counter(accepted=2)
