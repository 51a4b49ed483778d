"""Nonces: one use each, whatever the number of workers, kills and restarts."""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yunbox.errors import CloudError
from yunbox.gateway.signatures import nonces as module
from yunbox.gateway.signatures.nonces import FIRST_SLOTS, KEEP_SECONDS, SEGMENT_SECONDS, Nonces

NOW = 1_800_000_000.0
VALID = 900.0
FORK = multiprocessing.get_context("fork")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "nonces"


def use(nonces, nonce="n", signed_at=NOW, now=None, key="k"):
    return nonces.use(key, nonce, signed_at, VALID, signed_at if now is None else now)


def files(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != "control")


def test_a_nonce_is_used_once(folder):
    nonces = Nonces(folder)
    assert use(nonces)
    assert not use(nonces)
    assert not use(nonces, now=NOW + 60)
    assert use(nonces, "other")
    assert use(nonces, key="other")
    assert not use(nonces, "other")


def test_key_and_nonce_do_not_run_into_each_other(folder):
    nonces = Nonces(folder)
    assert use(nonces, "bc", key="a")
    assert use(nonces, "c", key="ab")
    assert use(nonces, "\udcff中\0")
    assert not use(nonces, "\udcff中\0")


def test_a_restart_forgets_nothing(folder):
    first = Nonces(folder)
    used = [f"n{i}" for i in range(FIRST_SLOTS)]
    assert all(use(first, nonce) for nonce in used)
    first.close()
    again = Nonces(folder)
    assert not any(use(again, nonce) for nonce in used)
    assert use(again, "new")


def test_two_at_once_see_each_other(folder):
    one, other = Nonces(folder), Nonces(folder)
    assert use(one, "a")
    assert not use(other, "a")
    assert use(other, "b")
    assert not use(one, "b")


def test_growth_forgets_nothing_and_reaches_the_others(folder):
    one, other = Nonces(folder), Nonces(folder)
    assert use(other, "before")
    many = FIRST_SLOTS * 6
    assert all(use(one, f"n{i}") for i in range(many))
    (name,) = files(folder)
    assert (folder / name).stat().st_size > FIRST_SLOTS * 16 * 8
    assert not any(use(other, f"n{i}") for i in range(many))
    assert not use(one, "before")
    assert use(other, "after")
    assert not use(one, "after")


def test_a_full_file_refuses(folder, monkeypatch):
    monkeypatch.setattr(module, "MAX_LEVELS", 1)
    nonces = Nonces(folder)
    room = FIRST_SLOTS // 2
    assert all(use(nonces, f"n{i}") for i in range(room))
    with pytest.raises(CloudError) as refusal:
        use(nonces, "one too many")
    assert (refusal.value.code, refusal.value.status) == ("ServiceUnavailable", 503)
    assert not use(nonces, "n0")
    assert use(nonces, "n0", signed_at=NOW + SEGMENT_SECONDS)


@pytest.mark.parametrize("held", [0, FIRST_SLOTS // 2])
def test_a_full_disk_refuses(folder, monkeypatch, held):
    nonces = Nonces(folder)
    assert all(use(nonces, f"n{i}") for i in range(held))

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "posix_fallocate", full, raising=False)
        with pytest.raises(CloudError) as refusal:
            use(nonces, "x")
        assert refusal.value.code == "ServiceUnavailable"
    assert use(nonces, "x")
    assert not use(nonces, "x")


def test_without_fallocate_files_are_written_out(folder, monkeypatch):
    monkeypatch.delattr(os, "posix_fallocate", raising=False)
    one = Nonces(folder)
    assert all(use(one, f"n{i}") for i in range(FIRST_SLOTS))
    other = Nonces(folder)
    assert not any(use(other, f"n{i}") for i in range(FIRST_SLOTS))


def test_times_outside_the_window_are_refused(folder):
    nonces = Nonces(folder)
    for signed_at in (NOW - VALID - 1, NOW + VALID + 1, float("nan"), float("inf"), -float("inf")):
        assert not use(nonces, signed_at=signed_at, now=NOW)
    assert use(nonces, "a", signed_at=NOW - VALID, now=NOW)
    assert use(nonces, "b", signed_at=NOW + VALID, now=NOW)
    with pytest.raises(ValueError, match="kept"):
        nonces.use("k", "c", NOW, KEEP_SECONDS + 1, NOW)


def test_old_files_go_and_bounded_many_stay(folder):
    nonces, worker = Nonces(folder), Nonces(folder)
    for step in range(100):
        now = NOW + step * SEGMENT_SECONDS
        assert use(worker, f"n{step}", signed_at=now)
        assert not use(nonces, f"n{step}", signed_at=now)
        assert len(files(folder)) <= KEEP_SECONDS // SEGMENT_SECONDS + 2
        assert len(nonces._segments) <= KEEP_SECONDS // SEGMENT_SECONDS + 2
    assert NOW // SEGMENT_SECONDS not in [float(name.split(".")[0]) for name in files(folder)]


def test_a_clock_set_back_revives_no_dropped_call(folder):
    nonces, worker = Nonces(folder), Nonces(folder)
    assert use(nonces, "a")
    assert use(worker, "b")
    later = NOW + KEEP_SECONDS + 3 * SEGMENT_SECONDS
    assert use(nonces, "c", signed_at=later)
    assert len(files(folder)) == 1
    for each in (nonces, worker, Nonces(folder)):
        assert not use(each, "a")
        assert not use(each, "b")
        assert not use(each, "never seen")
    # Only what was dropped is closed: a clock that ran ahead does not lock clients out for as long.
    assert use(worker, "d", signed_at=NOW + SEGMENT_SECONDS)


def test_a_lost_control_file_closes_the_time_that_was_recorded(folder):
    nonces = Nonces(folder)
    assert use(nonces, "a")
    nonces.close()
    (folder / "control").unlink()
    again = Nonces(folder)
    assert not use(again, "a")
    assert not use(again, "b")
    assert use(again, "a", signed_at=NOW + SEGMENT_SECONDS)


def test_a_damaged_file_refuses(folder):
    nonces = Nonces(folder)
    assert use(nonces)
    nonces.close()
    (name,) = files(folder)
    with (folder / name).open("r+b") as file:
        file.write(b"garbage!")
    with pytest.raises(CloudError) as refusal:
        use(Nonces(folder), "other")
    assert refusal.value.code == "ServiceUnavailable"


@pytest.mark.parametrize("size", [0, 100, 4096, 8192])
def test_a_file_cut_short_at_its_birth_is_finished(folder, size):
    """What a kill leaves between the creation of a file and its first word."""
    Nonces(folder).close()
    path = folder / f"{int(NOW // SEGMENT_SECONDS)}.nonces"
    path.write_bytes(bytes(size))
    nonces = Nonces(folder)
    assert use(nonces)
    assert not use(Nonces(folder))


def test_the_files_are_the_owner_s(folder):
    nonces = Nonces(folder)
    assert use(nonces, "secret/../../x")
    assert folder.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())


