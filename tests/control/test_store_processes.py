"""The store between processes: none loses what another wrote, and no kill tears a write."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from yunbox.control.store import Store
from yunbox.control.store_resource import Resource


class Counter(Resource, kind="test.counter"):
    value: int = 0


class Entry(Resource, kind="test.entry"):
    """One of the pair that every write makes."""


_SHARED = """
import sys
from yunbox.control.store import Store
from yunbox.control.store_resource import Resource

class Counter(Resource, kind="test.counter"):
    value: int = 0

class Entry(Resource, kind="test.entry"):
    pass

store = Store(sys.argv[1])
"""

_COUNTING = (
    _SHARED
    + """
for _ in range(int(sys.argv[2])):
    with store.write() as change:
        counter = change.get(Counter, "c")
        change.replace(Counter(id="c", value=counter.value + 1))
"""
)

_WRITING = (
    _SHARED
    + """
number = int(sys.argv[2])
while True:
    with store.write() as change:
        change.create(Entry(id=f"{number:08}-a", name="a"))
        counter = change.get(Counter, "c")
        change.replace(Counter(id="c", value=counter.value + 1))
        change.create(Entry(id=f"{number:08}-b", name="b"))
    print(number, flush=True)
    number += 1
"""
)


def _start(code: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "control.db"
    store = Store(path)
    with store.write() as change:
        change.create(Counter(id="c"))
    before = store.generation()
    writers = [_start(_COUNTING, path, 50) for _ in range(3)]
    for writer in writers:
        assert writer.wait(60) == 0
        assert writer.stdout is not None
        writer.stdout.close()
    with store.read() as view:
        counter = view.get(Counter, "c")
        assert counter is not None
        assert counter.value == 150
        assert view.revision == 151
    assert store.generation() != before


def test_processes_that_open_a_new_store_at_once_agree(tmp_path: Path) -> None:
    path = tmp_path / "control.db"
    code = _SHARED + "\nwith store.write() as change:\n    change.create(Entry(id=sys.argv[2]))\n"
    writers = [_start(code, path, number) for number in range(4)]
    for writer in writers:
        assert writer.wait(60) == 0
        assert writer.stdout is not None
        writer.stdout.close()
    with Store(path).read() as view:
        assert [each.id for each in view.find(Entry)] == ["0", "1", "2", "3"]


def test_a_killed_writer_leaves_whole_writes_and_all_it_promised(tmp_path: Path) -> None:
    path = tmp_path / "control.db"
    chance = random.Random(11)
    watcher = Store(path)
    with watcher.write() as change:
        change.create(Counter(id="c"))
    begin, promised = 0, 0
    for _ in range(6):
        writer = _start(_WRITING, path, begin)
        assert writer.stdout is not None
        for _ in range(chance.randint(1, 40)):
            promised = int(writer.stdout.readline()) + 1
        os.kill(writer.pid, signal.SIGKILL)
        rest = writer.stdout.read().split()
        writer.wait(10)
        writer.stdout.close()
        promised = max([promised, *(int(line) + 1 for line in rest if line.isdigit())])
        with watcher.read() as view:
            first, second = view.count(Entry, name="a"), view.count(Entry, name="b")
            counter = view.get(Counter, "c")
            assert counter is not None
            assert first == second == counter.value
            # One more may have been committed and not announced.
            assert promised <= first <= promised + 1
            begin = promised = first
    # The next writer is not kept out by a lock of the dead.
    with watcher.write() as change:
        change.create(Entry(id="after"))


def test_a_store_is_not_used_across_a_fork(tmp_path: Path) -> None:
    store = Store(tmp_path / "control.db")
    child = os.fork()
    if child == 0:
        try:
            with store.read():
                os._exit(1)
        except RuntimeError:
            store.close()
            os._exit(0)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    with store.write() as change:
        change.create(Counter(id="c"))


@pytest.mark.parametrize("which", ["-wal", ""])
def test_a_store_whose_process_died_is_opened_with_all_it_held(tmp_path: Path, which: str) -> None:
    path = tmp_path / "control.db"
    writer = _start(
        _SHARED
        + "\nimport os\nwith store.write() as c:\n    c.create(Counter(id='c', value=7))\nos._exit(9)",
        path,
    )
    assert writer.wait(60) == 9
    assert writer.stdout is not None
    writer.stdout.close()
    assert Path(f"{path}{which}").exists()
    with Store(path).read() as view:
        assert view.get(Counter, "c") == Counter(id="c", value=7, revision=1)


def test_counts_follow_every_commit(tmp_path: Path) -> None:
    path = tmp_path / "control.db"
    store, other = Store(path), Store(path)

    def counted(of: Store) -> tuple[int, int]:
        with of.read() as view:
            return view.count(Entry), view.count(Entry, name="n")

    for number in range(20):
        writer = (store, other)[number % 2]
        with writer.write() as change:
            change.create(Entry(id=str(number), name="n" if number % 3 else "m"))
            assert change.count(Entry) == number + 1
        expected = (number + 1, sum(1 for each in range(number + 1) if each % 3))
        assert counted(store) == counted(other) == counted(store) == expected
    with store.read() as view:
        with other.write() as change:
            change.create(Entry(id="late"))
        before = view.count(Entry)
    assert before in (20, 21)
    with pytest.raises(ZeroDivisionError), other.write() as change:
        change.create(Entry(id="undone"))
        raise ZeroDivisionError
    assert counted(store)[0] == 21
    store.close()
    other.close()
