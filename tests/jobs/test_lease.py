"""Of several jobs processes one leads; the next one takes over when it is gone."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from jobs.lease import SECONDS, Lease


def expire(sql: Any) -> None:
    sql("update tracking.leases set expires_at = now() - interval '1 millisecond'")


def test_the_second_waits_while_the_first_holds(engine: Any) -> None:
    first, second = Lease(engine, "jobs"), Lease(engine, "jobs")
    assert first.holder != second.holder
    assert first.take()
    assert not second.take()
    assert first.take(), "it extends its own"


def test_the_second_takes_over_after_the_first_has_expired(engine: Any, sql: Any) -> None:
    first, second = Lease(engine, "jobs"), Lease(engine, "jobs")
    first.take()
    expire(sql)
    assert second.take()
    assert not first.take(), "it has lost it, and is told so"


def test_a_holder_that_comes_back_in_time_keeps_it(engine: Any, sql: Any) -> None:
    first = Lease(engine, "jobs")
    first.take()
    expire(sql)
    assert first.take()
    assert not Lease(engine, "jobs").take()


def test_a_lease_lasts_some_seconds_from_each_extension(engine: Any, sql: Any) -> None:
    lease = Lease(engine, "jobs")
    for _ in range(2):
        lease.take()
        ((left,),) = sql("select extract(epoch from expires_at - now())::float from tracking.leases")
        assert SECONDS - 5 < left <= SECONDS


def test_a_released_lease_can_be_taken_at_once(engine: Any) -> None:
    first, second = Lease(engine, "jobs"), Lease(engine, "jobs")
    first.take()
    first.release()
    assert second.take()


def test_only_the_holder_can_release_it(engine: Any, sql: Any) -> None:
    first, second = Lease(engine, "jobs"), Lease(engine, "jobs")
    first.take()
    second.release()
    assert sql("select holder from tracking.leases") == [(first.holder,)]


def test_leases_of_different_names_do_not_meet(engine: Any) -> None:
    assert Lease(engine, "jobs").take()
    assert Lease(engine, "other").take()


def test_of_many_at_once_one_gets_it(engine: Any) -> None:
    start = threading.Barrier(4)

    def take(_: int) -> bool:
        lease = Lease(engine, "jobs")
        start.wait()
        return lease.take()

    with ThreadPoolExecutor(4) as executor:
        assert sorted(executor.map(take, range(4))) == [False, False, False, True]