def racer(folder, inherited, barrier, rounds, results):
    nonces = inherited or Nonces(folder)
    barrier.wait()
    results.put(sum(1 << i for i in range(rounds) if use(nonces, f"n{i}")))


@pytest.mark.parametrize("inherited", [False, True])
def test_of_racing_processes_exactly_one_wins(folder, inherited):
    """Also when the workers are forked from a process that has the files open."""
    shared = Nonces(folder)
    rounds = FIRST_SLOTS  # so that the file grows on the way
    barrier, results = FORK.Barrier(3), FORK.SimpleQueue()
    workers = [
        FORK.Process(target=racer, args=(folder, shared if inherited else None, barrier, rounds, results))
        for _ in range(3)
    ]
    for worker in workers:
        worker.start()
    won = [results.get() for _ in workers]
    for worker in workers:
        worker.join()
    assert sum(won) == (1 << rounds) - 1
    assert won[0] | won[1] | won[2] == (1 << rounds) - 1


@pytest.fixture
def hasty_threads():
    """Threads that take turns after every few steps, so that a race shows."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("hasty_threads")
def test_of_racing_threads_exactly_one_wins(folder):
    instances = [Nonces(folder), Nonces(folder)]
    with ThreadPoolExecutor(4) as pool:
        won = list(
            pool.map(lambda i: sum(use(instances[i % 2], f"n{j}") for j in range(3000)), range(4), timeout=60)
        )
    assert sum(won) == 3000


def victim(folder, pipe):
    nonces = Nonces(folder)
    for i in range(1_000_000):
        if use(nonces, f"n{i}"):
            os.write(pipe, b"%d\n" % i)


@pytest.mark.parametrize("after", [1, 700, 2100])
def test_a_killed_process_leaves_nothing_open(folder, after):
    """What it told is remembered, and the lock and files it left behind serve the next one."""
    reader, writer = os.pipe()
    process = FORK.Process(target=victim, args=(folder, writer))
    process.start()
    os.close(writer)
    with os.fdopen(reader, "rb") as lines:
        told = [int(lines.readline()) for _ in range(after)]
        os.kill(process.pid, signal.SIGKILL)
        told += [int(line) for line in lines if line.endswith(b"\n")]
    process.join()
    nonces = Nonces(folder)
    assert not any(use(nonces, f"n{i}") for i in told)
    assert use(nonces, "other")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcd"),
            st.integers(0, 40),
            st.integers(-3, 3),
            st.sampled_from(["one", "other", "new"]),
        ),
        max_size=60,
    )
)
def test_nothing_is_accepted_twice_whatever_the_clock_does(tmp_path_factory, steps):
    """Signed times and the clock jump by minutes to hours, and processes come and go."""
    folder = tmp_path_factory.mktemp("n")
    instances = {"one": Nonces(folder), "other": Nonces(folder), "new": Nonces(folder)}
    accepted = set()
    for nonce, at, skew, who in steps:
        if who == "new":
            instances["new"].close()
            instances["new"] = Nonces(folder)
        signed_at = NOW + at * SEGMENT_SECONDS
        if use(instances[who], nonce, signed_at=signed_at, now=signed_at + skew * SEGMENT_SECONDS):
            assert (nonce, at) not in accepted
            accepted.add((nonce, at))
    for instance in instances.values():
        instance.close()
